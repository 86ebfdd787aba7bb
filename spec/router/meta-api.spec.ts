import { describe, expect, it } from '@jest/globals';
import { of, Subject, VirtualTimeScheduler } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import { createRouter, type Router } from '../../lib/router/index.ts';
import type { Authorize, RealmOptions, RouterOptions } from '../../lib/router/options.ts';
import { leaksOf } from '../../lib/testing/leaks.ts';
import { dial, join, ROLES, type RawPeer } from '../support/raw-peer.ts';

const { CALL, ERROR, EVENT, GOODBYE, PUBLISH, REGISTER, RESULT, SUBSCRIBE, UNREGISTERED, UNSUBSCRIBE, UNSUBSCRIBED } = MessageType;

const REVOCABLE = {
  roles: { ...ROLES, callee: { features: { registration_revocation: true } }, subscriber: { features: { subscription_revocation: true } } },
};
// Those that intervene are allowed where they are named.
const EVERYTHING = ['call', 'register', 'publish', 'subscribe'] as const;
const OPEN: RealmOptions = { roles: { anonymous: [{ uri: '', match: 'prefix', allow: EVERYTHING }, { uri: 'wamp.', match: 'prefix', allow: ['call', 'subscribe'] }] } };

/** A router of one realm, in which everybody may do everything. No time passes in it unless the scheduler is told so. */
const routerOf = (options: RealmOptions = OPEN, rest: Partial<RouterOptions> = {}): Router =>
  createRouter({ realms: { realm1: options }, scheduler: new VirtualTimeScheduler(), ...rest });

/** Subscribes to topics; `heard` gives what has come of them since, as `[last component, ...args]`. */
function watch(router: Router, ...topics: readonly string[]): { readonly peer: RawPeer; readonly heard: () => readonly unknown[] } {
  const peer = join(router.link());
  const names = new Map<unknown, string | undefined>();
  for (const topic of topics) {
    peer.ask(SUBSCRIBE, {}, topic);
    names.set(peer.of(MessageType.SUBSCRIBED).at(-1)?.[2], topic.split('.').at(-1));
  }
  const before = peer.received.length;
  return {
    peer,
    heard: () => peer.received.slice(before).filter(([type]) => type === EVENT)
      .map(([, subscription, , , args = []]) => [names.get(subscription), ...args as readonly unknown[]]),
  };
}

const REGISTRATION_EVENTS = ['on_create', 'on_register', 'on_unregister', 'on_delete'].map((event) => `wamp.registration.${event}`);
const SUBSCRIPTION_EVENTS = ['on_create', 'on_subscribe', 'on_unsubscribe', 'on_delete'].map((event) => `wamp.subscription.${event}`);
const SESSION_EVENTS = ['wamp.session.on_join', 'wamp.session.on_leave'];

