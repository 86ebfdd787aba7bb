import type { Census } from '../../census.ts';
import type { MatchPolicy } from '../../protocol/uri.ts';
import type { Id, Uri } from '../../types.ts';
import type { Directory } from './directory.ts';
import { PatternIndex } from './pattern-index.ts';
import { Roster } from './roster.ts';

/** A topic or pattern, and who is subscribed to it. */
export interface Subscription<M> {
  readonly id: Id;
  readonly topic: Uri;
  readonly match: MatchPolicy;
  /** Seconds since the epoch: whole ones, since those take up no more than a word. */
  readonly created: number;
  readonly subscribers: Roster<M>;
}

/** Which topics are subscribed to, by whom. A subscription ends with its last subscriber, unless it is to stay. */
export class Subscriptions<M> implements Directory<Subscription<M>> {
  readonly #nextId: () => Id;
  readonly #now: () => number;
  readonly #index = new PatternIndex<Subscription<M>>();
  readonly #subscriptions = new Map<Id, Subscription<M>>();
  readonly #subscribers = new Map<M, Set<Subscription<M>>>();
  readonly #lasting = new Set<Subscription<M>>();
  #lastingNodes = 0;

  /** @param now gives seconds since the epoch */
  constructor(nextId: () => Id, now: () => number) {
    this.#nextId = nextId;
    this.#now = now;
  }

  /** How many subscriptions somebody has. */
  get size(): number {
    let size = this.#subscriptions.size;
    for (const { subscribers } of this.#lasting) if (subscribers.size === 0) size -= 1;
    return size;
  }

  /** How many members have a subscription. */
  get subscribers(): number {
    return this.#subscribers.size;
  }

  /** How many subscriptions a member has. */
  countOf(member: M): number {
    return this.#subscribers.get(member)?.size ?? 0;
  }

  get(id: Id): Subscription<M> | undefined {
    return this.#subscriptions.get(id);
  }

  /** That of exactly this pattern. */
  byPattern(topic: Uri, match: MatchPolicy): Subscription<M> | undefined {
    return this.#index.get(topic, match);
  }

  values(): Iterable<Subscription<M>> {
    return this.#subscriptions.values();
  }

  /** Those that an event of this topic goes to. The list is not to be kept. */
  matching(topic: Uri): readonly Subscription<M>[] {
    return this.#index.all(topic);
  }

  /** Makes a subscription that is there without subscribers, and stays. Before any other is made. */
  makeLasting(topic: Uri, match: MatchPolicy): Subscription<M> {
    const subscription = this.#index.get(topic, match) ?? this.#create(topic, match);
    this.#lasting.add(subscription);
    this.#lastingNodes = this.#index.nodes;
    return subscription;
  }

  /** Adds a member, which may be in already. */
  add(member: M, topic: Uri, match: MatchPolicy): Subscription<M> {
    const subscription = this.#index.get(topic, match) ?? this.#create(topic, match);
    if (subscription.subscribers.add(member)) {
      const own = this.#subscribers.get(member);
      if (own === undefined) this.#subscribers.set(member, new Set([subscription]));
      else own.add(subscription);
    }
    return subscription;
  }

  /** Takes a member out of a subscription; tells whether it was in. */
  remove(member: M, subscription: Subscription<M>): boolean {
    if (!this.#drop(member, subscription)) return false;
    const own = this.#subscribers.get(member);
    own?.delete(subscription);
    if (own?.size === 0) this.#subscribers.delete(member);
    return true;
  }

  /** Takes a member out of all that it is in, and gives these. */
  leave(member: M): Iterable<Subscription<M>> {
    const own = this.#subscribers.get(member) ?? [];
    this.#subscribers.delete(member);
    for (const subscription of own) this.#drop(member, subscription);
    return own;
  }

  /** @internal */
  census(): Census {
    let entries = 0;
    for (const { subscribers } of this.#subscriptions.values()) entries += subscribers.size;
    return {
      subscriptions: this.size,
      subscribers: this.#subscribers.size,
      'roster entries': entries,
      'index nodes of subscriptions': this.#index.nodes - this.#lastingNodes,
    };
  }

  #create(topic: Uri, match: MatchPolicy): Subscription<M> {
    const subscription = { id: this.#nextId(), topic, match, created: this.#now(), subscribers: new Roster<M>() };
    this.#index.set(topic, match, subscription);
    this.#subscriptions.set(subscription.id, subscription);
    return subscription;
  }

  #drop(member: M, subscription: Subscription<M>): boolean {
    if (!subscription.subscribers.delete(member)) return false;
    if (subscription.subscribers.size === 0 && !this.#lasting.has(subscription)) {
      this.#index.delete(subscription.topic, subscription.match);
      this.#subscriptions.delete(subscription.id);
    }
    return true;
  }
}
