/**
 * Writes what Node loads into dist/bundle: a few files where tsc writes one for each module, since opening files is most of the time of a start. Part of npm run build.
 *
 * Each entry imports what they have in common beside its own modules. So that is always in the same two files: what needs rxjs, which costs as much as the rest, and
 * what does not. What only some entries reach is in files that these share, and no class is there twice. Bundlers for browsers leave out more of many small
 * files, and get those of tsc: `exports` in package.json says who gets what.
 */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

// Every file of it that package.json names.
const entries = [...readFileSync('package.json', 'utf8').matchAll(/"\.\/dist\/bundle\/([^"]+)\.js"/g)].map(([, entry]) => ({ in: `./lib/${entry}.ts`, out: entry }));

/** @type {import('esbuild').BuildOptions} */
const options = {
  entryPoints: entries, outdir: 'dist/bundle', tsconfig: 'lib/tsconfig.json',
  bundle: true, splitting: true, chunkNames: 'parts/[hash]', format: 'esm', platform: 'node', target: 'es2022', packages: 'external',
  sourcemap: true, sourcesContent: false,
  // Else it would depend on the names that an entry exports which file a module is in.
  treeShaking: false, ignoreAnnotations: true,
};

const { metafile: { inputs } } = await build({ ...options, metafile: true, write: false });

/** The modules that one reaches at once, itself among them. @param {string} module @param {Set<string>} reached */
function reachedFrom(module, reached = new Set()) {
  if (reached.has(module)) return reached;
  reached.add(module);
  for (const { path, kind } of inputs[module]?.imports ?? []) if (kind === 'import-statement') reachedFrom(path, reached);
  return reached;
}
const needsRxjs = (module) => [...reachedFrom(module)].some((each) => each === 'rxjs' || each.startsWith('rxjs/'));
const common = [...reachedFrom('lib/index.ts')].filter((module) => module in inputs);
const commonWithoutRxjs = common.filter((module) => !needsRxjs(module));

/** Puts the common modules beside each entry, and beside what is loaded later. @type {import('esbuild').Plugin} */
const besideTheCommon = {
  name: 'beside the common',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^\./ }, async ({ path, kind, resolveDir, importer, pluginData }) => {
      if (pluginData === 'resolved' || (kind !== 'entry-point' && kind !== 'dynamic-import')) return undefined;
      const { path: module } = await resolve(path, { kind, resolveDir, importer, pluginData: 'resolved' });
      return { path: relative(process.cwd(), module), namespace: 'beside' };
    });
    onLoad({ filter: /./, namespace: 'beside' }, ({ path }) => {
      const [hashbang = ''] = readFileSync(path, 'utf8').match(/^#!.*\n/) ?? [];
      const beside = (needsRxjs(path) ? common : commonWithoutRxjs).map((each) => `import './${each}';\n`);
      return { contents: `${hashbang}${beside.join('')}export * from './${path}';\n`, loader: 'js', resolveDir: process.cwd() };
    });
  },
};

await build({ ...options, plugins: [besideTheCommon] });
