import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncScheduler, firstValueFrom, interval, lastValueFrom, filter, toArray } from 'rxjs';
import { COMMAND_FAILED, exec } from '../../lib/cli/exec.ts';
import { isApplicationError } from '../../lib/errors.ts';

const LIMIT = 20_000;

function run(command: string, { args = [], kwargs = {}, progress = false }: { readonly args?: unknown[]; readonly kwargs?: { readonly [key: string]: unknown }; readonly progress?: boolean } = {}) {
  return exec(command, { args, kwargs, procedure: 'com.run', progress }, asyncScheduler);
}

const failureOf = (command: string, args: unknown[] = []): Promise<unknown> => lastValueFrom(run(command, { args })).catch((error: unknown) => error);

describe('exec', () => {
  it.each([
    ['printf 5', [5]],
    ['echo tea', ['tea']],
    ['printf "a\\nb\\n"', ['a\nb']],
    ['echo \'{"a":[1]}\'', [{ a: [1] }]],
    ['true', []],
  ])('answers with what %j prints', async (command, answer) => {
    expect(await lastValueFrom(run(command).pipe(toArray()))).toEqual(answer);
  }, LIMIT);

  it('hands arguments on as words that no shell reads, and all of the call on stdin', async () => {
    const args = ['$(echo no); `no` "\'', 7, { a: 1 }];

    expect(await lastValueFrom(run('printf "%s|" "$@"', { args }))).toBe('$(echo no); `no` "\'|7|{"a":1}|');
    expect(await lastValueFrom(run('cat', { args, kwargs: { b: 2 } }))).toEqual({ procedure: 'com.run', args, kwargs: { b: 2 } });
    expect(await lastValueFrom(run('printf "$RXWAMP_PROCEDURE"'))).toBe('com.run');
  }, LIMIT);

  it('emits lines as they come where there is to be progress', async () => {
    expect(await lastValueFrom(run('echo 1; echo two; printf \'{"a":3}\'', { progress: true }).pipe(toArray()))).toEqual([1, 'two', { a: 3 }]);
  }, LIMIT);

  it('fails where the command does, and does not say what it wrote on stderr', async () => {
    const error = await failureOf('exit 3');
    const killed = await failureOf('kill -9 $$');

    expect(isApplicationError(error, COMMAND_FAILED)).toBe(true);
    expect(error).toMatchObject({ args: ['the command of the procedure failed: it ended with 3'], kwargs: { code: 3 } });
    expect(killed).toMatchObject({ uri: COMMAND_FAILED, kwargs: { signal: 'SIGKILL' } });
  }, LIMIT);

  it('fails where an argument cannot be handed on', async () => {
    expect(await failureOf('true', ['\0'])).toMatchObject({ uri: COMMAND_FAILED, args: [expect.stringContaining('null bytes')] });
    expect(await failureOf('true', ['x'.repeat(2 ** 22)])).toMatchObject({ uri: COMMAND_FAILED, args: [expect.stringContaining('E2BIG')] });
  }, LIMIT);

  it('needs no command that reads', async () => {
    expect(await lastValueFrom(run('exec <&-; echo done', { args: ['x'.repeat(100_000)] }))).toBe('done');
  }, LIMIT);

  it.each([
    ['a command', 'echo $$; exec sleep 60'],
    ['what it has started', 'sleep 60 & echo $!; wait'],
    ['a command that does not want to', 'sh -c \'trap "" TERM; echo $$; for i in $(seq 600); do sleep 0.1; done\''],
  ])('ends %s when nobody waits any more', async (_, command) => {
    const folder = mkdtempSync(join(tmpdir(), 'rxwamp-'));
    const subscription = run(`{ ${command}; } | tee ${folder}/pid`, { progress: true }).subscribe();
    const pid = await firstValueFrom(interval(20).pipe(filter(() => readPid(folder) > 0))).then(() => readPid(folder));

    subscription.unsubscribe();

    await firstValueFrom(interval(20).pipe(filter(() => !isAlive(pid))));
    rmSync(folder, { recursive: true });
  }, LIMIT);
});

function readPid(folder: string): number {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8'));
  } catch {
    return 0;
  }
}

// One that has ended and that nobody has asked about is still listed.
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
