import type { Observable } from 'rxjs';
import type { Dict, List, PayloadInput } from '../types.ts';
import type { CallOptions, CallProgress, CallResult, TopicEvent } from './options.ts';

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
