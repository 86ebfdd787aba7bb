import { Observable, Subscription, map, timer, type SchedulerLike, type Subscriber } from 'rxjs';
import { anonymous } from '../auth/anonymous.ts';
import type { Authenticator, MaybeLater, Signature } from '../auth/authenticator.ts';
import { answerOf } from '../auth/maybe-later.ts';
import { offeredBy, unchallengedOf, withoutCredentials } from '../auth/offered.ts';
import type { ClientTimeouts } from '../client/options.ts';
import { AbortError, AuthenticationError, ConnectFailedError, GoodbyeError, TimeoutError, TransportLostError, WampError } from '../errors.ts';
import { show } from '../protocol/fields.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { readSessionDetails } from '../session/session-details.ts';
import type { Connection, Frame } from '../transports/transport.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import { fromText, toText } from './json.ts';
import { readIncoming, unexpected, type Incoming } from './incoming.ts';
import type { Procedures } from './procedures.ts';
import { Session } from './session.ts';
import type { Topics } from './topics.ts';

/** As much of a connection as is asked of it here, so that every other one is one. */
export type Line = Observable<Frame> & Pick<Connection, 'subprotocol' | 'writable$' | 'complete'> & { next(frame: string): void };

/** A way to the router: dials at each subscription. */
export type Way = Observable<Line>;

/** What a {@link live} needs to know. */
export interface LifeOptions {
  readonly realm: Uri;
  readonly auth: Authenticator | readonly Authenticator[] | undefined;
  readonly timeouts: ClientTimeouts;
  readonly scheduler: SchedulerLike;
  readonly topics: Topics;
  readonly procedures: Procedures;
  /** The connection is open, or the router wants to know who we are by a method. */
  readonly onAuthenticating: (method: string | undefined) => void;
  /** The connection is gone, or there was none; behind everything else. */
  readonly onGone: () => void;
}

const HELLO = 1;
const WELCOME = 2;
const ABORT = 3;
const CHALLENGE = 4;
const AUTHENTICATE = 5;
const GOODBYE = 6;

/** What this client can do (9.1). */
const ROLES: Dict = {
  publisher: { features: { publisher_identification: true, publisher_exclusion: true, subscriber_blackwhite_listing: true } },
  subscriber: { features: { publisher_identification: true, pattern_based_subscription: true, subscription_revocation: true } },
  caller: { features: { progressive_call_results: true, call_canceling: true, caller_identification: true } },
  callee: {
    features: {
      progressive_call_results: true, call_canceling: true, caller_identification: true, pattern_based_registration: true, shared_registration: true,
      registration_revocation: true,
    },
  },
};

/**
 * Dials, joins, and emits the session; errors when it cannot be joined or is lost. Unsubscribing leaves: GOODBYE goes out, and the
 * connection closes when the router has answered, or after `timeouts.leave`. See `join` of the whole library.
 */
export function live(transport: Way, options: LifeOptions): Observable<Session> {
  return new Observable((subscriber) => {
    const life = new Life(subscriber, options);
    subscriber.add(() => life.leave());
    life.start(transport);
  });
}

class Life {
  readonly #subscriber: Subscriber<Session>;
  readonly #options: LifeOptions;
  readonly #auth: readonly Authenticator[];
  readonly #dial = new Subscription();
  #limits = new Subscription();
  #connection: Line | undefined;
  #chosen: Authenticator | undefined;
  #session: Session | undefined;
  #isOver = false;
  #isGone = false;

  constructor(subscriber: Subscriber<Session>, options: LifeOptions) {
    this.#subscriber = subscriber;
    this.#options = options;
    this.#auth = [options.auth ?? anonymous()].flat();
  }

