import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from '../support/sources.ts';

const BUNDLE = join(ROOT, 'dist/bundle');

const { exports: published, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly exports: object; readonly bin: { readonly rxwamp: string } };
const entries = [...JSON.stringify(published).matchAll(/\.\/dist\/bundle\/([^"]+\.js)/g)].map(([, entry = '']) => entry);
const maps = readdirSync(BUNDLE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js.map'));

/** What an entry loads before it can be used: files of ours, and packages. What it loads later, or never, is not in it. */
async function loadedBy(entry: string): Promise<{ readonly files: readonly string[]; readonly packages: readonly string[] }> {
  const { metafile: { inputs } } = await build({
    entryPoints: [entry], absWorkingDir: BUNDLE, outdir: 'out', bundle: true, splitting: true, write: false, metafile: true, format: 'esm', platform: 'node', packages: 'external',
    ignoreAnnotations: true, // as Node does
  });
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { path, kind, external } of inputs[file]?.imports ?? []) {
      if (kind !== 'import-statement') continue;
      if (external !== true) visit(path);
      else if (!path.startsWith('node:')) packages.add(path);
    }
  };
  visit(entry);
  return { files: [...files], packages: [...packages].sort() };
}

/** What a program prints, on either stream. */
function output(code: string, ...flags: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [...flags, '--input-type=module', '--eval', code], { cwd: ROOT, timeout: 20_000 }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

describe('the bundle for Node', () => {
  it.each([
    ['node.js', ['rxjs', 'ws'], 8],
    ['protocol/index.js', [], 2],
    ['serializers/json.js', [], 2],
    ['auth/ticket.js', ['rxjs'], 4],
  ])('%s loads %j, and no more than %i files of ours', async (entry, expected, most) => {
    const { files, packages } = await loadedBy(entry);

    expect(packages).toEqual(expected);
    expect(files.length).toBeLessThanOrEqual(most);
  });

  it('has each thing once, however many entries export it', async () => {
    const things = new Map<string, Set<unknown>>();

    for (const entry of entries) {
      for (const [name, thing] of Object.entries(await import(join(BUNDLE, entry)) as object)) things.set(name, (things.get(name) ?? new Set()).add(thing));
    }

    // The small client is another one, by the same name.
    expect([...things].filter(([, those]) => those.size > 1).map(([name]) => name)).toEqual(['createClient']);
    expect(things.size).toBeGreaterThan(100);
  });

  it('has the command, which a shell can run', () => {
    expect(readFileSync(join(ROOT, bin.rxwamp), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('has source maps, which lead to sources that are in the package', () => {
    const missing = maps.flatMap((map) => {
      const { sources } = JSON.parse(readFileSync(join(BUNDLE, map), 'utf8')) as { readonly sources: readonly string[] };
      return sources.map((source) => relative(ROOT, join(BUNDLE, dirname(map), source))).filter((source) => !source.startsWith('lib/') || !existsSync(join(ROOT, source)));
    });

    expect(maps.length).toBeGreaterThan(entries.length);
    expect(missing).toEqual([]);
  });

  it('throws errors whose stack names the line of the source', async () => {
    const stack = await output("import { createClient } from 'rxwamp'; try { createClient({}); } catch ({ stack }) { console.log(stack); }", '--enable-source-maps');

    expect(stack).toMatch(/\bcheckOptions \(\S*\/lib\/client\/create-client\.ts:\d+:\d+\)/);
  });
});
