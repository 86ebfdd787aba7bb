/**
 * Plays the scenarios in front of other routers, and lets other clients at ours: `npm run interop`. The clients are installed where that is
 * possible; what is not there is not run, and that is said.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { startCrossbar } from './crossbar.ts';
import { CROSSBAR, CROSSBAR_BATCHES, CROSSBAR_FORMATS, type Difference } from './differences.ts';
import { findNodeModules, findPython } from './install.ts';

const { WAMP_INTEROP: url, WAMP_PYTHON, WAMP_NODE_MODULES } = process.env;

function commandOnPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs files of specs, and tells whether they passed. */
function run(files: string, environment: object, differences: readonly Difference[] = []): boolean {
  const names = differences.map(({ spec }) => spec.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  const { status } = spawnSync(process.execPath, [
    '--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js',
    '--testMatch', `**/interop/${files}.interop.js`, '--testTimeout', '20000', ...(names === '' ? [] : ['--testNamePattern', `^(?!.*(${names}))`]),
  ], { stdio: 'inherit', env: { ...process.env, ...environment } });
  return status === 0;
}

/** Cryptobox between a client of ours and Autobahn|Python. */
function encryption(environment: object): boolean {
  const python = pythonPath();
  return python === undefined || run('encryption', { ...environment, WAMP_PYTHON: python });
}

function pythonPath(): string | undefined {
  const crossbar = commandOnPath('crossbar');
  // Crossbar.io is installed beside the Autobahn|Python that it is built on.
  const python = findPython(WAMP_PYTHON ?? (crossbar === undefined ? undefined : join(dirname(realpathSync(crossbar)), 'python')));
  if ('missing' in python) console.log(`not run: Autobahn|Python, as ${python.missing}`);
  return 'path' in python ? python.path : undefined;
}

async function routers(): Promise<boolean> {
  if (url !== undefined) return run('scenarios', {});
  const crossbar = commandOnPath('crossbar');
  if (crossbar === undefined) {
    console.log('not run: the scenarios in front of another router, as neither WAMP_INTEROP names one nor crossbar is on the PATH');
    return true;
  }
  const running = await startCrossbar(crossbar);
  try {
    const scenarios = [
      run('scenarios', { WAMP_INTEROP: running.url, WAMP_INTEROP_FORMATS: [...CROSSBAR_FORMATS, ...CROSSBAR_BATCHES].join(',') }, CROSSBAR),
      ...running.rawUrls.map((rawUrl) => run('scenarios', { WAMP_INTEROP: rawUrl, WAMP_INTEROP_FORMATS: CROSSBAR_FORMATS.join(',') }, CROSSBAR)),
    ];
    const logins = run('logins', { WAMP_INTEROP: running.url, WAMP_INTEROP_KEY: running.publicKey });
    return encryption({ WAMP_INTEROP: running.url }) && logins && scenarios.every(Boolean);
  } finally {
    await running.end();
  }
}

function clients(): boolean {
  const python = pythonPath();
  const modules = findNodeModules(WAMP_NODE_MODULES);
  if ('missing' in modules) console.log(`not run: autobahn and wampy of npm, as ${modules.missing}`);
  if (python === undefined && 'missing' in modules) return true;
  return run('clients', {
    WAMP_PYTHON: python,
    WAMP_NODE_MODULES: 'path' in modules ? modules.path : undefined,
    WAMP_INTEROP: undefined,
  });
}

const passed = [await routers(), clients(), encryption({ WAMP_INTEROP: undefined })];
process.exitCode = passed.every(Boolean) ? 0 : 1;
