import type { Dict, Id, List, Payload, Uri } from './types.ts';

/** The kind of a {@link WampError}, fit for a `switch`. Stable across releases and minifiers, unlike the message. */
export type WampErrorCode =
  | 'application' | 'protocol' | 'serialization' | 'invalid-uri' | 'feature-not-supported'
  | 'connect-failed' | 'transport-lost' | 'heartbeat-lost' | 'not-joined' | 'aborted' | 'goodbye' | 'authentication'
  | 'encryption' | 'type-check' | 'registry' | 'publication' | 'queue-full' | 'overflow' | 'subscription-revoked' | 'registration-revoked' | 'timeout' | 'draining' | 'gap';

/**
 * Whether the request that failed can have had an effect at the other end: `'none'` means that it was never acted on and may be
 * sent again without thought, `'unknown'` that it may have been.
 */
export type Effect = 'none' | 'unknown';

/** What was being done when an error came up. */
export interface Operation {
  readonly verb: 'call' | 'publish' | 'subscribe' | 'unsubscribe' | 'register' | 'unregister';
  readonly uri: Uri;
  /** Request id, where one was given out. */
  readonly request?: Id | undefined;
}

/** Options of every {@link WampError}. */
export interface WampErrorOptions {
  readonly cause?: unknown;
  /** Errors that say that nothing was sent are always `'none'`. @default 'unknown' */
  readonly effect?: Effect | undefined;
  readonly operation?: Operation | undefined;
}

/** What every error of this library is; `error instanceof WampError` tells ours from yours. */
export abstract class WampError extends Error {
  abstract readonly code: WampErrorCode;
  readonly effect: Effect;
  readonly operation: Operation | undefined;

  constructor(message: string, { cause, effect = 'unknown', operation }: WampErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.effect = effect;
    this.operation = operation;
  }
}

/** One of the two peers broke the protocol. The session that saw it is over. */
export class ProtocolError extends WampError {
  override readonly name = 'ProtocolError';
  readonly code = 'protocol';
}

/** A value cannot be written by the serializer, or a frame cannot be read by it. Before a write nothing was sent. */
export class SerializationError extends WampError {
  override readonly name = 'SerializationError';
  readonly code = 'serialization';
  override readonly effect = 'none';
}

/** A URI breaks the rules of the specification (2.1.1). Nothing was sent. */
export class InvalidUriError extends WampError {
  override readonly name = 'InvalidUriError';
  readonly code = 'invalid-uri';
  override readonly effect = 'none';
}

/** The peer did not announce a feature that the request needs. Nothing was sent. */
export class FeatureNotSupportedError extends WampError {
  override readonly name = 'FeatureNotSupportedError';
  readonly code = 'feature-not-supported';
  override readonly effect = 'none';
}

/** No connection could be opened. Worth another try. */
export class ConnectFailedError extends WampError {
  override readonly name = 'ConnectFailedError';
  readonly code = 'connect-failed';
  override readonly effect = 'none';
}

/** The connection went away without a goodbye. Worth another try. */
export class TransportLostError extends WampError {
  override readonly name: string = 'TransportLostError';
  readonly code: 'transport-lost' | 'heartbeat-lost' = 'transport-lost';
  /** Whether the request that fails with this error had been written. */
  readonly sent: boolean;

  constructor(message: string, options: WampErrorOptions & { readonly sent?: boolean | undefined } = {}) {
    const { sent = false, effect = sent ? 'unknown' : 'none' } = options;
    super(message, { ...options, effect });
    this.sent = sent;
  }
}

/** The peer answered no ping: the connection is taken for lost although nobody closed it. */
export class HeartbeatLostError extends TransportLostError {
  override readonly name = 'HeartbeatLostError';
  override readonly code = 'heartbeat-lost';
}

/** There is no joined session, and the request was told not to wait for one. Nothing was sent. */
export class NotJoinedError extends WampError {
  override readonly name = 'NotJoinedError';
  readonly code = 'not-joined';
  override readonly effect = 'none';
}

/** The peer refused or ended the session with ABORT (4.1.3). */
export class AbortError extends WampError {
  override readonly name = 'AbortError';
  readonly code = 'aborted';
  /** The URI the peer gave. */
  readonly reason: Uri;
  readonly details: Dict;

  constructor(reason: Uri, details: Dict = {}, options?: WampErrorOptions) {
    super(withMessage(`session aborted with ${reason}`, details), options);
    this.reason = reason;
    this.details = details;
  }
}