  start(transport: Way): void {
    this.#dial.add(transport.subscribe({
      next: (connection) => this.#opened(connection),
      error: (error: unknown) => this.#end(error),
      complete: () => this.#end(new ConnectFailedError('transport completed without a connection')),
    }));
  }

  /** Nobody is interested any more. */
  leave(): void {
    if (this.#isOver) return;
    const session = this.#session;
    this.#stop(new TransportLostError('session left'));
    if (session === undefined) return this.#close();
    this.#limits = timer(this.#options.timeouts.leave ?? 2000, this.#options.scheduler).subscribe(() => this.#close());
    this.#write([GOODBYE, {}, WampUri.closeNormal]);
  }

  #opened(connection: Line): void {
    const { realm, timeouts: { join = 10_000 }, scheduler } = this.#options;
    this.#connection = connection;
    if (connection.subprotocol !== 'wamp.2.json') return this.#end(new ConnectFailedError(`subprotocol must be wamp.2.json, got ${show(connection.subprotocol)}`));
    this.#dial.add(connection.subscribe({
      next: (frame) => this.#read(connection, frame),
      error: (error: unknown) => this.#end(error),
      complete: () => this.#end(new TransportLostError('connection closed by the router without GOODBYE')),
    }));
    if (this.#isOver) return;
    this.#options.onAuthenticating(undefined);
    if (this.#isOver) return;
    this.#limits.add(timer(join, scheduler).subscribe(() => this.#end(new TimeoutError(`WELCOME must arrive within ${join} ms`, { effect: 'none' }))));
    this.#write([HELLO, realm, { roles: ROLES, ...offeredBy(this.#auth) }]);
  }

  #read(connection: Line, frame: Frame): void {
    try {
      this.#message(connection, readIncoming(fromText(frame)));
    } catch (error) {
      this.#abort(WampUri.protocolViolation, error as WampError);
    }
  }

  #message(connection: Line, message: Incoming): void {
    const [first, second] = message.values;
    // On the way out only the end counts.
    if (this.#isOver) return message.type === GOODBYE || message.type === ABORT ? this.#close() : undefined;
    if (message.type === ABORT) return this.#end(new AbortError(second as Uri, first as Dict));
    if (this.#session === undefined) {
      if (message.type === CHALLENGE) return this.#challenged(first as string, second as Dict);
      if (message.type === WELCOME) return this.#welcomed(connection, first as Id, second as Dict);
      throw unexpected(message.type);
    }
    if (message.type !== GOODBYE) return this.#session.receive(message);
    this.#write([GOODBYE, {}, WampUri.goodbyeAndOut]);
    this.#end(new GoodbyeError(second as Uri, first as Dict));
  }

  #challenged(method: string, extra: Dict): void {
    const authenticator = this.#auth.find((one) => one.method === method);
    this.#chosen = authenticator;
    this.#options.onAuthenticating(method);
    if (this.#isOver) return;
    const { answer } = authenticator ?? {};
    if (answer === undefined) return this.#abort(WampUri.authenticationFailed, new AuthenticationError(`authentication method must be one of ${this.#auth.map((one) => one.method).join(', ')}, got a challenge for ${show(method)}`));
    this.#later(() => answer.call(authenticator, extra), ({ signature, extra: more = {} }: Signature) => this.#write([AUTHENTICATE, signature, more]));
  }

  #welcomed(connection: Line, id: Id, details: Dict): void {
    const authenticator = this.#chosen ?? unchallengedOf(this.#auth, details['authmethod']);
    const joined = (): void => {
      this.#limits.unsubscribe();
      this.#session = new Session(
        readSessionDetails(id, this.#options.realm, connection.subprotocol, details),
        { ...this.#options, writable$: connection.writable$ }, (list) => this.#write(list),
      );
      this.#subscriber.next(this.#session);
    };
    const { welcome } = authenticator ?? {};
    if (welcome === undefined) joined();
    else this.#later(() => welcome.call(authenticator, details), joined);
  }

  // Credentials may take their time; what is known at once stays synchronous.
  #later<T>(ask: () => MaybeLater<T>, then: (value: T) => void): void {
    this.#limits.add(answerOf(ask).pipe(map(then)).subscribe({
      error: (cause: unknown) => this.#abort(WampUri.authenticationFailed, withoutCredentials(cause)),
    }));
  }

  #abort(reason: Uri, error: WampError): void {
    this.#write([ABORT, { message: error.message }, reason]);
    this.#end(error);
  }

  // Throws SerializationError, and then nothing was sent.
  #write(list: List): void {
    this.#connection?.next(toText(list));
  }

  #end(cause: unknown): void {
    if (this.#isOver) return this.#close();
    this.#isOver = true;
    // Whoever watches knows of the loss before what is open fails.
    this.#subscriber.error(cause);
    this.#stop(cause instanceof WampError ? cause : new TransportLostError('connection lost', { cause }));
    this.#close();
  }

  #stop(cause: WampError): void {
    this.#isOver = true;
    this.#limits.unsubscribe();
    this.#session?.end(cause);
  }

  #close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#limits.unsubscribe();
    this.#connection?.complete();
    this.#dial.unsubscribe();
    this.#options.onGone();
  }
}
