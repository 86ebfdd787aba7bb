import { expect, it } from '@jest/globals';
import type { Peer } from '../support/peer.ts';
import { announced, section, type Bench } from '../support/section.ts';

const FEATURE = { callee: ['call_reroute', 'shared_registration'] };

/** So many callees of one procedure, in the order in which they registered. */
async function callees(bench: Bench, count: number, invoke: string): Promise<readonly Peer[]> {
  const peers: Peer[] = [];
  for (let at = 0; at < count; at++) {
    const peer = await bench.join(FEATURE);
    await peer.register('com.procedure', { invoke });
    peers.push(peer);
  }
  return peers;
}

/** Waits for an invocation with this payload, and declines it. */
async function decline(callee: Peer, ...args: readonly unknown[]): Promise<void> {
  const [type, request, , , given] = await callee.receive();
  expect([type, given]).toEqual([68, args.length === 0 ? undefined : args]);
  callee.send([8, 68, request, {}, 'wamp.error.unavailable']);
}

section('Advanced Profile, Call Re-Routing', (bench) => {
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ call_reroute: true });
  });

  // "it will reroute the CALL to another registration according to the rerouting rules of the invocation_policy": each with its table row.
  it.each<readonly [string, readonly number[]]>([
    // "Picks the next registration from the Registration Queue of the Procedure"
    ['roundrobin', [0, 1, 2]],
    // "Picks the registration which was registered after the called registration was registered"
    ['first', [0, 1, 2]],
    // "Picks the registration which was registered right before the called registration was registered"
    ['last', [2, 1, 0]],
  ])('goes on with the next callee of %s', async (invoke, order) => {
    const [peers, caller] = [await callees(bench, 3, invoke), await bench.join()];

    caller.send([48, 1, {}, 'com.procedure', ['work']]);
    for (const at of order.slice(0, 2)) await decline(peers[at]!, 'work');

    const last = peers[order[2]!]!;
    const [, request] = await last.receive();
    last.send([70, request, {}, ['done']]);
    expect(await caller.receive()).toEqual([50, 1, {}, ['done']]);
    await caller.silence();
  });

  // random: "Picks another registration at random [...], as long as it is not the same registration".
  it('goes on with another callee of random, never the same', async () => {
    const [peers, caller] = [await callees(bench, 2, 'random'), await bench.join()];
    peers[0]!.decline();
    peers[1]!.decline();

    for (let at = 1; at <= 10; at++) {
      expect((await caller.call('com.procedure'))[4]).toBe('wamp.error.no_available_callee');
      expect(peers.map((peer) => peer.answered)).toEqual([at, at]);
    }
  });

  // single: "Responds with a wamp.error.no_available_callee error message to the CALLER".
  it('answers no_available_callee where there is no other', async () => {
    const [[callee], caller] = [await callees(bench, 1, 'single'), await bench.join()];

    caller.send([48, 1, {}, 'com.procedure', ['work']]);
    await decline(callee!, 'work');

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.no_available_callee']);
  });

  // "In case all available registrations of a Procedure responds with a wamp.error.unavailable [...] MUST respond with [...] no_available_callee".
  it.each(['roundrobin', 'first', 'last'])('answers no_available_callee where all of %s decline, each asked once', async (invoke) => {
    const [peers, caller] = [await callees(bench, 3, invoke), await bench.join()];
    for (const peer of peers) peer.decline();

    const answer = await caller.call('com.procedure', ['work']);

    expect(answer.slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.no_available_callee']);
    expect(peers.map((peer) => peer.answered)).toEqual([1, 1, 1]);
  });

  // "Support for this feature MUST be announced by Callees": the error of one that does not is like any other.
  it('hands on unavailable of a callee that does not announce it', async () => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    callee.send([8, 68, 1, {}, 'wamp.error.unavailable', ['busy']]);

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.unavailable', ['busy']]);
  });

  it('hands on every other error as it is', async () => {
    const [peers, caller] = [await callees(bench, 2, 'first'), await bench.join()];
    caller.send([48, 1, {}, 'com.procedure']);
    await peers[0]!.receive();

    peers[0]!.send([8, 68, 1, {}, 'com.error', ['why']]);

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'com.error', ['why']]);
    await peers[1]!.silence();
  });

  // "without the CALLER ever having to know about it": with the options and the payload of the call.
  it('takes options and payload along', async () => {
    const [peers, caller] = [await callees(bench, 2, 'first'), await bench.join()];
    caller.send([48, 1, { disclose_me: true }, 'com.procedure', [1, 'two'], { three: [3] }]);

    const [, request] = await peers[0]!.receive();
    peers[0]!.send([8, 68, request, {}, 'wamp.error.unavailable']);

    expect(await peers[1]!.receive()).toEqual([
      68, 1, expect.any(Number), expect.objectContaining({ caller: caller.session }), [1, 'two'], { three: [3] },
    ]);
  });

  it('can be cancelled after it was rerouted', async () => {
    const [peers, caller] = [await callees(bench, 2, 'first'), await bench.join()];
    caller.send([48, 1, {}, 'com.procedure']);
    await decline(peers[0]!);
    await peers[1]!.receive();

    caller.send([49, 1, { mode: 'skip' }]);

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.canceled']);
  });
});