/** The router ended the session with GOODBYE (4.2). */
export class GoodbyeError extends WampError {
  override readonly name = 'GoodbyeError';
  readonly code = 'goodbye';
  /** The URI the peer gave. */
  readonly reason: Uri;
  readonly details: Dict;

  constructor(reason: Uri, details: Dict = {}, options?: WampErrorOptions) {
    super(withMessage(`session closed with ${reason}`, details), options);
    this.reason = reason;
    this.details = details;
  }
}

/**
 * We could not answer the router's challenge, or do not believe its WELCOME. Thrown where credentials are asked for, `terminal` stops the
 * client: there will be no others.
 */
export class AuthenticationError extends WampError {
  override readonly name = 'AuthenticationError';
  readonly code = 'authentication';
  override readonly effect = 'none';
  /** Whether no further attempt is worth it. */
  readonly terminal: boolean;

  constructor(message: string, options: WampErrorOptions & { readonly terminal?: boolean | undefined } = {}) {
    super(message, options);
    this.terminal = options.terminal ?? false;
  }
}

/**
 * Why a payload could not be encoded, or read:
 *
 * - `'missing-key'`: there is no key for it, or not the one that it names
 * - `'not-authentic'`: it was sealed with another key, or changed on its way; nobody can tell which
 * - `'misdirected'`: it is authentic, and was meant for another URI, or for the other direction
 * - `'malformed'`: it is not laid out as it has to be
 * - `'unsupported'`: it is in a cipher or a serializer that is not known here
 * - `'not-encrypted'`: it came plain where it must not
 */
export type EncryptionFailure = 'missing-key' | 'not-authentic' | 'misdirected' | 'malformed' | 'unsupported' | 'not-encrypted';

/** A payload could not be encoded, so that nothing was sent; or one that arrived could not be read, so that nothing of it is handed on. */
export class EncryptionError extends WampError {
  override readonly name = 'EncryptionError';
  readonly code = 'encryption';
  readonly reason: EncryptionFailure;

  constructor(message: string, options: WampErrorOptions & { readonly reason: EncryptionFailure }) {
    super(message, options);
    this.reason = options.reason;
  }
}

/** One thing that a schema has to say against a value. */
export interface TypeCheckIssue {
  readonly message: string;
  /** Where in the payload: `['args', 0, 'price']`. */
  readonly path: readonly (string | number)[];
}

/**
 * A payload is not what the contract says of it (`defineApi`). One that was to be sent was not; one that arrived is not handed on, and a procedure
 * whose result this is has been run all the same.
 */
export class TypeCheckError extends WampError {
  override readonly name = 'TypeCheckError';
  readonly code = 'type-check';
  /** What is wrong with it; no more than 20. */
  readonly issues: readonly TypeCheckIssue[];

  constructor(message: string, options: WampErrorOptions & { readonly issues: readonly TypeCheckIssue[] }) {
    super(message, options);
    this.issues = options.issues;
  }
}

/** A Registry cannot be built: two of its entries are for the same URI, or one of them makes no sense. */
export class RegistryError extends WampError {
  override readonly name = 'RegistryError';
  readonly code = 'registry';
  override readonly effect = 'none';
}

/** The queue of requests that wait for a session is full. Nothing was sent. */
export class QueueFullError extends WampError {
  override readonly name = 'QueueFullError';
  readonly code = 'queue-full';
  override readonly effect = 'none';
}

/** A bounded buffer is full and its rule is to fail. */
export class OverflowError extends WampError {
  override readonly name = 'OverflowError';
  readonly code = 'overflow';
}

/** One of the values that `publishTo` was given could not be published: `cause` says why, `effect` whether it may have been all the same. */
export class PublicationError extends WampError {
  override readonly name = 'PublicationError';
  readonly code = 'publication';
  /** Which one: 0 is the first value of the source. */
  readonly index: number;
  /** Whether its PUBLISH was written. */
  readonly sent: boolean;

  constructor(message: string, options: WampErrorOptions & { readonly index: number; readonly sent: boolean }) {
    const { index, sent, effect = sent ? 'unknown' : 'none' } = options;
    super(message, { ...options, effect });
    this.index = index;
    this.sent = sent;
  }
}

