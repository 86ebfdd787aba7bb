import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPacked } from '../support/packed.ts';
import { tools } from '../support/tools.ts';

/** Milliseconds, on a busy machine. */
const LIMIT = 120_000;

interface Outcome {
  readonly failed: boolean;
  readonly output: string;
}

function run(program: string, args: readonly string[], cwd: string): Promise<Outcome> {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0', NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd, env, timeout: LIMIT }, (error, stdout, stderr) => resolve({ failed: error !== null, output: stdout + stderr }));
  });
}

const modules = await tools({ '@arethetypeswrong/cli': '0.18.5', 'publint': '0.3.25' });
const consumer = modules === undefined ? undefined : await installPacked();

afterAll(() => consumer?.remove());

(consumer === undefined ? describe.skip : describe)('the packed package (left out where publint and attw cannot be installed)', () => {
  const { folder } = consumer ?? { folder: '' };

  it('is as publint would have it', async () => {
    const { failed, output } = await run(join(modules!, 'publint/src/cli.js'), ['run', join(folder, 'node_modules/rxwamp'), '--strict', '--pack=false'], folder);

    expect({ failed, output }).toEqual({ failed: false, output: expect.stringContaining('All good!') });
  }, LIMIT);

  it('has types that are right for whoever resolves them, says attw', async () => {
    const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'))!;

    const { failed, output } = await run(join(modules!, '@arethetypeswrong/cli/dist/index.js'), [tarball, '--profile', 'esm-only', '--format', 'ascii'], folder);

    expect({ failed, output }).toEqual({ failed: false, output: expect.stringMatching(/"rxwamp\/router"\n\nnode16 \(from ESM\): 🟢/) });
  }, LIMIT);
});
