import { describe, expect, it } from '@jest/globals';
import { NEVER, timer } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import { createRouter, type Router, type SendQueueOptions } from '../../lib/router/index.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { join, RawPeer } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const { EVENT, GOODBYE } = MessageType;
const routerWith = (sendQueue?: SendQueueOptions) => createRouter({ realms: { realm1: { limits: { sendQueue } } } });

/** A peer that has joined, over a connection of which the router believes that so many bytes have not left it. */
function slowPeer(router: Router): { peer: RawPeer; fill(bytes: number): void } {
  let buffered = 0;
  const [near, far] = memoryLink({});
  Object.defineProperty(far, 'bufferedAmount', { get: () => buffered });
  router.attach(far);
  return { peer: new RawPeer(near).hello('realm1'), fill: (bytes) => (buffered = bytes) };
}

describe('Attachment', () => {
  it('answers GOODBYE and closes the connection', () => {
    const router = routerWith();
    const peer = join(router.link()).send([32, 1, {}, 'com.a']);

    peer.send([6, {}, 'wamp.close.close_realm']);

    expect(peer.last).toEqual([6, {}, 'wamp.close.goodbye_and_out']);
    expect(peer.ended).toBe('complete');
    expect(router.stats()).toMatchObject({ sessions: 0, connections: 0, subscriptions: 0 });
    expectNoLeaks({ router });
  });

  it('sends what is due before the answer to GOODBYE', () => {
    const peer = join(routerWith().link());

    peer.send([32, 1, {}, 'com.a'], [16, 2, { acknowledge: true }, 'com.a'], [6, {}, 'wamp.close.close_realm'], [32, 3, {}, 'com.b']);

    expect(peer.received.map(([type]) => type)).toEqual([2, 33, 17, 6]);
  });

  it('takes ABORT for an end', () => {
    const router = routerWith();
    const peer = join(router.link()).send([64, 1, {}, 'com.a']);

    peer.send([3, {}, 'wamp.error.protocol_violation']);

    expect(peer.ended).toBe('complete');
    expect(router.stats()).toMatchObject({ sessions: 0, connections: 0, registrations: 0 });
    expectNoLeaks({ router });
  });

  it('waits for the answer to its own GOODBYE, and takes no notice of what else is said', () => {
    tidyMarbles(({ flush }) => {
      const router = routerWith();
      const polite = join(router.link());
      const chatty = join(router.link());
      router.shutdown({ drain: 1_000 }).subscribe();

      chatty.send([32, 1, {}, 'com.a'], [16, 2, { acknowledge: true }, 'com.a']);
      timer(999).subscribe(() => {
        expect([polite.ended, chatty.ended]).toStrictEqual([undefined, undefined]);
        polite.send([6, {}, 'wamp.close.goodbye_and_out']);
      });
      flush();

      expect(chatty.received.map(([type]) => type)).toEqual([2, GOODBYE]);
      expect([polite.ended, chatty.ended]).toEqual(['complete', 'error']);
    });
  });

  it('answers a GOODBYE that waits for a decision when the router is closed', () => {
    const router = createRouter({ realms: { realm1: { authorize: () => NEVER } } });
    const peer = join(router.link()).send([32, 1, {}, 'com.a'], [6, {}, 'wamp.close.close_realm']);
    expect(peer.ended).toBeUndefined();

    router.shutdown().subscribe();

    expect(peer.last).toEqual([6, {}, 'wamp.close.goodbye_and_out']);
    expect(peer.ended).toBe('complete');
  });

  it('ends what breaks the protocol also while it waits for GOODBYE', () => {
    tidyMarbles(({ flush }) => {
      const router = routerWith();
      const peer = join(router.link());
      router.shutdown().subscribe();

      peer.send([2, 1, {}]);

      expect(peer.last).toEqual([3, { message: expect.any(String) }, 'wamp.error.protocol_violation']);
      expect(router.stats()).toMatchObject({ connections: 0 });
      flush();
    });
  });

  it('dismisses a session that reads too slowly, with a reason, and nobody else notices', () => {
    tidyMarbles(({ at }) => {
      const router = routerWith({ bytes: 1_000 });
      const { peer, fill } = slowPeer(router);
      const other = join(router.link()).send([32, 1, {}, 'com.a']);
      peer.send([32, 1, {}, 'com.a']);
      fill(1_000);
      other.send([16, 2, {}, 'com.a']);
      expect(peer.of(EVENT)).toHaveLength(1);

      fill(1_001);
      other.send([16, 3, { exclude_me: false }, 'com.a']);

      expect(peer.last).toEqual([GOODBYE, { message: 'more than 1000 bytes wait to be sent' }, 'rxwamp.close.slow_consumer']);
      expect(peer.of(EVENT)).toHaveLength(1);
      expect(other.of(EVENT)).toHaveLength(1);
      expect(router.stats()).toMatchObject({ sessions: 1, connections: 2, slowSessions: 1, droppedEvents: 0 });
      peer.send([GOODBYE, {}, 'wamp.close.goodbye_and_out']);
      expect(peer.ended).toBe('complete');
      at(1, () => void router.close());
    });
  });

  it('drops the connection of one that does not take its dismissal, when its time is over', () => {
    tidyMarbles(({ at }) => {
      const router = createRouter({ realms: { realm1: { limits: { sendQueue: { bytes: 1_000 } } } }, timeouts: { goodbye: 50 } });
      const { peer, fill } = slowPeer(router);
      fill(1_001);
      peer.send([32, 1, {}, 'com.a']);

      at(49, () => expect(peer.ended).toBeUndefined());
      at(50, () => {
        expect(peer.ended).toBe('error');
        expectNoLeaks({ router });
      });
    });
  });

  it('drops the oldest events of a session that reads too slowly, where it is told to, and says how many', () => {
    tidyMarbles(({ at }) => {
      const router = routerWith({ bytes: 1_000, overflow: 'dropOldest' });
      const { peer, fill } = slowPeer(router);
      const other = join(router.link());
      peer.send([32, 1, {}, 'com.a']);
      fill(1_001);

      for (let n = 1; n <= 9; n++) other.send([16, n, {}, 'com.a', [n]]);
      peer.send([32, 2, {}, 'com.b']);

      expect(peer.received.map(([type]) => type)).toEqual([2, 33]);
      expect(router.stats()).toMatchObject({ sessions: 2, slowSessions: 0, droppedEvents: 7 });
      fill(0);
      at(100, () => {
        const [type, subscription, publication] = [EVENT, 1, expect.any(Number)];
        expect(peer.received.slice(2)).toEqual([[type, subscription, publication, { _dropped: 7 }, [8]], [type, subscription, publication, {}, [9]], [33, 2, expect.any(Number)]]);
        other.send([16, 10, {}, 'com.a', [10]]);
        expect(peer.last).toEqual([type, subscription, publication, {}, [10]]);
        peer.cut();
        void router.close();
      });
    });
  });

  it('lets no publisher say that events were dropped', () => {
    const router = routerWith();
    const peer = join(router.link()).send([32, 1, {}, 'com.a']);

    join(router.link()).send([16, 1, { _dropped: 3, _trace: 'x' }, 'com.a']);

    expect(peer.last?.[3]).toEqual({ _trace: 'x' });
  });

  it('reports a session each time it falls behind, and not for each event', () => {
    tidyMarbles(({ at }) => {
      const warnings: unknown[] = [];
      const log = { debug: () => {}, warn: (...said: readonly unknown[]) => warnings.push(said) };
      const router = createRouter({ realms: { realm1: { limits: { sendQueue: { bytes: 1, overflow: 'dropOldest' } } } }, log });
      const { peer, fill } = slowPeer(router);
      const other = join(router.link());
      let requests = 0;
      const publish = (): unknown => other.send([16, ++requests, {}, 'com.a'], [16, ++requests, {}, 'com.a']);
      peer.send([32, 1, {}, 'com.a']);

      [2, 0, 2, 0].forEach((bytes, turn) => at(turn * 200, () => {
        fill(bytes);
        publish();
      }));

      at(800, () => {
        expect(warnings).toEqual([1, 2].map(() => ['session reads too slowly and loses events', { realm: 'realm1', session: peer.session, bufferedAmount: 2 }]));
        expect(router.stats().droppedEvents).toBe(4);
        expect(peer.of(EVENT).map((event) => event[3])).toEqual([{ _dropped: 2 }, {}, { _dropped: 2 }, {}]);
        peer.cut();
        void router.close();
      });
    });
  });

  it('sends what waits before the answer to GOODBYE', () => {
    const router = routerWith({ bytes: 1_000, overflow: 'dropOldest' });
    const { peer, fill } = slowPeer(router);
    fill(1_001);

    peer.send([32, 1, {}, 'com.a'], [6, {}, 'wamp.close.close_realm']);

    expect(peer.received.map(([type]) => type)).toEqual([2, 33, GOODBYE]);
    expectNoLeaks({ router });
  });

  it('dismisses the session after all where answers fill the queue', () => {
    const router = routerWith({ bytes: 1_000, overflow: 'dropOldest' });
    const { peer, fill } = slowPeer(router);
    fill(1_001);

    for (let request = 1; request <= 4; request++) peer.send([48, request, {}, 'com.nobody']);

    expect(peer.received.map(([type]) => type)).toEqual([2, GOODBYE]);
    expect(router.stats()).toMatchObject({ sessions: 0, subscriptions: 0, slowSessions: 1 });
    peer.cut();
    expectNoLeaks({ router });
  });

  it('knows what the client announced, and nothing that it did not', () => {
    const router = routerWith();
    const interrupted = (roles: object): boolean => {
      const callee = join(router.link(), 'realm1', { roles: { callee: roles } }).send([64, 1, {}, 'com.slow']);
      const caller = join(router.link()).send([48, 1, {}, 'com.slow'], [49, 1, {}]);
      const seen = callee.of(MessageType.INTERRUPT).length > 0;
      callee.cut();
      caller.cut();
      return seen;
    };

    expect(interrupted({ features: { call_canceling: true } })).toBe(true);
    for (const roles of [{}, { features: { call_canceling: 'yes' } }, { features: ['call_canceling'] }, { features: null }]) {
      expect(interrupted(roles)).toBe(false);
    }
  });
});
