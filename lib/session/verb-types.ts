import type { Observable } from 'rxjs';
import type {
  ArgsIn, ArgsOut, InputIn, InputOut, KwargsIn, KwargsOut, ProgressIn, ProgressKwargsIn, ProgressKwargsOut, ProgressOut, ResultIn, ResultKwargsIn, ResultKwargsOut, ResultOut,
} from '../contract/api-types.ts';
import type { Params } from '../contract/uri-template.ts';
import type { Dict, List, PayloadInput } from '../types.ts';
import type { CallStream, CallStreamOptions, StreamedResult } from './call-stream.ts';
import type { CallAnswer, CallOptions, CallProgress, CallResult, Invocation, TopicEvent, TopicSignal } from './options.ts';

/** Stands for a type of progress that was not given: options then need not ask for it. A type parameter in its place leaves that open. */
export interface Auto { readonly '~auto': never }

/** Options of a call that was not asked for progress; a call whose result type alone was given has to have these. */
export interface FinalOnly extends CallOptions { readonly progress?: false | undefined }

/** The options of a call whose type arguments were written out: progress needs a type of its own. */
export type OptionsFor<G> = [G] extends [Auto] ? FinalOnly : CallOptions & { readonly progress: true };

/** What a call emits: progressive results only where they were asked for. */
export type Emission<T, U, R, G, O> = [G] extends [Auto]
  ? O extends { readonly progress: true } ? CallProgress<ProgressOut<T, U>, ProgressKwargsOut<T, U>> | Final<T, U, R> : Final<T, U, R>
  : CallProgress<G, ProgressKwargsOut<T, U>> | Final<T, U, R>;
type Final<T, U, R> = CallResult<ResultOut<T, U, R>, readonly [ResultOut<T, U, R>, ...List], ResultKwargsOut<T, U>>;

/** The events of a topic: as the type arguments say, else as the contract says. */
export type EventOf<T, U extends string, A extends List, K> = TopicEvent<ArgsOut<T, 'topics', U, A>, KwargsOut<T, 'topics', U, K>, Params<U>>;

/** The same with what becomes of the subscription. */
export type SignalOf<T, U extends string, A extends List, K> = TopicSignal<ArgsOut<T, 'topics', U, A>, KwargsOut<T, 'topics', U, K>, Params<U>>;

/** A topic to publish to as well. */
export type SubjectOf<T, U extends string, A extends List, K> =
  TopicSubject<ArgsOut<T, 'topics', U, A>, KwargsOut<T, 'topics', U, K>, Params<U>, ArgsIn<T, 'topics', U, A>, KwargsIn<T, 'topics', U, K>>;

/** A stream: of what the type arguments name, else of what the contract says. */
export type StreamOf<T, U, G, R> = CallStream<ProgressOut<T, U, G>, ResultOut<T, U, R>, ProgressKwargsOut<T, U>, ResultKwargsOut<T, U>>;
/** What `callStream` takes of options. */
export type StreamOptionsOf<T, U, G, R> = CallStreamOptions<StreamedResult<ProgressOut<T, U, G>, ResultOut<T, U, R>, ProgressKwargsOut<T, U>, ResultKwargsOut<T, U>>>;

/** One answer: its value alone, where it needs no keyword arguments, or what `result` makes. */
type Said<R, K> = ({} extends K ? R : never) | CallAnswer<unknown extends R ? List : readonly [R, ...List] | (undefined extends R ? readonly [] : never), K>;

/** What a procedure may answer with: of an async generator what it yields is progress, and what it returns the result. */
export type Answer<R, G = R> = R | PromiseLike<R> | Observable<R | G> | AsyncGenerator<G, R, void> | AsyncIterable<R | G, R | void>;

/** The function that answers the calls of a procedure. */
export type ProcedureOf<T, U extends string, A extends List, K> =
  (invocation: Invocation<ArgsOut<T, 'procedures', U, A>, KwargsOut<T, 'procedures', U, K>, Params<U>, InputOut<T, U>, T>) => Answer<Said<ResultIn<T, U>, ResultKwargsIn<T, U>>, Said<ProgressIn<T, U>, ProgressKwargsIn<T, U>>>;

/** The payload and the options behind a URI. The payload may be left out where nothing in it is required. */
type Rest<A extends List, K, More, O> =
  [] extends A ? {} extends K ? [payload?: PayloadInput<A, K> | More, options?: O] : [payload: PayloadInput<A, K> | More, options?: O] : [payload: PayloadInput<A, K> | More, options?: O];

/** What `call` takes behind the URI: a payload, or an input of payloads. */
export type CallRest<T, U, O> = Rest<
  ArgsIn<T, 'procedures', U>, KwargsIn<T, 'procedures', U>,
  Observable<PayloadInput<InputIn<T, U>>>, O | undefined
>;

/** What `callStream` takes behind the URI. */
export type StreamRest<T, U, O> = Rest<ArgsIn<T, 'procedures', U>, KwargsIn<T, 'procedures', U>, never, O | undefined>;

/** What `publish` takes behind the URI. */
export type PublishRest<T, U, A extends List, O> = Rest<ArgsIn<T, 'topics', U, A>, KwargsIn<T, 'topics', U>, never, O | undefined>;

/**
 * A topic as one thing that is published to and subscribed to. `next` publishes now and tells nobody how it went, failures go to the
 * unhandled errors of its session or client; to subscribe is `topic(uri)`.
 */
export interface TopicSubject<A extends List = List, K = Dict, P = Dict, AI extends List = A, KI = K> extends Observable<TopicEvent<A, K, P>> {
  next(payload: PayloadInput<AI, KI>): void;
}
