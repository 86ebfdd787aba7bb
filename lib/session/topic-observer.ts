import type { Unsubscribable } from 'rxjs';
import type { UriTemplate } from '../contract/uri-template.ts';
import { OverflowError, TransportLostError } from '../errors.ts';
import { DROPPED } from '../protocol/attributes.ts';
import type { EventMessage } from '../protocol/messages.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import { FunctionSink, type Consumer, type Sink } from './direct-observable.ts';
import type { GapReason, TopicEvent, TopicSignal } from './options.ts';
import { NO_ARGS, NO_KWARGS } from './payload.ts';
import type { Topics } from './subscriber.ts';
import type { TopicKey, TopicKeyObserver } from './topic-key.ts';
import { AsSignals } from './topic-sinks.ts';

/** The loss of a session, remembered until its topics are back. */
export interface Loss {
  readonly at: number;
  readonly cause: unknown;
}

/** Options of `recover`, read. */
export interface RecoverBounds {
  readonly limit: number;
  readonly maxHold: number;
  readonly timeout: number;
}

/** How a topic is observed. Shared by those who observe in the same manner. */
export interface Manner {
  readonly template: UriTemplate | undefined;
  /** Milliseconds for which the subscription is to stay when this was the last observer. Absent: to the end of the macrotask. */
  readonly grace: number | undefined;
  /** Whether it ends with the session. */
  readonly bound: boolean;
}

/** One who observes a key. Unsubscribing it takes it off. */
export interface TopicObserver extends TopicKeyObserver, Unsubscribable {
  readonly grace: number | undefined;
  /** Whether it ends with the session. */
  readonly bound: boolean;
  event(event: TopicEvent): void;
  /** It came while there is no session. */
  waiting(cause: unknown): void;
  /** The session was lost. */
  suspended(loss: Loss): void;
  /** The subscription was lost, but not the session. */
  interrupted(loss: Loss): void;
}

type Key = TopicKey<TopicObserver>;

/** What an observer observes: a key, or those of its observers who recover together. */
export interface Observed {
  readonly uri: Uri;
  unobserve(observer: TopicObserver): void;
}

/** A consumer function, called with each event: observer and subscription in one, since clients hold many. */
export class DirectObserver extends FunctionSink<TopicEvent> implements TopicObserver {
  readonly #key: Key;
  readonly #manner: Manner;

  constructor(key: Key, consume: Consumer<TopicEvent>, manner: Manner) {
    super(consume);
    this.#key = key;
    this.#manner = manner;
  }

