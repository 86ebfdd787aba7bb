import { asyncScheduler, timer, type SchedulerLike, type Subscription } from 'rxjs';
import type { Census } from '../census.ts';
import { NotJoinedError, SubscriptionRevokedError, type WampError } from '../errors.ts';
import { backoffDelay, type BackoffOptions } from '../operators/retry-backoff.ts';
import { MessageType, type ErrorMessage, type EventMessage, type Subscribed, type Unsubscribed } from '../protocol/messages.ts';
import { writeSubscribeOptions } from '../protocol/options.ts';
import type { MatchPolicy } from '../protocol/uri.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { Consumer, FunctionSink, Sink } from './direct-observable.ts';
import type { TopicEvent, TopicSignal } from './options.ts';
import { incoming, isAsSent } from './payload-coding.ts';
import { NO_KWARGS } from './payload.ts';
import { refusalOf } from './refusal.ts';
import type { RoleHost } from './role-host.ts';
import { History, type PastEvent } from './topic-history.ts';
import type { SessionTopics, TopicChange, TopicChangeHost } from './topic-change.ts';
import { TopicKey, type TopicKeyHost } from './topic-key.ts';
import {
  DirectObserver, EventObserver, ReceivedEvent, RecoveringObserver, SignalObserver, type Loss, type Manner, type TopicObserver,
} from './topic-observer.ts';
import { Recovery, type RecoveryHost } from './topic-recovery.ts';
import type { TopicRequest } from './topic-request.ts';
import { RetainedInterest } from './topic-retained.ts';
import { EventsOnly, signalsInto } from './topic-sinks.ts';

const { SUBSCRIBE, UNSUBSCRIBE } = MessageType;

/** Refusals of a topic that was subscribed to before which will not pass by themselves. */
const FINAL_REFUSALS: ReadonlySet<Uri> = new Set([WampUri.notAuthorized, WampUri.authorizationDenied, WampUri.invalidUri]);

type Key = TopicKey<TopicObserver>;

/** How most topics are observed. */
const PLAIN: Manner = { template: undefined, grace: undefined, bound: false };

/** Options of {@link Topics}. */
export interface TopicsOptions {
  /** How a refusal that may pass is tried again. */
  readonly backoff?: BackoffOptions | undefined;
  readonly random?: (() => number) | undefined;
  /** The last observer of all has left. */
  readonly onUnobserved?: (() => void) | undefined;
}

/**
 * The subscriber of a session, or of all sessions of a client one after the other (7.1): one SUBSCRIBE for each (uri, match), shared by
 * any number of observers. It outlives the session it is attached to; observers may belong to one session or to all.
 */
export class Topics implements TopicKeyHost<TopicObserver>, RecoveryHost, SessionTopics, TopicChangeHost {
  readonly #backoff: BackoffOptions;
  readonly #random: () => number;
  readonly #onUnobserved: (() => void) | undefined;
  readonly #keys: { readonly [M in MatchPolicy]: Map<Uri, Key> } = { exact: new Map(), prefix: new Map(), wildcard: new Map() };
  #byId = new Map<Id, Key>();
  // Keys that were given an id which another key has too, by that id.
  #twins = new Map<Id, Set<Key>>();
  readonly #lingering = new Map<Key, Subscription>();
  readonly #refused = new Set<Key>();
  // For the few keys where it is asked for.
  readonly #recoveries = new Map<Key, Recovery>();
  readonly #retained = new RetainedInterest();
  #history: History | undefined;
  #refusals = 0;
  #observers = 0;
  #retry: Subscription | undefined;
  #host: RoleHost | undefined;
  #loss: Loss | undefined;
  #isLeaving = false;
  // Between two sessions.
  #change: TopicChange | undefined;

  constructor({ backoff = {}, random = Math.random, onUnobserved }: TopicsOptions = {}) {
    this.#backoff = backoff;
    this.#random = random;
    this.#onUnobserved = onUnobserved;
  }

