import { Observable, Subscription, filter, map, type SchedulerLike } from 'rxjs';
import { anonymous } from '../auth/anonymous.ts';
import type { Authenticator, JoinChannel, MaybeLater, Signature } from '../auth/authenticator.ts';
import { answerOf } from '../auth/maybe-later.ts';
import { offeredBy, unchallengedOf, withoutCredentials } from '../auth/offered.ts';
import type { ApiDefinition, NoApi } from '../contract/api-types.ts';
import type { Api } from '../contract/define-api.ts';
import type { Validate } from '../contract/validation.ts';
import type { PayloadCodec } from '../encryption/payload-codec.ts';
import { AuthenticationError, ConnectFailedError, ProtocolError, TransportLostError, WampError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CLIENT_ROLES } from '../protocol/features.ts';
import { isList, show } from '../protocol/fields.ts';
import { MessageType, type Challenge, type Message, type Welcome } from '../protocol/messages.ts';
import { present } from '../protocol/options.ts';
import { withoutTokens } from '../protocol/resumption.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { CLIENT_END } from '../protocol/wire.ts';
import { codecAt } from '../serializers/codec.ts';
import { json } from '../serializers/json.ts';
import type { Serializer } from '../serializers/serializer.ts';
import type { Connection, Transport } from '../transports/transport.ts';
import type { Dict, Id, Uri } from '../types.ts';
import { checkDuration, checksOf } from './checks.ts';
import { ErrorMapping, type ErrorMap } from './error-mapping.ts';
import type { SessionDetails } from './options.ts';
import type { Resumption } from './resumption.ts';
import { Session, type SessionOptions } from './session.ts';
import { readSessionDetails } from './session-details.ts';
import type { Redact } from './redaction.ts';
import { Tap, type WireTap } from './wire-tap.ts';
import { Wire, type WireReader } from './wire.ts';

/** Options of {@link join} and {@link joining}. */
export interface JoinOptions<D extends ApiDefinition = any> {
  readonly realm: Uri;
  /** How we may prove who we are, best first; the router chooses. @default [anonymous()] */
  readonly auth?: Authenticator | readonly Authenticator[] | undefined;
  /** The serializers that the transport may have agreed on; one that was not told what to offer offers them, best first. @default [json()] */
  readonly serializers?: readonly Serializer[] | undefined;
  readonly timeouts?: JoinTimeouts | undefined;
  /**
   * Classes for the errors of your application, by URI: an ERROR arrives as an instance, and a procedure that throws an instance answers
   * with that URI and its payload. Subclasses of ApplicationError as they are, others by {@link mapError}. Without an entry an error is an
   * ApplicationError, or the class that this library has for it. Where a constructor or `read` throws the subscriber gets the
   * ApplicationError, and what was thrown is reported.
   *
   * ```ts
   * class SoldOutError extends ApplicationError<[item: string]> {
   *   constructor(payload: Payload<[item: string]>) { super('com.shop.sold_out', payload); }
   * }
   * // errors: { 'com.shop.sold_out': SoldOutError }
   * ```
   */
  readonly errors?: ErrorMap | undefined;
  /**
   * What the realm has to offer, by URI: see {@link defineApi}. Its verbs then have types, and payloads are held to its schemas.
   *
   * @default URIs have the types of the type arguments, and payloads may be anything
   */
  readonly api?: Api<D> | undefined;
  /**
   * Which payloads are held to the `api`: those that are sent and those that arrive, those that arrive alone, or none. With `'off'` what
   * arrives is handed on as it came, whatever its type says.
   *
   * @default 'all'
   */
  readonly validate?: Validate | undefined;
  /**
   * Encodes the payloads that are sent and decodes those that come, such as `cryptobox()` of `rxwamp/encryption`. What cannot be decoded is never handed on: an
   * event is left out and reported, a call errors with EncryptionError, an invocation is answered with `wamp.error.encryption.decrypt_error`.
   *
   * @default payloads go as they are
   */
  readonly payloadCodec?: PayloadCodec | undefined;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
  readonly log?: Logger | undefined;
  /** Where failures go that have no subscriber. @default the runtime's reportError, or the console */
  readonly report?: ((error: unknown) => void) | undefined;
  /**
   * The attributes that HELLO has in the specification for session resumption, for routers that know what to do with them. They are passed
   * on, and what WELCOME says of them is in {@link SessionDetails}; to have a client resume its sessions see its option `resume`.
   */
  readonly resumable?: boolean | undefined;
  readonly resumeSession?: Id | undefined;
  readonly resumeToken?: string | undefined;
  /** Sees every message, and what becomes of the connection; a Subject will do. */
  readonly tap?: WireTap | undefined;
  /** What `tap` is shown of a message. See {@link Redact}. @default all but what proves who somebody is */
  readonly redact?: Redact | undefined;
}

