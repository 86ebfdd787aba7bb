import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import { Gate, type GateOptions } from '../../lib/router/gate.ts';
import { createRouter, type Limits, type Router, type RouterOptions, type Verifier } from '../../lib/router/index.ts';
import type { LimitSettings } from '../../lib/router/settings.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { RawPeer, join } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const { ABORT, WELCOME } = MessageType;
const UNAVAILABLE = 'wamp.error.unavailable';

const routerWith = (limits: Limits, options: Partial<RouterOptions> = {}): Router => createRouter({ realms: { realm1: {}, realm2: {} }, limits, ...options });

/** Says HELLO as a client at an address does. */
function from(router: Router, peer: string, realm = 'realm1'): RawPeer {
  const [near, far] = memoryLink();
  router.attach(far, { type: 'websocket', peer });
  return new RawPeer(near).hello(realm);
}

describe('limits on who comes in', () => {
  it('refuse a session that is one too many in its realm, until another one leaves', () => {
    const router = routerWith({ sessions: 2 });
    const [first] = [join(router.link()), join(router.link()), join(router.link(), 'realm2')];

    const refused = join(router.link());
    expect(refused.received).toEqual([[ABORT, { message: 'realm may have 2 sessions' }, UNAVAILABLE]]);
    expect(refused.ended).toBe('complete');

    first?.cut();
    expect(join(router.link()).of(WELCOME)).toHaveLength(1);
    expect(router.stats()).toMatchObject({ sessions: 3, connections: 3 });
  });

  it('refuse a session that is one too many of its address, whatever the port', () => {
    const router = routerWith({ sessionsPerPeer: 2 });
    const peers = [1, 2, 3].map((port) => from(router, `tcp4:192.0.2.1:${port}`));
    expect(peers.map((peer) => peer.last?.[0])).toEqual([WELCOME, WELCOME, ABORT]);
    expect(peers[2]?.last).toEqual([ABORT, { message: 'one address may have 2 sessions' }, UNAVAILABLE]);

    expect(from(router, 'tcp4:192.0.2.2:1').of(WELCOME)).toHaveLength(1);
    expect(from(router, 'tcp4:192.0.2.1:4', 'realm2').of(WELCOME)).toHaveLength(1);
    peers[0]?.send([6, {}, 'wamp.close.close_realm']);
    expect(from(router, 'tcp4:192.0.2.1:5').of(WELCOME)).toHaveLength(1);
  });

  it('do not bind links of the same process by their address', () => {
    const router = routerWith({ sessionsPerPeer: 1, joinsPerSecond: 1 });

    expect([1, 2, 3].map(() => join(router.link()).last?.[0])).toEqual([WELCOME, WELCOME, WELCOME]);
  });

  it('hold where several authenticate at a time', () => {
    const verdicts = new Subject<void>();
    const verifier: Verifier = {
      method: 'slow',
      begin: () => new Promise((resolve) => { verdicts.subscribe(() => resolve({ is: 'accept', authid: 'joe', authrole: 'user' })); }),
    };
    return tidyMarbles.async(async ({ wait }) => {
      const router = createRouter({ realms: { realm1: { auth: [verifier], limits: { sessions: 1 } } } });
      const peers = [1, 2].map(() => join(router.link(), 'realm1', { authmethods: ['slow'] }));

      verdicts.next();
      await wait(1);

      expect(peers.map(({ last }) => last?.[0])).toEqual([WELCOME, ABORT]);
      expect(router.census()).toMatchObject({ 'counted sessions': 1, 'session ids': 1, connections: 1 });
      peers[0]?.cut();
      expectNoLeaks({ router });
    });
  });

  it('tell who says HELLO too often when to come again, whatever he says', () => {
    tidyMarbles(({ at }) => {
      const router = routerWith({ joinsPerSecond: 2 }, { random: () => 0.5 });
      const hello = (port: number) => from(router, `tcp4:192.0.2.1:${port}`);
      expect([hello(1), hello(2)].map(({ last }) => last?.[0])).toEqual([WELCOME, WELCOME]);

      const early = hello(3);
      expect(early.received).toEqual([[ABORT, { message: 'one address may join 2 times a second', retry_after: 1 }, UNAVAILABLE]]);
      expect(early.ended).toBe('complete');
      expect(from(router, 'tcp4:192.0.2.2:1').last?.[0]).toBe(WELCOME);
      expect(from(router, 'tcp4:192.0.2.1:4', 'realm2').last?.[0]).toBe(WELCOME);

      at(499, () => expect(hello(5).last?.[0]).toBe(ABORT));
      at(500, () => expect(hello(6).last?.[0]).toBe(WELCOME));
      at(501, () => void router.close());
    });
  });

  it('count whoever is refused for something else, so that secrets cannot be tried out', () => {
    const router = createRouter({ realms: { realm1: { auth: { ticket: { users: {} } }, limits: { joinsPerSecond: 1 } } } });

    expect([1, 2].map((port) => from(router, `tcp4:192.0.2.1:${port}`).last?.[2])).toEqual(['wamp.error.no_matching_auth_method', UNAVAILABLE]);
  });

  it('let a client come back to its session although the realm is full', () => {
    tidyMarbles(({ client, at }) => {
      const roamer = client({ lazy: false, resume: true, retry: { initialDelay: 10, maxDelay: 10 } });
      const sessionOf = () => (roamer.state.kind === 'joined' ? roamer.state.session : undefined);
      let session: unknown;
      at(1, () => {
        session = sessionOf();
        roamer.link.cut();
        roamer.link.restore();
      });
      at(500, () => {
        expect(session).toBeDefined();
        expect(sessionOf()).toBe(session);
        void roamer.close();
      });
    }, { router: { realms: { realm1: { resume: true, limits: { sessions: 1 } } } } });
  });
});

