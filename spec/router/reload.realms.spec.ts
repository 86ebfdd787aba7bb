import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asyncScheduler, of } from 'rxjs';
import { totpCode } from '../../lib/auth/totp.ts';
import type { Verifier } from '../../lib/auth/authenticator.ts';
import type { EventStore } from '../../lib/router/core/events/event-store.ts';
import { memoryStore } from '../../lib/router/core/events/memory-store.ts';
import { createRouter, type RealmOptions, type ReloadOptions, type Router, type RouterOptions } from '../../lib/router/index.ts';
import { createRouter as createNodeRouter } from '../../lib/router/node.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { dial, join, RawPeer } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const [WELCOME, ABORT, CHALLENGE, AUTHENTICATE, GOODBYE] = [2, 3, 4, 5, 6] as const;
const [ERROR, PUBLISH, SUBSCRIBE, CALL, REGISTER] = [8, 16, 32, 48, 64] as const;
const NO_SUCH_REALM = 'wamp.error.no_such_realm';
const UNAVAILABLE = 'wamp.error.unavailable';

const tickets: RealmOptions = { auth: { ticket: { users: { joe: { ticket: 'sesame', role: 'user' } } } } };

const open: Router[] = [];
afterEach(() => {
  for (const router of open.splice(0)) router.shutdown({ drain: 0 }).subscribe();
});

function closing<R extends Router>(router: R): R {
  open.push(router);
  return router;
}

const routerOf = (options: RouterOptions): Router => closing(createRouter({ timeouts: { goodbye: 1 }, ...options }));

/** Answers GOODBYE, as clients do. */
function polite(peer: RawPeer): RawPeer {
  peer.onList = ([type]) => { if (type === GOODBYE) peer.send([GOODBYE, {}, 'wamp.close.goodbye_and_out']); };
  return peer;
}

/** Connects as a client at an address does, by a listener for some realms. */
function from(router: Router, peer: string, realms?: readonly string[]): RawPeer {
  const [near, far] = memoryLink();
  router.attach(far, { type: 'websocket', peer }, realms);
  return new RawPeer(near);
}

/** A store that says when a realm closes what it has of it. */
function storeThatTells(closed: (realm: string) => void): EventStore {
  return { open: (realm, context) => Object.assign(memoryStore().open(realm, context), { close: () => closed(realm) }) };
}

describe('Router.reload with realms to add', () => {
  it('lets those in who come for them, whoever was connected before too', () => {
    const router = routerOf({ realms: { realm1: {} }, limits: { sessions: 1 } });
    const early = [dial(router.link()), from(router, 'tcp4:192.0.2.1:1', ['realm2']), from(router, 'tcp4:192.0.2.1:1', ['realm1'])];
    expect(join(router.link(), 'realm2').last?.[2]).toBe(NO_SUCH_REALM);

    router.reload({ add: { realm2: { limits: { sessions: 2 } }, realm3: {} } });

    expect(early.map((peer) => peer.hello('realm2').last?.[0])).toEqual([WELCOME, WELCOME, ABORT]);
    expect(join(router.link(), 'realm2').last?.[2]).toBe(UNAVAILABLE);
    expect([join(router.link(), 'realm3').last?.[0], join(router.link(), 'realm3').last?.[2]]).toEqual([WELCOME, UNAVAILABLE]);
    expect(router.realms).toEqual(['realm1', 'realm2', 'realm3']);
    expect(router.stats().realms).toMatchObject({ realm2: { sessions: 2 }, realm3: { sessions: 1 } });
  });

  it('gives realms that are there what is new in the same step', () => {
    const router = routerOf({ realms: { realm1: {} } });
    const auth = { ticket: { procedure: 'com.auth', realm: 'realm2' } };

    router.reload({ add: { realm2: {} }, realms: { realm1: { auth } } });
    const decider = join(router.link(), 'realm2').send([REGISTER, 1, {}, 'com.auth']);
    decider.onList = ([type, request]) => { if (type === 68) decider.send([70, request, {}, ['user']]); };

    expect(dial(router.link()).hello('realm1', { authmethods: ['ticket'], authid: 'joe' }).send([AUTHENTICATE, 'x', {}]).last?.[0]).toBe(WELCOME);
  });
});

