import { expect, it } from '@jest/globals';
import { section } from '../support/section.ts';

section('Basic Profile, Callee Leaving During an RPC Invocation', (bench) => {
  // "the Dealer SHALL return an ERROR message back to the Caller with a wamp.error.cancelled URI", which the same text spells canceled
  // everywhere else. "The Dealer MAY provide additional information via the ERROR payload arguments".
  it.each(['leave', 'cut'] as const)('tells the caller when its callee goes (%s)', async (way) => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure'], [48, 2, {}, 'com.procedure']);
    await callee.receiveMany(2);

    await callee[way]();

    expect(await caller.receiveMany(2)).toEqual([1, 2].map((id) => [8, 48, id, {}, 'wamp.error.canceled', [expect.any(String)]]));
    await caller.silence();
  });

  it('says nothing of calls that were answered', async () => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();
    callee.send([70, 1, {}]);
    expect(await caller.receive()).toEqual([50, 1, {}]);

    await callee.leave();

    await caller.silence();
  });

  it('says nothing where caller and callee are one', async () => {
    const [peer, other] = [await bench.join({ callee: ['call_canceling'] }), await bench.join()];
    await peer.register('com.procedure');
    peer.send([48, 2, {}, 'com.procedure']);
    await peer.receive();

    await peer.leave();

    await other.silence();
  });
});