const GATE: GateOptions = {
  limits: { sessions: Infinity, sessionsPerPeer: Infinity, joinsPerSecond: Infinity, failedLogins: { perAuthid: 1, perPeer: 1, period: 1 } },
  scheduler: { now: () => 0, schedule: () => { throw new Error('no timers'); } }, random: () => 0,
};

describe('Gate', () => {
  it('lets in as many as there may be, and knows nobody when all have left', () => {
    const address = fc.constantFrom('tcp4:192.0.2.1:1', 'tcp4:192.0.2.2:1', 'unix:/run/wamp');
    const step = fc.record({ do: fc.constantFrom('enter', 'enter', 'leave'), peer: address });
    fc.assert(fc.property(fc.array(step), fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3 }), (steps, sessions, sessionsPerPeer) => {
      const gate = new Gate({ ...GATE, limits: { ...GATE.limits, sessions, sessionsPerPeer } });
      const inside: string[] = [];
      for (const { do: what, peer } of steps) {
        const theirs = inside.filter((one) => one === peer).length;
        if (what === 'leave') {
          if (theirs === 0) continue;
          inside.splice(inside.indexOf(peer), 1);
          gate.left({ peer });
        } else {
          const isOneTooMany = inside.length >= sessions || (peer.startsWith('tcp4') && theirs >= sessionsPerPeer);
          expect(gate.isFull({ peer }) !== undefined).toBe(isOneTooMany);
          if (isOneTooMany) continue;
          inside.push(peer);
          gate.entered({ peer });
        }
      }

      for (const peer of inside) gate.left({ peer });
      expect(gate.census()).toEqual({ 'counted sessions': 0, 'counted peers': 0 });
    }));
  });

  it('counts under other limits as if it had had them from the start', () => {
    const limit = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constant(Infinity));
    const limitsOf = fc.record({ sessions: limit, sessionsPerPeer: limit });
    const peers = fc.array(fc.constantFrom('tcp4:192.0.2.1:1', 'tcp4:192.0.2.2:1', 'unix:/run/wamp'), { maxLength: 6 });
    const gateWith = (bounds: Pick<LimitSettings, 'sessions' | 'sessionsPerPeer'>): Gate => new Gate({ ...GATE, limits: { ...GATE.limits, ...bounds } });
    fc.assert(fc.property(limitsOf, limitsOf, peers, peers, (before, after, early, late) => {
      const [changed, fresh] = [gateWith(before), gateWith(after)];
      for (const peer of early) for (const gate of [changed, fresh]) gate.entered({ peer });

      changed.limit({ ...GATE.limits, ...after }, early.map((peer) => ({ peer })));

      for (const peer of late) {
        expect(changed.isFull({ peer })).toEqual(fresh.isFull({ peer }));
        for (const gate of [changed, fresh]) gate.entered({ peer });
      }
      for (const peer of [...early, ...late]) changed.left({ peer });
      expect(changed.census()).toEqual({ 'counted sessions': 0, 'counted peers': 0 });
    }));
  });
});