describe('Router.reload with realms to remove', () => {
  it('says GOODBYE to whoever is in them, and to nobody else', () => {
    const router = routerOf({ realms: { realm1: {}, realm2: {} } });
    const [leaving, deaf, staying] = [polite(join(router.link())), join(router.link()), join(router.link(), 'realm2')];

    router.reload({ remove: ['realm1'] });

    const goodbye = [GOODBYE, { message: 'the realm was removed' }, 'wamp.close.close_realm'];
    expect([leaving.last, deaf.last, staying.last?.[0]]).toEqual([goodbye, goodbye, WELCOME]);
    expect([leaving.ended, deaf.ended, staying.ended]).toEqual(['complete', undefined, undefined]);
    expect(join(router.link()).last).toEqual([ABORT, { message: 'realm "realm1" does not exist' }, NO_SUCH_REALM]);
    expect([router.realms, router.stats().sessions]).toEqual([['realm2'], 1]);
  });

  it('drops those that do not answer, and keeps nothing of them', () => {
    tidyMarbles(({ at, flush }) => {
      const router = createRouter({ realms: { realm1: { resume: true }, realm2: {} }, timeouts: { goodbye: 100 } });
      const peer = join(router.link()).send([SUBSCRIBE, 1, {}, 'com.a'], [REGISTER, 2, {}, 'com.p'], [SUBSCRIBE, 3, {}, 'wamp.router.stats'], [CALL, 4, {}, 'com.p']);
      const away = join(router.link(), 'realm1', { _resume: {} });
      away.cut();
      let dropped: number | undefined;

      router.reload({ remove: ['realm1'] });
      at(99, () => expect(peer.ended).toBeUndefined());
      at(101, () => { dropped = peer.ended === 'error' ? asyncScheduler.now() : undefined; });
      flush();

      expect(dropped).toBe(101);
      expectNoLeaks({ router });
    });
  });

  it('lets nobody in who was on his way', () => {
    const router = routerOf({ realms: { realm1: tickets } });
    const peer = dial(router.link()).hello('realm1', { authmethods: ['ticket'], authid: 'joe' });
    expect(peer.last?.[0]).toBe(CHALLENGE);

    router.reload({ remove: ['realm1'] });
    peer.send([AUTHENTICATE, 'sesame', {}]);

    expect(peer.last?.[2]).toBe(NO_SUCH_REALM);
    expectNoLeaks({ router });
  });

  it('gives nobody his session back', () => {
    const router = routerOf({ realms: { realm1: { resume: true } } });
    const peer = join(router.link(), 'realm1', { _resume: {} });
    const { token } = (peer.of(WELCOME)[0]![2] as { readonly _resume: { readonly token: string } })._resume;
    peer.cut();

    router.reload({ remove: ['realm1'] });
    router.reload({ add: { realm1: { resume: true } } });
    const again = join(router.link(), 'realm1', { _resume: { session: peer.session, token, received: 0 } });

    expect(again.last?.[0]).toBe(WELCOME);
    expect(again.session).not.toBe(peer.session);
  });

  it('publishes no testament, and leaves the next realm of the name nothing', () => {
    const router = routerOf({ realms: { realm1: {} } });
    const [peer, other] = [join(router.link()), join(router.link())];
    peer.send([CALL, 1, {}, 'wamp.session.add_testament', ['com.gone', [], {}]], [PUBLISH, 2, { retain: true }, 'com.kept', ['old']]);
    other.send([SUBSCRIBE, 1, {}, 'com.gone']);

    router.reload({ remove: ['realm1'] });
    router.reload({ add: { realm1: {} } });

    expect(other.of(36)).toEqual([]);
    expect(join(router.link()).send([SUBSCRIBE, 1, { get_retained: true }, 'com.kept']).of(36)).toEqual([]);
  });

  it('closes what keeps its events, once all have left, also from within one of its own turns', () => {
    const log: string[] = [];
    const store = storeThatTells((realm) => log.push(`closed ${realm}`));
    const router = routerOf({
      realms: { realm1: { store, authorize: () => { router.reload({ remove: ['realm1'] }); return true; } }, realm2: { store } },
    });
    const peer = join(router.link());
    peer.onList = ([type]) => log.push(`got ${String(type)}`);

    peer.send([SUBSCRIBE, 1, {}, 'com.a']);

    expect(log.at(-1)).toBe('closed realm1');
    expect(log.filter((line) => line.startsWith('closed'))).toHaveLength(1);
    router.reload({ remove: ['realm2'] });
    expect(log.at(-1)).toBe('closed realm2');
  });

  it('has a client wait for it to come back', () => {
    tidyMarbles(({ client, router, at }) => {
      const roamer = client({ lazy: false, retry: { initialDelay: 10, maxDelay: 50 } });
      const kinds: string[] = [];
      roamer.state$.subscribe(({ kind }) => kinds.push(kind));

      at(100, () => router.reload({ remove: ['realm1'] }));
      at(200, () => router.reload({ add: { realm1: {} } }));
      at(900, () => {
        expect(kinds.at(-1)).toBe('joined');
        expect(kinds.filter((kind) => kind === 'joined')).toHaveLength(2);
        void roamer.close();
      });
    });
  });

  it('goes on counting from what was done in them', () => {
    const router = routerOf({ realms: { realm1: {}, realm2: {} } });
    join(router.link()).send([SUBSCRIBE, 1, {}, 'com.a']);
    const before = router.stats();

    router.reload({ remove: ['realm1'] });

    expect(router.stats().messagesIn).toBe(before.messagesIn);
    expect(router.stats().messagesOut).toBe(before.messagesOut + 1);
    expect(router.stats()).toMatchObject({ sessions: 0, subscriptions: 0 });
  });
});

