import type { SchedulerLike } from 'rxjs';
import type { MaybeLater } from '../auth/authenticator.ts';
import type { RetryOptions } from '../client/reconnect.ts';
import type { ArgsOut, KwargsOut } from '../contract/api-types.ts';
import type { Params } from '../contract/uri-template.ts';
import type { Attempt, ClientTimeouts, Credential } from '../client/options.ts';
import type { AuthenticatingState, ClosedState, ConnectingState, DrainingState, IdleState, WaitingState } from '../client/state.ts';
import type {
  CallOptions as WholeCallOptions, Invocation as WholeInvocation, RegisterOptions as WholeRegisterOptions, SessionDetails, TopicOptions as WholeTopicOptions,
} from '../session/options.ts';
import type { PublishOptions as SentPublishOptions } from '../protocol/options.ts';
import type { Auto, ProcedureOf as WholeProcedureOf } from '../session/verb-types.ts';
import type { Transport } from '../transports/transport.ts';
import type { Dict, List, Uri } from '../types.ts';

/** Credentials of a client, or what is asked for each attempt, so that they are fresh. */
export type AuthOption = Credential | ((attempt: Pick<Attempt, 'attempt' | 'previousError'>) => MaybeLater<Credential>);

/** Options of `createClient`. All times are milliseconds. Those that only the client of `rxwamp` has are a TypeError. */
export interface ClientOptions {
  /** `ws://host:port/path` or `wss://`; of several each attempt takes the next one. Exactly one of `url` and `transport` is given. */
  readonly url?: string | readonly string[] | undefined;
  /** A transport in the place of `url`, which speaks JSON. It is subscribed to once for each attempt. */
  readonly transport?: Transport | undefined;
  readonly realm: Uri;
  /** @default anonymous() */
  readonly auth?: AuthOption | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Dial at the first use, and not before. @default true */
  readonly lazy?: boolean | undefined;
  /** How long after the last use a lazy client leaves. @default 0: at the end of the current macrotask */
  readonly idleClose?: number | undefined;
  /** What calls and publications do while a lost session is being replaced: wait in a queue of at most 1000, or fail with NotJoinedError. @default 'wait' */
  readonly offline?: 'wait' | 'fail' | undefined;
  readonly timeouts?: ClientTimeouts | undefined;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
  /** Source of chance from 0 up to 1; a test passes its own. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** Options of `topic`. */
export type TopicOptions = Pick<WholeTopicOptions, 'match' | 'grace'>;

/** Options of `call`. */
export type CallOptions = Pick<WholeCallOptions, 'timeout' | 'progress' | 'cancelMode' | 'discloseMe' | 'offline'>;

/** Options of a call whose progressive results are not asked for. */
export interface FinalOnly extends CallOptions { readonly progress?: false | undefined }

/** The options of a call whose type arguments were written out: progress needs a type of its own. */
export type OptionsFor<G> = [G] extends [Auto] ? FinalOnly : CallOptions & { readonly progress: true };

/** Options of `publish`. */
export type PublishOptions = Omit<SentPublishOptions, 'attributes' | 'passthru' | 'transparency'>;

/** Options of `register`. */
export type RegisterOptions = Pick<WholeRegisterOptions, 'match' | 'invoke' | 'staleSessionTimeout'>;

/** What a procedure sees of a call: a payload, and where it comes from. */
export type Invocation<A extends List = List, K = Dict, P = Dict> = Pick<WholeInvocation<A, K, P>, 'args' | 'kwargs' | 'procedure' | 'params' | 'details' | 'caller' | 'progress' | 'signal' | 'cause'>;

/** The function that answers the calls of a procedure. */
export type ProcedureOf<T, U extends string, A extends List, K> =
  (invocation: Invocation<ArgsOut<T, 'procedures', U, A>, KwargsOut<T, 'procedures', U, K>, Params<U>>) => ReturnType<WholeProcedureOf<T, U, A, K>>;

/** There is a session. */
export interface JoinedState {
  readonly kind: 'joined';
  readonly details: SessionDetails;
  /** The scheduler's time of WELCOME. */
  readonly since: number;
}

/** Where a client stands. */
export type ClientState = IdleState | ConnectingState | AuthenticatingState | JoinedState | WaitingState | DrainingState | ClosedState;

