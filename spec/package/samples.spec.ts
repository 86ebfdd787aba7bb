import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { from, lastValueFrom, mergeMap, toArray } from 'rxjs';
import { SAMPLES, printsOf, programOf, readSample, sha256OfLib } from '../support/samples.ts';
import { ROOT } from '../support/sources.ts';

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds that a program may take, and a test that runs one. */
const LIMIT = 30_000;
const TEST_LIMIT = 40_000;

/** Runs a program to its end; `onLine` is told of each line and may send it a signal. */
async function run(program: string, args: readonly string[] = [], onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void): Promise<Run> {
  const child = spawn(process.execPath, [programOf(program), ...args], { cwd: ROOT, timeout: LIMIT, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = stdout.split('\n').slice(0, -1);
    for (const line of lines.slice(seen)) onLine?.(line, (signal) => child.kill(signal));
    seen = lines.length;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

const runs = new Map<string, Run>();
let demonstration: Promise<Run>;
let takenPort: number;

beforeAll(async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  takenPort = (occupant.address() as AddressInfo).port;
  // It mostly waits, so the samples run beside it.
  demonstration = run('start/main', ['--seconds', '5', '--port', String(takenPort)]).finally(() => occupant.close());
  await lastValueFrom(from(SAMPLES).pipe(mergeMap(async (sample) => runs.set(sample, await run(sample)), 2), toArray()));
}, 400_000);

describe.each(SAMPLES)('the sample %s', (sample) => {
  const { header, code } = readSample(sample);

  it('prints what its header says, and ends', () => {
    expect(runs.get(sample)).toEqual({ code: 0, stdout: printsOf(header), stderr: '' });
    expect(printsOf(header)).not.toBe('');
  });

  it('says what to type', () => {
    expect(header).toContain(` *     npm run sample ${sample}\n`);
  });

  it('is short, and imports the package by its public names', () => {
    const imported = [...code.matchAll(/from '([^']+)'/g)].map(([, name = '']) => name);
    expect(imported.filter((name) => !/^(rxwamp|rxwamp\/[a-z0-9/-]+|rxjs|express|zod|node:[a-z_/]+)$/.test(name))).toEqual([]);
    expect(`${header}${code}`.split('\n').length).toBeLessThanOrEqual(80);
  });
});

describe('npm start', () => {
  it('tells what happens, line by line, and ends by itself', async () => {
    const { code, stdout, stderr } = await demonstration;
    const lines = stdout.trimEnd().split('\n').map((line) => line.replace(/^ *\d+\.\d s {2}/, ''));
    // In this order, whatever stands between them.
    const story = [
      new RegExp(`^port ${takenPort} is taken: router listens at ws://127\\.0\\.0\\.1:(\\d+)/ws, and shows a page at http://127\\.0\\.0\\.1:\\1/$`),
      /^joined realm1 as session \d+/,
      /^subscribed to com\.example\.machine\.cpu$/,
      /^sample \d+: cores at \d+ %/,
      /^checksum of lib: \d+ of \d+ files, /,
      new RegExp(`^checksum of lib: \\d+ files, .* sha256 ${sha256OfLib()}$`),
      /^connection cut on purpose, for 1\.5 s$/,
      /^attempt 1 in 0\.6 s: connection was lost with code 1006$/,
      /^stream suspended$/,
      /^attempt 2 in 1\.2 s: connection cannot be opened/,
      /^joined realm1 as session \d+/,
      /^subscribed again$/,
      /^gap of \d+\.\d s$/,
      /^\d+ samples missed: \d+ to \d+$/,
      /^left, everything is closed$/,
    ];
    let at = -1;
    const missing = story.filter((pattern) => {
      const found = lines.findIndex((line, index) => index > at && pattern.test(line));
      at = Math.max(at, found);
      return found < 0;
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(missing).toEqual([]);
    expect(lines.length).toBeLessThan(40);
  }, TEST_LIMIT);

  it('counts the samples that were missed by their numbers', async () => {
    const { stdout } = await demonstration;
    const [, count, first, last] = /(\d+) samples missed: (\d+) to (\d+)/.exec(stdout) ?? [];

    // The line was down for 1.8 s, at a sample each 250 ms.
    expect(Number(count)).toBeGreaterThanOrEqual(5);
    expect(Number(count)).toBe(Number(last) - Number(first) + 1);
  }, TEST_LIMIT);

  it.each(['SIGINT', 'SIGTERM'] as const)('puts everything away at %s, and ends well', async (signal) => {
    const { code, stdout, stderr } = await run('start/main', ['--keep', '--port', '0'], (line, kill) => {
      if (line.includes('subscribed to')) kill(signal);
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/ leaving\n.* left, everything is closed\n$/);
  }, TEST_LIMIT);

  it.each([
    [['--path', 'nowhere'], '--path must be a folder, got "nowhere"\n'],
    [['--port', '65536'], '--port must be a whole number from 0 to 65535, got "65536"\n'],
    [['--faster'], "unknown option '--faster'\n"],
  ])('answers %j with one sentence', async (args, stderr) => {
    expect(await run('start/main', args)).toEqual({ code: 2, stdout: '', stderr });
  }, TEST_LIMIT);
});