  get grace(): number | undefined { return this.#manner.grace; }
  get bound(): boolean { return this.#manner.bound; }

  event(event: TopicEvent): void {
    this.next(event);
  }

  subscribed(): void {}

  waiting(): void {}

  suspended({ cause }: Loss): void {
    if (this.#manner.bound) this.error(sessionEnded(this.#key.uri, cause));
  }

  interrupted(): void {}

  failed(error: unknown): void {
    this.error(error);
  }

  ended(cause: unknown): void {
    if (cause === undefined) this.complete();
    else this.error(cause);
  }

  protected override undo(): void {
    this.#key.unobserve(this);
  }
}

/** One who wants the events. */
export class EventObserver implements TopicObserver {
  protected readonly manner: Manner;
  protected readonly observed: Observed;
  readonly #sink: Sink<TopicEvent>;

  constructor(observed: Observed, sink: Sink<TopicEvent>, manner: Manner) {
    this.observed = observed;
    this.manner = manner;
    this.#sink = sink;
  }

  get grace(): number | undefined { return this.manner.grace; }
  get bound(): boolean { return this.manner.bound; }

  event(event: TopicEvent): void {
    const { template } = this.manner;
    const params = template?.read(event.topic);
    // Wildcards know nothing of the types of the holes.
    if (template === undefined) this.#sink.next(event);
    else if (params !== undefined) this.#sink.next(event.recovered ? new RecoveredEvent(event.topic, event, params) : new ReceivedEvent(event.topic, event, params));
  }

  subscribed(_subscription: Id): void {}

  waiting(_cause: unknown): void {}

  suspended({ cause }: Loss): void {
    if (!this.manner.bound) return;
    this.observed.unobserve(this);
    this.failed(sessionEnded(this.observed.uri, cause));
  }

  interrupted(_loss: Loss): void {}

  failed(error: unknown): void {
    this.#sink.error(error);
  }

  ended(cause: unknown): void {
    if (cause === undefined) this.#sink.complete();
    else this.#sink.error(cause);
  }

  unsubscribe(): void {
    this.observed.unobserve(this);
  }
}

/** One who wants to know what becomes of the subscription as well. */
export class SignalObserver extends EventObserver {
  readonly #signals: Sink<TopicSignal>;
  readonly #topics: Topics;
  // The first of those of which it is not yet said what was missed.
  #loss: Loss | undefined;
  #isLost = false;
  #last: Id | undefined;

  constructor(observed: Observed, sink: Sink<TopicSignal>, manner: Manner, topics: Topics) {
    super(observed, new AsSignals(sink), manner);
    this.#signals = sink;
    this.#topics = topics;
  }

  override event(event: TopicEvent): void {
    const dropped = event.details[DROPPED];
    if (typeof dropped === 'number' && dropped > 0) this.#tellDropped(dropped);
    // A retained event says nothing of what was published last.
    if (!event.retained) this.#last = event.publication;
    super.event(event);
  }

  override subscribed(subscription: Id): void {
    const isBack = this.#loss !== undefined;
    this.resumed(subscription);
    if (isBack) this.gap('off');
  }

  override waiting(cause: unknown): void {
    this.#signals.next({ kind: 'suspended', cause });
  }

  override suspended(loss: Loss): void {
    if (this.manner.bound) super.suspended(loss);
    else this.interrupted(loss);
  }

  override interrupted(loss: Loss): void {
    const wasLost = this.#isLost;
    this.#isLost = true;
    this.#loss ??= loss;
    if (!wasLost) this.waiting(loss.cause);
  }

  protected resumed(subscription: Id): void {
    this.#isLost = false;
    this.#signals.next({ kind: 'subscribed', session: this.#topics.session ?? 0, subscription });
  }

  /** Says, once for each loss, that nobody knows what was missed. */
  gap(reason: GapReason, recovered = 0, cause?: unknown): void {
    const loss = this.#loss;
    if (loss === undefined) return;
    this.#loss = undefined;
    this.#signals.next({ kind: 'gap', from: this.#last, recovered, reason, duration: this.#topics.scheduler.now() - loss.at, cause: cause ?? loss.cause });
  }

  #tellDropped(count: number): void {
    const cause = new OverflowError(`router dropped ${count} events of ${this.observed.uri}: they came faster than they were read`);
    this.#signals.next({ kind: 'gap', from: this.#last, recovered: 0, reason: 'dropped', duration: 0, cause });
  }

  /** Says, once for each loss, that all that was missed has come. */
  protected restored(count: number): void {
    if (this.#loss === undefined) return;
    this.#loss = undefined;
    this.#signals.next({ kind: 'recovered', count });
  }
}

/** One whose missed events are recovered. What became of them it is told by those it recovers with. */
export class RecoveringObserver extends SignalObserver {
  readonly bounds: RecoverBounds;
  /**
   * `present` sees every event as it comes. `behind` has seen every event up to the loss. `adrift` was lost before it could know of all
   * events since it came.
   */
  standing: 'present' | 'behind' | 'adrift' = 'present';

  constructor(observed: Observed, sink: Sink<TopicSignal>, manner: Manner, topics: Topics, bounds: RecoverBounds) {
    super(observed, sink, manner, topics);
    this.bounds = bounds;
  }

  override subscribed(subscription: Id): void {
    this.resumed(subscription);
  }

  recovered(count: number): void {
    this.restored(count);
  }
}

function sessionEnded(uri: Uri, cause: unknown): TransportLostError {
  return new TransportLostError(`session ended, and with it the subscription of ${uri}`, { cause, operation: { verb: 'subscribe', uri } });
}

/** An event as its observers see it, one for all of them. */
export class ReceivedEvent implements TopicEvent {
  readonly topic: Uri;
  readonly publication: Id;
  readonly params: Dict;
  readonly details: Dict;
  readonly args: List;
  readonly kwargs: Dict;

  constructor(subscribed: Uri, { publication, details, args, kwargs }: Pick<EventMessage, 'publication' | 'details' | 'args' | 'kwargs'>, params: Dict) {
    const topic = details['topic'];
    this.topic = typeof topic === 'string' ? topic : subscribed;
    this.publication = publication;
    this.params = params;
    this.details = details;
    this.args = args ?? NO_ARGS;
    this.kwargs = kwargs ?? NO_KWARGS;
  }

  // Not fields: most events are neither, and each has what it takes to tell.
  get retained(): boolean { return this.details['retained'] === true; }
  get recovered(): boolean { return false; }
}

/** An event that was missed when it was published. */
export class RecoveredEvent extends ReceivedEvent {
  override get recovered(): boolean { return true; }
}