describe('Router.reload, again and again', () => {
  it('has the realms that were added and not removed, and in them who has joined since', () => {
    const realm = fc.constantFrom('one', 'two', 'three');
    const step = fc.record({ do: fc.constantFrom('add', 'remove', 'join', 'join', 'leave'), realm });
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const router = createRouter({ realms: { one: {} } });
      const inside = new Map<string, RawPeer[]>([['one', []]]);
      const attempt = (options: ReloadOptions): boolean => {
        try {
          router.reload(options);
          return true;
        } catch {
          return false;
        }
      };
      const acts: { readonly [what: string]: (name: string, peers: RawPeer[] | undefined) => void } = {
        add: (name, peers) => {
          expect(attempt({ add: { [name]: {} } })).toBe(peers === undefined);
          inside.set(name, peers ?? []);
        },
        remove: (name, peers) => {
          expect(attempt({ remove: [name] })).toBe(peers !== undefined);
          inside.delete(name);
          for (const { last, ended } of peers ?? []) expect([last?.[2], ended]).toEqual(['wamp.close.close_realm', 'complete']);
        },
        join: (name, peers) => {
          const peer = polite(join(router.link(), name)).send(...(peers === undefined ? [] : [[SUBSCRIBE, 1, {}, 'com.a'], [REGISTER, 2, {}, 'com.p']]));
          expect(peer.received[0]?.[0]).toBe(peers === undefined ? ABORT : WELCOME);
          peers?.push(peer);
        },
        leave: (_name, peers) => peers?.pop()?.cut(),
      };

      for (const { do: what, realm: name } of steps) acts[what]?.(name, inside.get(name));

      expect(router.realms.toSorted()).toEqual([...inside.keys()].toSorted());
      expect(router.stats().sessions).toBe([...inside.values()].flat().length);
      router.reload({ remove: router.realms });
      expectNoLeaks({ router });
    }), { numRuns: 200 });
  });
});

