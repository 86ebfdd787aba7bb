import { describe, expect, it } from '@jest/globals';
import { asyncScheduler, defer } from 'rxjs';
import { createRouter, type Router, type ShutdownOptions } from '../../lib/router/index.ts';
import { createClient } from '../../lib/index.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { join, type RawPeer } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const [GOODBYE, ERROR, PUBLISH, SUBSCRIBE, EVENT, CALL, RESULT, REGISTER, YIELD] = [6, 8, 16, 32, 36, 48, 50, 64, 70] as const;

/** A peer that answers GOODBYE at once, and notes when it came. */
function polite(peer: RawPeer): { readonly peer: RawPeer; readonly goodbyes: number[] } {
  const goodbyes: number[] = [];
  peer.onList = ([type]) => {
    if (type !== GOODBYE) return;
    goodbyes.push(asyncScheduler.now());
    peer.send([GOODBYE, {}, 'wamp.close.goodbye_and_out']);
  };
  return { peer, goodbyes };
}

/** A router with a call that nobody has answered yet. */
function busyRouter() {
  const router = createRouter({ realms: { realm1: {} } });
  const callee = polite(join(router.link()));
  const caller = polite(join(router.link()));
  callee.peer.send([REGISTER, 1, {}, 'com.p']);
  caller.peer.send([CALL, 1, {}, 'com.p']);
  return { router, callee, caller };
}

function closed(router: Router, options: ShutdownOptions): { time: number | undefined } {
  const end: { time: number | undefined } = { time: undefined };
  router.shutdown(options).subscribe({ complete: () => { end.time = asyncScheduler.now(); } });
  return end;
}

describe('Router.shutdown with calls', () => {
  it('says GOODBYE when the last open call has been answered', () => {
    tidyMarbles(({ at, flush }) => {
      const { router, callee, caller } = busyRouter();

      const end = closed(router, { calls: 1_000 });
      at(110, () => callee.peer.send([YIELD, 1, {}, ['done']]));
      flush();

      expect(caller.peer.of(RESULT)).toEqual([[RESULT, 1, {}, ['done']]]);
      expect([caller.goodbyes, callee.goodbyes, end.time]).toEqual([[120], [120], 120]);
      expectNoLeaks({ router });
    });
  });

  it('says GOODBYE when the time is over', () => {
    tidyMarbles(({ flush }) => {
      const { router, callee, caller } = busyRouter();

      const end = closed(router, { calls: 1_000 });
      flush();

      expect([caller.goodbyes, callee.goodbyes, end.time]).toEqual([[1_000], [1_000], 1_000]);
      expectNoLeaks({ router });
    });
  });

  it('says GOODBYE at once where no call is open, or none is waited for', () => {
    tidyMarbles(({ flush }) => {
      const idle = createRouter({ realms: { realm1: {} } });
      const peer = polite(join(idle.link()));
      const { router, caller } = busyRouter();

      const ends = [closed(idle, { calls: 1_000 }), closed(router, {})];
      flush();

      expect([peer.goodbyes, caller.goodbyes, ends.map(({ time }) => time)]).toEqual([[0], [0], [0, 0]]);
    });
  });

  it('refuses new calls meanwhile, and goes on with everything else', () => {
    tidyMarbles(({ at, flush }) => {
      const { router, caller } = busyRouter();

      closed(router, { calls: 1_000 });
      at(10, () => caller.peer.send([CALL, 2, {}, 'com.p'], [SUBSCRIBE, 3, {}, 'com.a'], [PUBLISH, 4, { exclude_me: false }, 'com.a']));
      flush();

      expect(caller.peer.of(ERROR)[0]).toEqual([ERROR, CALL, 2, {}, 'wamp.error.unavailable', ['the router is closing']]);
      expect(caller.peer.of(EVENT)).toHaveLength(1);
    });
  });

  it('waits no longer than there is anybody', () => {
    tidyMarbles(({ at, flush }) => {
      const { router, callee, caller } = busyRouter();

      const end = closed(router, { calls: 1_000 });
      at(30, () => { caller.peer.cut(); callee.peer.cut(); });
      flush();

      expect([end.time, asyncScheduler.now()]).toEqual([30, 30]);
      expectNoLeaks({ router });
    });
  });

  it('rejects a time that is none', () => {
    const router = createRouter({ realms: {} });

    expect(() => router.shutdown({ calls: -1 })).toThrow(new RangeError('options.calls must be a number from 0, got -1'));
  });

  it('is met by clients that wait as long as they are told, and come back', () => {
    tidyMarbles(({ at, flush }) => {
      let router = createRouter({ realms: { realm1: {} }, random: () => 0.5 });
      const client = createClient({ transport: defer(() => router.link()), realm: 'realm1' });
      const joins: number[] = [];
      client.state$.subscribe(({ kind }) => { if (kind === 'joined') joins.push(asyncScheduler.now()); });

      client.topic('com.a').subscribe();
      at(1_000, () => {
        closed(router, { retryAfter: 20 });
        router = createRouter({ realms: { realm1: {} } });
      });
      at(20_000, () => void client.close());
      flush();

      expect(joins).toEqual([0, 11_000]);
    });
  });
});
