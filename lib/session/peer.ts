import type { Observable } from 'rxjs';
import type { Params } from '../contract/uri-template.ts';
import type { Dict, List, PayloadInput, Uri } from '../types.ts';
import type {
  CallOptions, CallProgress, CallResult, Procedure, Publication, PublishOptions, RegisterOptions, Registration, TopicEvent, TopicOptions, TopicSignal,
} from './options.ts';

/** Stands for a type argument that was not given. */
export interface Auto { readonly '~auto': never }

/** Options of a call that was not asked for progress; a call whose result type alone was given has to have these. */
export interface FinalOnly extends CallOptions { readonly progress?: false | undefined }

type Or<Given, Otherwise> = [Given] extends [Auto] ? Otherwise : Given;
/** The options of a call whose type arguments were written out: progress needs a type of its own. */
export type OptionsFor<G> = [G] extends [Auto] ? FinalOnly : CallOptions & { readonly progress: true };

/** What a call emits: progressive results only where they were asked for. */
export type Emission<R, G, O> = [G] extends [Auto]
  ? O extends { readonly progress: true } ? CallProgress | CallResult<Or<R, unknown>> : CallResult<Or<R, unknown>>
  : CallProgress<G> | CallResult<Or<R, unknown>>;

/**
 * A topic as one thing that is published to and subscribed to. `next` publishes now and tells nobody how it went, failures go to the
 * unhandled errors of its session or client; to subscribe is `topic(uri)`.
 */
export interface TopicSubject<A extends List = List, K = Dict, P = Dict> extends Observable<TopicEvent<A, K, P>> {
  next(payload: PayloadInput<A, K>): void;
}

/**
 * The verbs of WAMP, spoken by a Session and by a Client alike.
 *
 * Every method that returns an Observable is cold: nothing is sent before it is subscribed to, and unsubscribing undoes on the wire what
 * subscribing did. A URI, payload or option that cannot be right is an error at the call of the method.
 */
export interface Peer {
  /**
   * The events of a topic. The first observer of a (uri, match) sends SUBSCRIBE, the last one to leave UNSUBSCRIBE; those in between
   * share the subscription. It does not complete while its session lives. On a Session it errors when the session ends; on a Client it
   * goes on with the next one. Errors with ApplicationError where the router refuses, SubscriptionRevokedError where it takes it away.
   *
   * ```
   * events on the wire      a---b---c
   * client.topic('com.x')   a---b---c
   * ```
   *
   * A template such as `com.shop.product.<product:int>.price` subscribes to the wildcard and reads the holes into `event.params`; an event
   * whose topic does not fit them is left out.
   */
  topic<A extends List = List, K = Dict, const U extends string = string>(uri: U, options?: TopicOptions): Observable<TopicEvent<A, K, Params<U>>>;

  /**
   * The same stream with what becomes of it: `subscribed` when events begin to arrive, `suspended` when the session is lost, and after it
   * came back `subscribed` and `gap`, before the first event.
   *
   * ```
   * connection               o------x       o----
   * client.topicStatus(uri)  s--a-b-u-------(sg)-c    s subscribed, u suspended, g gap, a b c events
   * ```
   */
  topicStatus<A extends List = List, K = Dict, const U extends string = string>(uri: U, options?: TopicOptions): Observable<TopicSignal<A, K, Params<U>>>;

  /**
   * Calls a procedure: one CALL for each subscriber. Emits the result and completes; with `progress: true` each progressive result before
   * it, and then an empty final result is left out. Unsubscribing sends CANCEL. Errors with ApplicationError (the callee's or the
   * router's word), TimeoutError, or TransportLostError when the session ends first; `effect` says whether it may have run.
   *
   * ```
   * call('com.print', [], { progress: true })   --p--p--(r|)
   * ```
   */
  call<R = Auto, G = Auto, const O extends CallOptions = OptionsFor<G>>(
    uri: Uri, payload?: PayloadInput, options?: O,
  ): Observable<Emission<R, G, O>>;

  /**
   * Registers a procedure for as long as it is subscribed to: sends REGISTER, emits when it is registered, and unsubscribing sends
   * UNREGISTER. On a Client it registers anew in every session and emits each time; on a Session it errors when the session ends.
   */
  register<A extends List = List, K = Dict, const U extends string = string>(
    uri: U, procedure: Procedure<A, K, Params<U>>, options?: RegisterOptions,
  ): Observable<Registration>;

  /**
   * Publishes an event, once for each subscriber. Emits once and completes when the PUBLISH is written, or with `acknowledge` when the
   * broker has taken it. What was written cannot be undone.
   *
   * ```
   * publish('com.x', [1])                          (p|)
   * publish('com.x', [1], { acknowledge: true })   --(p|)
   * ```
   */
  publish(uri: Uri, payload?: PayloadInput, options?: PublishOptions): Observable<Publication>;

  /** A topic as something to publish to as well: see {@link TopicSubject}. */
  subject<A extends List = List, K = Dict, const U extends string = string>(
    uri: U, options?: TopicOptions & PublishOptions,
  ): TopicSubject<A, K, Params<U>>;
}
