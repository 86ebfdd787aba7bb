import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRouter, type Action, type Permission, type RealmOptions, type Router } from '../../lib/router/index.ts';
import { dial, join, ROLES } from '../support/raw-peer.ts';

const [SUBSCRIBE, PUBLISH, CALL, REGISTER] = [32, 16, 48, 64] as const;
const oneRealm = (realm: RealmOptions = {}): Router => createRouter({ realms: { realm1: realm } });
const may = (uri: string, ...allow: Action[]): { readonly [role: string]: readonly Permission[] } => ({ anonymous: [{ uri, allow }] });

describe('Router.reload', () => {
  it('rules the next request of a session that is there', () => {
    const router = oneRealm({ roles: may('com.a', 'subscribe') });
    const peer = join(router.link()).send([SUBSCRIBE, 1, {}, 'com.a']);
    expect(peer.last).toEqual([33, 1, expect.any(Number)]);

    router.reload({ realms: { realm1: { roles: may('com.b', 'subscribe', 'publish') } } });

    peer.send([SUBSCRIBE, 2, {}, 'com.b']);
    expect(peer.last).toEqual([33, 2, expect.any(Number)]);
    peer.send([SUBSCRIBE, 3, {}, 'com.a']);
    expect(peer.last).toEqual([8, SUBSCRIBE, 3, {}, 'wamp.error.not_authorized']);
  });

  it('revokes what a role may not have any more, and tells who can be told', () => {
    const router = oneRealm();
    const roles = { ...ROLES, subscriber: { features: { subscription_revocation: true } }, callee: { features: { registration_revocation: true } } };
    const told = dial(router.link()).hello('realm1', { roles }).send([SUBSCRIBE, 1, {}, 'com.a'], [REGISTER, 2, {}, 'com.p'], [SUBSCRIBE, 3, {}, 'com.b']);
    const other = join(router.link()).send([SUBSCRIBE, 1, {}, 'com.a']);
    const ids = [told.of(33)[0]![2], told.of(65)[0]![2]];

    router.reload({ realms: { realm1: { roles: may('com.b', 'subscribe') } } });

    const reason = 'no longer authorized';
    expect(told.received.slice(-2)).toEqual([[35, 0, { subscription: ids[0], reason }], [67, 0, { registration: ids[1], reason }]]);
    expect(other.last?.[0]).toBe(33);
    expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 1, registrations: 0 });
  });

  it('leaves sessions what they may have, and calls that run', () => {
    const router = oneRealm();
    const peer = join(router.link()).send([SUBSCRIBE, 1, {}, 'com.a'], [REGISTER, 2, {}, 'com.p'], [CALL, 3, {}, 'com.p']);
    const other = join(router.link());

    router.reload({ realms: { realm1: { roles: may('com.a', 'publish', 'subscribe') } } });

    other.send([PUBLISH, 1, {}, 'com.a', ['hello']]);
    expect(peer.last?.at(-1)).toEqual(['hello']);
    peer.send([70, 1, {}, ['done']]);
    expect(peer.last).toEqual([50, 3, {}, ['done']]);
  });

  it('asks another function, and keeps the one it has where none is given', () => {
    const router = oneRealm({ authorize: (_session, _action, uri) => uri === 'com.a' });
    const peer = join(router.link());

    router.reload({ realms: { realm1: { roles: may('com.a', 'subscribe') } } });
    expect(peer.send([SUBSCRIBE, 1, {}, 'com.a']).last?.[0]).toBe(33);

    router.reload({ realms: { realm1: { authorize: () => false } } });
    expect(peer.send([SUBSCRIBE, 2, {}, 'com.a']).last?.[4]).toBe('wamp.error.not_authorized');
    router.reload({ realms: { realm1: { authorize: () => true } } });
    expect(peer.send([SUBSCRIBE, 3, {}, 'com.b']).last?.[4]).toBe('wamp.error.not_authorized');
  });

  it('lets others in, and those who are in stay', () => {
    const ticketOf = (authid: string): RealmOptions => ({ auth: { ticket: { users: { [authid]: { ticket: 'sesame', role: 'user' } } } } });
    const enter = (authid: string) => dial(router.link()).hello('realm1', { authmethods: ['ticket'], authid }).send([5, 'sesame', {}]);
    const router = oneRealm(ticketOf('joe'));
    const joe = enter('joe');

    router.reload({ realms: { realm1: ticketOf('ann') } });

    expect([enter('ann').last?.[0], enter('joe').last?.[2]]).toEqual([2, 'wamp.error.authentication_denied']);
    expect(joe.send([SUBSCRIBE, 1, {}, 'com.a']).last?.[0]).toBe(33);
  });

  it('opens nothing by what is left out', () => {
    const router = oneRealm({ roles: may('com.a', 'subscribe') });
    const peer = join(router.link());

    router.reload({ realms: { realm1: { roles: undefined, auth: undefined } } });
    router.reload({ realms: {} });

    expect(peer.send([SUBSCRIBE, 1, {}, 'com.b']).last?.[4]).toBe('wamp.error.not_authorized');
  });

  it.each<readonly [name: string, realms: object, message: string]>([
    ['a realm that is not there', { realm2: {} }, 'realms["realm2"] must be a realm of the router'],
    ['what every object has', { constructor: {} }, 'realms["constructor"] must be a realm of the router'],
    ['what no reload changes', { realm1: { resume: true } }, 'realms["realm1"] must have no keys but auth, roles, authorize, limits, got "resume"'],
    ['a wrong permission', { realm1: { roles: { guest: [{ uri: 'com', match: 'prefx', allow: [] }] } } },
      'realms["realm1"].roles["guest"][0].match must be one of "exact", "prefix", "wildcard", got "prefx"'],
  ])('refuses %s, and changes nothing', (_, realms, message) => {
    const router = createRouter({ realms: { realm0: {}, realm1: {} } });
    const peer = join(router.link(), 'realm0');

    expect(() => router.reload({ realms: { realm0: { roles: {} }, ...realms } })).toThrow(new TypeError(message));

    expect(peer.send([SUBSCRIBE, 1, {}, 'com.a']).last?.[0]).toBe(33);
  });

  it('leaves nothing that could not be had afterwards', () => {
    const uri = fc.constantFrom('com', 'com.a', 'com.b');
    const match = fc.constantFrom<'exact' | 'prefix' | 'wildcard'>('exact', 'prefix', 'wildcard');
    const permission: fc.Arbitrary<Permission> = fc.record({ uri, match, allow: fc.subarray<Action>(['subscribe', 'register']) });
    const roles = fc.record({ anonymous: fc.uniqueArray(permission, { maxLength: 3, selector: (each) => `${each.match} ${each.uri}` }) });
    const request = fc.record({ type: fc.constantFrom(SUBSCRIBE, REGISTER), uri, match });

    fc.assert(fc.property(roles, fc.uniqueArray(request, { maxLength: 8, selector: (each) => JSON.stringify(each) }), (after, requests) => {
      const lists = requests.map((each, at) => [each.type, at + 1, { match: each.match }, each.uri]);
      const reloaded = oneRealm();
      join(reloaded.link()).send(...lists);
      const fresh = oneRealm({ roles: after });
      join(fresh.link()).send(...lists);

      reloaded.reload({ realms: { realm1: { roles: after } } });

      const { subscriptions, registrations } = fresh.stats();
      expect(reloaded.stats()).toMatchObject({ subscriptions, registrations });
    }), { numRuns: 200 });
  });

  it('rules as a router would that was made with the same options', () => {
    const permission: fc.Arbitrary<Permission> = fc.record({
      uri: fc.constantFrom('com', 'com.a', 'com.b'),
      match: fc.constantFrom('exact', 'prefix', 'wildcard'),
      allow: fc.subarray<Action>(['subscribe', 'publish', 'call', 'register']),
    });
    const roles = fc.record({ anonymous: fc.uniqueArray(permission, { maxLength: 3, selector: ({ uri, match }) => `${match} ${uri}` }) });
    const request = fc.record({ type: fc.constantFrom(SUBSCRIBE, PUBLISH, CALL, REGISTER), uri: fc.constantFrom('com.a', 'com.b', 'com') });

    fc.assert(fc.property(roles, roles, fc.array(request, { maxLength: 8 }), (before, after, requests) => {
      const reloaded = oneRealm({ roles: before });
      const early = join(reloaded.link());
      reloaded.reload({ realms: { realm1: { roles: after } } });
      const lists = requests.map(({ type, uri }, at) => [type, at + 1, type === PUBLISH ? { acknowledge: true } : {}, uri]);
      const answers = (peer: ReturnType<typeof join>) => peer.send(...lists).received.slice(1).map((list) => list.filter((_, at) => at !== 2 || list[0] === 8));

      expect(answers(early)).toEqual(answers(join(oneRealm({ roles: after }).link())));
    }), { numRuns: 200 });
  });
});