describe('Router.reload with limits', () => {
  it('counts those who are in, and sends none of them away', () => {
    const router = routerOf({ realms: { realm1: {}, realm2: { limits: { sessions: 9 } } } });
    const peers = [1, 2, 3].map((port) => from(router, `tcp4:192.0.2.1:${port}`).hello('realm1'));
    const enter = (peer: string, realm = 'realm1') => from(router, peer).hello(realm).last;

    router.reload({ limits: { sessionsPerPeer: 3, sessions: 4 } });

    expect(enter('tcp4:192.0.2.1:4')).toEqual([ABORT, { message: 'one address may have 3 sessions' }, UNAVAILABLE]);
    expect(enter('tcp4:192.0.2.2:1')?.[0]).toBe(WELCOME);
    expect(enter('tcp4:192.0.2.3:1')).toEqual([ABORT, { message: 'realm may have 4 sessions' }, UNAVAILABLE]);
    expect(peers.map((peer) => peer.ended)).toEqual([undefined, undefined, undefined]);
    for (const peer of peers.slice(1)) peer.cut();
    expect([enter('tcp4:192.0.2.1:5')?.[0], enter('tcp4:192.0.2.1:6')?.[0], enter('tcp4:192.0.2.4:6')?.[2]]).toEqual([WELCOME, WELCOME, UNAVAILABLE]);
    expect([1, 2, 3].map((port) => enter(`tcp4:192.0.2.7:${port}`, 'realm2')?.[0])).toEqual([WELCOME, WELCOME, WELCOME]);
  });

  it('are for sessions that come from then on', () => {
    const router = routerOf({ realms: { realm1: {}, realm2: {} } });
    const early = join(router.link());
    const subscribe = (peer: RawPeer): unknown => peer.send([SUBSCRIBE, 1, {}, 'com.a'], [SUBSCRIBE, 2, {}, 'com.b']).last?.[0];

    router.reload({ realms: { realm1: { limits: { subscriptions: 1, messageSize: 200 } } } });

    expect([subscribe(early), subscribe(join(router.link())), subscribe(join(router.link(), 'realm2'))]).toEqual([33, ERROR, 33]);
    const long = [PUBLISH, 3, {}, 'com.a', ['x'.repeat(300)]];
    expect([early.send(long).ended, join(router.link()).send([PUBLISH, 1, ...long.slice(2)]).last?.[2]]).toEqual([undefined, 'wamp.error.payload_size_exceeded']);
  });

  it('take the place of those before as a whole', () => {
    const router = routerOf({ realms: { realm1: { limits: { sessions: 1 } }, realm2: {} }, limits: { sessions: 1, handshakes: 1 } });
    const enter = (realm: string): unknown => join(router.link(), realm).last?.[0];
    const idle = dial(router.link());
    expect([enter('realm1'), enter('realm1'), enter('realm2'), enter('realm2'), idle.last?.[2]]).toEqual([WELCOME, ABORT, WELCOME, ABORT, UNAVAILABLE]);

    router.reload({ limits: {}, realms: { realm1: { limits: {} } } });

    const waiting = [dial(router.link()), dial(router.link())];
    expect([enter('realm1'), enter('realm2'), ...waiting.map(({ ended }) => ended)]).toEqual([WELCOME, WELCOME, undefined, undefined]);
  });

  it('forget no failed login and no join that is counted under one that stays', () => {
    const limits = { failedLogins: { perAuthid: 1 }, joinsPerSecond: 3 };
    const router = routerOf({ realms: { realm1: tickets }, limits });
    const guess = (ticket: string) => from(router, 'tcp4:192.0.2.1:1').hello('realm1', { authmethods: ['ticket'], authid: 'joe' }).send([AUTHENTICATE, ticket, {}]).last;
    expect(guess('wrong')?.[2]).toBe('wamp.error.authentication_denied');

    router.reload({ limits: { ...limits, sessions: 7 } });
    expect([guess('sesame'), guess('sesame')]).toEqual([
      [ABORT, { message: 'too many logins have failed', retry_after: expect.any(Number) }, UNAVAILABLE], expect.anything(),
    ]);
    expect(guess('sesame')?.[1]).toMatchObject({ message: 'one address may join 3 times a second' });

    router.reload({ limits: { sessions: 7 } });
    expect(guess('sesame')?.[0]).toBe(WELCOME);
  });

  it('leave rules as they are: verifiers, decisions, and what they know', () => {
    let asked = 0;
    const verifier: Verifier = { method: 'anonymous', begin: () => of({ is: 'accept', authid: 'joe', authrole: 'user' }) };
    const router = routerOf({ realms: { realm1: { auth: [verifier], authorize: { by: () => { asked += 1; return { allow: true, cache: true }; } } }, realm2: {} } });
    const peer = join(router.link()).send([SUBSCRIBE, 1, {}, 'com.a']);

    router.reload({ limits: { sessions: 7 }, remove: ['realm2'] });
    peer.send([SUBSCRIBE, 2, {}, 'com.a']);
    expect(asked).toBe(1);

    router.reload({ realms: { realm1: {} } });
    peer.send([SUBSCRIBE, 3, {}, 'com.a']);
    expect(asked).toBe(2);
  });

  it('read verifiers anew only where there is other auth: a code that was used stays used', () => {
    const auth: RealmOptions['auth'] = { totp: { users: { joe: { secret: 'DRBTC6YJWAZVPJTK', role: 'user' } } } };
    const router = closing(createNodeRouter({ realms: { realm1: { auth } } }));
    const code = totpCode('DRBTC6YJWAZVPJTK');
    const enter = () => dial(router.link()).hello('realm1', { authmethods: ['totp'], authid: 'joe' }).send([AUTHENTICATE, code, {}]).last?.[0];
    const early = [enter(), enter()];

    router.reload({ realms: { realm1: { roles: {} } }, limits: { sessions: 9 } });
    const afterRoles = enter();
    router.reload({ realms: { realm1: { auth } } });

    expect([...early, afterRoles, enter()]).toEqual([WELCOME, ABORT, ABORT, WELCOME]);
  });
});

