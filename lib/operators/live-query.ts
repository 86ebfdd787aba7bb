import { Observable, Subscription, asyncScheduler, defer, first, identity, shareReplay, switchMap, tap, timer, type SchedulerLike, type Subscriber } from 'rxjs';
import { checkBackoff, retryBackoff, type RetryBackoffOptions } from './retry-backoff.ts';
import { subscribeWithin } from './subscribe-within.ts';

/** What {@link liveQuery} asks of its topic: what `topicStatus` emits, or whatever speaks alike. */
export type LiveSignal<E> =
  | { readonly kind: 'event'; readonly event: E }
  | { readonly kind: 'subscribed' | 'suspended' | 'gap' | 'recovered' };

/** Where in the history of the data a state or an event stands. The later, the greater; all of one type. */
export type LiveVersion = number | bigint | string;

/** Options of {@link liveQuery}. */
export interface LiveQueryOptions<S, E, V extends LiveVersion = LiveVersion> {
  /**
   * Asks for the state as it is now; its first value counts. It must answer with all that was published before it was asked: whoever
   * publishes a change makes it first.
   */
  readonly snapshot: () => Observable<S>;
  /** The changes, with what becomes of the subscription: `client.topicStatus(uri)`. */
  readonly topic: Observable<LiveSignal<E>>;
  /** The state behind an event. It must not change the state it is given, since others may have it. What it throws is the end. */
  readonly reduce: (state: NoInfer<S>, event: NoInfer<E>) => NoInfer<S>;
  /**
   * Where a snapshot and an event stand, so that an event which the snapshot has in it is left out.
   *
   * @default every event that came while the snapshot was awaited is reduced, so `reduce` must bear one that the snapshot has in it
   */
  readonly versionOf?: {
    readonly state: (state: NoInfer<S>) => V;
    readonly event: (event: NoInfer<E>) => NoInfer<V>;
  } | undefined;
  /** Events that are held while a snapshot is awaited. One more, and the snapshot is asked for anew. @default 1000 */
  readonly limit?: number | undefined;
  /** How a snapshot that failed is asked for again: the options of `retryBackoff`. @default its error is the end */
  readonly backoff?: RetryBackoffOptions | undefined;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * A state that stays current: a snapshot, and every change since, as one Observable.
 *
 * Subscribes to the topic first, asks for the snapshot when that is effective, and holds the events that come meanwhile. The answer is
 * emitted with those of them reduced into it that are newer, and the state behind each further event as it comes. `gap`, another
 * `subscribed`, and more held events than `limit` ask for the snapshot anew, which gives up one that is under way; so does the next
 * `subscribed` after `suspended`. Until there is an answer the last state stands. The snapshot is asked for when the signals of the
 * moment are through (a timer of 0 ms), so that `subscribed` and `gap` behind a reconnect make one call.
 *
 * ```
 * topic     s-a-b---c--u--(sg)--d---     s subscribed, u suspended, g gap
 * snapshot  ------(A|)    --(D|)         A has a in it, but not b
 * out       ------B-C-------D---E---
 * ```
 *
 * Shared: the first observer starts it, later ones get the newest state at once, the last one to leave ends it: the subscription is
 * undone, and the snapshot cancelled where one is awaited. Completes with its topic; errors with it, with a snapshot that fails where there
 * is no `backoff`, and with what `reduce` and `versionOf` throw. A connection that is lost while the snapshot is awaited is such a
 * failure: give `backoff` to outlive it.
 *
 * ```ts
 * liveQuery({
 *   snapshot: () => client.call<Stock>('com.shop.stock').pipe(map(({ args: [stock] }) => stock)),
 *   topic: client.topicStatus<[change: Change]>('com.shop.stock.changed'),
 *   reduce: (stock, { args: [{ version, item, left }] }) => ({ version, items: { ...stock.items, [item]: left } }),
 *   versionOf: { state: ({ version }) => version, event: ({ args: [{ version }] }) => version },
 *   backoff: { maxDelay: 5_000 },
 * }).subscribe((stock) => render(stock));
 * // => renders version 1, the snapshot, then version 2, with the change
 * ```
 *
 * Throws RangeError where an option cannot be right.
 */
export function liveQuery<S, E, V extends LiveVersion = LiveVersion>(options: LiveQueryOptions<S, E, V>): Observable<S> {
  const { limit = 1000, backoff } = options;
  if (!(Number.isInteger(limit) && limit >= 0)) throw new RangeError(`liveQuery: limit must be an integer of at least 0, got ${String(limit)}`);
  if (backoff !== undefined) checkBackoff(backoff, 'liveQuery');

  return new Observable<S>((subscriber) => {
    const query = new RunningQuery(options, limit, subscriber);
    // In front of the topic, so that nothing is asked after it is left.
    subscriber.add(query);
    subscribeWithin(subscriber, options.topic, query);
  }).pipe(shareReplay({ bufferSize: 1, refCount: true }));
}

type Phase<S, E, V> =
  | { readonly kind: 'lost' }
  | { readonly kind: 'asking'; readonly held: E[] }
  | { readonly kind: 'live'; readonly state: S; readonly since: V | undefined };

const LOST = { kind: 'lost' } as const;

/**
 * One life of a query. `lost`: events mean nothing, since a snapshot will be asked for. `asking`: they are held. `live`: they are reduced.
 */
class RunningQuery<S, E, V extends LiveVersion> {
  readonly #options: LiveQueryOptions<S, E, V>;
  readonly #limit: number;
  readonly #subscriber: Subscriber<S>;
  readonly #snapshots: Observable<S>;
  readonly #inbox: (() => void)[] = [];
  #working = false;
  #phase: Phase<S, E, V> = LOST;
  #run = Subscription.EMPTY;

