import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import { createRouter, type Router } from '../../lib/router/index.ts';
import { join, ROLES, type RawPeer } from '../support/raw-peer.ts';

const { CALL, EVENT, GOODBYE, REGISTER, REGISTERED, SUBSCRIBE, SUBSCRIBED, UNREGISTER, UNSUBSCRIBE } = MessageType;

const PEERS = 4;
const PATTERNS = [['com.a', 'exact'], ['com.b', 'exact'], ['com.', 'prefix'], ['com..c', 'wildcard']] as const;
const ALL = ['call', 'register', 'publish', 'subscribe'] as const;
const ANNOUNCED = {
  roles: { ...ROLES, callee: { features: { registration_revocation: true } }, subscriber: { features: { subscription_revocation: true } } },
};

const who = fc.nat(PEERS - 1);
const pattern = fc.constantFrom(...PATTERNS);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('join' as const), who }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('goodbye' as const, 'cut' as const, 'kill' as const), who }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('subscribe' as const), who, pattern }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('register' as const), who, pattern, force: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('unsubscribe' as const, 'unregister' as const, 'mute' as const, 'depose' as const), who, pattern }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Who is in what, by pattern, in the order they came in. */
type Rolls = Record<string, readonly unknown[]>;
interface State {
  readonly sessions: readonly unknown[];
  readonly subscriptions: Rolls;
  readonly registrations: Rolls;
}

const nameOf = ([uri, match]: readonly [string, string]): string => `${match} ${uri}`;

/** What ought to be so: lists, and nothing else. */
class Model implements State {
  sessions: unknown[] = [];
  subscriptions: Rolls = {};
  registrations: Rolls = {};

  enter(rolls: 'subscriptions' | 'registrations', name: string, session: unknown): void {
    const roll = this[rolls][name] ?? [];
    if (!roll.includes(session)) this[rolls] = { ...this[rolls], [name]: [...roll, session] };
  }

  strike(rolls: 'subscriptions' | 'registrations', session: unknown, only?: string): void {
    const kept = Object.entries(this[rolls]).map(([name, roll]) => [name, only === undefined || only === name ? roll.filter((one) => one !== session) : roll] as const);
    this[rolls] = Object.fromEntries(kept.filter(([, roll]) => roll.length > 0));
  }

  leave(session: unknown): void {
    this.sessions = this.sessions.filter((one) => one !== session);
    this.strike('subscriptions', session);
    this.strike('registrations', session);
  }
}

/** What the events add up to. An event that does not follow from those before it fails. */
class Fold implements State {
  sessions: readonly unknown[] = [];
  readonly #rolls = { subscription: new Map<unknown, { name: string; roll: unknown[] }>(), registration: new Map<unknown, { name: string; roll: unknown[] }>() };

