import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installPacked } from '../support/packed.ts';
import { printsOf, programOf, readSample } from '../support/samples.ts';
import { tools, type Packages } from '../support/tools.ts';

/** Milliseconds that a program may take. */
const LIMIT = 60_000;

interface Runtime {
  readonly name: string;
  /** What is looked for on PATH. */
  readonly command?: string;
  /** Where else it is to be had: the package, and the program in node_modules. */
  readonly packages: Packages;
  readonly program: string;
  readonly args?: readonly string[];
}

const { platform, arch } = process;
const node = (version: string): Runtime => ({
  name: `Node ${version}`, packages: { [`node-${platform}-${arch}`]: version }, program: `node-${platform}-${arch}/bin/node`,
});
const RUNTIMES: readonly Runtime[] = [
  node('22.23.3'),
  node('26.10.0'),
  { name: 'Deno', command: 'deno', packages: { deno: '2.9.6' }, program: '.bin/deno', args: ['run', '--allow-all', '--node-modules-dir=manual'] },
  { name: 'Bun', command: 'bun', packages: { [`@oven/bun-${platform}-${arch}`]: '1.4.5' }, program: `@oven/bun-${platform}-${arch}/bin/bun` },
];

/** The program of a runtime: from PATH, or installed. */
async function find({ command, packages, program }: Runtime): Promise<string | undefined> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, command ?? '')).find((file) => command !== undefined && existsSync(file));
  if (onPath !== undefined) return onPath;
  const modules = await tools(packages);
  return modules === undefined ? undefined : join(modules, program);
}

function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env: { ...env, NO_COLOR: '1' }, timeout: LIMIT, killSignal: 'SIGKILL' }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

const found: { readonly [name: string]: string | undefined } = Object.fromEntries(await Promise.all(RUNTIMES.map(async (runtime) => [runtime.name, await find(runtime)] as const)));
const consumer = await installPacked();
const describePacked = consumer === undefined ? describe.skip : describe;
const { folder } = consumer ?? { folder: '' };
const prints = printsOf(readSample('quick-start').header);

if (consumer !== undefined) {
  cpSync(programOf('quick-start'), join(folder, 'quick-start.js'));
  writeFileSync(join(folder, 'classic.cjs'), "const { createClient } = require('rxwamp'); console.log(typeof createClient);");
}

afterAll(() => consumer?.remove());

describePacked('the packed package (left out where its dependencies cannot be installed)', () => {
  it('runs the quick start in this Node', async () => {
    expect(await run(process.execPath, ['quick-start.js'], folder)).toBe(prints);
  }, LIMIT);

  it('can be required by CommonJS', async () => {
    expect(await run(process.execPath, ['--disable-warning=ExperimentalWarning', 'classic.cjs'], folder)).toBe('function\n');
  }, LIMIT);

  it('has its command', async () => {
    expect(await run(process.execPath, [join(folder, 'node_modules/.bin/rxwamp'), '--help'], folder)).toMatch(/^rxwamp <command>/);
  }, LIMIT);

  describe.each(RUNTIMES)('in $name', ({ name, args = [] }) => {
    const program = found[name];

    (program === undefined ? it.skip : it)('runs the quick start (left out where it is not on PATH, and RXWAMP_TOOLS names no folder to install it into)', async () => {
      expect(await run(program!, [...args, 'quick-start.js'], folder)).toBe(prints);
    }, LIMIT);
  });
});
