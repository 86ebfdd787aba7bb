import { expect, it } from '@jest/globals';
import { section } from '../support/section.ts';

section('Basic Profile, Caller Leaving During an RPC Invocation', (bench) => {
  // "the Dealer shall send an INTERRUPT to the Callee if both [...] support the Call Canceling advanced feature. That INTERRUPT message MUST
  // have Options.mode set to killnowait".
  it.each(['leave', 'cut'] as const)('interrupts the callee when its caller goes (%s)', async (way) => {
    const [callee, caller] = [await bench.join({ callee: ['call_canceling'] }), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    await caller[way]();

    expect(await callee.receive()).toEqual([69, 1, { mode: 'killnowait' }]);
  });

  // "If either the Dealer or the Callee does not support the Call Canceling feature, then an INTERRUPT message shall NOT sent".
  it('does not interrupt a callee that does not announce call_canceling', async () => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    await caller.leave();

    await callee.silence();
  });

  // "the Dealer shall be prepared to discard a YIELD or ERROR response associated with that defunct call request".
  it.each<readonly [string, readonly unknown[]]>([['YIELD', [70, 1, {}, ['late']]], ['ERROR', [8, 68, 1, {}, 'com.late']]])(
    'discards the %s to a call whose caller has gone', async (_, answer) => {
      const [callee, caller, next] = [await bench.join(), await bench.join(), await bench.join()];
      const registration = await callee.register('com.procedure');
      caller.send([48, 1, {}, 'com.procedure']);
      await callee.receive();
      await caller.leave();

      callee.send(answer);

      await callee.silence();
      next.send([48, 1, {}, 'com.procedure']);
      expect(await callee.receive()).toEqual([68, 2, registration, {}]);
    },
  );
});
