import { afterEach, describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, of, throwError, timer } from 'rxjs';
import { map } from 'rxjs/operators';
import type { Accept, Question, Verifier } from '../../lib/auth/authenticator.ts';
import { ROUTER_ROLES } from '../../lib/protocol/features.ts';
import { createRouter as newRouter, type Router, type RouterOptions } from '../../lib/router/index.ts';
import type { Logger } from '../../lib/log.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { dial, join, ROLES, type RawPeer } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';


// Handshakes that are left half done wait in real time: whatever a spec made is closed behind it.
const made: Router[] = [];
function createRouter(options: RouterOptions): Router {
  const router = newRouter(options);
  made.push(router);
  return router;
}
afterEach(() => {
  for (const router of made.splice(0)) router.shutdown({ drain: 0 }).subscribe();
});

const NOTHING_LEFT = { sessions: 0, connections: 0, subscriptions: 0, registrations: 0, pendingCalls: 0 };
const users = { joe: { ticket: 'secret!!!', role: 'user' } };
const accept: Accept = { is: 'accept', authid: 'joe', authrole: 'user' };
const ticketRouter = () => createRouter({ realms: { realm1: { auth: { ticket: { users } } } } });
const routerWith = (begin: Verifier['begin'], log?: Logger) =>
  createRouter({ realms: { realm1: { auth: [{ method: 'magic', begin }] } }, log, timeouts: { authenticate: 5_000 } });
const magic = { authmethods: ['magic'] };

function expectRefusal(peer: RawPeer, reason: string): void {
  expect(peer.last).toEqual([3, { message: expect.any(String) }, reason]);
  expect(peer.ended).toBe('complete');
}

