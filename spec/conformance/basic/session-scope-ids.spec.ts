import { expect, it } from '@jest/globals';
import type { List } from '../support/formats.ts';
import { section } from '../support/section.ts';

/** "SUBSCRIBE, UNSUBSCRIBE, PUBLISH, REGISTER, UNREGISTER, and CALL", each under an id. */
const REQUESTS: readonly (readonly [string, (id: number) => List])[] = [
  ['SUBSCRIBE', (id) => [32, id, {}, 'com.topic']],
  ['UNSUBSCRIBE', (id) => [34, id, 4711]],
  ['PUBLISH', (id) => [16, id, { acknowledge: true }, 'com.topic']],
  ['REGISTER', (id) => [64, id, {}, `com.procedure${id}`]],
  ['UNREGISTER', (id) => [66, id, 4711]],
  ['CALL', (id) => [48, id, {}, 'com.nothing']],
];

section('Basic Profile, Session Scope IDs', (bench) => {
  // "IDs in the session scope MUST be incremented by 1 beginning with 1": one sequence for all requests of a session.
  it('takes 1, 2, 3 whatever is requested', async () => {
    const peer = await bench.join();

    REQUESTS.forEach(([, request], at) => peer.send(request(at + 1)));

    const answered = await peer.receiveMany(REQUESTS.length);
    expect(answered.map((list) => list[0] === 8 ? list[2] : list[1])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  // "Receiving message with non-sequential session scope request ID" is a protocol error.
  it.each(REQUESTS)('aborts who begins with another id: %s', async (_, request) => {
    const peer = await bench.join();

    peer.send(request(2));

    await peer.aborted('wamp.error.protocol_violation');
  });

  it.each(REQUESTS)('aborts who uses an id again: %s', async (_, request) => {
    const peer = await bench.join();
    peer.send([34, 1, 4711]);
    await peer.receive();

    peer.send(request(1));

    await peer.aborted('wamp.error.protocol_violation');
  });

  it.each(REQUESTS)('aborts who leaves one out: %s', async (_, request) => {
    const peer = await bench.join();
    peer.send([34, 1, 4711]);
    await peer.receive();

    peer.send(request(3));

    await peer.aborted('wamp.error.protocol_violation');
  });

  // A publication that is not acknowledged has an id all the same.
  it('counts what it does not answer', async () => {
    const peer = await bench.join();

    peer.send([16, 1, {}, 'com.topic'], [16, 2, {}, 'com.topic'], [48, 3, {}, 'com.nothing']);

    expect(await peer.receive()).toEqual([8, 48, 3, {}, 'wamp.error.no_such_procedure']);
  });

  // "CANCEL.Request (mirrored CALL.Request)", as YIELD and ERROR mirror INVOCATION.Request: these are no requests of their own.
  it('does not count messages that name the id of another', async () => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    caller.send([49, 1, { mode: 'skip' }], [48, 2, {}, 'com.procedure']);
    await callee.receive();
    callee.send([70, 1, {}], [8, 68, 2, {}, 'com.error'], [64, 2, {}, 'com.other']);

    expect(await callee.receive()).toEqual([65, 2, expect.any(Number)]);
    expect((await caller.receiveMany(2)).map((list) => list[4])).toEqual(['wamp.error.canceled', 'com.error']);
  });

  // "Receiving YIELD message with invalid INVOCATION.Request" is a protocol error; one that was valid is not (see "Call Canceling").
  it.each<readonly [string, List]>([['YIELD', [70, 7, {}]], ['ERROR', [8, 68, 7, {}, 'com.error']]])(
    'aborts who answers an invocation that never was: %s', async (_, list) => {
      const peer = await bench.join();

      peer.send(list);

      await peer.aborted('wamp.error.protocol_violation');
    },
  );
});