describe('Router.reload with something wrong', () => {
  const auth = { ticket: { procedure: 'com.auth', realm: 'realm2' } };

  it.each<readonly [what: string, options: object, message: string | RegExp]>([
    ['a realm that is there already', { add: { realm2: {} } }, 'add["realm2"] must not be a realm of the router already'],
    ['a realm that would be there twice', { add: { realm1: {} }, remove: ['realm1'] }, 'add["realm1"] must not be a realm of the router already'],
    ['a realm without a name', { add: { 'a b': {} } }, 'name of a realm must be a URI, got "a b"'],
    ['a wrong option of a realm', { add: { realm3: { limits: { sessions: -1 } } } }, 'add["realm3"].limits.sessions must be a number from 0, got -1'],
    ['a realm to remove that is not there', { remove: ['constructor'] }, 'options.remove must be a list of realms of the router, got "constructor"'],
    ['no list of realms', { remove: 'realm1' }, 'options.remove must be a list of realms, got "realm1"'],
    ['rules for a realm that goes', { realms: { realm1: {} }, remove: ['realm1'] }, 'realms["realm1"] must be a realm of the router'],
    ['a realm that another one needs', { remove: ['realm2'] }, 'realms["realm1"].auth.ticket must name realms of the router, got "realm2"'],
    ['a wrong limit', { limits: { subscriptions: 'many' } }, 'options.limits.subscriptions must be a number, got "many"'],
    ['a limit of a realm that is none', { realms: { realm1: { limits: { handshakes: 1 } } } }, /^realms\["realm1"\]\.limits must have no keys but .*, got "handshakes"$/],
    ['another key', { timeouts: {} }, 'options must have no keys but realms, add, remove, limits, got "timeouts"'],
  ])('refuses %s, and changes nothing', (_, options, message) => {
    const router = routerOf({ realms: { realm0: {}, realm1: { auth }, realm2: {} } });
    const peer = join(router.link(), 'realm0');

    expect(() => router.reload({ realms: { realm0: { roles: {} } }, add: { realm4: {} }, remove: [], ...options })).toThrow(message);
    expect(() => router.reload({ limits: { sessions: 0 }, ...options })).toThrow(message);

    expect(router.realms).toEqual(['realm0', 'realm1', 'realm2']);
    expect(peer.send([SUBSCRIBE, 1, {}, 'com.a']).last?.[0]).toBe(33);
    expect(join(router.link(), 'realm2').last?.[0]).toBe(WELCOME);
  });

  it('adds no realm where one of them cannot be opened', () => {
    const log: string[] = [];
    const opens = storeThatTells((realm) => log.push(realm));
    const fails: RealmOptions['store'] = { open: () => { throw new Error('disk is full'); } };
    const router = routerOf({ realms: { realm1: {} } });

    expect(() => router.reload({ add: { realm2: { store: opens }, realm3: { store: fails } }, remove: ['realm1'] })).toThrow('disk is full');

    expect([router.realms, log]).toEqual([['realm1'], ['realm2']]);
  });
});
