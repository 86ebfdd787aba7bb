import type { Unsubscribable } from 'rxjs';
import type { UriTemplate } from '../contract/uri-template.ts';
import { TransportLostError } from '../errors.ts';
import type { EventMessage } from '../protocol/messages.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import { FunctionSink, type Consumer, type Sink } from './direct-observable.ts';
import type { TopicEvent, TopicSignal } from './options.ts';
import { NO_ARGS, NO_KWARGS } from './payload.ts';
import type { Topics } from './subscriber.ts';
import type { TopicKey, TopicKeyObserver } from './topic-key.ts';

/** The loss of a session, remembered until its topics are back. */
export interface Loss {
  readonly at: number;
  readonly cause: unknown;
}

/** How a topic is observed. Shared by those who observe in the same manner. */
export interface Manner {
  readonly template: UriTemplate | undefined;
  /** Milliseconds for which the subscription is to stay when this was the last observer. */
  readonly grace: number;
  /** Whether it ends with the session. */
  readonly bound: boolean;
}

/** One who observes a key. Unsubscribing it takes it off. */
export interface TopicObserver extends TopicKeyObserver, Unsubscribable {
  readonly grace: number;
  event(event: TopicEvent): void;
  /** It came while there is no session. */
  waiting(cause: unknown): void;
  /** The session was lost. */
  suspended(loss: Loss): void;
  /** The subscription was lost, but not the session. */
  interrupted(loss: Loss): void;
  /** There will be no other session. */
  ended(cause: unknown): void;
}

type Key = TopicKey<TopicObserver>;

/** A consumer function, called with each event: observer and subscription in one, since clients hold many. */
export class DirectObserver extends FunctionSink<TopicEvent> implements TopicObserver {
  readonly #key: Key;
  readonly #manner: Manner;

  constructor(key: Key, consume: Consumer<TopicEvent>, manner: Manner) {
    super(consume);
    this.#key = key;
    this.#manner = manner;
  }

  get grace(): number { return this.#manner.grace; }

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
  protected readonly key: Key;
  protected readonly manner: Manner;
  readonly #sink: Sink<TopicEvent>;

  constructor(key: Key, sink: Sink<TopicEvent>, manner: Manner) {
    this.key = key;
    this.manner = manner;
    this.#sink = sink;
  }

  get grace(): number { return this.manner.grace; }

  event(event: TopicEvent): void {
    const { template } = this.manner;
    const params = template?.read(event.topic);
    // Wildcards know nothing of the types of the holes.
    if (template === undefined) this.#sink.next(event);
    else if (params !== undefined) this.#sink.next(new ReceivedEvent(event.topic, event, params));
  }

  subscribed(_subscription: Id): void {}

  waiting(_cause: unknown): void {}

  suspended({ cause }: Loss): void {
    if (!this.manner.bound) return;
    this.key.unobserve(this);
    this.failed(sessionEnded(this.key.uri, cause));
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
    this.key.unobserve(this);
  }
}

/** One who wants to know what becomes of the subscription as well. */
export class SignalObserver extends EventObserver {
  readonly #signals: Sink<TopicSignal>;
  readonly #topics: Topics;
  #loss: Loss | undefined;
  #last: Id | undefined;

  constructor(key: Key, sink: Sink<TopicSignal>, manner: Manner, topics: Topics) {
    super(key, {
      next: (event: TopicEvent) => sink.next({ kind: 'event', event }),
      error: (error: unknown) => sink.error(error),
      complete: () => sink.complete(),
      add: (teardown) => sink.add(teardown),
      get closed() { return sink.closed; },
    }, manner);
    this.#signals = sink;
    this.#topics = topics;
  }

  override event(event: TopicEvent): void {
    this.#last = event.publication;
    super.event(event);
  }

  override subscribed(subscription: Id): void {
    const loss = this.#loss;
    this.#loss = undefined;
    this.#signals.next({ kind: 'subscribed', session: this.#topics.session ?? 0, subscription });
    if (loss !== undefined) this.#signals.next({ kind: 'gap', from: this.#last, duration: this.#topics.scheduler.now() - loss.at, cause: loss.cause });
  }

  override waiting(cause: unknown): void {
    this.#signals.next({ kind: 'suspended', cause });
  }

  override suspended(loss: Loss): void {
    if (this.manner.bound) super.suspended(loss);
    else this.interrupted(loss);
  }

  override interrupted(loss: Loss): void {
    const first = this.#loss === undefined;
    this.#loss ??= loss;
    if (first) this.waiting(loss.cause);
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
}
