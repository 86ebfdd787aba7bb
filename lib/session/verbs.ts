import { Observable, defer } from 'rxjs';
import type { AnyUri, KnownUri, NamedOf, NamedUri, NoApi, Of } from '../contract/api-types.ts';
import type { Checks } from '../contract/checks.ts';
import type { Dict, List, PayloadInput } from '../types.ts';
import { readRegister, type RegisterRequest } from './callee.ts';
import { CallStream, readCallStream } from './call-stream.ts';
import { readCall, type CallRequest } from './caller.ts';
import type { ErrorMapping } from './error-mapping.ts';
import { DirectObservable, type Consumer, type FunctionSink, type Sink } from './direct-observable.ts';
import type {
  AnyProcedure, CallOptions, CallProgress, CallResult, Publication, PublishOptions, RegisterOptions, Registration, TopicEvent, TopicOptions, TopicSignal,
} from './options.ts';
import type {
  Auto, CallRest, Emission, EventOf, OptionsFor, ProcedureOf, PublishRest, SignalOf, StreamOf, StreamOptionsOf, StreamRest, SubjectOf,
} from './verb-types.ts';
import { readPublish, type PublishRequest } from './publisher.ts';
import { readTopic, type ReadEvents, type TopicRequest } from './topic-request.ts';

/**
 * The verbs of WAMP, spoken by a Session and by a Client alike.
 *
 * Every method that returns an Observable is cold: nothing is sent before it is subscribed to, and unsubscribing undoes on the wire what
 * subscribing did. A URI, payload or option that cannot be right is an error at the call of the method.
 *
 * `T` is what its contract says (`defineApi`): the URIs that are in it have types of their own, any other has those of the type arguments. A `Peer`
 * without one is whatever speaks the verbs.
 */
export interface Peer<T = any> extends Pick<Verbs<T>, 'topic' | 'topicStatus' | 'call' | 'callStream' | 'register' | 'publish' | 'subject' | 'serve'> {}

/** Something to be served by a Session or a Client: `client.serve(service)`. */
export interface Service {
  /** Gives what does it for as long as it is subscribed to. */
  attach(peer: Verbs): Observable<readonly Registration[]>;
}

/**
 * The verbs as a Session and a Client have them in common: what the user passes is read at the call, and acted on at each subscription.
 */
