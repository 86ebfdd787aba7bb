import { expect, it } from '@jest/globals';
import { announced, section } from '../support/section.ts';

const CANCELABLE = { callee: ['call_canceling'] };
const KEEPS_TIME = { callee: ['call_canceling', 'call_timeout'] };

section('Advanced Profile, Call Timeouts', (bench) => {
  // "Support for this feature MUST be announced by Dealers".
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ call_timeout: true });
  });

  // "If the Callee does not support Call Timeouts, a Dealer [...] MUST start a timeout timer". "The cancellation mode is implicitly killnowait
  // if the Callee supports call cancellation", and the error "MUST use wamp.error.timeout as the reason URI".
  it('ends the call, interrupts the callee, and discards what comes after', async () => {
    const [callee, caller] = [await bench.join(CANCELABLE), await bench.join()];
    const registration = await callee.register('com.slow');
    caller.send([48, 1, { timeout: 500 }, 'com.slow']);
    expect(await callee.receive()).toEqual([68, 1, registration, {}]);

    bench.clock.pass(499);
    await caller.silence();
    bench.clock.pass(1);

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.timeout']);
    expect(await callee.receive()).toEqual([69, 1, expect.objectContaining({ mode: 'killnowait' })]);
    callee.send([70, 1, {}, ['late']]);
    await callee.silence();
    await caller.silence();
  });

  // "otherwise the cancellation mode is skip".
  it('lets a callee be that cannot be interrupted', async () => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.slow');
    caller.send([48, 1, { timeout: 500 }, 'com.slow']);
    await callee.receive();

    bench.clock.pass(500);

    expect((await caller.receive()).slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.timeout']);
    callee.send([70, 1, {}, ['late']]);
    await callee.silence();
    await caller.silence();
  });

  // "Automatic call timeouts are deactivated if there is no timeout option, or if its value is 0."
  it.each([{}, { timeout: 0 }])('lets a call take any time with %j', async (options) => {
    const [callee, caller] = [await bench.join(CANCELABLE), await bench.join()];
    await callee.register('com.slow');
    caller.send([48, 1, options, 'com.slow']);
    await callee.receive();

    bench.clock.pass(24 * 60 * 60 * 1000);
    await caller.silence();
    callee.send([70, 1, {}, ['done']]);

    expect(await caller.receive()).toEqual([50, 1, {}, ['done']]);
  });

  it('says nothing more once the call was answered in time', async () => {
    const [callee, caller] = [await bench.join(CANCELABLE), await bench.join()];
    await callee.register('com.quick');
    caller.send([48, 1, { timeout: 500 }, 'com.quick']);
    await callee.receive();
    callee.send([70, 1, {}, ['done']]);
    expect(await caller.receive()).toEqual([50, 1, {}, ['done']]);

    bench.clock.pass(1000);

    await caller.silence();
    await callee.silence();
  });

  // "checks if the matching RPC registration had the forward_timeout option set, then accordingly either forwards the timeout value or
  // handles the timeout logic locally without forwarding the timeout value".
  it('leaves the time to a callee that asks for it', async () => {
    const [callee, caller] = [await bench.join(KEEPS_TIME), await bench.join()];
    const registration = await callee.register('com.slow', { forward_timeout: true });
    caller.send([48, 1, { timeout: 500 }, 'com.slow']);

    expect(await callee.receive()).toEqual([68, 1, registration, { timeout: 500 }]);
    bench.clock.pass(1000);
    await caller.silence();
    callee.send([8, 68, 1, {}, 'wamp.error.timeout']);
    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.timeout']);
  });

  it('keeps the time itself for a callee that could and does not ask', async () => {
    const [callee, caller] = [await bench.join(KEEPS_TIME), await bench.join()];
    const registration = await callee.register('com.slow');
    caller.send([48, 1, { timeout: 500 }, 'com.slow']);
    expect(await callee.receive()).toEqual([68, 1, registration, {}]);

    bench.clock.pass(500);

    expect((await caller.receive())[4]).toBe('wamp.error.timeout');
  });

  // CALL.Options.timeout|integer
  it.each([-1, 0.5, '500', true])('aborts who sends a timeout of %p', async (timeout) => {
    const caller = await bench.join();

    caller.send([48, 1, { timeout }, 'com.slow']);

    await caller.aborted('wamp.error.protocol_violation');
  });
});
