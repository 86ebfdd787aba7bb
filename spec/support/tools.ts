import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Packages by name, with their exact versions. */
export type Packages = { readonly [name: string]: string };

/** Milliseconds for one installation. */
const LIMIT = 180_000;
const OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=0'];

/** The folder that the environment names for what is installed; without it nothing is, and no spec leaves this machine. */
export const TOOLS: string | undefined = process.env['RXWAMP_TOOLS'] || undefined;

/** Why something is left out where there is no such folder. */
export const NO_TOOLS = 'RXWAMP_TOOLS names no folder to install it into';

/**
 * The node_modules with these packages in it: what some specs need and nobody else does, so that it is no dependency of ours.
 *
 * They are installed once, outside the tree, into `folder`. Where that cannot be, or there is none, it is `undefined`, and one line on stderr says
 * why: what needs them is left out.
 */
export async function tools(packages: Packages, folder: string | undefined = TOOLS): Promise<string | undefined> {
  const names = Object.keys(packages).join(', ');
  if (folder === undefined) return leftOut(names, NO_TOOLS);
  const key = createHash('sha256').update(JSON.stringify([process.platform, process.arch, packages])).digest('hex').slice(0, 16);
  const modules = join(folder, key, 'node_modules');
  if (existsSync(modules)) return modules;

  mkdirSync(folder, { recursive: true });
  const fresh = mkdtempSync(join(folder, 'new-'));
  try {
    writeFileSync(join(fresh, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
    await npm(['install', ...OPTIONS], fresh);
    renameSync(fresh, join(folder, key));
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another process may have been faster.
    if (!existsSync(modules)) return leftOut(names, String(error).split('\n').find((line) => line.startsWith('npm error')) ?? String(error));
  }
  return modules;
}

/** What npm prints. Fails with all of it where npm does. */
export function npm(args: readonly string[], folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('npm', args, { cwd: folder, timeout: LIMIT, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(error);
    });
  });
}

/** Says on stderr that something is left out, and why. */
export function leftOut(names: string, why: string): undefined {
  process.stderr.write(`left out: ${names} (${why})\n`);
}