  /** Nothing is subscribed to, and no answer is awaited. */
  get idle(): boolean { return this.#keys.exact.size + this.#keys.prefix.size + this.#keys.wildcard.size === 0; }

  get keys(): readonly Key[] {
    return [...this.#keys.exact.values(), ...this.#keys.prefix.values(), ...this.#keys.wildcard.values()];
  }

  get observed(): boolean { return this.#observers > 0; }

  get isLeaving(): boolean { return this.#isLeaving; }

  get online(): boolean { return this.#host !== undefined; }

  get session(): Id | undefined { return this.#host?.id; }

  get history(): History | undefined { return this.#history; }

  get scheduler(): SchedulerLike { return this.#host?.scheduler ?? asyncScheduler; }

  /** A session was joined: every key that is observed is subscribed to, in one burst. */
  attach(host: RoleHost): void {
    this.#host = host;
    this.#history = new History(host);
    this.#refusals = 0;
    for (const key of this.keys) key.joined();
  }

  /** Another session is about to take over. */
  prepare(change: TopicChange): void {
    this.#change?.cancel();
    this.#change = change;
  }

  /** What was prepared is given up. */
  giveUp(change: TopicChange): void {
    change.cancel();
    this.changed(change);
  }

  changed(change: TopicChange): void {
    if (this.#change === change) this.#change = undefined;
  }

  /** The session that was prepared takes over. Gives the observers that belong to the one before. */
  succeed(change: TopicChange, next: RoleHost): readonly TopicObserver[] {
    const old = this.#host;
    if (old === undefined) return [];
    const held = this.#heldBy();
    const bound = this.keys.flatMap(({ observers }) => observers.filter((observer) => observer.bound));
    this.#host = next;
    this.#history = new History(next);
    this.#refusals = 0;
    this.#retry?.unsubscribe();
    this.#refused.clear();
    this.#byId = new Map();
    this.#twins = new Map();
    change.turn(held);
    const told = this.keys.filter((key) => {
      const subscription = change.subscriptionOf(key);
      const isNews = key.moved(subscription);
      if (subscription !== undefined && key.subscription === subscription) this.#own(key, subscription);
      return isNews;
    });
    for (const orphan of change.orphans(new Set(this.#byId.keys()))) this.#giveBack(next, orphan);
    for (const key of told) for (const observer of key.observers) if (key.subscription !== undefined) observer.subscribed(key.subscription);
    change.finish(old);
    return bound;
  }

  /** Everybody is about to leave: nobody new comes, and those who are there hear of every event until UNSUBSCRIBED and complete. */
  leave(): void {
    this.#isLeaving = true;
    for (const key of this.keys) key.leave();
  }

  torn(key: Key, cause: unknown): void {
    const { subscription, observers } = key;
    if (key.phase !== 'on' || subscription === undefined) return;
    for (const observer of observers) observer.interrupted({ at: this.scheduler.now(), cause });
    for (const observer of observers) observer.subscribed(subscription);
  }

  /** The session is gone: its own observers fail, those of the client are suspended. */
  detach(cause: WampError): void {
    if (this.#host === undefined) return;
    const loss: Loss = { at: this.#host.scheduler.now(), cause };
    this.#loss = loss;
    this.#host = undefined;
    this.#history = undefined;
    this.#change?.cancel();
    this.#change = undefined;
    this.#byId.clear();
    this.#twins.clear();
    this.#refused.clear();
    this.#retry?.unsubscribe();
    const keys = this.keys;
    for (const key of keys) key.lost();
    for (const key of keys) for (const observer of key.observers) observer.suspended(loss);
  }

  /** There will be no other session: every observer completes, or fails with `cause`. */
  close(cause: unknown): void {
    for (const key of this.keys) for (const observer of key.observers) observer.ended(cause);
  }

  /** Adds an observer. `bound` to the session it is attached to, it fails with it. Undone by unsubscribing `sink`. */
  observe(request: TopicRequest, sink: Sink<TopicEvent> | Sink<TopicSignal>, kind: 'events' | 'signals', bound: boolean): void {
    const { care } = request;
    const offline = this.#host === undefined;
    if (offline && care?.requireJoined === true) {
      return sink.error(new NotJoinedError(`session must be joined for ${request.uri}, got none`, { operation: { verb: 'subscribe', uri: request.uri } }));
    }
    const key = this.#keyOf(request);
    const subscription = key.phase === 'unsubscribing' ? undefined : key.subscription;
    const loss = this.#loss;
    const observer = this.#observerOf(key, request, sink, kind, bound);
    sink.add(observer);
    // Told behind the door: what it does when it hears of it may be the end of the session.
    if (offline) observer.waiting(loss?.cause);
    else if (subscription !== undefined) observer.subscribed(subscription);
    if (care?.retained === true && key.phase === 'on') this.#askForRetained(key);
  }

  /** The same for a function that is called with the events of a topic without a template: its subscription is the observer. */
  observeDirectly(request: TopicRequest, consume: Consumer<TopicEvent>, bound: boolean): FunctionSink<never> {
    const key = this.#keyOf(request);
    const observer = new DirectObserver(key, consume, bound || request.grace !== undefined ? { template: undefined, grace: request.grace, bound } : PLAIN);
    key.observe(observer);
    return observer;
  }

  event(message: EventMessage): void {
    const key = this.#byId.get(message.subscription);
    // Late, after UNSUBSCRIBE.
    if (key === undefined) return;
    this.#deliver(key, message);
    if (this.#twins.size > 0) for (const twin of this.#twins.get(message.subscription) ?? []) this.#deliver(twin, message);
  }

  /** UNSUBSCRIBED with request 0. */
  revoked(details: Dict = {}): void {
    const subscription = details['subscription'] as Id;
    const holder = this.#byId.get(subscription);
    if (holder === undefined) return;
    const keys = [holder, ...(this.#twins.get(subscription) ?? [])];
    this.#byId.delete(subscription);
    this.#twins.delete(subscription);
    const reason = typeof details['reason'] === 'string' ? details['reason'] : undefined;
    for (const key of keys) key.revoked(new SubscriptionRevokedError(key.uri, reason, { operation: { verb: 'subscribe', uri: key.uri } }));
  }

  subscribe(key: Key): void {
    const host = this.#host;
    if (host === undefined) return;
    this.#change?.follow(key);
    const request = host.ask(SUBSCRIBE, {
      // The id is known before the next message is looked at.
      answered: ({ subscription }: Subscribed) => { if (this.#host === host) this.#accepted(key, subscription); },
      refused: (message) => { if (this.#host === host) this.#refuse(host, key, message); },
      lost: () => {},
    });
    host.send({ type: SUBSCRIBE, request, options: writeSubscribeOptions({ match: key.match, getRetained: this.#retained.asks(key) || undefined }), topic: key.uri });
  }

  unsubscribe(key: Key, subscription: Id): void {
    const host = this.#host;
    if (host === undefined) return;
    this.#recoveries.delete(key);
    const released = (): void => {
      if (this.#host !== host) return;
      this.#release(key, subscription);
      key.unsubscribed();
    };
    // ERROR says that there was nothing to unsubscribe from: a revocation crossed it.
    const request = host.ask(UNSUBSCRIBE, { answered: (_message: Unsubscribed) => released(), refused: released, lost: () => {} });
    host.send({ type: UNSUBSCRIBE, request, subscription });
  }

  startGrace(key: Key, leaving: TopicObserver | undefined): void {
    if (leaving?.grace === 0) return key.graceOver();
    // A delay of 0 is the end of the current macrotask, and in virtual time the same frame behind what is queued already.
    this.#lingering.set(key, timer(leaving?.grace ?? 0, this.scheduler).subscribe(() => {
      this.#lingering.delete(key);
      key.graceOver();
    }));
  }

  stopGrace(key: Key): void {
    this.#lingering.get(key)?.unsubscribe();
    this.#lingering.delete(key);
    // Somebody came who wants nothing recovered: what happens from now on is not remembered.
    if (this.#recoveries.get(key)?.idle === true) this.#recoveries.delete(key);
  }

  open({ uri: pattern, match }: Key, event: PastEvent): PastEvent | undefined {
    const codec = this.#host?.payloadCodec;
    if (isAsSent(codec, event)) return event;
    const { publication, details } = event;
    try {
      const { args, kwargs } = incoming(codec, event, details, { uri: codec?.coveredUri(details['topic'], pattern, match) ?? pattern, from: 'originator' });
      return { publication, details, args, kwargs };
    } catch (error) {
      this.#host?.report(error);
      return undefined;
    }
  }

  /** What was remembered of a key is of no use any more. */
  forgotten(recovery: Recovery): void {
    if (this.#recoveries.get(recovery.key) === recovery) this.#recoveries.delete(recovery.key);
  }

  counted(change: number): void {
    this.#observers += change;
    if (this.#observers === 0) this.#onUnobserved?.();
  }

  unused(key: Key): void {
    if (this.#keys[key.match].get(key.uri) === key) this.#keys[key.match].delete(key.uri);
    if (this.#refused.delete(key) && this.#refused.size === 0) this.#retry?.unsubscribe();
    this.#recoveries.delete(key);
    this.#retained.drop(key);
    this.#host?.settled();
  }

  /** @internal */
  census(): Census {
    return {
      'topic keys': this.keys.length,
      'topic observers': this.#observers,
      'topic ids': this.#byId.size,
      'shared topic ids': this.#twins.size,
      'lingering topics': this.#lingering.size,
      'refused topics': this.#refused.size,
      'topic changes': Number(this.#change !== undefined),
      recoveries: this.#recoveries.size,
      'topics whose retained events are wanted': this.#retained.size,
    };
  }

  #keyOf({ pattern, match }: TopicRequest): Key {
    const keys = this.#keys[match];
    let key = keys.get(pattern);
    if (key === undefined) keys.set(pattern, key = new TopicKey<TopicObserver>(pattern, match, this));
    return key;
  }

  #observerOf(key: Key, request: TopicRequest, sink: Sink<TopicEvent> | Sink<TopicSignal>, kind: 'events' | 'signals', bound: boolean): EventObserver {
    const { template, grace, read, care } = request;
    const manner = { template, grace, bound };
    let observer: EventObserver;
    if (kind === 'events' && care === undefined) observer = new EventObserver(key, read?.(sink, kind) ?? sink as Sink<TopicEvent>, manner);
    else {
      const signals = signalsInto(request, kind === 'events' ? new EventsOnly(sink as Sink<TopicEvent>) : sink as Sink<TopicSignal>);
      // What is bound to a session does not outlive a loss.
      if (care?.recover !== undefined && !bound) {
        const recovery = this.#recoveryOf(key);
        const recovering = new RecoveringObserver(recovery, signals, manner, this, care.recover);
        this.#wantRetained(key, request, recovering, sink);
        recovery.observe(recovering);
        return recovering;
      }
      observer = new SignalObserver(key, signals, manner, this);
    }
    this.#wantRetained(key, request, observer, sink);
    key.observe(observer);
    return observer;
  }

  #recoveryOf(key: Key): Recovery {
    let recovery = this.#recoveries.get(key);
    if (recovery === undefined) this.#recoveries.set(key, recovery = new Recovery(key, this));
    return recovery;
  }

  // Before it observes, since observing may send the SUBSCRIBE that has to ask.
  #wantRetained(key: Key, { care }: TopicRequest, observer: TopicObserver, sink: Pick<Sink<never>, 'add'>): void {
    if (care?.retained !== true) return;
    this.#retained.want(key, observer);
    sink.add(() => this.#retained.unwant(key, observer));
  }


  #own(key: Key, subscription: Id): void {
    const holder = this.#byId.get(subscription);
    if (holder === undefined) this.#byId.set(subscription, key);
    else if (holder !== key) this.#twinsOf(subscription).add(key);
  }

  #accepted(key: Key, subscription: Id): void {
    this.#own(key, subscription);
    this.#retained.answered(key);
    key.subscribed(subscription);
    if (key.phase === 'on') this.#askForRetained(key);
  }

  // One more SUBSCRIBE of what is subscribed: the same id comes back, and behind it what is retained.
  #askForRetained(key: Key): void {
    const audience = this.#retained.takeUnserved(key);
    const host = this.#host;
    if (audience.size === 0 || host === undefined) return;
    const request = host.ask(SUBSCRIBE, {
      answered: ({ subscription }: Subscribed) => {
        this.#retained.answeredFor(key, audience);
        if (this.#host === host) this.#disown(key, subscription);
      },
      // They have the events, and there is nothing else that they were promised.
      refused: (message) => host.log?.debug('retained events were refused', message),
      lost: () => {},
    });
    host.send({ type: SUBSCRIBE, request, options: writeSubscribeOptions({ match: key.match, getRetained: true }), topic: key.uri });
  }

  // The subscription was revoked before that SUBSCRIBE arrived, which then has made another one that nobody knows of.
  #disown(key: Key, subscription: Id): void {
    const current = this.#keys[key.match].get(key.uri);
    const host = this.#host;
    if (host === undefined || current?.phase === 'subscribing' || current?.subscription === subscription || this.#byId.has(subscription)) return;
    this.#giveBack(host, subscription);
  }

  #giveBack(host: RoleHost, subscription: Id): void {
    const request = host.ask(UNSUBSCRIBE, { answered: () => {}, refused: () => {}, lost: () => {} });
    host.send({ type: UNSUBSCRIBE, request, subscription });
  }

  // What the session has subscribed to, and for whom; what is being unsubscribed from needs nobody any more.
  #heldBy(): ReadonlyMap<Id, readonly Key[]> {
    return new Map([...this.#byId].map(([id, key]): [Id, readonly Key[]] => [id, [key, ...this.#twins.get(id) ?? []]])
      .filter(([, keys]) => keys.some(({ phase }) => phase === 'on' || phase === 'lingering')));
  }

  #refuse(host: RoleHost, key: Key, message: ErrorMessage): void {
    const operation = { verb: 'subscribe', uri: key.uri, request: message.request } as const;
    const outcome = key.refused(refusalOf(host, message, { operation }), !FINAL_REFUSALS.has(message.error));
    if (outcome === 'waits') this.#retryLater(key);
  }

  // The router has let go of the id; whoever else had it is without a subscription too.
  #release(key: Key, subscription: Id): void {
    const others = new Set([this.#byId.get(subscription), ...(this.#twins.get(subscription) ?? [])]);
    this.#byId.delete(subscription);
    this.#twins.delete(subscription);
    others.delete(key);
    for (const other of others) {
      if (other === undefined) continue;
      // Who waits for an UNSUBSCRIBED of its own has lost nothing.
      if (other.phase === 'on') for (const observer of other.observers) observer.interrupted({ at: this.scheduler.now(), cause: undefined });
      other.undermined();
    }
  }

  #twinsOf(subscription: Id): Set<Key> {
    let twins = this.#twins.get(subscription);
    if (twins === undefined) this.#twins.set(subscription, twins = new Set());
    return twins;
  }

  #retryLater(key: Key): void {
    this.#refused.add(key);
    if (this.#retry !== undefined && !this.#retry.closed) return;
    this.#refusals += 1;
    this.#retry = timer(backoffDelay(this.#backoff, this.#refusals, this.#random), this.scheduler).subscribe(() => {
      // Not running any more: who is refused at once, before this returns, waits for the next one.
      this.#retry = undefined;
      const keys = [...this.#refused];
      this.#refused.clear();
      for (const waiting of keys) waiting.retry();
    });
  }

  #deliver(key: Key, message: EventMessage): void {
    if (this.#change === undefined || !this.#change.takes(key, message)) this.deliver(key, message);
  }

  deliver(key: Key, message: EventMessage): void {
    // Nobody is there while it lingers, and late events of one that was unsubscribed from are nobody's.
    if (key.phase !== 'on' && key.phase !== 'leaving') return this.#pass(key, message);
    const opened = this.open(key, message);
    if (opened === undefined) return;
    const event = new ReceivedEvent(key.uri, opened, NO_KWARGS);
    if (event.retained) return this.#deliverRetained(key, event);
    const { only } = key;
    if (only !== undefined) only.event(event);
    else for (const observer of key.observers) observer.event(event);
  }

  #deliverRetained(key: Key, event: ReceivedEvent): void {
    // Where nobody has asked, it is an event like any other.
    for (const observer of this.#retained.audienceOf(key) ?? key.observers) observer.event(event);
  }

  #pass(key: Key, { publication, details }: EventMessage): void {
    if (key.phase === 'lingering' && details['retained'] !== true) this.#recoveries.get(key)?.passed(publication);
  }
}
