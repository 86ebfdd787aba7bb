import { expect, it } from '@jest/globals';
import type { Peer } from '../support/peer.ts';
import { announced, section, type Bench } from '../support/section.ts';

const FEATURE = { caller: ['call_canceling'], callee: ['call_canceling'] };

/** A callee that has been called, and its caller. */
async function called(bench: Bench, features: object = FEATURE): Promise<readonly [Peer, Peer]> {
  const [callee, caller] = [await bench.join(features), await bench.join(FEATURE)];
  const registration = await callee.register('com.procedure');
  caller.send([48, 1, {}, 'com.procedure']);
  expect(await callee.receive()).toEqual([68, 1, registration, {}]);
  return [callee, caller];
}

section('Advanced Profile, Call Canceling', (bench) => {
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ call_canceling: true });
  });

  // skip: "ERROR is sent immediately back to the caller. No INTERRUPT is sent to the callee and the result is discarded when received."
  it('answers at once and lets the callee be where the mode is skip', async () => {
    const [callee, caller] = await called(bench);

    caller.send([49, 1, { mode: 'skip' }]);

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.canceled']);
    callee.send([70, 1, {}, ['late']]);
    await callee.silence();
    await caller.silence();
  });

  // kill: "INTERRUPT is sent to the callee, but ERROR is not returned to the caller until after the callee has responded".
  it.each<readonly [string, readonly unknown[], readonly unknown[]]>([
    ['ERROR', [8, 68, 1, {}, 'wamp.error.canceled'], [8, 48, 1, {}, 'wamp.error.canceled']],
    ['RESULT', [70, 1, {}, ['in time']], [50, 1, {}, ['in time']]],
  ])('lets the callee answer where the mode is kill: %s', async (_, answer, received) => {
    const [callee, caller] = await called(bench);

    caller.send([49, 1, { mode: 'kill' }]);

    expect(await callee.receive()).toEqual([69, 1, { mode: 'kill' }]);
    await caller.silence();
    callee.send(answer);
    expect(await caller.receive()).toEqual(received);
  });

  // killnowait: "ERROR is sent immediately back to the caller. INTERRUPT is sent to the callee and any response [...] is discarded".
  it.each<readonly [string, readonly unknown[]]>([['ERROR', [8, 68, 1, {}, 'wamp.error.canceled']], ['RESULT', [70, 1, {}, ['late']]]])(
    'answers at once and interrupts where the mode is killnowait, and discards the %s', async (_, answer) => {
      const [callee, caller] = await called(bench);

      caller.send([49, 1, { mode: 'killnowait' }]);

      expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.canceled']);
      expect(await callee.receive()).toEqual([69, 1, { mode: 'killnowait' }]);
      callee.send(answer);
      await callee.silence();
      await caller.silence();
    },
  );

  it('is killnowait where no mode is given', async () => {
    const [callee, caller] = await called(bench);

    caller.send([49, 1, {}]);

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.canceled']);
    expect(await callee.receive()).toEqual([69, 1, { mode: 'killnowait' }]);
  });

  // "If the callee does not support call canceling, then behavior is skip."
  it.each(['skip', 'kill', 'killnowait'])('is skip where the callee does not announce it, also with %s', async (mode) => {
    const [callee, caller] = await called(bench, {});

    caller.send([49, 1, { mode }]);

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'wamp.error.canceled']);
    callee.send([70, 1, {}, ['late']]);
    await callee.silence();
    await caller.silence();
  });

  it('says nothing to a CANCEL that crosses the answer', async () => {
    const [callee, caller] = await called(bench);
    callee.send([70, 1, {}, ['first']]);
    expect(await caller.receive()).toEqual([50, 1, {}, ['first']]);

    caller.send([49, 1, { mode: 'kill' }]);

    await caller.silence();
    await callee.silence();
  });

  it('cancels no call of another session', async () => {
    const [callee, caller] = await called(bench);
    const stranger = await bench.join(FEATURE);

    stranger.send([49, 1, { mode: 'kill' }]);
    await stranger.silence();

    callee.send([70, 1, {}, ['fine']]);
    expect(await caller.receive()).toEqual([50, 1, {}, ['fine']]);
  });

  // CANCEL.Options.mode|string == "skip" | "kill" | "killnowait"
  it.each(['abort', '', 1])('aborts who gives the mode %p', async (mode) => {
    const [, caller] = await called(bench);

    caller.send([49, 1, { mode }]);

    await caller.aborted('wamp.error.protocol_violation');
  });

  it('interrupts once, however often a call is cancelled', async () => {
    const [callee, caller] = await called(bench);

    caller.send([49, 1, { mode: 'kill' }], [49, 1, { mode: 'kill' }]);

    expect(await callee.receive()).toEqual([69, 1, { mode: 'kill' }]);
    await caller.silence();
    await callee.silence();
  });
});