  get subscriptions(): Rolls { return this.#told('subscription'); }
  get registrations(): Rolls { return this.#told('registration'); }

  take(topic: string, [first, second]: readonly unknown[]): void {
    const [, kind, event] = topic.split('.');
    if (kind === 'session') return this.#session(event, first);
    const rolls = this.#rolls[kind as 'subscription' | 'registration'];
    if (event === 'on_create') {
      const { id, uri, match } = second as { id: unknown; uri: string; match: string };
      expect(rolls.has(id)).toBe(false);
      rolls.set(id, { name: nameOf([uri, match]), roll: [] });
      return;
    }
    const { roll } = rolls.get(second)!;
    if (event === 'on_delete') {
      expect(roll).toEqual([]);
      rolls.delete(second);
    } else if (event === 'on_subscribe' || event === 'on_register') {
      expect(roll).not.toContain(first);
      roll.push(first);
    } else {
      expect(roll).toContain(first);
      roll.splice(roll.indexOf(first), 1);
    }
  }

  #session(event: string | undefined, first: unknown): void {
    const session = event === 'on_join' ? (first as { session: unknown }).session : first;
    expect(this.sessions.includes(session)).toBe(event === 'on_leave');
    this.sessions = event === 'on_join' ? [...this.sessions, session] : this.sessions.filter((one) => one !== session);
  }

  #told(kind: 'subscription' | 'registration'): Rolls {
    return Object.fromEntries([...this.#rolls[kind].values()].map(({ name, roll }) => [name, roll]));
  }
}

const TOPICS = [
  'wamp.session.on_join', 'wamp.session.on_leave',
  ...['on_create', 'on_register', 'on_unregister', 'on_delete'].map((event) => `wamp.registration.${event}`),
  ...['on_create', 'on_subscribe', 'on_unsubscribe', 'on_delete'].map((event) => `wamp.subscription.${event}`),
];

/** A router, those who come and go, and one who watches: by events, and by asking. */
class Play {
  readonly model = new Model();
  readonly fold = new Fold();
  readonly #router: Router;
  readonly #watcher: RawPeer;
  readonly #peers: (RawPeer | undefined)[] = Array.from({ length: PEERS }, () => undefined);
  readonly #ids = { subscriptions: new Map<string, unknown>(), registrations: new Map<string, unknown>() };

  constructor() {
    const roles = { anonymous: [{ uri: '', match: 'prefix', allow: ALL }, { uri: 'wamp.', match: 'prefix', allow: ['call', 'subscribe'] }] } as const;
    this.#router = createRouter({ realms: { realm1: { roles } }, scheduler: new VirtualTimeScheduler() });
    this.#watcher = join(this.#router.link());
    for (const topic of TOPICS) this.#watcher.ask(SUBSCRIBE, {}, topic);
    const topics = new Map(this.#watcher.of(SUBSCRIBED).map(([, , id], at) => [id, TOPICS[at]!]));
    this.#watcher.onList = ([type, subscription, , , args]) => {
      if (type === EVENT) this.fold.take(topics.get(subscription)!, args as unknown[]);
    };
  }

  do(current: Step): void {
    if (current.do === 'join') return this.#join(current.who);
    const peer = this.#peers[current.who];
    if (peer === undefined) return;
    switch (current.do) {
      case 'goodbye':
      case 'cut':
      case 'kill':
        return this.#leave(current.who, peer, current.do);
      case 'subscribe':
        return this.#subscribe(peer, current.pattern);
      case 'register':
        return this.#register(peer, current.pattern, current.force);
      case 'unsubscribe':
        return this.#strike('subscriptions', peer, current.pattern, (id) => peer.ask(UNSUBSCRIBE, id));
      case 'unregister':
        return this.#strike('registrations', peer, current.pattern, (id) => peer.ask(UNREGISTER, id));
      case 'mute':
        return this.#strike('subscriptions', peer, current.pattern, (id) => this.#ask('wamp.subscription.remove_subscriber', id, peer.session));
      case 'depose':
        return this.#strike('registrations', peer, current.pattern, (id) => this.#ask('wamp.registration.remove_callee', id, peer.session));
    }
  }

  /** What the procedures answer, without the watcher's own. */
  listed(): State {
    return {
      sessions: (this.#ask('wamp.session.list') as unknown[]).filter((session) => session !== this.#watcher.session),
      subscriptions: this.#rolls('subscription', 'subscribers'),
      registrations: this.#rolls('registration', 'callees'),
    };
  }

  #rolls(kind: 'subscription' | 'registration', members: string): Rolls {
    const ids = Object.values(this.#ask(`wamp.${kind}.list`) as Record<string, unknown[]>).flat();
    return Object.fromEntries(ids.flatMap((id) => {
      const { uri, match } = this.#ask(`wamp.${kind}.get`, id) as { uri: string; match: string };
      const roll = this.#ask(`wamp.${kind}.list_${members}`, id) as unknown[];
      expect(this.#ask(`wamp.${kind}.count_${members}`, id)).toBe(roll.length);
      return uri.startsWith('wamp.') ? [] : [[nameOf([uri, match]), roll]];
    }));
  }

  #join(at: number): void {
    if (this.#peers[at] !== undefined) return;
    const peer = join(this.#router.link(), 'realm1', ANNOUNCED);
    this.#peers[at] = peer;
    this.model.sessions.push(peer.session);
  }

  #leave(at: number, peer: RawPeer, how: 'goodbye' | 'cut' | 'kill'): void {
    this.#peers[at] = undefined;
    if (how === 'goodbye') peer.send([GOODBYE, {}, 'wamp.close.close_realm']);
    else if (how === 'cut') peer.cut();
    else this.#ask('wamp.session.kill', peer.session);
    this.model.leave(peer.session);
  }

  #subscribe(peer: RawPeer, [uri, match]: typeof PATTERNS[number]): void {
    peer.ask(SUBSCRIBE, { match }, uri);
    this.#ids.subscriptions.set(nameOf([uri, match]), peer.of(SUBSCRIBED).at(-1)?.[2]);
    this.model.enter('subscriptions', nameOf([uri, match]), peer.session);
  }

  #register(peer: RawPeer, [uri, match]: typeof PATTERNS[number], force: boolean): void {
    const name = nameOf([uri, match]);
    if (!force && this.model.registrations[name]?.includes(peer.session)) return;
    peer.ask(REGISTER, { match, invoke: 'roundrobin', force_reregister: force }, uri);
    this.#ids.registrations.set(name, peer.of(REGISTERED).at(-1)?.[2]);
    if (force) for (const session of this.model.registrations[name] ?? []) this.model.strike('registrations', session, name);
    this.model.enter('registrations', name, peer.session);
  }

  #strike(rolls: 'subscriptions' | 'registrations', peer: RawPeer, struck: typeof PATTERNS[number], act: (id: unknown) => void): void {
    const name = nameOf(struck);
    const id = this.#ids[rolls].get(name);
    if (id === undefined || !this.model[rolls][name]?.includes(peer.session)) return;
    act(id);
    this.model.strike(rolls, peer.session, name);
  }

  #ask(procedure: string, ...args: unknown[]): unknown {
    const [, , , results = []] = this.#watcher.ask(CALL, {}, procedure, args).of(MessageType.RESULT).at(-1)!;
    return (results as unknown[])[0];
  }
}

describe('MetaApi', () => {
  it('lists what is so, and its events add up to the same', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const play = new Play();

      for (const current of steps) {
        play.do(current);

        const { sessions, subscriptions, registrations } = play.model;
        expect(play.listed()).toEqual({ sessions, subscriptions, registrations });
        expect({ sessions: play.fold.sessions, subscriptions: play.fold.subscriptions, registrations: play.fold.registrations })
          .toEqual({ sessions, subscriptions, registrations });
      }
    }), { numRuns: 60 });
  });
});
