import { Observable } from 'rxjs';
import type { Params } from '../contract/uri-template.ts';
import type { Dict, List, PayloadInput, Uri } from '../types.ts';
import { readRegister, type RegisterRequest } from './callee.ts';
import { readCall, type CallRequest } from './caller.ts';
import { DirectObservable, type Consumer, type FunctionSink, type Sink } from './direct-observable.ts';
import type {
  CallOptions, CallProgress, CallResult, Procedure, Publication, PublishOptions, RegisterOptions, Registration, TopicEvent, TopicOptions, TopicSignal,
} from './options.ts';
import type { Auto, Emission, OptionsFor, Peer, TopicSubject } from './peer.ts';
import { readPublish, type PublishRequest } from './publisher.ts';
import { readTopic, type TopicRequest } from './subscriber.ts';

/**
 * The verbs as a Session and a Client have them in common: what the user passes is read at the call, and acted on at each subscription.
 */
export abstract class Verbs implements Peer {
  topic<A extends List = List, K = Dict, const U extends string = string>(uri: U, options?: TopicOptions): Observable<TopicEvent<A, K, Params<U>>> {
    const request = readTopic(uri, options);
    return new DirectObservable<TopicEvent<A, K, Params<U>>>(
      (sink) => this.startTopic(request, sink as Sink<never>, 'events'),
      (consume) => (request.template === undefined ? this.startDirectTopic(request, consume as Consumer<unknown>) : undefined),
    );
  }

  topicStatus<A extends List = List, K = Dict, const U extends string = string>(uri: U, options?: TopicOptions): Observable<TopicSignal<A, K, Params<U>>> {
    const request = readTopic(uri, options);
    return new DirectObservable<TopicSignal<A, K, Params<U>>>((sink) => this.startTopic(request, sink as Sink<never>, 'signals'));
  }

  call<R = Auto, G = Auto, const O extends CallOptions = OptionsFor<G>>(
    uri: Uri, payload?: PayloadInput, options?: O,
  ): Observable<Emission<R, G, O>> {
    const request = readCall(uri, payload, options);
    return new DirectObservable<Emission<R, G, O>>((sink) => this.startCall(request, sink as Sink<never>));
  }

  register<A extends List = List, K = Dict, const U extends string = string>(
    uri: U, procedure: Procedure<A, K, Params<U>>, options?: RegisterOptions,
  ): Observable<Registration> {
    const request = readRegister(uri, procedure, options);
    return new DirectObservable((sink) => this.startRegister(request, sink));
  }

  publish(uri: Uri, payload?: PayloadInput, options?: PublishOptions): Observable<Publication> {
    const request = readPublish(uri, payload, options);
    return new DirectObservable((sink) => this.startPublish(request, sink));
  }

  subject<A extends List = List, K = Dict, const U extends string = string>(uri: U, options?: TopicOptions & PublishOptions): TopicSubject<A, K, Params<U>> {
    const events = this.topic<A, K, U>(uri, options);
    return Object.assign(new Observable<TopicEvent<A, K, Params<U>>>((subscriber) => events.subscribe(subscriber)), {
      next: (payload: PayloadInput<A, K>) => {
        this.publish(uri, payload as PayloadInput, options).subscribe({ error: (error: unknown) => this.report(error) });
      },
    });
  }

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
  /** A failure that has no subscriber. @internal */
  abstract report(error: unknown): void;
}
