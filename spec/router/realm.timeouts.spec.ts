import { describe, expect, it } from '@jest/globals';
import { TestScheduler } from 'rxjs/testing';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { createRouter } from '../../lib/router/index.ts';
import { join, type RawPeer } from '../support/raw-peer.ts';

const LONGEST = 2 ** 31 - 1;

/** A call of com.slow, in virtual time; and what both of its ends have heard after so many milliseconds. */
function played(timeout: number, ms: number, act: (caller: RawPeer, callee: RawPeer) => void = () => {}): { caller: readonly WampList[]; callee: readonly WampList[]; timers: number } {
  const scheduler = new TestScheduler(() => {});
  const router = createRouter({ realms: { realm1: {} }, scheduler });
  const [caller, callee] = [join(router.link()), join(router.link())];
  callee.send([MessageType.REGISTER, 1, {}, 'com.slow']);
  caller.received.length = callee.received.length = 0;
  const before = scheduler.actions.length;
  caller.send([MessageType.CALL, 1, { timeout, receive_progress: true }, 'com.slow']);
  act(caller, callee);
  scheduler.maxFrames = ms;
  scheduler.flush();
  return { caller: caller.received, callee: callee.received.slice(1), timers: scheduler.actions.length - before };
}

const timedOut = (ms: number): readonly WampList[] => [[8, 48, 1, {}, 'wamp.error.timeout', [`callee must answer within ${ms} ms`]]];

describe('Realm', () => {
  it('ends a call when its time is over, and not before', () => {
    expect(played(500, 499)).toMatchObject({ caller: [], callee: [] });
    expect(played(500, 500)).toEqual({ caller: timedOut(500), callee: [[69, 1, { mode: 'killnowait', reason: 'wamp.error.timeout' }]], timers: 0 });
  });

  it('counts the time of the whole call, whatever progress it makes', () => {
    const { caller } = played(500, 500, (_, callee) => callee.send([70, 1, { progress: true }, [1]]));

    expect(caller).toEqual([[50, 1, { progress: true }, [1]], ...timedOut(500)]);
  });

  it.each<[string, (caller: RawPeer, callee: RawPeer) => void]>([
    ['is answered', (_, callee) => callee.send([70, 1, {}])],
    ['is cancelled', (caller) => caller.send([49, 1, {}])],
    ['loses its callee', (_, callee) => callee.cut()],
    ['loses its caller', (caller) => caller.cut()],
  ])('keeps no timer of a call that %s', (_, act) => {
    expect(played(500, 0, act).timers).toBe(0);
  });

  it('takes a time that is longer than timers are for the longest there is', () => {
    expect(played(2 ** 40, LONGEST - 1).caller).toEqual([]);
    expect(played(2 ** 40, LONGEST).caller).toEqual(timedOut(2 ** 40));
  });
});
