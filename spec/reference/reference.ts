import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/sources.ts';
import { tools, type Packages } from '../support/tools.ts';

/** typedoc reads no TypeScript beyond 6, so it has one of its own. */
const PACKAGES: Packages = { typedoc: '0.28.20', typescript: '6.0.3' };
/** Milliseconds, on a busy machine. */
const LIMIT = 300_000;

interface Target {
  readonly types: string;
}
type Conditions = string | (Target & { readonly node: string }) | { readonly node: Target };

/** What typedoc is made of; `undefined` where it cannot be had. @param folder where it is installed */
export function referenceTools(folder?: string): Promise<string | undefined> {
  return tools(PACKAGES, folder);
}

/**
 * Builds the reference of every entry of the package into `folder`, or checks only whether it could be; answers what typedoc complains of.
 *
 * Each warning is a failure: a link to what is not there, a parameter that has gone.
 */
export function buildReference(modules: string, folder?: string): Promise<string> {
  const entries = mkdtempSync(join(ROOT, '.build/reference-'));
  writeEntries(entries);
  const options = [
    '--tsconfig', join(entries, 'tsconfig.json'), '--entryPoints', join(entries, '*.ts'),
    '--name', 'rxwamp', '--readme', join(ROOT, 'README.md'), '--excludeInternal', '--excludePrivate', '--excludeExternals', '--disableSources',
    // What a signature is made of need not have a public name.
    '--validation.notExported', 'false', '--treatWarningsAsErrors', '--logLevel', 'Warn', ...(folder === undefined ? ['--emit', 'none'] : ['--out', folder]),
  ];
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' };
    execFile(process.execPath, [join(modules, 'typedoc/bin/typedoc'), ...options], { cwd: ROOT, env, timeout: LIMIT }, (error, stdout, stderr) => {
      rmSync(entries, { recursive: true, force: true });
      resolve(`${stdout}${stderr}` || (error?.message ?? ''));
    });
  });
}

/** One file for each entry, with the name under which it is imported. Where Node has more, the reference has it too. */
function writeEntries(folder: string): void {
  const { exports: published } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly exports: { readonly [subpath: string]: Conditions } };
  for (const [subpath, conditions] of Object.entries(published)) {
    if (typeof conditions === 'string') continue;
    const { types } = 'types' in conditions ? conditions : conditions.node;
    const source = types.replace('./dist/', 'lib/').replace(/\.d\.ts$/, '.ts');
    const entry = subpath.replace('.', 'rxwamp');
    writeFileSync(join(folder, `${entry.replaceAll('/', '-')}.ts`), `/** @module ${entry} */\nexport * from '../../${source}';\n`);
  }
  const compilerOptions = { noEmit: true, rootDir: '../..', allowImportingTsExtensions: true };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] }));
}