/** The router took a subscription away (UNSUBSCRIBED with request 0). It is not asked for again by itself. */
export class SubscriptionRevokedError extends WampError {
  override readonly name = 'SubscriptionRevokedError';
  readonly code = 'subscription-revoked';
  /** The URI the router gave, where it gave one. */
  readonly reason: Uri | undefined;

  constructor(topic: Uri, reason?: Uri, options?: WampErrorOptions) {
    super(`subscription of ${topic} was revoked by the router${reason === undefined ? '' : `: ${reason}`}`, options);
    this.reason = reason;
  }
}

/** The router took a registration away (UNREGISTERED with request 0). It is not asked for again by itself. */
export class RegistrationRevokedError extends WampError {
  override readonly name = 'RegistrationRevokedError';
  readonly code = 'registration-revoked';
  /** The URI the router gave, where it gave one. */
  readonly reason: Uri | undefined;

  constructor(procedure: Uri, reason?: Uri, options?: WampErrorOptions) {
    super(`registration of ${procedure} was revoked by the router${reason === undefined ? '' : `: ${reason}`}`, options);
    this.reason = reason;
  }
}

/** Something is missing from a stream that was to be without gaps. */
export class GapError extends WampError {
  override readonly name = 'GapError';
  readonly code = 'gap';
  /** The last that was seen in front of the gap, where there was any: of events the publication. */
  readonly from: number | undefined;
  /** The first behind it, where it is known. */
  readonly to: number | undefined;
  /** Why it could not be closed. */
  readonly reason: string | undefined;

  constructor(message: string, { from, to, reason, ...options }: WampErrorOptions & Partial<Pick<GapError, 'from' | 'to' | 'reason'>> = {}) {
    super(message, options);
    this.from = from;
    this.to = to;
    this.reason = reason;
  }
}

/** The time that an option gave is over; or the router's, where it answered a request with `wamp.error.timeout`, which then is the `cause`. */
export class TimeoutError extends WampError {
  override readonly name = 'TimeoutError';
  readonly code = 'timeout';
}

/** The client is leaving and takes no new requests. Nothing was sent. */
export class DrainingError extends WampError {
  override readonly name = 'DrainingError';
  readonly code = 'draining';
  override readonly effect = 'none';
}

/**
 * A peer answered with a WAMP `ERROR`: a procedure failed, or the router refused a request. Throw one in a procedure to answer with it.
 *
 * A subclass that is named in the option `errors` is what callers get; it has `code`, `uri`, `effect` and `operation` as this one, and
 * {@link isApplicationError} tells it too.
 *
 * ```ts
 * client.call('com.shop.order', [42]).pipe(
 *   catchError((error) => isApplicationError(error, 'com.shop.sold_out') ? of(null) : throwError(() => error)),
 * );
 * ```
 */
export class ApplicationError<A extends List = List, K = Dict> extends WampError implements Payload<A, K> {
  override readonly name: string = 'ApplicationError';
  readonly code = 'application';
  readonly uri: Uri;
  readonly args: A;
  readonly kwargs: K;
  readonly details: Dict;

  constructor(uri: Uri, payload: Partial<Payload<A, K>> = {}, options: WampErrorOptions & { readonly details?: Dict | undefined } = {}) {
    const { args = [] as List as A, kwargs = {} as K } = payload;
    super(typeof args[0] === 'string' ? `${uri}: ${args[0]}` : uri, options);
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
    this.details = options.details ?? {};
  }
}

/** Tells an {@link ApplicationError}, with one URI where it is given. */
export function isApplicationError(error: unknown, uri?: Uri): error is ApplicationError {
  return error instanceof ApplicationError && (uri === undefined || error.uri === uri);
}

// By the error and not on it: what a user's class makes may be frozen, and its `cause` is its own business.
const origins = new WeakMap<object, ApplicationError>();

/**
 * The ApplicationError behind an error: the error itself, or what `mapError` or TimeoutError was made from when it arrived, with its `uri`,
 * `details`, `effect` and `operation`. `undefined` for any other.
 */
export function applicationErrorOf(error: unknown): ApplicationError | undefined {
  if (error instanceof ApplicationError) return error;
  return typeof error === 'object' && error !== null ? origins.get(error) : undefined;
}

/** Notes what an error was made from. @internal */
export function rememberOrigin(error: object, origin: ApplicationError): void {
  origins.set(error, origin);
}

function withMessage(text: string, details: Dict): string {
  const message = details['message'];
  return typeof message === 'string' && message !== '' ? `${text}: ${message.slice(0, 500)}` : text;
}