describe('Acceptor', () => {
  it('welcomes a client, with who it is and what the router can do', () => {
    const router = createRouter({ realms: { realm1: {} }, random: () => 0.5 });

    const peer = join(router.link());

    expect(peer.received).toEqual([[2, 2 ** 52 + 1, {
      realm: 'realm1', authid: `anonymous-${2 ** 52 + 1}`, authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'static',
      roles: ROUTER_ROLES,
    }]]);
  });

  it('gives each session an id of its own, also where chance is stuck', () => {
    const router = createRouter({ realms: { realm1: {} }, random: () => 0 });

    const peers = [join(router.link()), join(router.link()), join(router.link())];
    expect(peers.map(({ session }) => session)).toEqual([1, 2, 3]);
    peers[1]!.cut();

    expect(join(router.link()).session).toBe(2);
  });

  it('takes the id of a client back that it refuses', () => {
    const router = createRouter({ realms: { realm1: { auth: { anonymous: {}, ticket: { users } } } }, random: () => 0 });

    join(router.link(), 'realm1', { authmethods: ['ticket'], authid: 'joe' }).send([5, 'wrong', {}]);
    join(router.link(), 'realm1', { authid: 7 });
    join(router.link(), 'realm1', { authextra: 7 });

    expect(join(router.link()).session).toBe(1);
  });

  it.each([
    ['a realm it does not have', [1, 'realm2', { roles: ROLES }], 'wamp.error.no_such_realm'],
    ['the name of what every object has', [1, 'constructor', { roles: ROLES }], 'wamp.error.no_such_realm'],
    ['no method that the realm takes', [1, 'realm1', { roles: ROLES, authmethods: ['ticket', 'wampcra'] }], 'wamp.error.no_matching_auth_method'],
    ['no roles', [1, 'realm1', {}], 'wamp.error.protocol_violation'],
    ['no role of a client', [1, 'realm1', { roles: { broker: {} } }], 'wamp.error.protocol_violation'],
    ['methods that are no list', [1, 'realm1', { roles: ROLES, authmethods: 'ticket' }], 'wamp.error.protocol_violation'],
    ['an authid that is no text', [1, 'realm1', { roles: ROLES, authid: 7 }], 'wamp.error.protocol_violation'],
    ['an authextra that is no dictionary', [1, 'realm1', { roles: ROLES, authextra: [] }], 'wamp.error.protocol_violation'],
  ])('refuses a HELLO with %s', (_, hello, reason) => {
    const router = createRouter({ realms: { realm1: {} } });

    const peer = dial(router.link()).send(hello);

    expectRefusal(peer, reason);
    expect(router.stats()).toMatchObject(NOTHING_LEFT);
    expectNoLeaks({ router });
  });

  it.each([
    ['SUBSCRIBE', [32, 1, {}, 'com.a']],
    ['AUTHENTICATE', [5, 'secret', {}]],
    ['GOODBYE', [6, {}, 'wamp.close.close_realm']],
    ['WELCOME', [2, 1, {}]],
    ['a list that is no message', ['HELLO']],
  ])('refuses %s in the place of HELLO', (_, list) => {
    const router = createRouter({ realms: { realm1: {} } });

    const peer = dial(router.link()).send(list);

    expectRefusal(peer, 'wamp.error.protocol_violation');
    expect(router.stats()).toMatchObject(NOTHING_LEFT);
    expectNoLeaks({ router });
  });

  it('refuses a second HELLO, and what is no frame', () => {
    const router = createRouter({ realms: { realm1: {} } });
    const twice = join(router.link());
    const garbled = dial(router.link());

    twice.hello('realm1');
    garbled.connection.next('not JSON');

    expectRefusal(twice, 'wamp.error.protocol_violation');
    expectRefusal(garbled, 'wamp.error.protocol_violation');
    expect(router.stats()).toMatchObject(NOTHING_LEFT);
    expectNoLeaks({ router });
  });

  it('lets a user with the right ticket in', () => {
    const peer = join(ticketRouter().link(), 'realm1', { authmethods: ['anonymous', 'ticket'], authid: 'joe' });
    expect(peer.received).toEqual([[4, 'ticket', {}]]);

    peer.send([5, 'secret!!!', {}]);

    expect(peer.last).toMatchObject([2, expect.any(Number), { authid: 'joe', authrole: 'user', authmethod: 'ticket', authprovider: 'static' }]);
  });

  it('answers a wrong ticket and an unknown user alike', () => {
    const router = ticketRouter();
    const attempt = (authid: string, ticket: string): RawPeer =>
      join(router.link(), 'realm1', { authmethods: ['ticket'], authid }).send([5, ticket, {}]);

    const wrong = attempt('joe', 'wrong');
    const unknown = attempt('jane', 'secret!!!');

    expectRefusal(wrong, 'wamp.error.authentication_denied');
    expect(unknown.received).toEqual(wrong.received);
    expect(JSON.stringify(wrong.received)).not.toContain('secret');
  });

  it('takes the first method of the realm that the client offers', () => {
    const router = createRouter({ realms: { realm1: { auth: { ticket: { users }, anonymous: {} } } } });

    expect(join(router.link(), 'realm1', { authmethods: ['anonymous', 'ticket'], authid: 'joe' }).last).toEqual([4, 'ticket', {}]);
    expect(join(router.link()).last).toMatchObject([2, expect.any(Number), { authmethod: 'anonymous' }]);
  });

  it('refuses whoever sends something else while the verdict is awaited', () => {
    const router = routerWith(() => NEVER);

    const peer = join(router.link(), 'realm1', magic).send([32, 1, {}, 'com.a']);

    expectRefusal(peer, 'wamp.error.protocol_violation');
    expect(router.stats()).toMatchObject(NOTHING_LEFT);
    expectNoLeaks({ router });
  });

  it('waits for HELLO no longer than it should', () => {
    tidyMarbles(({ flush }) => {
      const router = createRouter({ realms: { realm1: {} }, timeouts: { hello: 3_000 } });
      const silent = dial(router.link());
      const early = dial(router.link());

      timer(2_999).subscribe(() => early.hello('realm1'));
      flush();

      expectRefusal(silent, 'wamp.error.protocol_violation');
      expect(early.of(2)).toHaveLength(1);
    });
  });

  it('waits for AUTHENTICATE no longer than it should', () => {
    tidyMarbles(({ flush }) => {
      const router = createRouter({ realms: { realm1: { auth: { ticket: { users } } } }, timeouts: { authenticate: 5_000 } });
      const attempt = (): RawPeer => join(router.link(), 'realm1', { authmethods: ['ticket'], authid: 'joe' });
      const [silent, early] = [attempt(), attempt()];

      timer(4_999).subscribe(() => early.send([5, 'secret!!!', {}]));
      flush();

      expectRefusal(silent, 'wamp.error.authentication_failed');
      expect(early.of(2)).toHaveLength(1);
    });
  });

  it('counts no time for a verdict that is there at once', () => {
    tidyMarbles(({ scheduler }) => {
      const router = routerWith(() => accept);
      const peer = dial(router.link()).hello('realm1', magic);

      scheduler.schedule(() => {
        expect(peer.received.map(([type]) => type)).toEqual([2]);
        expect(peer.ended).toBeUndefined();
        expectNoLeaks({ scheduler });
        peer.cut();
      }, 10_000);
    });
  });

  it('lets a verifier take its time, but not more', () => {
    tidyMarbles(({ flush }) => {
      const router = routerWith(({ authid }) => timer(Number(authid)).pipe(map(() => accept)));

      const early = join(router.link(), 'realm1', { ...magic, authid: '4999' });
      const late = join(router.link(), 'realm1', { ...magic, authid: '5001' });
      expect(early.received).toEqual([]);
      flush();

      expect(early.last).toMatchObject([2, expect.any(Number), { authmethod: 'magic', authprovider: 'dynamic' }]);
      expectRefusal(late, 'wamp.error.authentication_failed');
    });
  });

  it('takes a promise for a verdict', () => tidyMarbles.async(async ({ wait }) => {
    const question: Question = { is: 'question', extra: { hint: 1 }, check: async ({ signature }) => ({ ...accept, authextra: { signature } }) };
    const router = routerWith(async () => question);

    const peer = join(router.link(), 'realm1', magic);
    await wait(1);
    expect(peer.last).toEqual([4, 'magic', { hint: 1 }]);
    peer.send([5, 'abracadabra', {}]);
    await wait(1);

    expect(peer.last).toMatchObject([2, expect.any(Number), { authextra: { signature: 'abracadabra' } }]);
  }));

  it.each<[string, Verifier['begin']]>([
    ['throws', () => { throw new Error('database password is hunter2'); }],
    ['fails later', () => throwError(() => new Error('database password is hunter2'))],
    ['gives no answer', () => EMPTY],
    ['gives no verdict', () => of({ is: 'hunter2' } as unknown as Accept)],
    ['gives no role', () => ({ is: 'accept', authid: 'joe' } as unknown as Accept)],
    ['gives what cannot be written', () => ({ ...accept, authextra: { hunter2: Number.NaN } })],
    ['asks what cannot be written', () => ({ is: 'question', extra: { hunter2: Number.NaN }, check: () => accept })],
  ])('refuses without a word of the reason when a verifier %s', (_, begin) => {
    const warnings: string[] = [];
    const router = routerWith(begin, { debug: () => {}, warn: (message) => warnings.push(message) });

    const peer = join(router.link(), 'realm1', magic);

    expectRefusal(peer, 'wamp.error.authentication_failed');
    expect(JSON.stringify(peer.received)).not.toContain('hunter2');
    expect(warnings).toHaveLength(1);
    expect(router.stats()).toMatchObject(NOTHING_LEFT);
    expectNoLeaks({ router });
  });

  it('gives the verifier up when the client goes away', () => {
    tidyMarbles(({ cold, expectSubscriptions, flush }) => {
      const verdict = cold('   -----a', { a: accept });
      const verdictSubs = '    ^--!   ';
      const router = routerWith(() => verdict);

      const peer = join(router.link(), 'realm1', magic);
      timer(3).subscribe(() => peer.cut());
      flush();

      expectSubscriptions(verdict.subscriptions).toBe(verdictSubs);
      expect(router.stats()).toMatchObject(NOTHING_LEFT);
      expectNoLeaks({ router });
    });
  });

  it('takes an ABORT for an end', () => {
    const router = ticketRouter();

    const peer = join(router.link(), 'realm1', { authmethods: ['ticket'], authid: 'joe' }).send([3, {}, 'wamp.error.authentication_failed']);

    expect(peer.received).toEqual([[4, 'ticket', {}]]);
    expect(peer.ended).toBe('complete');
    expect(router.stats()).toMatchObject(NOTHING_LEFT);
    expectNoLeaks({ router });
  });
});