describe('MetaApi', () => {
  it('tells who joins, with what may be known, and who leaves, however that is', () => {
    const router = routerOf();
    const { heard, peer } = watch(router, ...SESSION_EVENTS);
    const [leaver, lost, breaker] = [join(router.link()), join(router.link()), join(router.link())];

    leaver.send([GOODBYE, {}, 'wamp.close.close_realm']);
    lost.cut();
    breaker.send([99]);

    const ids = [leaver, lost, breaker].map(({ session }) => session);
    expect(heard().slice(0, 3)).toEqual(ids.map((session) => ['on_join', {
      session, authid: expect.any(String), authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'static', transport: { type: 'memory' },
    }]));
    expect(heard().slice(3)).toEqual(ids.map((session) => ['on_leave', session, expect.any(String), 'anonymous']));
    peer.ask(CALL, {}, 'wamp.session.list');
    expect(peer.last).toEqual([RESULT, 3, {}, [[peer.session]]]);
  });

  it('tells of registrations in order, behind the answer, and also the one who registers', () => {
    const router = routerOf();
    const { heard, peer } = watch(router, ...REGISTRATION_EVENTS);
    const callee = join(router.link());

    callee.ask(REGISTER, { invoke: 'random' }, 'com.a').ask(REGISTER, {}, 'com.a');
    peer.ask(REGISTER, { invoke: 'random' }, 'com.a');
    const answerAt = peer.received.findIndex(([type]) => type === MessageType.REGISTERED);
    callee.ask(MessageType.UNREGISTER, callee.of(MessageType.REGISTERED)[0]?.[2]);
    peer.ask(MessageType.UNREGISTER, callee.of(MessageType.REGISTERED)[0]?.[2]);

    const [id] = callee.of(MessageType.REGISTERED).map(([, , registration]) => registration);
    const details = { id, created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), uri: 'com.a', match: 'exact', invoke: 'random' };
    expect(heard()).toEqual([
      ['on_create', callee.session, details], ['on_register', callee.session, id], ['on_register', peer.session, id],
      ['on_unregister', callee.session, id], ['on_unregister', peer.session, id], ['on_delete', peer.session, id],
    ]);
    expect(peer.received.slice(answerAt).map(([type]) => type)).toEqual([
      MessageType.REGISTERED, EVENT, EVENT, MessageType.UNREGISTERED, EVENT, EVENT,
    ]);
  });

  it('tells of a registration that is taken over, behind the answer to who takes it', () => {
    const router = routerOf();
    const callee = join(router.link(), 'realm1', REVOCABLE).ask(REGISTER, {}, 'com.a');
    const { heard, peer } = watch(router, ...REGISTRATION_EVENTS);

    peer.ask(REGISTER, { force_reregister: true }, 'com.a');

    const [old, id] = [callee.of(MessageType.REGISTERED)[0]?.[2], peer.of(MessageType.REGISTERED)[0]?.[2]];
    expect(callee.last).toEqual([UNREGISTERED, 0, { registration: old, reason: expect.any(String) }]);
    expect(heard()).toEqual([
      ['on_unregister', callee.session, old], ['on_delete', callee.session, old],
      ['on_create', peer.session, expect.objectContaining({ id })], ['on_register', peer.session, id],
    ]);
    expect(peer.received.slice(-5).map(([type]) => type)).toEqual([MessageType.REGISTERED, EVENT, EVENT, EVENT, EVENT]);
  });

  it('tells of what goes with a session that is lost, and then of the session', () => {
    const router = routerOf();
    const lost = join(router.link()).ask(REGISTER, {}, 'com.a').ask(SUBSCRIBE, {}, 'com.b');
    const { heard, peer } = watch(router, ...REGISTRATION_EVENTS.slice(2), ...SUBSCRIPTION_EVENTS.slice(2), ...SESSION_EVENTS);
    peer.ask(CALL, {}, 'com.a');
    const [registration, subscription] = [lost.of(MessageType.REGISTERED)[0]?.[2], lost.of(MessageType.SUBSCRIBED)[0]?.[2]];

    lost.cut();

    expect(heard()).toEqual([
      ['on_unsubscribe', lost.session, subscription], ['on_delete', lost.session, subscription],
      ['on_unregister', lost.session, registration], ['on_delete', lost.session, registration],
      ['on_leave', lost.session, expect.any(String), 'anonymous'],
    ]);
    // The caller hears that its call is over before it hears why.
    expect(peer.received.slice(-6).map(([type]) => type)).toEqual([EVENT, EVENT, ERROR, EVENT, EVENT, EVENT]);
  });

  it('tells who subscribes to what is told of that very subscription, and not of its end', () => {
    const router = routerOf();
    const peer = join(router.link());

    for (const event of ['on_subscribe', 'on_unsubscribe', 'on_unsubscribe']) peer.ask(SUBSCRIBE, {}, `wamp.subscription.${event}`);
    const [first, second] = peer.of(MessageType.SUBSCRIBED).map(([, , id]) => id);
    peer.ask(UNSUBSCRIBE, second);

    expect(peer.of(EVENT).map(([, id, , , args]) => [id, args])).toEqual([[first, [peer.session, first]], [first, [peer.session, second]]]);
  });

  it('says goodbye to who is killed, and closes the connection once that has answered', () => {
    const router = routerOf();
    const { heard, peer } = watch(router, 'wamp.session.on_leave');
    const victim = join(router.link());

    peer.ask(CALL, {}, 'wamp.session.kill', [victim.session], { reason: 'com.app.banned', message: 'spam' });

    expect(victim.last).toEqual([GOODBYE, { message: 'spam' }, 'com.app.banned']);
    expect(peer.last?.[0]).toBe(EVENT);
    expect(peer.of(RESULT)).toEqual([[RESULT, 2, {}]]);
    expect(heard()).toEqual([['on_leave', victim.session, expect.any(String), 'anonymous']]);
    expect(victim.ended).toBeUndefined();
    victim.send([GOODBYE, {}, 'wamp.close.goodbye_and_out']);
    expect(victim.ended).toBe('complete');
  });

  it('drops who is killed and does not answer, when the time is over', () => {
    const scheduler = new VirtualTimeScheduler();
    const router = routerOf(OPEN, { scheduler, timeouts: { goodbye: 500 } });
    const victim = join(router.link());

    join(router.link()).ask(CALL, {}, 'wamp.session.kill', [victim.session]);
    scheduler.maxFrames = 499;
    scheduler.flush();
    expect(victim.ended).toBeUndefined();
    scheduler.maxFrames = 500;
    scheduler.flush();

    expect(victim.ended).toBe('error');
  });

  it('kills several at a time, and sends nothing behind GOODBYE', () => {
    const router = routerOf();
    const killer = join(router.link());
    const victims = [0, 1, 2].map(() => join(router.link())
      .ask(SUBSCRIBE, {}, 'wamp.session.on_leave').ask(REGISTER, { invoke: 'first' }, 'com.slow').ask(CALL, {}, 'com.slow'));

    killer.ask(CALL, {}, 'wamp.session.kill_by_authrole', ['anonymous']);

    expect(killer.last).toEqual([RESULT, 1, {}, [3]]);
    for (const victim of victims) expect(victim.last).toEqual([GOODBYE, {}, 'wamp.close.killed']);
    expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0, registrations: 0, pendingCalls: 0 });
  });

  it('kills all others without an event of it or a testament', () => {
    const router = routerOf();
    const { heard, peer } = watch(router, 'wamp.session.on_leave', 'com.will', 'wamp.subscription.on_delete');
    const victim = join(router.link()).ask(CALL, {}, 'wamp.session.add_testament', ['com.will']).ask(SUBSCRIBE, {}, 'com.a');

    peer.ask(CALL, {}, 'wamp.session.kill_all');

    expect(victim.last).toEqual([GOODBYE, {}, 'wamp.close.killed']);
    expect(peer.of(RESULT)).toEqual([[RESULT, 4, {}, [1]]]);
    expect(heard()).toEqual([['on_delete', victim.session, expect.any(Number)]]);
    expect(leaksOf({ router }).map(({ what }) => what)).not.toContain('testaments');
  });

  it('takes registrations and subscriptions away, behind the answer', () => {
    const router = routerOf();
    const victim = join(router.link(), 'realm1', REVOCABLE).ask(REGISTER, {}, 'com.a').ask(SUBSCRIBE, {}, 'com.b');
    const [registration, subscription] = [victim.of(MessageType.REGISTERED)[0]?.[2], victim.of(MessageType.SUBSCRIBED)[0]?.[2]];
    const { heard, peer } = watch(router, 'wamp.registration.on_unregister', 'wamp.subscription.on_unsubscribe');

    peer.ask(CALL, {}, 'wamp.registration.remove_callee', [registration, victim.session], { reason: 'moved' });
    for (let n = 0; n < 2; n++) peer.ask(CALL, {}, 'wamp.subscription.remove_subscriber', [subscription, victim.session]);

    expect(victim.received.slice(-2)).toEqual([[UNREGISTERED, 0, { registration, reason: 'moved' }], [UNSUBSCRIBED, 0, { subscription }]]);
    expect(heard()).toEqual([['on_unregister', victim.session, registration], ['on_unsubscribe', victim.session, subscription]]);
    expect(peer.received.slice(-5).map(([type]) => type)).toEqual([RESULT, EVENT, RESULT, EVENT, ERROR]);
    expect(peer.last?.slice(4)).toEqual(['wamp.error.no_such_subscription', [expect.any(String)]]);
    expect(router.stats()).toMatchObject({ registrations: 0, subscriptions: 2 });
  });

  it('answers arguments that are wrong with what they must be', () => {
    const peer = join(routerOf().link());

    peer.ask(CALL, {}, 'wamp.session.get', ['x']).ask(CALL, {}, 'wamp.registration.lookup', ['com.a', { match: 7 }]);

    expect(peer.of(ERROR)).toEqual([
      [ERROR, CALL, 1, {}, 'wamp.error.invalid_argument', ['session must be an integer from 1 to 2^53, got "x"']],
      [ERROR, CALL, 2, {}, 'wamp.error.invalid_argument', ['REGISTER.Options.match must be one of exact, prefix, wildcard, got 7']],
    ]);
  });

  describe('where a session has left testaments', () => {
    const leaves = (peer: RawPeer, text: string, kwargs: object = {}): RawPeer =>
      peer.ask(CALL, {}, 'wamp.session.add_testament', ['com.will', [text], {}], kwargs);

    it.each([
      ['is lost', (peer: RawPeer) => peer.cut()],
      ['says goodbye', (peer: RawPeer) => void peer.send([GOODBYE, {}, 'wamp.close.close_realm'])],
      ['breaks the protocol', (peer: RawPeer) => void peer.send([99])],
    ])('publishes them when it %s, and then tells that it left', (_how, leave) => {
      const router = routerOf();
      const { heard } = watch(router, 'com.will', 'wamp.session.on_leave');
      const peer = join(router.link());
      leaves(peer, 'c');
      leaves(peer, 'd', { scope: 'destroyed' });
      for (const text of ['a', 'b']) leaves(peer, text, { scope: 'detached' });
      expect(peer.of(RESULT)).toEqual([1, 2, 3, 4].map((request) => [RESULT, request, {}]));

      leave(peer);

      expect(heard()).toEqual([['will', 'a'], ['will', 'b'], ['will', 'c'], ['will', 'd'], ['on_leave', peer.session, expect.any(String), 'anonymous']]);
    });

    it('publishes none that were flushed', () => {
      const router = routerOf();
      const { heard } = watch(router, 'com.will');
      const peer = join(router.link());
      leaves(peer, 'a', { scope: 'detached' });
      leaves(peer, 'b').ask(CALL, {}, 'wamp.session.flush_testaments');
      leaves(peer, 'c');

      peer.cut();

      expect(heard()).toEqual([['will', 'a'], ['will', 'c']]);
    });

    it('publishes them as it was asked to: to whom, and by whom', () => {
      const router = routerOf();
      const [one, other] = [watch(router, 'com.will'), watch(router, 'com.will')];
      const peer = leaves(join(router.link()), 'x', { publish_options: { exclude: [other.peer.session], disclose_me: true } });

      peer.cut();

      expect(one.peer.last?.slice(3)).toEqual([expect.objectContaining({ publisher: peer.session }), ['x']]);
      expect(other.heard()).toEqual([]);
    });

    it('adds none that may not be published, or tells later that it was added', () => {
      const verdict = new Subject<boolean>();
      const authorize: Authorize = (_session, action, uri) => (action === 'publish' ? (uri === 'com.will' ? verdict : of(false)) : true);
      const router = routerOf({ ...OPEN, authorize });
      const { heard } = watch(router, 'com.will');
      const peer = leaves(join(router.link()).ask(CALL, {}, 'wamp.session.add_testament', ['com.secret']), 'x');
      expect(peer.last).toEqual([ERROR, CALL, 1, {}, 'wamp.error.not_authorized']);

      verdict.next(true);
      expect(peer.last).toEqual([RESULT, 2, {}]);
      peer.cut();

      expect(heard()).toEqual([['will', 'x']]);
    });

    it('publishes those for the loss of the connection at each loss, where the session can be resumed', () => {
      const scheduler = new VirtualTimeScheduler();
      const router = routerOf({ ...OPEN, resume: { timeout: 1000 } }, { scheduler });
      const { heard } = watch(router, 'com.will', 'wamp.session.on_leave');
      const first = join(router.link(), 'realm1', { authid: 'ann', _resume: {} });
      leaves(leaves(first, 'detached', { scope: 'detached' }), 'destroyed');
      const [[, , welcome]] = first.of(MessageType.WELCOME) as [[number, number, { readonly _resume: { readonly token: string } }]];

      first.cut();
      expect(heard()).toEqual([['will', 'detached']]);
      const claim = { session: first.session, token: welcome._resume.token, received: 2 };
      const second = dial(router.link()).hello('realm1', { authid: 'ann', _resume: claim });
      expect(second.last?.slice(0, 2)).toEqual([MessageType.WELCOME, first.session]);
      second.cut();
      scheduler.flush();

      expect(heard()).toEqual([['will', 'detached'], ['will', 'detached'], ['will', 'destroyed'], ['on_leave', first.session, expect.any(String), 'anonymous']]);
    });

    it('publishes all of them when a session that was resumed says goodbye', () => {
      const router = routerOf({ ...OPEN, resume: { timeout: 1000 } });
      const { heard } = watch(router, 'com.will');
      const first = join(router.link(), 'realm1', { authid: 'ann', _resume: {} });
      leaves(leaves(first, 'detached', { scope: 'detached' }), 'destroyed');
      const [[, , welcome]] = first.of(MessageType.WELCOME) as [[number, number, { readonly _resume: { readonly token: string } }]];
      first.cut();
      const claim = { session: first.session, token: welcome._resume.token, received: 2 };

      dial(router.link()).hello('realm1', { authid: 'ann', _resume: claim }).send([GOODBYE, {}, 'wamp.close.close_realm']);

      expect(heard()).toEqual([['will', 'detached'], ['will', 'detached'], ['will', 'destroyed']]);
    });

    it('publishes nothing when the router is closed', async () => {
      const router = routerOf();
      const watcher = watch(router, 'com.will', 'wamp.session.on_leave');
      const peer = leaves(join(router.link()), 'x');
      for (const one of [peer, watcher.peer]) one.onList = ([type]) => { if (type === GOODBYE) one.send([GOODBYE, {}, 'wamp.close.goodbye_and_out']); };

      await router.close();

      expect(watcher.heard()).toEqual([]);
      expect(leaksOf({ router })).toEqual([]);
    });
  });

  it('forgets what a session has described when it leaves', () => {
    const router = routerOf();
    const { heard, peer } = watch(router, 'wamp.reflect.on_define', 'wamp.reflect.on_undefine');
    const describer = join(router.link()).ask(CALL, {}, 'wamp.reflect.define', ['com.a', { type: 'topic', about: 'a' }]);
    peer.ask(CALL, {}, 'wamp.reflection.topic.describe', ['com.a']);
    expect(peer.last).toEqual([RESULT, 3, {}, [{ type: 'topic', about: 'a' }]]);

    describer.cut();

    expect(heard()).toEqual([['on_define', 'com.a', { type: 'topic', about: 'a' }], ['on_undefine', 'com.a', 'topic']]);
  });

  it('makes no event that nobody listens to, and none for a pattern over all topics of the application', () => {
    const router = routerOf();
    const peer = join(router.link()).ask(SUBSCRIBE, { match: 'prefix' }, '').ask(REGISTER, {}, 'com.a').ask(PUBLISH, {}, 'com.b');
    const before = router.stats().messagesOut;

    join(router.link()).cut();

    expect(router.stats().messagesOut - before).toBe(1);
    expect(peer.of(EVENT)).toEqual([]);
  });
});