export abstract class Verbs<T = any> {
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
   *
   * What is published while a Client has no session is missed, unless `recover` gets it from the router's history:
   *
   * ```ts
   * client.topic('com.shop.price', { recover: 'history', onGap: 'error' }).pipe(retry());
   * ```
   */
  topic<A extends List = List, K = Dict, const U extends KnownUri<T, 'topics'> | AnyUri = AnyUri>(
    uri: U & Of<T, 'topics', U>, options?: TopicOptions,
  ): Observable<EventOf<T, U, A, K>> {
    const request = readTopic(uri, options, this.#readerOf(uri));
    return new DirectObservable<EventOf<T, U, A, K>>(
      (sink) => this.startTopic(request, sink as Sink<never>, 'events'),
      (consume) => (request.template === undefined && request.care === undefined && request.read === undefined ? this.startDirectTopic(request, consume as Consumer<unknown>) : undefined),
    );
  }

  /**
   * The same stream with what becomes of it: `subscribed` when events begin to arrive, `suspended` when the session is lost, and after it
   * came back `subscribed` and, before the first live event, either `gap`, or with `recover` what was missed and `recovered`.
   *
   * ```
   * published                ---a-b----c--d----e
   * connection               o------x       o---
   * client.topicStatus(uri)  s--a-b-u-------(sg)e      s subscribed, u suspended, g gap, a b c d e events
   * recover: 'history'       s--a-b-u-------(scdr)e    r recovered
   * ```
   */
  topicStatus<A extends List = List, K = Dict, const U extends KnownUri<T, 'topics'> | AnyUri = AnyUri>(
    uri: U & Of<T, 'topics', U>, options?: TopicOptions,
  ): Observable<SignalOf<T, U, A, K>> {
    const request = readTopic(uri, options, this.#readerOf(uri));
    return new DirectObservable<SignalOf<T, U, A, K>>((sink) => this.startTopic(request, sink as Sink<never>, 'signals'));
  }

  /**
   * Calls a procedure: one CALL for each subscriber. Emits the result and completes; with `progress: true` each progressive result before
   * it, and then an empty final result is left out. Unsubscribing sends CANCEL. Errors with ApplicationError (the callee's or the
   * router's word), TimeoutError, the reason of `signal`, or TransportLostError when the session ends first; `effect` says whether it may have run.
   *
   * ```
   * call('com.print', [], { progress: true })   --p--p--(r|)
   * ```
   *
   * With an Observable in the place of the payload the call goes both ways ("Progressive Call Invocations"): a CALL without a payload opens it, then
   * the Observable is subscribed to, each of its values is a CALL more, and its end an empty last one. Where it errors the call is cancelled, and
   * errors with that error. When the call ends it is unsubscribed from. What was sent is not sent again: a call that was lost is over.
   * Errors with FeatureNotSupportedError where the router does not announce progressive_call_invocations, before anything is sent.
   *
   * ```
   * input$              a--b-----|
   * sent                Oa-b-----E       O opens, E ends
   * call(uri, input$)   --x--y----(r|)
   * ```
   *
   * Type arguments are `call<Result>` and `call<Result, Progress>`; the second one asks for `progress: true`. In a generic function it cannot be a type parameter,
   * which may or may not have been given: `callStream<Progress, Result>` can take one, and without `credit` is such a call.
   */
  call<R = unknown, G = Auto, const U extends NamedUri<T, 'procedures'> | AnyUri = AnyUri, const O extends CallOptions = OptionsFor<G>>(
    uri: U & NamedOf<T, 'procedures', U>, ...[payload, options]: CallRest<T, U, O>
  ): Observable<Emission<T, U, NoInfer<R>, NoInfer<G>, O>> {
    const request = readCall(uri, payload as PayloadInput | Observable<PayloadInput> | undefined, options, this.checks);
    return new DirectObservable<Emission<T, U, R, G, O>>((sink) => this.startCall(request, sink as Sink<never>));
  }

  /**
   * Calls a procedure for a stream of results that is no faster than its consumer: with `credit: 32` there are never more than 32 values on their way
   * or waiting here, whatever the procedure has. Emits each progressive result, and the final one unless it is empty; `details.flow` says whether
   * the callee keeps to the credit. Otherwise as `call`, with its options; the time of `timeout` does not run while the callee has no credit left.
   *
   * ```
   * callee               abcd----ef--|
   * process (5 frames)   -----a----b----c----d …
   * on the wire          C       M       M           C credit: 4, M two more
   * ```
   *
   * A procedure that answers with an AsyncIterable is paused while there is no credit; of an Observable, which cannot be, what comes waits at the
   * callee, within `output` of its registration. `process` says what has to be done before a value counts as processed; so does asking for the next one,
   * where the stream is read as an AsyncIterable.
   *
   * ```ts
   * client.callStream<Row>('com.db.rows', [], { credit: 32, process: ({ args: [row] }) => save(row) }).subscribe();
   * ```
   *
   * Credit is an agreement between two ends of this library, in the keyword arguments `_credit` and `_more`, which takes progressive call invocations
   * of the router. Who announces no such thing is called as ever, once more where that is learnt from `feature_not_supported`; then
   * `details.flow` is `'none'`, and what waits is bounded by `limit` and `overflow`. A procedure that several callees share of which some do
   * not know it is not safe to be called so: those are handed the two keys.
   */
  callStream<G = unknown, R = unknown, const U extends NamedUri<T, 'procedures'> | AnyUri = AnyUri>(
    uri: U & NamedOf<T, 'procedures', U>, ...[payload, options]: StreamRest<T, U, StreamOptionsOf<T, U, NoInfer<G>, NoInfer<R>>>
  ): StreamOf<T, U, NoInfer<G>, NoInfer<R>> {
    return new CallStream(this, readCallStream(uri, payload as PayloadInput | undefined, options, this.checks));
  }

  /**
   * Registers a procedure for as long as it is subscribed to: sends REGISTER, emits when it is registered, and unsubscribing sends
   * UNREGISTER. On a Client it registers anew in every session and emits each time; on a Session it errors when the session ends.
   */
  register<A extends List = List, K = Dict, const U extends KnownUri<T, 'procedures'> | AnyUri = AnyUri>(
    uri: U & Of<T, 'procedures', U>, procedure: ProcedureOf<T, U, A, K>, options?: RegisterOptions,
  ): Observable<Registration> {
    const request = readRegister(uri, procedure as AnyProcedure, options, this.checks);
    return new DirectObservable((sink) => this.startRegister(request, sink));
  }

  /**
   * Publishes an event, once for each subscriber. Emits once and completes when the PUBLISH is written, or with `acknowledge` when the
   * broker has taken it. What was written cannot be undone.
   *
   * ```
   * publish('com.x', [1])                          (p|)
   * publish('com.x', [1], { acknowledge: true })   --(p|)
   * ```
   */
  publish<A extends List = List, const U extends NamedUri<T, 'topics'> | AnyUri = AnyUri>(
    uri: U & NamedOf<T, 'topics', U>, ...[payload, options]: PublishRest<T, U, NoInfer<A>, PublishOptions>
  ): Observable<Publication> {
    const request = readPublish(uri, payload as PayloadInput | undefined, options, this.checks);
    return new DirectObservable((sink) => this.startPublish(request, sink));
  }

  /** A topic as something to publish to as well: see `TopicSubject`. */
  subject<A extends List = List, K = Dict, const U extends NamedUri<T, 'topics'> | AnyUri = AnyUri>(
    uri: U & NamedOf<T, 'topics', U>, options?: TopicOptions & PublishOptions,
  ): SubjectOf<T, U, A, K> {
    const topic: string = uri;
    const events: Observable<TopicEvent> = (this as Verbs<NoApi>).topic(topic, options);
    const subject = Object.assign(new Observable<TopicEvent>((subscriber) => events.subscribe(subscriber)), {
      next: (payload: PayloadInput) => {
        (this as Verbs<NoApi>).publish(topic, payload, options).subscribe({ error: (error: unknown) => this.report(error) });
      },
    });
    return subject as Observable<unknown> as SubjectOf<T, U, A, K>;
  }

  /**
   * Serves what a service has to offer for as long as it is subscribed to: a `Registry`, with its procedures, subscribers and errors. Emits the
   * registrations when all are made: on a Client in each session, on a Session once. Errors where one of them does, and undoes the others.
   *
   * ```ts
   * client.serve(new Registry({ prefix: 'com.calc' }).includeObject(new Calculator())).subscribe();
   * ```
   */
  serve(service: Service): Observable<readonly Registration[]> {
    return defer(() => service.attach(this));
  }

  #readerOf(uri: string): ReadEvents | undefined {
    const checks = this.checks?.topic(uri);
    return checks && ((sink, kind) => checks[kind](sink, (error) => this.report(error)));
  }

  /** What its contract has to say. @internal */
  abstract readonly checks: Checks | undefined;
  /** What ERRORs become, and what procedures throw. @internal */
  abstract readonly errors: ErrorMapping;
  /** @internal */
  abstract startTopic(request: TopicRequest, sink: Sink<TopicEvent> | Sink<TopicSignal>, kind: 'events' | 'signals'): void;
  /** As {@link startTopic} for the events of a topic without a template; `undefined` where there can be none. @internal */
  abstract startDirectTopic(request: TopicRequest, consume: Consumer<TopicEvent>): FunctionSink<never> | undefined;
  /** @internal */
  abstract startCall(request: CallRequest, sink: Sink<CallResult | CallProgress>): void;
  /** @internal */
  abstract startRegister(request: RegisterRequest, sink: Sink<Registration>): void;
  /** @internal */
  abstract startPublish(request: PublishRequest, sink: Sink<Publication>): void;
  /** Something that handles events has begun to work (1), or has done so (-1): whoever drains waits for it. @internal */
  abstract handling(change: 1 | -1): void;
  /** A failure that has no subscriber. @internal */
  abstract report(error: unknown): void;
}
