import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncScheduler, firstValueFrom, filter, interval } from 'rxjs';
import { memoryRouter } from '../../../lib/testing/index.ts';
import { terminal } from '../../support/terminal.ts';

const LIMIT = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'rxwamp-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Milliseconds below which only the command waits: the limits of a client are longer. */
const LIMITS = 5000;

/** Replays a file, and tells what somebody heard, after how many milliseconds, and for how many the command meant to wait: a slow machine adds to the first. */
async function replayed(content: string | undefined, ...options: readonly string[]) {
  const router = memoryRouter();
  const heard: { readonly after: number; readonly event: readonly unknown[] }[] = [];
  const listener = router.client();
  await listener.connect();
  listener.topic('', { match: 'prefix' }).subscribe(({ topic, args, kwargs }) => {
    heard.push({ after: asyncScheduler.now() - began, event: [topic, args, kwargs] });
  });
  if (content !== undefined) writeFileSync(join(folder, 'events.jsonl'), content);
  const { codes, written, type } = terminal({ dial: () => router.link(), folder });
  const scheduled = jest.spyOn(asyncScheduler, 'schedule');
  const began = asyncScheduler.now();
  type('replay', content === undefined ? 'nowhere.jsonl' : 'events.jsonl', ...options);
  await firstValueFrom(interval(0).pipe(filter(() => codes.length > 0)));
  const paused = scheduled.mock.calls.map(([, delay = 0]) => delay).filter((delay) => delay < LIMITS).reduce((sum, delay) => sum + delay, 0);
  scheduled.mockRestore();
  await router.close();
  return { heard, paused, code: codes[0], stderr: written.stderr.replaceAll(`${folder}/`, '') };
}

const line = (at: number, ...args: readonly unknown[]): string => `${JSON.stringify({ at, topic: 'com.x', args })}\n`;

describe('rxwamp replay', () => {
  it('publishes each event at its topic, with the pauses it came with', async () => {
    const { heard, paused, code, stderr } = await replayed(`${line(1000, 'a')}\n${line(1000, 'b')}${JSON.stringify({ at: 1200, topic: 'com.y', args: ['\0AQI='], kwargs: { n: 1 } })}`);

    expect(heard.map(({ event }) => event)).toEqual([['com.x', ['a'], {}], ['com.x', ['b'], {}], ['com.y', [Uint8Array.of(1, 2)], { n: 1 }]]);
    expect(paused).toBeLessThan(250);
    expect(heard[2]!.after).toBeGreaterThanOrEqual(190);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '3 events published\n' });
  }, LIMIT);

  it('is as much faster as it is told, and keeps the order of many', async () => {
    const { heard, paused, code } = await replayed(Array.from({ length: 300 }, (_, at) => line(at * 10, at)).join(''), '--speed', '30');

    expect(heard.map(({ event: [, args] }) => args)).toEqual(Array.from({ length: 300 }, (_, at) => [at]));
    expect(heard.at(-1)!.after).toBeGreaterThanOrEqual(90);
    expect(paused).toBeLessThan(1500);
    expect(code).toBe(0);
  }, LIMIT);

  it.each([
    ['nope', /^events\.jsonl:1 must be JSON: .*\n0 events published\n$/],
    [`${line(0)}[]`, /^events\.jsonl:2 must be an object\n1 events published\n$/],
    ['{"topic":"com.x"}', /events\.jsonl:1 must have a number of milliseconds in "at"\n0 events/],
    ['{"at":-1,"topic":"com.x"}', /events\.jsonl:1 must have a number of milliseconds in "at"\n0 events/],
    ['{"at":1,"topic":"a b"}', /events\.jsonl:1 must have a URI in "topic"\n0 events/],
    ['{"at":1,"topic":"com.x","args":1}', /events\.jsonl:1 must have a list in "args"\n0 events/],
    ['{"at":1,"topic":"com.x","kwargs":[]}', /events\.jsonl:1 must have an object in "kwargs"\n0 events/],
    [undefined, /ENOENT.*nowhere\.jsonl/],
  ])('says where a file is wrong: %j', async (content, message) => {
    const { code, stderr } = await replayed(content, '--no-color');

    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  }, LIMIT);

  it.each(['0', '-1', 'fast', '1001', '1e2'])('refuses the speed %s', async (speed) => {
    expect((await replayed('', '--speed', speed)).code).toBe(2);
  }, LIMIT);
});
