import { expect, it } from '@jest/globals';
import type { List } from '../support/formats.ts';
import { announced, section } from '../support/section.ts';

const CALLER = { caller: ['progressive_call_results'] };
const CALLEE = { callee: ['progressive_call_results', 'call_canceling'] };

section('Advanced Profile, Progressive Call Results', (bench) => {
  // "Support for this advanced feature MUST be announced by [...] Dealers", and "Dealers MUST support Call Canceling".
  it('is announced by the dealer, with call canceling', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ progressive_call_results: true, call_canceling: true });
  });

  // "the Dealer will forward the Caller's willingness to receive progressive results", and "will immediately send a RESULT message".
  it.each<readonly [string, readonly List[]]>([
    ['results and a total', [[['Y2010', 120]], [['Y2011', 205]], [['Total', 490]]]],
    ['an empty end', [[['Y2010', 120]], [['Total', 490]], []]],
    ['nothing but signs of life', [[], [], [[['Y2010', 120], ['Y2011', 205]]]]],
    ['results of different structure', [[['partial 1', 10]], [[], { foo: 10, bar: 'partial 1' }], [[1, 2, 3], { moo: 'hello' }]]],
    ['no progress', [[['Total', 490]]]],
  ])('takes them to the caller: %s', async (_, payloads) => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    const registration = await callee.register('com.myapp.compute_revenue');

    caller.send([48, 1, { receive_progress: true }, 'com.myapp.compute_revenue', [2010, 2011, 2012]]);

    expect(await callee.receive()).toEqual([68, 1, registration, { receive_progress: true }, [2010, 2011, 2012]]);
    const last = payloads.length - 1;
    for (const [at, payload] of payloads.entries()) {
      callee.send([70, 1, at < last ? { progress: true } : {}, ...payload]);
      expect(await caller.receive()).toEqual([50, 1, at < last ? { progress: true } : {}, ...payload]);
    }
    await caller.silence();
  });

  // "A call MUST always end in either a normal RESULT or ERROR message".
  it('ends with the ERROR of the callee', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.procedure');
    caller.send([48, 1, { receive_progress: true }, 'com.procedure']);
    await callee.receive();

    callee.send([70, 1, { progress: true }, [1]], [8, 68, 1, {}, 'com.myapp.invalid_revenue_year', [1830]]);

    expect(await caller.receiveMany(2)).toEqual([[50, 1, { progress: true }, [1]], [8, 48, 1, {}, 'com.myapp.invalid_revenue_year', [1830]]]);
  });

  // "YIELD with progress [...] may only be sent during a call or invocation is still ongoing."
  it('lets nothing follow the end', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.procedure');
    caller.send([48, 1, { receive_progress: true }, 'com.procedure']);
    await callee.receive();

    callee.send([70, 1, {}, ['end']], [70, 1, { progress: true }, ['late']]);
    await callee.silence();

    expect(await caller.receive()).toEqual([50, 1, {}, ['end']]);
    await caller.silence();
  });

  // A caller that did not ask is not prepared: "CALL.Options.receive_progress [...] are simply indications that the Caller is prepared".
  it('shows a caller that did not ask only the end', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    const registration = await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    expect(await callee.receive()).toEqual([68, 1, registration, {}]);

    callee.send([70, 1, { progress: true }, ['part']], [70, 1, {}, ['end']]);

    expect(await caller.receive()).toEqual([50, 1, {}, ['end']]);
  });

  // "If the Callee supports Progressive Call Results, the Dealer will forward": else it does not.
  it('does not ask a callee that does not announce the feature', async () => {
    const [callee, caller] = [await bench.join(), await bench.join(CALLER)];
    const registration = await callee.register('com.procedure');

    caller.send([48, 1, { receive_progress: true }, 'com.procedure']);

    expect(await callee.receive()).toEqual([68, 1, registration, {}]);
  });

  // Not as the text has it: "A Callee that supports progressive results, but does not support call canceling is considered by the Dealer to
  // not support progressive results". The most used client announces the one without the other, and its callers would wait in vain.
  it('asks a callee that announces no call canceling all the same', async () => {
    const [callee, caller] = [await bench.join({ callee: ['progressive_call_results'] }), await bench.join(CALLER)];
    const registration = await callee.register('com.procedure');

    caller.send([48, 1, { receive_progress: true }, 'com.procedure']);

    expect(await callee.receive()).toEqual([68, 1, registration, { receive_progress: true }]);
    await caller.leave();
    await callee.silence();
  });

  // "the Dealer sends an INTERRUPT to the Callee with mode killnowait" when the caller leaves.
  it('interrupts the callee whose caller leaves', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.procedure');
    caller.send([48, 1, { receive_progress: true }, 'com.procedure']);
    await callee.receive();
    callee.send([70, 1, { progress: true }, [1]]);
    await caller.receive();

    await caller.leave();
    callee.send([70, 1, { progress: true }, [2]], [70, 1, {}, [3]]);

    expect(await callee.receive()).toEqual([69, 1, { mode: 'killnowait' }]);
    await callee.silence();
  });

  // "the Dealer sends an ERROR message to the Caller with the wamp.error.canceled URI" when the callee leaves.
  it('tells the caller whose callee leaves', async () => {
    const [callee, caller] = [await bench.join(CALLEE), await bench.join(CALLER)];
    await callee.register('com.procedure');
    caller.send([48, 1, { receive_progress: true }, 'com.procedure']);
    await callee.receive();
    callee.send([70, 1, { progress: true }, [1]]);
    expect(await caller.receive()).toEqual([50, 1, { progress: true }, [1]]);

    await callee.leave();

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.canceled', [expect.any(String)]]);
  });

  // Timeouts: "the time limit between the initial call and the first result, and between results thereafter".
  it('takes the timeout of a call for the time between two results', async () => {
    const features = ['progressive_call_results', 'call_canceling'];
    const [callee, caller] = [await bench.join({ callee: features }), await bench.join({ caller: features })];
    await callee.register('com.slow');
    caller.send([48, 1, { timeout: 500, receive_progress: true }, 'com.slow']);
    await callee.receive();

    for (const part of [1, 2, 3]) {
      bench.clock.pass(400);
      callee.send([70, 1, { progress: true }, [part]]);
      expect(await caller.receive()).toEqual([50, 1, { progress: true }, [part]]);
    }
    bench.clock.pass(499);
    await caller.silence();
    bench.clock.pass(1);

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.timeout']);
  });
});