/** Milliseconds. */
export interface JoinTimeouts {
  /** From the open connection to WELCOME. @default 10000 */
  readonly join?: number | undefined;
  /** For a call that says nothing about it; 0 is no limit. @default 0 */
  readonly call?: number | undefined;
  /** For the router's GOODBYE after ours. @default 2000 */
  readonly leave?: number | undefined;
}

/** How far a life has come. */
export type Stage<T = any> =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'authenticating'; readonly method: string | undefined }
  | { readonly kind: 'joined'; readonly session: Session<T> };

/**
 * Dials, joins a realm and emits each stage on the way (4.1). Cold: each subscription is a life of its own. Errors when it cannot be
 * joined or when it is lost: ConnectFailedError, AbortError, AuthenticationError, TimeoutError, TransportLostError, GoodbyeError, ProtocolError.
 * Unsubscribing leaves: GOODBYE goes out, and the connection closes once the router has answered or 2 s are over.
 *
 * ```
 * joining   (c)--a--j-----------#     c connecting, a authenticating, j joined, # lost
 * ```
 *
 * What is open in the session fails after the error was delivered here, so that whoever watches knows of the loss first.
 */
export function joining<D extends ApiDefinition = NoApi>(transport: Transport, options: JoinOptions<D>, sessionOptions: SessionOptions = {}): Observable<Stage<D>> {
  const { realm, timeouts = {}, errors, payloadCodec, api, validate } = options;
  assertLooseUri(realm, 'realm');
  checkDuration(timeouts.join, 'timeouts.join');
  checkDuration(timeouts.call, 'timeouts.call');
  checkDuration(timeouts.leave, 'timeouts.leave');
  const given: SessionOptions = { errors: new ErrorMapping(errors), checks: checksOf(api, validate), payloadCodec, ...sessionOptions };
  return new Observable((subscriber) => {
    const life = new Life(options, given, {
      stage: (stage) => subscriber.next(stage),
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    // Before it starts: whoever wants no more than its first stages stops it there.
    subscriber.add(() => life.leave());
    life.start(transport);
  });
}

/**
 * Joins a realm: emits the {@link Session} once, and errors when it is lost. See {@link joining}, of which it is the last stage.
 *
 * ```ts
 * join(webSocket('ws://localhost:8080/ws'), { realm: 'realm1' }).pipe(
 *   switchMap((session) => session.topic('com.shop.price')),
 *   retryBackoff(),
 * );
 * ```
 */
export function join<D extends ApiDefinition = NoApi>(transport: Transport, options: JoinOptions<D>): Observable<Session<D>> {
  return joining(transport, options).pipe(filter((stage) => stage.kind === 'joined'), map(({ session }) => session));
}

interface LifeObserver {
  stage(stage: Stage): void;
  error(error: unknown): void;
  complete(): void;
}

/** One dial, one handshake, at most one session. */
class Life implements WireReader {
  readonly #options: JoinOptions;
  readonly #sessionOptions: SessionOptions;
  readonly #observer: LifeObserver;
  readonly #serializers: readonly Serializer[];
  readonly #auth: readonly Authenticator[];
  readonly #tap: Tap | undefined;
  readonly #resumption: Resumption | undefined;
  readonly #dial = new Subscription();
  readonly #thinking = new Subscription();
  // One object for each attempt, by which an authenticator knows it again.
  readonly #channel: JoinChannel = { channelId: (type) => this.#connection?.channelId?.(type) };
  #connection: Connection | undefined;
  #wire: Wire | undefined;
  #session: Session | undefined;
  #limit: Subscription | undefined;
  #chosen: Authenticator | undefined;
  #cause: unknown;
  #over = false;

  constructor(options: JoinOptions, sessionOptions: SessionOptions, observer: LifeObserver) {
    const { auth = anonymous(), serializers = [json()], tap, redact, scheduler, report } = options;
    this.#options = options;
    this.#tap = tap && new Tap(tap, { redact, scheduler, report });
    this.#sessionOptions = sessionOptions;
    this.#resumption = sessionOptions.resumption;
    this.#observer = observer;
    this.#serializers = serializers;
    this.#auth = isList(auth) ? auth : [auth];
  }

  start(transport: Transport): void {
    this.#observer.stage({ kind: 'connecting' });
    if (this.#over) return;
    this.#tap?.connection('dial');
    // Whoever saw it may have left.
    if (this.#over) return;
    const way = transport.offering?.(this.#serializers.map(({ subprotocol }) => subprotocol)) ?? transport;
    this.#dial.add(way.subscribe({
      next: (connection) => this.#opened(connection),
      error: (error: unknown) => this.#end(error),
      complete: () => {
        if (this.#wire === undefined) this.#end(new ConnectFailedError('transport completed without a connection'));
      },
    }));
  }

  /** Nobody is interested any more. */
  leave(): void {
    const wire = this.#wire;
    if (wire === undefined && !this.#over) this.#tap?.connection('closed');
    this.#over = true;
    this.#thinking.unsubscribe();
    this.#limit?.unsubscribe();
    // One that is detached waits for the next life.
    if (this.#resumption?.isDetached !== true) {
      this.#resumption?.end();
      this.#session?.fail(this.#cause instanceof WampError ? this.#cause : new TransportLostError('session left'));
    }
    if (wire === undefined || wire.over) return this.#dial.unsubscribe();
    // The way out goes on by itself, and lets go of the transport at its end.
    wire.reader = {
      message: () => {},
      ended: (cause) => {
        this.#session?.ended(cause);
        this.#dial.unsubscribe();
      },
    };
    wire.leave();
  }

  message(message: Message): void {
    switch (message.type) {
      case MessageType.CHALLENGE: return this.#challenged(message);
      case MessageType.WELCOME: return this.#welcomed(message);
      default: throw new ProtocolError(`message type must be WELCOME, CHALLENGE or ABORT before the session is joined, got ${message.type}`);
    }
  }

  ended(cause: WampError | undefined): void {
    this.#end(cause);
  }

  #opened(connection: Connection): void {
    const serializers = this.#serializers;
    const { scheduler, timeouts: { join: joinTimeout = 10_000, leave: leaveTimeout } = {}, log } = this.#options;
    const serializer = serializers.find(({ subprotocol }) => subprotocol === connection.subprotocol);
    if (serializer === undefined) {
      connection.complete();
      return this.#end(new ConnectFailedError(`serializer must be one of ${serializers.map(({ subprotocol }) => subprotocol).join(', ')}, got ${show(connection.subprotocol)} from the transport`));
    }
    this.#connection = connection;
    const wire = new Wire(connection, codecAt(serializer, { end: CLIENT_END }), { scheduler, leaveTimeout, tap: this.#tap, log });
    this.#wire = wire;
    this.#tap?.connection('open');
    wire.reader = this;
    wire.start();
    if (this.#over) return;
    this.#observer.stage({ kind: 'authenticating', method: undefined });
    if (this.#over) return;
    this.#limit = wire.limit(joinTimeout, 'WELCOME must arrive');
    try {
      wire.send({ type: MessageType.HELLO, realm: this.#options.realm, details: this.#hello(wire.subprotocol) });
    } catch (error) {
      wire.drop(error instanceof WampError ? error : new ProtocolError('HELLO cannot be written', { cause: error }));
    }
  }

  #hello(subprotocol: string): Dict {
    const { resumable, resumeSession, resumeToken } = this.#options;
    return present({
      roles: CLIENT_ROLES,
      ...offeredBy(this.#auth),
      resumable,
      resume_session: resumeSession,
      resume_token: resumeToken,
      ...this.#resumption?.hello(subprotocol, this.#auth.some(({ welcome }) => welcome !== undefined)),
    });
  }

  #challenged({ method, extra }: Challenge): void {
    const authenticator = this.#auth.find((one) => one.method === method);
    this.#chosen = authenticator;
    this.#observer.stage({ kind: 'authenticating', method });
    if (this.#over) return;
    if (authenticator?.answer === undefined) {
      return this.#refuse(new AuthenticationError(`authentication method must be one of ${this.#auth.map((one) => one.method).join(', ')}, got a challenge for ${show(method)}`));
    }
    const { answer } = authenticator;
    this.#later(() => answer.call(authenticator, extra, this.#channel), ({ signature, extra: more = {} }: Signature) => this.#wire?.send({ type: MessageType.AUTHENTICATE, signature, extra: more }));
  }

  #welcomed(message: Welcome): void {
    const { session, details } = message;
    if (this.#wire !== undefined && this.#resumption !== undefined) {
      const resumed = this.#resumption.resume(this.#wire, message, (cause) => this.#end(cause));
      if (this.#over) return;
      if (resumed !== undefined) return this.#enter(resumed);
    }
    const authenticator = this.#chosen ?? unchallengedOf(this.#auth, details['authmethod']);
    const joined = (): void => this.#joined(message, {
      ...readSessionDetails(session, this.#options.realm, this.#wire?.subprotocol ?? '', details),
      welcome: withoutTokens(details),
      resumable: readFlag(details['resumable']),
      resumed: readFlag(details['resumed']),
      resumeToken: typeof details['resume_token'] === 'string' ? details['resume_token'] : undefined,
    });
    if (authenticator?.welcome === undefined) return joined();
    const { welcome } = authenticator;
    this.#later(() => welcome.call(authenticator, details, this.#channel), joined);
  }

  #joined(welcome: Welcome, details: SessionDetails): void {
    const wire = this.#wire;
    if (wire === undefined || this.#over) return;
    const through = this.#resumption?.wireFor(wire, welcome) ?? wire;
    const session = new Session(through, details, { callTimeout: this.#options.timeouts?.call, report: this.#options.report, ...this.#sessionOptions });
    this.#resumption?.hold(session, through, (cause) => this.#end(cause));
    this.#enter(session);
  }

  #enter(session: Session): void {
    this.#limit?.unsubscribe();
    // First the loss is told here, then to what is open: the error tears us down, and that fails the session.
    session.onEnded = (cause) => this.#end(cause);
    this.#session = session;
    this.#observer.stage({ kind: 'joined', session });
  }

  // Credentials may take their time; what is known at once stays synchronous.
  #later<T>(ask: () => MaybeLater<T>, then: (value: T) => void): void {
    this.#thinking.add(answerOf(ask).pipe(map(then)).subscribe({
      error: (cause: unknown) => this.#refuse(withoutCredentials(cause)),
    }));
  }

  #refuse(error: AuthenticationError): void {
    this.#wire?.abort(WampUri.authenticationFailed, error);
  }

  #end(cause: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#cause = cause;
    if (this.#wire === undefined) this.#tap?.connection('refused', undefined, cause);
    this.#limit?.unsubscribe();
    if (cause === undefined) this.#observer.complete();
    else this.#observer.error(cause);
  }
}

function readFlag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
