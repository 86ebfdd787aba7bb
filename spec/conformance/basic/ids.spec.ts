import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { section } from '../support/section.ts';

const MAX_ID = 2 ** 53;

section('Basic Profile, IDs', (bench) => {
  // "IDs in the global scope MUST be drawn randomly from a uniform distribution over the complete range [1, 2^53]".
  it('draws the ids of sessions and publications from all of them', async () => {
    const sessions: number[] = [];
    for (let at = 0; at < 12; at++) sessions.push((await bench.join()).session);
    const publisher = await bench.join();
    const publications: number[] = [];
    for (let at = 1; at <= 40; at++) {
      publisher.send([16, at, { acknowledge: true }, 'com.topic']);
      publications.push((await publisher.receive())[2] as number);
    }

    for (const id of [...sessions, ...publications]) {
      expect(id).toBeGreaterThanOrEqual(1);
      expect(id).toBeLessThanOrEqual(MAX_ID);
      expect(Number.isInteger(id)).toBe(true);
    }
    expect(new Set([...sessions, ...publications]).size).toBe(52);
    // Half of them lie in either half: that all 40 lie in one happens once in 10^12 runs.
    expect(publications.some((id) => id > MAX_ID / 2)).toBe(true);
    expect(publications.some((id) => id <= MAX_ID / 2)).toBe(true);
  });

  // "Request: a sequential ID in the session scope, incremented by the Dealer", "beginning with 1".
  it('numbers the invocations of each callee 1, 2, 3', async () => {
    const [first, second, caller] = [await bench.join(), await bench.join(), await bench.join()];
    await first.register('com.first');
    await second.register('com.second');

    caller.send([48, 1, {}, 'com.first'], [48, 2, {}, 'com.second'], [48, 3, {}, 'com.first'], [48, 4, {}, 'com.first']);

    expect((await first.receiveMany(3)).map(([, request]) => request)).toEqual([1, 2, 3]);
    expect((await second.receive())[1]).toBe(1);
  });

  // "session scope [...] for each direction": what one session uses says nothing of another, nor of what the router sends it.
  it('answers each session under its own ids', async () => {
    const [a, b] = [await bench.join(), await bench.join()];

    for (const peer of [a, b]) peer.send([32, 1, {}, 'com.topic'], [34, 2, 77]);

    for (const peer of [a, b]) {
      expect(await peer.receiveMany(2)).toEqual([[33, 1, ANY_ID], [8, 34, 2, {}, 'wamp.error.no_such_subscription']]);
    }
  });

  // "IDs that are integers between (inclusive) 1 and 2^53".
  it.each<readonly [string, unknown]>([
    ['0', 0], ['below 0', -1], ['a fraction', 1.5], ['beyond 2^53', 2 ** 53 + 2], ['a string', '1'], ['null', null], ['true', true],
  ])('aborts a request whose id is %s', async (_, id) => {
    const peer = await bench.join();

    peer.sendFrame(peer.format.encode([32, id, {}, 'com.topic']));

    await peer.aborted('wamp.error.protocol_violation');
  });
});
