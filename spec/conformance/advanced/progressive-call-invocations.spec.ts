import { expect, it } from '@jest/globals';
import { announced, section } from '../support/section.ts';

const CALLER = { caller: ['progressive_call_invocations', 'call_canceling', 'progressive_call_results'] };
const CALLEE = { callee: ['progressive_call_invocations', 'call_canceling', 'progressive_call_results', 'caller_identification'] };
const PROGRESS = { progress: true };

section('Advanced Profile, Progressive Call Invocations', (bench) => {
  // "Dealers MUST also announce support of the Call Cancelling feature".
  it('is announced by the dealer, with call canceling', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ progressive_call_invocations: true, call_canceling: true });
  });

  // "the Caller must send the same Request|id for every CALL and the Dealer must also use the same Request|id with every INVOCATION".
  it('hands every part of a call on under one id', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    const registration = await callee.register('com.upload');

    caller.send([48, 1, PROGRESS, 'com.upload', [1]], [48, 1, PROGRESS, 'com.upload', [2]], [48, 1, {}, 'com.upload', [3]]);

    expect(await callee.receiveMany(3)).toEqual([
      [68, 1, registration, PROGRESS, [1]], [68, 1, registration, PROGRESS, [2]], [68, 1, registration, {}, [3]],
    ]);
    callee.send([70, 1, {}, ['done']]);
    expect(await caller.receive()).toEqual([50, 1, {}, ['done']]);
  });

  // 'A call invocation MUST always end in a normal CALL without the "progress": true option, or explicitly set "progress": false'.
  it('ends with progress that is false', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    const registration = await callee.register('com.upload');

    caller.send([48, 1, PROGRESS, 'com.upload', [1]], [48, 1, { progress: false }, 'com.upload', [2]]);

    expect(await callee.receiveMany(2)).toEqual([[68, 1, registration, PROGRESS, [1]], [68, 1, registration, {}, [2]]]);
  });

  // "MUST be treated as protocol errors": the caller "did not announce the progressive call invocations feature".
  it('aborts a caller that has not announced it', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join()];
    await callee.register('com.upload');

    caller.send([48, 1, PROGRESS, 'com.upload']);

    await caller.aborted('wamp.error.protocol_violation');
  });

  // "the Callee does not support progressive call invocations or call cancelling": feature_not_supported.
  it.each<readonly [string, readonly string[]]>([
    ['neither', []], ['no call canceling', ['progressive_call_invocations']], ['no progressive call invocations', ['call_canceling']],
  ])('answers feature_not_supported where the callee announces %s', async (_, features) => {
    const [callee, caller] = [await bench.join({ callee: features }), await bench.join(CALLER)];
    await callee.register('com.upload');

    caller.send([48, 1, PROGRESS, 'com.upload']);

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.feature_not_supported']);
    await callee.silence();
  });

  // "route all subsequent progressive calls to the same Callee".
  it('stays with the callee of the first part where the registration is shared', async () => {
    const [first, second, caller] = [await bench.join(CALLEE), await bench.join(CALLEE), await bench.join(CALLER)];
    await first.register('com.upload', { invoke: 'roundrobin' });
    await second.register('com.upload', { invoke: 'roundrobin' });

    caller.send([48, 1, PROGRESS, 'com.upload', [1]], [48, 2, {}, 'com.upload', ['other']], [48, 1, PROGRESS, 'com.upload', [2]], [48, 1, {}, 'com.upload', [3]]);

    expect((await first.receiveMany(3)).map((list) => list[4])).toEqual([[1], [2], [3]]);
    expect((await second.receive())[4]).toEqual(['other']);
    await caller.silence();
    await second.silence();
  });

  // "items in the Options dictionary of the initiating progressive CALL shall be effective for the entirety", the others are ignored.
  it('freezes the options of the first part', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    const registration = await callee.register('com.upload');

    caller.send(
      [48, 1, { progress: true, disclose_me: true, receive_progress: true }, 'com.upload', [1]],
      [48, 1, { progress: true, disclose_me: false, receive_progress: false }, 'com.upload', [2]],
      [48, 1, {}, 'com.upload', [3]],
    );

    const frozen = expect.objectContaining({ caller: caller.session, receive_progress: true });
    const parts = await callee.receiveMany(3);
    expect(parts).toEqual([1, 2, 3].map((at) => [68, 1, registration, frozen, [at]]));
    expect(parts.map(([, , , details]) => (details as { readonly progress?: boolean }).progress)).toEqual([true, true, undefined]);
  });

  // "Efficient two-way streams": results do not have to be matched with calls.
  it('lets results come while parts of the call are still to come', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.both');

    caller.send([48, 1, { progress: true, receive_progress: true }, 'com.both', [1]]);
    await callee.receive();
    callee.send([70, 1, PROGRESS, ['a']], [70, 1, PROGRESS, ['b']]);
    expect(await caller.receiveMany(2)).toEqual([[50, 1, PROGRESS, ['a']], [50, 1, PROGRESS, ['b']]]);
    caller.send([48, 1, { }, 'com.both', [2]]);
    expect((await callee.receive())[4]).toEqual([2]);
    callee.send([70, 1, {}, ['end']]);

    expect(await caller.receive()).toEqual([50, 1, {}, ['end']]);
  });

  // "it MUST ignore and discard that CALL message without any further correlated response": the call is over, which the caller has not heard.
  it.each<readonly [string, readonly unknown[]]>([['RESULT', [70, 1, {}, ['early']]], ['ERROR', [8, 68, 1, {}, 'com.early', ['early']]]])(
    'discards what belongs to a call that has ended with %s', async (_, answer) => {
      const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
      await callee.register('com.upload');
      caller.send([48, 1, PROGRESS, 'com.upload', [1]]);
      await callee.receive();
      callee.send(answer);
      await caller.receive();

      caller.send([48, 1, PROGRESS, 'com.upload', [2]], [48, 1, {}, 'com.upload', [3]]);

      await caller.silence();
      await callee.silence();
    },
  );

  // "The requirement for CALL request IDs to be sequential [...] must only apply to new RPC transactions".
  it('lets other calls come between the parts of one', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.foo');
    await callee.register('com.bar');

    caller.send([48, 1, PROGRESS, 'com.foo', [1]], [48, 2, {}, 'com.bar'], [48, 1, {}, 'com.foo', [2]], [48, 3, {}, 'com.bar']);

    expect((await callee.receiveMany(4)).map(([, request]) => request)).toEqual([1, 2, 1, 3]);
  });

  // "3. [CALL, 4, {}, baz] (protocol violation, request ID 3 expected)": a gap "MUST always be treated as a protocol violation".
  it('aborts a caller that leaves an id out', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.foo');

    caller.send([48, 1, PROGRESS, 'com.foo'], [48, 2, {}, 'com.foo'], [48, 4, {}, 'com.foo']);

    await caller.aborted('wamp.error.protocol_violation');
  });

  // "if record.is_progressive_invocation_call() [...] else abort_session": an open call that is not progressive does not go on.
  it('aborts a caller that goes on with a call that was not progressive', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.foo');
    caller.send([48, 1, {}, 'com.foo']);
    await callee.receive();

    caller.send([48, 1, PROGRESS, 'com.foo']);

    await caller.aborted('wamp.error.protocol_violation');
  });

  // "the Dealer sends an INTERRUPT to the Callee with mode killnowait" when the caller leaves.
  it('interrupts the callee whose caller leaves between two parts', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.upload');
    caller.send([48, 1, PROGRESS, 'com.upload', [1]]);
    await callee.receive();

    await caller.leave();

    expect(await callee.receive()).toEqual([69, 1, { mode: 'killnowait' }]);
  });

  // "the Dealer sends an ERROR message to the Caller with the wamp.error.canceled URI" when the callee leaves.
  it('tells the caller whose callee leaves between two parts', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.upload');
    caller.send([48, 1, PROGRESS, 'com.upload', [1]]);
    await callee.receive();

    await callee.leave();

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.canceled', [expect.any(String)]]);
    caller.send([48, 1, PROGRESS, 'com.upload', [2]]);
    await caller.silence();
  });

  it('can be cancelled between two parts', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.upload');
    caller.send([48, 1, PROGRESS, 'com.upload', [1]]);
    await callee.receive();

    caller.send([49, 1, { mode: 'killnowait' }]);

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.canceled']);
    expect(await callee.receive()).toEqual([69, 1, { mode: 'killnowait' }]);
  });
});
