import { describe, expect, it } from '@jest/globals';
import { delay, EMPTY, of, throwError, timer, map } from 'rxjs';
import { createRouter, type Action, type Authorize, type Decision, type Permission, type Router } from '../../lib/router/index.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { WampList } from '../../lib/protocol/messages.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { join, type RawPeer } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const { ERROR, EVENT, INVOCATION, PUBLISHED, SUBSCRIBED } = MessageType;

const withRoles = (...anonymous: readonly Permission[]): Router => createRouter({ realms: { realm1: { roles: { anonymous } } } });
const withFunction = (authorize: Authorize): Router => createRouter({ realms: { realm1: { authorize } } });
const errorsOf = (peer: RawPeer): unknown[] => peer.of(ERROR).map(([, type, , , error]) => [type, error]);

const EVERYTHING: readonly Action[] = ['call', 'publish', 'subscribe', 'register'];

/** One of each of the requests that need permission. */
const ALL: readonly WampList[] = [[32, 1, {}, 'com.a'], [64, 2, {}, 'com.a'], [48, 3, {}, 'com.a'], [16, 4, { acknowledge: true }, 'com.a']];

describe('Authorizer', () => {
  it('allows everything where nothing is configured, and nothing to a role that is not there', () => {
    expect(errorsOf(join(createRouter({ realms: { realm1: {} } }).link()).send(...ALL))).toEqual([]);

    const nobody = createRouter({ realms: { realm1: { roles: { admin: [{ uri: '', match: 'prefix', allow: ['call'] }] } } } });
    expect(errorsOf(join(nobody.link()).send(...ALL))).toEqual([32, 64, 48, 16].map((type) => [type, 'wamp.error.not_authorized']));
  });

  it('allows the actions that a permission lists', () => {
    const router = withRoles({ uri: 'com.a', allow: ['subscribe', 'register', 'call'] }, { uri: 'com.', match: 'prefix', allow: ['publish'] });

    expect(errorsOf(join(router.link()).send(...ALL))).toEqual([[16, 'wamp.error.not_authorized']]);
  });

  it('refuses a publication without a word where no answer was asked for', () => {
    const router = withRoles({ uri: 'com.a', allow: ['subscribe'] });

    const peer = join(router.link()).send([32, 1, {}, 'com.a'], [16, 2, { exclude_me: false }, 'com.a']);

    expect(peer.received.map(([type]) => type)).toEqual([2, SUBSCRIBED]);
  });

  it.each<[Permission['match'], string, string, string, boolean]>([
    ['exact', 'com.shop', 'exact', 'com.shop', true],
    ['exact', 'com.shop', 'exact', 'com.shopping', false],
    ['exact', 'com.shop', 'prefix', 'com.shop', false],
    ['exact', 'com.shop', 'wildcard', 'com.shop', false],
    ['prefix', 'com.shop.', 'exact', 'com.shop.a', true],
    ['prefix', 'com.shop.', 'exact', 'com.shop', false],
    ['prefix', 'com.shop.', 'prefix', 'com.shop.', true],
    ['prefix', 'com.shop.', 'prefix', 'com.', false],
    ['prefix', 'com.shop.', 'wildcard', 'com.shop..a', true],
    ['prefix', 'com.shop.', 'wildcard', 'com..a', false],
    ['wildcard', 'com..a', 'exact', 'com.shop.a', true],
    ['wildcard', 'com..a', 'exact', 'com.shop.b', false],
    ['wildcard', 'com..a', 'wildcard', 'com..a', true],
    ['wildcard', 'com..a', 'wildcard', 'com..', false],
    ['wildcard', 'com.', 'prefix', 'com.', false],
    ['wildcard', 'com.shop', 'prefix', 'com.shop', false],
  ])('holds that %s %j covers %s %j: %5$s', (match, uri, asked, topic, covered) => {
    const peer = join(withRoles({ uri, match, allow: ['subscribe', 'register'] }).link());

    peer.send([32, 1, { match: asked }, topic], [64, 2, { match: asked }, topic]);

    expect(peer.of(ERROR)).toHaveLength(covered ? 0 : 2);
  });

  it('lets the most particular permission alone decide, and take away', () => {
    const router = withRoles(
      { uri: 'com.', match: 'prefix', allow: EVERYTHING }, { uri: 'com.a', allow: ['register', 'call'] },
    );

    expect(errorsOf(join(router.link()).send(...ALL))).toEqual([[32, 'wamp.error.not_authorized'], [16, 'wamp.error.not_authorized']]);
  });

  it('lets the most particular permission decide who is disclosed', () => {
    const router = withRoles(
      { uri: 'com.secret', allow: EVERYTHING, disclose: { caller: false, publisher: false } },
      { uri: 'com.known', allow: EVERYTHING, disclose: { caller: true, publisher: true } },
      { uri: 'com.', match: 'prefix', allow: EVERYTHING, disclose: {} },
    );
    const witness = join(router.link()).send(...['com.secret', 'com.known', 'com.free'].flatMap((uri, at) => [[32, 2 * at + 1, {}, uri], [64, 2 * at + 2, {}, uri]]));
    const peer = join(router.link());
    const disclosed = (request: number, uri: string, options: object): unknown[] => {
      const before = witness.received.length;
      peer.send([16, request, { acknowledge: true, ...options }, uri], [48, request + 1, options, uri]);
      return witness.received.slice(before).map(([type, , , details]) => (details as Record<string, unknown>)[type === EVENT ? 'publisher' : 'caller']);
    };

    expect(disclosed(1, 'com.known', {})).toEqual([peer.session, peer.session]);
    expect(disclosed(3, 'com.free', {})).toStrictEqual([undefined, undefined]);
    expect(disclosed(5, 'com.free', { disclose_me: true })).toEqual([peer.session, peer.session]);
    expect(disclosed(7, 'com.secret', {})).toStrictEqual([undefined, undefined]);
    expect(disclosed(9, 'com.secret', { disclose_me: true })).toEqual([]);
    expect(errorsOf(peer)).toEqual([16, 48].map((type) => [type, 'wamp.error.option_disallowed.disclose_me']));
  });

  it('asks the function who does what, and takes anything but a clear yes for a no', () => {
    const asked: unknown[] = [];
    const answers = [true, { allow: true }, false, { allow: 1 }, undefined, 'yes'] as readonly boolean[];
    const router = withFunction(({ authrole, realm }, action, uri, options) => {
      asked.push([realm, authrole, action, uri, options]);
      return answers[asked.length - 1]!;
    });

    const peer = join(router.link()).send(...answers.map((_, at) => [32, at + 1, { match: 'exact' }, 'com.a']));

    expect(asked[0]).toEqual(['realm1', 'anonymous', 'subscribe', 'com.a', { match: 'exact' }]);
    expect(peer.received.slice(1).map(([type]) => type)).toEqual([SUBSCRIBED, SUBSCRIBED, ERROR, ERROR, ERROR, ERROR]);
  });

  it('asks the function only for what the roles let pass', () => {
    const asked: string[] = [];
    const router = createRouter({ realms: { realm1: {
      roles: { anonymous: [{ uri: 'com.a', allow: ['call', 'subscribe'] }] },
      authorize: (_, action) => asked.push(action) > 1,
    } } });

    const peer = join(router.link()).send(...ALL);

    expect(asked).toEqual(['subscribe', 'call']);
    expect(errorsOf(peer).slice(0, 2)).toEqual([[32, 'wamp.error.not_authorized'], [64, 'wamp.error.not_authorized']]);
  });

  it('lets the function decide who is disclosed', () => {
    const router = withFunction((_, action) => ({ allow: true, disclose: action === 'call' }));
    const peer = join(router.link()).send([64, 1, {}, 'com.a'], [48, 2, {}, 'com.a'], [16, 3, { acknowledge: true, disclose_me: true }, 'com.a']);

    expect(peer.of(INVOCATION)[0]).toEqual([68, 1, 1, { caller: peer.session, caller_authid: expect.any(String), caller_authrole: 'anonymous' }]);
    expect(errorsOf(peer)).toEqual([[16, 'wamp.error.option_disallowed.disclose_me']]);
  });

  it('fails where a decision makes no sense', () => {
    const decisions = [{ allow: true, trustlevel: -1 }, { allow: true, trustlevel: 0.5 }, { allow: true, disclose: 'yes' }] as unknown as readonly Decision[];
    const left = [...decisions];

    const peer = join(withFunction(() => left.shift()!).link()).send(...decisions.map((_, at) => [48, at + 1, {}, 'com.a']));

    expect(errorsOf(peer)).toEqual(decisions.map(() => [48, 'wamp.error.authorization_failed']));
  });

  describe('of procedures that intervene', () => {
    const KILL = 'wamp.session.kill';
    const refused = (router: Router): boolean => errorsOf(join(router.link()).send([48, 1, {}, KILL, [1]])).some((error) => String(error).endsWith('wamp.error.not_authorized'));

    it.each<[string, readonly Permission[] | undefined, Authorize | undefined, boolean]>([
      ['no rules', undefined, undefined, true],
      ['a permission for everything', [{ uri: '', match: 'prefix', allow: ['call'] }], undefined, true],
      ['a permission that begins alike', [{ uri: 'wam', match: 'prefix', allow: ['call'] }], undefined, true],
      ['a wildcard', [{ uri: '..', match: 'wildcard', allow: ['call'] }], undefined, true],
      ['a permission by name', [{ uri: KILL, allow: ['call'] }], undefined, false],
      ['a permission for what the router has', [{ uri: 'wamp.', match: 'prefix', allow: ['call'] }, { uri: '', match: 'prefix', allow: [] }], undefined, false],
      ['a function that says yes', undefined, () => true, false],
      ['a function that says no', undefined, () => false, true],
      ['a function that says yes to what the roles let pass', [{ uri: '', match: 'prefix', allow: ['call'] }], () => true, false],
      ['a function that says no to what is given by name', [{ uri: KILL, allow: ['call'] }], () => false, true],
    ])('allows nothing that is not given by name: %s', (_, roles, authorize, expected) => {
      const router = createRouter({ realms: { realm1: { ...(roles && { roles: { anonymous: roles } }), ...(authorize && { authorize }) } } });

      expect(refused(router)).toBe(expected);
    });

    it('is that of every other procedure where it only looks', () => {
      expect(errorsOf(join(createRouter({ realms: { realm1: {} } }).link()).send([48, 1, {}, 'wamp.session.count']))).toEqual([]);
      expect(errorsOf(join(withRoles({ uri: '', match: 'prefix', allow: ['call'] }).link()).send([48, 1, {}, 'wamp.session.count']))).toEqual([]);
    });
  });

  it.each<[string, Authorize]>([
    ['throws', () => { throw new Error('hunter2'); }],
    ['fails later', () => throwError(() => new Error('hunter2'))],
    ['gives no answer', () => EMPTY],
  ])('answers authorization_failed, without the reason, where the function %s', (_, authorize) => {
    const peer = join(withFunction(authorize).link()).send(...ALL);

    expect(errorsOf(peer)).toEqual([32, 64, 48, 16].map((type) => [type, 'wamp.error.authorization_failed']));
    expect(JSON.stringify(peer.received)).not.toContain('hunter2');
  });

  it('keeps what a session sends in order while a decision is awaited, and lets others go on', () => {
    tidyMarbles(({ flush }) => {
      const router = withFunction((_, action, uri) =>
        action === 'publish' && uri === 'com.slow' ? of(true).pipe(delay(100)) : of(true));
      const subscriber = join(router.link()).send([32, 1, {}, 'com.slow'], [32, 2, {}, 'com.fast']);
      const publisher = join(router.link());
      const other = join(router.link());

      publisher.send(
        [16, 1, {}, 'com.slow', [1]], [16, 2, {}, 'com.fast', [2]], [16, 3, {}, 'com.slow', [3]], [34, 4, 99], [6, {}, 'wamp.close.close_realm'],
      );
      other.send([16, 1, {}, 'com.fast', ['other']]);
      flush();

      expect(subscriber.of(EVENT).map(([, , , , args]) => args)).toEqual([['other'], [1], [2], [3]]);
      expect(publisher.received.map(([type]) => type)).toEqual([2, ERROR, 6]);
      expect(publisher.ended).toBe('complete');
    });
  });

  it('takes a promise for a decision', () => tidyMarbles.async(async ({ flush }) => {
    const peer = join(withFunction(async () => true).link()).send([32, 1, {}, 'com.a'], [16, 2, { acknowledge: true }, 'com.a']);

    await flush();

    expect(peer.received.map(([type]) => type)).toEqual([2, SUBSCRIBED, PUBLISHED]);
  }));

  it('forgets the decision, and what waits for it, when the session goes away', () => {
    tidyMarbles(({ cold, expectSubscriptions, flush }) => {
      const decision = cold('----a', { a: true });
      const decisionSubs = ' ^-!  ';
      const router = withFunction(() => decision);
      const peer = join(router.link()).send([32, 1, {}, 'com.a'], [32, 2, {}, 'com.b']);

      timer(2).pipe(map(() => peer.cut())).subscribe();
      flush();

      expectSubscriptions(decision.subscriptions).toBe(decisionSubs);
      expect(router.stats()).toMatchObject({ sessions: 0, connections: 0, subscriptions: 0 });
      expectNoLeaks({ router });
    });
  });

  it('keeps no more than one message may be long', () => {
    const router = createRouter({ realms: { realm1: { authorize: () => new Promise(() => {}), limits: { messageSize: 2_000 } } } });
    const peer = join(router.link());

    for (let request = 1; peer.ended === undefined && request < 100; request++) peer.send([32, request, {}, 'com.a']);

    expect(peer.last).toEqual([3, { message: expect.any(String) }, 'wamp.error.payload_size_exceeded']);
    expect(peer.ended).toBe('complete');
  });
});
