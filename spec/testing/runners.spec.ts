import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/sources.ts';
import { fails, passes } from './runners/program.ts';

const PROGRAMS = '.build/spec/testing/runners';
const LIMIT = 60_000;

/** A folder of node_modules with vitest in it: no dependency of ours, and its weight is not for everybody. */
const VITEST = join(process.env['RXWAMP_VITEST'] ?? join(ROOT, 'node_modules'), 'vitest/vitest.mjs');

const DIAGRAM = ['marbles must be as expected', 'expected', '--a-c', 'actual', '--a-b'];

/** What a program prints on both streams, without colours. */
function outputOf(args: readonly string[]): Promise<string> {
  // A runner that finds itself inside another one reports to that.
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, env: { ...env, NO_COLOR: '1' }, timeout: LIMIT }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

describe('wampMarbles', () => {
  it('runs under jest', () => {
    expect(passes).not.toThrow();
    expect(fails).toThrow(DIAGRAM[0]);
  });

  it('runs under node:test', async () => {
    const output = await outputOf(['--test-reporter=tap', `${PROGRAMS}/node.js`]);

    expect(output).toMatch(/^ok 1 - passes$/m);
    expect(output).toMatch(/^not ok 2 - fails$/m);
    expect(DIAGRAM.filter((part) => !output.includes(part))).toEqual([]);
  }, LIMIT);

  (existsSync(VITEST) ? it : it.skip)('runs under vitest (left out where RXWAMP_VITEST names no node_modules that has it)', async () => {
    const output = await outputOf([VITEST, 'run', '--globals', '--root', ROOT, '--dir', PROGRAMS, '--reporter=verbose', '--no-color']);

    expect(output).toMatch(/1 failed \| 1 passed/);
    expect(DIAGRAM.filter((part) => !output.includes(part))).toEqual([]);
  }, LIMIT);
});
