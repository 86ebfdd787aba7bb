/**
 * The libraries that are let at our router: those that the environment names, or else those of a folder outside the project, into which they
 * are installed the first time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PYTHON_PACKAGE = 'autobahn[encryption,scram]==26.10.2';
const NPM_PACKAGES = { autobahn: '22.11.1', wampy: '8.0.2', websocket: '1.0.35' };

/** What a slow network may take. */
const PATIENCE_MS = 300_000;

/** Where something is, or the reason for which it is not there. */
export type Found = { readonly path: string } | { readonly missing: string };

/** A python that has Autobahn|Python: the one that is named, or one of our own. */
export function findPython(named: string | undefined): Found {
  if (named !== undefined) return { path: named };
  return installed(PYTHON_PACKAGE, join('bin', 'python'), (folder) =>
    run('python3', ['-m', 'venv', folder]) ?? run(join(folder, 'bin', 'pip'), ['install', '--quiet', PYTHON_PACKAGE]));
}

/** A node_modules that has autobahn and wampy: the one that is named, or one of our own. */
export function findNodeModules(named: string | undefined): Found {
  if (named !== undefined) return { path: named };
  const packages = Object.entries(NPM_PACKAGES).map(([name, version]) => `${name}@${version}`);
  return installed(packages.join('+'), 'node_modules', (folder) => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: NPM_PACKAGES }));
    return run('npm', ['install', '--loglevel=error', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder]);
  });
}

/** Installs into a folder of that name where there is none, and leaves none where that fails. */
function installed(name: string, file: string, install: (folder: string) => string | undefined): Found {
  const { WAMP_INTEROP_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = WAMP_INTEROP_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rxwamp-interop');
  const folder = join(cache, name);
  const complete = join(folder, '.complete');
  if (!existsSync(complete)) {
    console.log(`installing ${name} into ${cache}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    const missing = install(folder);
    if (missing !== undefined) {
      rmSync(folder, { recursive: true, force: true });
      return { missing };
    }
    writeFileSync(complete, '');
  }
  return { path: join(folder, file) };
}

/** Runs a command, and gives the reason where it fails. */
function run(command: string, args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: PATIENCE_MS });
  if (status === 0) return undefined;
  const said = stderr?.split('\n').find((line) => /error/i.test(line));
  return `${command} ${args[0]} failed: ${error?.message ?? said ?? `exit code ${status}`}`;
}
