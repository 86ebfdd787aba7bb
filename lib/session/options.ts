import type { InvocationPolicy } from '../protocol/options.ts';
import type { MatchPolicy } from '../protocol/uri.ts';
import type { Dict, Id, List, Payload, Uri } from '../types.ts';

/** Options of `topic` and `topicStatus`. */
export interface TopicOptions {
  /**
   * How the URI is compared with the topics of publications: the whole of it, its beginning, or with empty components standing for any.
   *
   * @default 'exact', and 'wildcard' for a URI template with holes
   */
  readonly match?: MatchPolicy | undefined;
  /**
   * Milliseconds for which the subscription is kept on the wire after its last observer left, so that one who comes back finds it. 0 or
   * absent keeps it to the end of the current macrotask.
   *
   * @default 0
   */
  readonly grace?: number | undefined;
}

/** One event of a topic (7.1). */
export interface TopicEvent<A extends List = List, K = Dict, P = Dict> extends Payload<A, K> {
  /** The topic it was published to; with patterns not the URI that was subscribed to. */
  readonly topic: Uri;
  /** The same for every receiver of one publication. */
  readonly publication: Id;
  /** The values of the holes, where the URI is a template. */
  readonly params: P;
  /** `EVENT.Details` as they came. */
  readonly details: Dict;
}

/** What `topicStatus` emits: the events, and what becomes of the subscription that brings them. */
export type TopicSignal<A extends List = List, K = Dict, P = Dict> =
  | { readonly kind: 'event'; readonly event: TopicEvent<A, K, P> }
  | SubscribedSignal | SuspendedSignal | GapSignal;

/** The router has the subscription: events published from now on arrive. */
export interface SubscribedSignal {
  readonly kind: 'subscribed';
  /** The session it belongs to. */
  readonly session: Id;
  readonly subscription: Id;
}

/** There is no subscription at the moment, and events are missed. */
export interface SuspendedSignal {
  readonly kind: 'suspended';
  /** Why the session ended; `undefined` where there has been none yet. */
  readonly cause: unknown;
}

/** The subscription is back, and nobody can say what was published in between. Comes behind `subscribed` and before the first event. */
export interface GapSignal {
  readonly kind: 'gap';
  /** The last event seen before the gap, if any was. */
  readonly from: Id | undefined;
  /** Milliseconds from the loss to the new subscription. */
  readonly duration: number;
  /** Why the session ended. */
  readonly cause: unknown;
}

/** Options of `call`. */
export interface CallOptions {
  /**
   * Milliseconds without an answer, from the moment the CALL is written, after which the call errors with TimeoutError and is cancelled.
   * With `progress` each value starts the time anew. The caller keeps this time itself, since routers disagree about whose unit is what.
   *
   * @default the client's `timeouts.call`, or no limit
   */
  readonly timeout?: number | undefined;
  /** Ask for progressive results: each is emitted as it arrives, with `progress: true`. @default false */
  readonly progress?: boolean | undefined;
  /**
   * What unsubscribing does to the procedure that is still running:
   *
   * - `'skip'`: nothing; its result is dropped
   * - `'kill'`: it is interrupted, and the router keeps the call until it has answered
   * - `'killnowait'`: it is interrupted, and the router forgets the call at once
   * - `'none'`: nothing is sent at all
   *
   * @default 'killnowait'
   */
  readonly cancelMode?: 'skip' | 'kill' | 'killnowait' | 'none' | undefined;
  /** Let the callee see who calls. A router may refuse with `wamp.error.option_disallowed.disclose_me`. @default false */
  readonly discloseMe?: boolean | undefined;
}

/** The final result of a call (6.2). */
export interface CallResult<R = unknown, A extends List = readonly [R, ...List], K = Dict> extends Payload<A, K> {
  readonly progress: false;
  /** `RESULT.Details` as they came. */
  readonly details: Dict;
}

/** A progressive result of a call that has not ended. */
export interface CallProgress<G = unknown> extends Payload<readonly [G, ...List]> {
  readonly progress: true;
  /** `RESULT.Details` as they came. */
  readonly details: Dict;
}

/** What `publish` emits. */
export interface Publication {
  /** The id the broker gave; only with `acknowledge`. */
  readonly id: Id | undefined;
}

/** Options of `register`. */
export interface RegisterOptions {
  /** As for topics. @default 'exact', and 'wildcard' for a URI template with holes */
  readonly match?: MatchPolicy | undefined;
  /** How calls are spread where several callees register the procedure; all of them must say the same. @default 'single' */
  readonly invoke?: InvocationPolicy | undefined;
  /**
   * Which value of an Observable or AsyncIterable is the result. `'empty'` sends every value as a progressive result at once and ends
   * with an empty one; `'last'` holds one value back so that the last travels in the result itself. A caller that did not ask for
   * progress gets the last value either way.
   *
   * @default 'empty'
   */
  readonly final?: 'empty' | 'last' | undefined;
  /** What unregistering does to the invocations that are running: let them end, or interrupt them. @default 'drain' */
  readonly onStop?: 'drain' | 'interrupt' | undefined;
}

/** What `register` emits at each registration. */
export interface Registration {
  readonly id: Id;
  readonly uri: Uri;
}

/** One call as a procedure sees it (6.2.2). */
export interface Invocation<A extends List = List, K = Dict, P = Dict> extends Payload<A, K> {
  /** The procedure that was called; with patterns not the URI that was registered. */
  readonly procedure: Uri;
  /** The values of the holes, where the URI is a template. */
  readonly params: P;
  /** `INVOCATION.Details` as they came. */
  readonly details: Dict;
  /** The caller's session, where it is disclosed. */
  readonly caller: Id | undefined;
  /** Whether the caller wants progressive results. */
  readonly progress: boolean;
  /** Aborted when the invocation is interrupted, with {@link cause} as its reason. */
  readonly signal: AbortSignal;
  /** Why the invocation was interrupted; `undefined` while it was not. */
  readonly cause: unknown;
}

/**
 * Answers the calls of a procedure: with a value, a promise, an Observable or an AsyncIterable. A plain iterable is a value: so is a string,
 * so is a list. What an async generator yields are progressive results, and what it returns is the final one. An error that is thrown,
 * rejected or emitted answers with `wamp.error.runtime_error`, an ApplicationError with its own URI and payload.
 */
export type Procedure<A extends List = List, K = Dict, P = Dict> = (invocation: Invocation<A, K, P>) => unknown;

/** A procedure whatever the types of its arguments. */
export type AnyProcedure = (invocation: never) => unknown;

/** An answer of several values, or with keyword arguments. Made by {@link result}. */
export class CallAnswer<A extends List = List, K = Dict> implements Payload<A, K> {
  readonly args: A;
  readonly kwargs: K;

  /** @internal */
  constructor(args: A, kwargs: K) {
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** Answers a call with several values, or with keyword arguments. Any other value, a list too, is one positional result. */
export function result<const A extends List, const K extends Dict = Dict>(args: A, kwargs: K = {} as K): CallAnswer<A, K> {
  return new CallAnswer(args, kwargs);
}

/** Who we are in a session, and what the router said of itself (4.1.2). */
export interface SessionDetails {
  readonly id: Id;
  readonly realm: Uri;
  readonly authid: string | undefined;
  readonly authrole: string | undefined;
  readonly authmethod: string | undefined;
  readonly authprovider: string | undefined;
  readonly authextra: Dict;
  /** The serializer in use, by its WebSocket name. */
  readonly subprotocol: string;
  /** `WELCOME.Details` as they came. */
  readonly welcome: Dict;
}