  constructor(options: LiveQueryOptions<S, E, V>, limit: number, subscriber: Subscriber<S>) {
    const { snapshot, backoff, scheduler = asyncScheduler } = options;
    this.#options = options;
    this.#limit = limit;
    this.#subscriber = subscriber;
    const question = defer(() => {
      this.#phase = { kind: 'asking', held: [] };
      return snapshot();
    }).pipe(first(), tap({ error: () => { this.#phase = LOST; } }));
    this.#snapshots = timer(0, scheduler).pipe(
      switchMap(() => question.pipe(backoff === undefined ? identity : retryBackoff({ ...backoff, scheduler: backoff.scheduler ?? scheduler }))),
    );
  }

  next(signal: LiveSignal<E>): void {
    this.#inTurn(() => {
      if (signal.kind === 'event') this.#event(signal.event);
      else if (signal.kind === 'suspended') this.#lose();
      else if (signal.kind === 'subscribed' || signal.kind === 'gap') this.#ask();
    });
  }

  error(error: unknown): void {
    this.#inTurn(() => this.#subscriber.error(error));
  }

  complete(): void {
    this.#inTurn(() => this.#subscriber.complete());
  }

  unsubscribe(): void {
    this.#lose();
  }

  // An observer of the state may cause the next event before it returns: that one has to wait, or it would be overtaken.
  #inTurn(work: () => void): void {
    this.#inbox.push(work);
    if (this.#working) return;
    this.#working = true;
    try {
      for (let next = this.#inbox.shift(); next !== undefined && !this.#subscriber.closed; next = this.#inbox.shift()) next();
    } catch (error) {
      this.#subscriber.error(error);
    }
    this.#working = false;
  }

  #lose(): void {
    this.#run.unsubscribe();
    this.#phase = LOST;
  }

  #ask(): void {
    this.#lose();
    this.#run = this.#snapshots.subscribe({
      next: (state) => this.#inTurn(() => this.#answered(state)),
      error: (error: unknown) => this.error(error),
    });
  }

  #answered(state: S): void {
    if (this.#phase.kind !== 'asking') return;
    const { held } = this.#phase;
    const since = this.#options.versionOf?.state(state);
    const current = held.reduce((older, event) => (this.#isNews(event, since) ? this.#options.reduce(older, event) : older), state);
    this.#become(current, since);
  }

  #event(event: E): void {
    const phase = this.#phase;
    if (phase.kind === 'asking' && phase.held.length < this.#limit) phase.held.push(event);
    else if (phase.kind === 'asking') this.#ask();
    else if (phase.kind === 'live' && this.#isNews(event, phase.since)) this.#become(this.#options.reduce(phase.state, event), phase.since);
  }

  #become(state: S, since: V | undefined): void {
    this.#phase = { kind: 'live', state, since };
    this.#subscriber.next(state);
  }

  #isNews(event: E, since: V | undefined): boolean {
    const { versionOf } = this.#options;
    return versionOf === undefined || since === undefined || !(versionOf.event(event) <= since);
  }
}
