import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Packages by name, with their exact versions. */
export type Packages = { readonly [name: string]: string };

/** Milliseconds for one installation. */
const LIMIT = 180_000;
const OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=0'];

const { RXWAMP_TOOLS = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'rxwamp-tools') } = process.env;

/**
 * The node_modules with these packages in it: what some specs need and nobody else does, so that it is no dependency of ours.
 *
 * They are installed once, outside the tree, under the folder that RXWAMP_TOOLS names; by default in the user's cache. Where that cannot be, or
 * RXWAMP_TOOLS is empty, it is `undefined`, and one line on stderr says why: what needs them is left out.
 */
export async function tools(packages: Packages): Promise<string | undefined> {
  const names = Object.keys(packages).join(', ');
  if (RXWAMP_TOOLS === '') return leftOut(names, 'RXWAMP_TOOLS is empty');
  const key = createHash('sha256').update(JSON.stringify([process.platform, process.arch, packages])).digest('hex').slice(0, 16);
  const modules = join(RXWAMP_TOOLS, key, 'node_modules');
  if (existsSync(modules)) return modules;

  mkdirSync(RXWAMP_TOOLS, { recursive: true });
  const fresh = mkdtempSync(join(RXWAMP_TOOLS, 'new-'));
  try {
    writeFileSync(join(fresh, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
    await npm(['install', ...OPTIONS], fresh);
    renameSync(fresh, join(RXWAMP_TOOLS, key));
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

function leftOut(names: string, why: string): undefined {
  process.stderr.write(`left out: ${names} (${why})\n`);
}
