import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asyncScheduler, map, timer, type Observable } from 'rxjs';
import { ConnectFailedError } from '../../lib/errors.ts';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { createRouter, type RealmOptions, type Router } from '../../lib/router/index.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import type { Connection } from '../../lib/transports/transport.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { dial, join, RawPeer, ROLES } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const EMPTY_ROUTER = { sessions: 0, connections: 0, subscriptions: 0, registrations: 0, pendingCalls: 0 };
const oneRealm = (realm: RealmOptions = {}): Router => createRouter({ realms: { realm1: realm } });

/** A peer that answers GOODBYE after so many milliseconds. */
function polite(peer: RawPeer, wait: number): RawPeer {
  peer.onList = ([type]) => {
    if (type === MessageType.GOODBYE) timer(wait).subscribe(() => peer.send([6, {}, 'wamp.close.goodbye_and_out']));
  };
  return peer;
}

/** What an Observable did, with the virtual time of its end. */
function watched(source: Observable<unknown>, now: () => number): unknown[] {
  const seen: unknown[] = [];
  source.subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error), complete: () => seen.push(`end at ${now()}`) });
  return seen;
}

describe('Router', () => {
  describe('link', () => {
    it('is cold, and each subscription a connection of its own', () => {
      const router = oneRealm();
      const link = router.link();
      expect(router.stats()).toMatchObject(EMPTY_ROUTER);
      expectNoLeaks({ router });

      const [first, second] = [join(link), join(link)];

      expect(first.session).not.toBe(second.session);
      expect(router.stats()).toMatchObject({ sessions: 2, connections: 2 });
    });

    it('drops the connection on unsubscribe', () => {
      const router = oneRealm();
      const peers: RawPeer[] = [];
      const subscription = router.link().subscribe((connection) => peers.push(new RawPeer(connection).hello('realm1')));
      expect(router.stats().sessions).toBe(1);

      subscription.unsubscribe();

      expect(router.stats()).toMatchObject(EMPTY_ROUTER);
      expectNoLeaks({ router });
    });

    it('completes after the connection has ended, whoever ended it', () => {
      const router = oneRealm();
      const ends: string[] = [];
      const connections: Connection[] = [];
      const open = (): void => {
        router.link().subscribe({
          next: (connection) => {
            connection.subscribe({ complete: () => ends.push('connection completes'), error: () => ends.push('connection errors') });
            connections.push(connection);
          },
          complete: () => ends.push('transport completes'),
        });
      };
      open();
      open();
      open();

      connections[0]!.complete();
      connections[1]!.error(new Error('cut'));
      connections[2]!.next('not JSON');

      expect(ends).toEqual([
        'connection completes', 'transport completes', 'connection errors', 'transport completes', 'connection completes', 'transport completes',
      ]);
    });

    it('takes as long as it is told', () => {
      tidyMarbles(({ flush }) => {
        const peer = dial(oneRealm().link({ latency: 10 }));
        const times: number[] = [];
        peer.onList = () => times.push(asyncScheduler.now());

        peer.hello('realm1');
        flush();

        expect(times).toEqual([20]);
      });
    });

    it('speaks the serializers of the router and no other', () => {
      const router = createRouter({ realms: { realm1: {} }, serializers: [msgpack()] });

      expect(join(router.link(), 'realm1', {}, msgpack()).of(2)).toHaveLength(1);
      expect(() => router.link({ serializer: 'wamp.2.json' })).toThrow(
        new TypeError('options.serializer must be one of wamp.2.msgpack, got "wamp.2.json"'),
      );
      expect(() => router.link({ latency: -1 })).toThrow(new RangeError('options.latency must be a number from 0, got -1'));
    });

    it('errors when the router is closed', () => {
      const router = oneRealm();
      router.shutdown().subscribe();

      expect(watched(router.link(), () => 0)).toEqual([expect.any(ConnectFailedError)]);
    });
  });

  describe('attach', () => {
    it('tells how the client is connected', () => {
      const router = oneRealm();
      const [near, far] = memoryLink({});
      router.attach(far, { type: 'test' });
      new RawPeer(near).hello('realm1');

      expect(watched(router.sessions$, () => 0)).toMatchObject([[{ transport: { type: 'test' } }]]);
    });

    it('drops a connection whose serializer it does not have, and aborts one when it is closing', () => {
      const router = oneRealm();
      const [near, far] = memoryLink({ subprotocol: 'wamp.2.ubjson' });
      const stranger = new RawPeer(near);
      router.attach(far);
      expect(stranger.ended).toBe('error');

      router.shutdown().subscribe();
      const [late, end] = memoryLink({});
      const latecomer = new RawPeer(late);
      router.attach(end);

      expect(latecomer.last).toEqual([3, { message: expect.any(String) }, 'wamp.close.system_shutdown']);
      expect(latecomer.ended).toBe('complete');
    });
  });

  describe('sessions$', () => {
    it('tells who is there, and who comes and goes, until the router is closed', () => {
      const router = oneRealm();
      const first = join(router.link());
      const seen = watched(router.sessions$.pipe(map((sessions) => sessions.map(({ id }) => id))), () => 0);

      const second = join(router.link());
      first.cut();
      polite(second, 0).onList = () => second.send([6, {}, 'wamp.close.goodbye_and_out']);
      router.shutdown().subscribe();

      expect(seen).toEqual([[first.session], [first.session, second.session], [second.session], [], 'end at 0']);
    });
  });

  describe('stats$', () => {
    it('counts, now and once a second, until the router is closed', () => {
      tidyMarbles(({ flush }) => {
        const router = oneRealm();
        const seen = watched(router.stats$.pipe(map(({ sessions, messagesIn, messagesOut }) => [sessions, messagesIn, messagesOut])), () =>
          asyncScheduler.now());

        const peer = join(router.link());
        timer(1_500).subscribe(() => peer.send([32, 1, {}, 'com.a'], [16, 2, {}, 'com.a']));
        timer(2_500).subscribe(() => {
          peer.cut();
          router.shutdown().subscribe();
        });
        flush();

        expect(seen).toEqual([[0, 0, 0], [1, 1, 1], [1, 3, 2], 'end at 2500']);
        expectNoLeaks({ router });
      });
    });
  });

  describe('shutdown', () => {
    it('says GOODBYE to everybody, and waits for their answers', () => {
      tidyMarbles(({ flush }) => {
        const router = oneRealm();
        const peers = [polite(join(router.link()), 5), polite(join(router.link()), 7)];

        const seen = watched(router.shutdown({ drain: 1_000 }), () => asyncScheduler.now());
        flush();

        expect(seen).toEqual(['end at 7']);
        for (const { last, ended } of peers) {
          expect(last).toEqual([6, {}, 'wamp.close.system_shutdown']);
          expect(ended).toBe('complete');
        }
        expect(router.stats()).toMatchObject(EMPTY_ROUTER);
        expectNoLeaks({ router });
      });
    });

    it('drops who does not answer in time', () => {
      tidyMarbles(({ flush }) => {
        const router = oneRealm();
        const [deaf, late] = [join(router.link()), polite(join(router.link()), 1_001)];

        const seen = watched(router.shutdown({ drain: 1_000 }), () => asyncScheduler.now());
        flush();

        expect(seen).toEqual(['end at 1000']);
        expect([deaf.ended, late.ended]).toEqual(['error', 'error']);
        expectNoLeaks({ router });
      });
    });

    it('refuses those who have not joined yet', () => {
      const router = oneRealm({ auth: { ticket: { users: {} } } });
      const peers = [dial(router.link()), join(router.link(), 'realm1', { authmethods: ['ticket'], authid: 'joe' })];

      const seen = watched(router.shutdown(), () => 0);

      expect(seen).toEqual(['end at 0']);
      for (const { last, ended } of peers) {
        expect(last).toEqual([3, { message: expect.any(String) }, 'wamp.close.system_shutdown']);
        expect(ended).toBe('complete');
      }
    });

    it('spreads the return of the clients', () => {
      tidyMarbles(({ flush }) => {
        let chance = 0;
        const router = createRouter({ realms: { realm1: {} }, random: () => (chance += 0.25) % 1 });
        const peers = [join(router.link()), join(router.link())];
        chance = 0;

        router.shutdown({ retryAfter: 20 }).subscribe();
        flush();

        expect(peers.map(({ last }) => last?.[1])).toEqual([{ retry_after: 5 }, { retry_after: 10 }]);
      });
    });

    it('does nothing before it is subscribed to, and happens once', () => {
      tidyMarbles(({ flush }) => {
        const router = oneRealm();
        const peer = join(router.link());
        const shutdown = router.shutdown({ drain: 10 });
        expect(peer.of(6)).toEqual([]);

        const first = watched(shutdown, () => asyncScheduler.now());
        const second = watched(router.shutdown({ drain: 1_000 }), () => asyncScheduler.now());
        flush();

        expect([first, second]).toEqual([['end at 10'], ['end at 10']]);
        expect(peer.of(6)).toHaveLength(1);
        expect(watched(shutdown, () => asyncScheduler.now())).toEqual(['end at 10']);
        expectNoLeaks({ router });
      });
    });

    it('may begin while a message is on its way', () => {
      tidyMarbles(({ flush }) => {
        const router = oneRealm();
        const first = join(router.link()).send([32, 1, {}, 'com.a']);
        const second = join(router.link()).send([32, 1, {}, 'com.a']);
        first.onList = ([type]) => {
          if (type === MessageType.EVENT) router.shutdown().subscribe();
        };

        join(router.link()).send([16, 1, {}, 'com.a']);
        flush();

        expect(first.received.map(([type]) => type)).toEqual([2, 33, 36, 6]);
        expect(second.received.map(([type]) => type)).toEqual([2, 33, 36, 6]);
        expectNoLeaks({ router });
      });
    });

    it('refuses options that are none', () => {
      const router = oneRealm();

      expect(() => router.shutdown({ drain: Infinity })).toThrow(RangeError);
      expect(() => router.shutdown({ drain: -1 })).toThrow(RangeError);
      expect(() => router.shutdown({ retryAfter: Infinity })).toThrow(RangeError);
    });
  });

  it('closes as a promise, and at the end of its scope', async () => {
    const router = oneRealm();
    const peer = join(router.link());
    peer.onList = () => peer.send([6, {}, 'wamp.close.goodbye_and_out']);

    await router.close();
    await router[Symbol.asyncDispose]();

    expect(peer.ended).toBe('complete');
  });

  it('has nothing left when everybody is cut, wherever they were', () => {
    const uri = fc.constantFrom('com.a', 'com.b');
    const request = fc.integer({ min: 1, max: 6 });
    const list: fc.Arbitrary<WampList> = fc.oneof(
      fc.tuple(fc.constant(32), request, fc.constantFrom({}, { match: 'prefix' }), uri),
      fc.tuple(fc.constant(64), request, fc.constantFrom({}, { invoke: 'roundrobin' }), uri),
      fc.tuple(fc.constant(48), request, fc.constantFrom({}, { receive_progress: true }), uri),
      fc.tuple(fc.constant(16), request, fc.constantFrom({ acknowledge: true }, { exclude_me: false }), uri),
      fc.tuple(fc.constant(70), request, fc.constantFrom({}, { progress: true })),
      fc.tuple(fc.constant(49), request, fc.constantFrom({}, { mode: 'kill' })),
      fc.tuple(fc.constant(8), fc.constant(68), request, fc.constant({}), uri),
      fc.tuple(fc.constantFrom(34, 66), request, request),
      fc.constant([6, {}, 'wamp.close.close_realm']),
      fc.constant([5, 'secret!!!', {}]),
      fc.constant([99]),
    );
    const hello = fc.constantFrom<WampList>(
      [1, 'realm1', { roles: ROLES }], [1, 'realm2', { roles: ROLES }], [1, 'realm1', { roles: ROLES, authmethods: ['ticket'], authid: 'joe' }],
    );
    const life = fc.tuple(hello, fc.array(list, { maxLength: 12 })).map(([first, rest]) => [first, ...rest]);
    const decide = fc.constantFrom('now', 'later', 'never');
    const steps = fc.array(fc.tuple(fc.nat(3), fc.constantFrom('send', 'send', 'send', 'send', 'cut', 'wait')), { maxLength: 60 });

    fc.assert(fc.property(fc.array(life, { minLength: 4, maxLength: 4 }), decide, steps, (lives, when, plan) => {
      tidyMarbles(({ cold, flush }) => {
        const router = oneRealm({
          auth: { ticket: { users: { joe: { ticket: 'secret!!!', role: 'user' } } }, anonymous: {} },
          ...(when !== 'now' && { authorize: () => cold(when === 'later' ? '-a' : '-', { a: true }) }),
        });
        const peers = lives.map(() => dial(router.link()));
        plan.forEach(([who, what], at) => timer(at).subscribe(() => {
          if (what === 'cut') peers[who]!.cut();
          if (what !== 'send') return;
          const next = lives[who]!.shift();
          if (next !== undefined) peers[who]!.send(next);
        }));
        flush();
        for (const peer of peers) peer.cut();

        expect(router.stats()).toMatchObject(EMPTY_ROUTER);
        expectNoLeaks({ router });
      });
    }), { numRuns: 300 });
  });
});
