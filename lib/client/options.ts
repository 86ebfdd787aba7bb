import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import type { Authenticator, MaybeLater } from '../auth/authenticator.ts';
import type { ApiDefinition } from '../contract/api-types.ts';
import type { Api } from '../contract/define-api.ts';
import type { Validate } from '../contract/validation.ts';
import type { PayloadCodec } from '../encryption/payload-codec.ts';
import type { Logger } from '../log.ts';
import type { Serializer } from '../serializers/serializer.ts';
import type { ErrorMap } from '../session/error-mapping.ts';
import type { JoinTimeouts } from '../session/join.ts';
import type { ResumeOptions } from '../session/resumption.ts';
import type { SessionDetails } from '../session/options.ts';
import type { Redact } from '../session/redaction.ts';
import type { Transport } from '../transports/transport.ts';
import type { Uri } from '../types.ts';
import type { HeartbeatOptions, Probe } from './heartbeat.ts';
import type { Hint } from './hints.ts';
import type { RetryOptions } from './reconnect.ts';

/** What is known when a client dials. */
export interface Attempt {
  /** How often in a row it was tried in vain before. */
  readonly attempt: number;
  /** Why the last attempt or session ended, if there was one. */
  readonly previousError: unknown;
  /** The last session, if there was one. */
  readonly lastDetails: SessionDetails | undefined;
  /** Whether the router has just refused the credentials of the last attempt: the same once more are the end of the client. */
  readonly rejected: boolean;
}

/**
 * Where a router is: one URL, a list that is gone through attempt by attempt, or what is asked for each attempt. A list keeps its order, since
 * it may be one of preference; clients that are to be spread over several routers pass it shuffled.
 */
export type UrlOption = string | readonly string[] | ((attempt: Attempt) => ObservableInput<string>) | Observable<string>;

/** How we may prove who we are: in one way or in several, best first. */
export type Credential = Authenticator | readonly Authenticator[];

/**
 * Credentials; or what is asked for each attempt, so that they are fresh; or an Observable of them, of which each attempt takes the last
 * value, or waits for the first. It is subscribed to while the client is not idle. A function that is to stop the client throws
 * AuthenticationError with `terminal`; an Observable that errors stops it as well.
 */
export type AuthOption = Credential | ((attempt: Attempt) => MaybeLater<Credential>) | Observable<Credential>;

/** Milliseconds. */
export interface ClientTimeouts extends JoinTimeouts {
  /** To open a connection. @default 10000 */
  readonly open?: number | undefined;
}

/** Options of `createClient`. All times are milliseconds. */
export interface ClientOptions<D extends ApiDefinition = any> {
  /** `ws://host:port/path` or `wss://`; in Node also `rs://host:port`, `rss://` and `rs+unix:///file`, and `http://host:port/path` or `https://` for long-poll. Exactly one of `url` and `transport` is given. */
  readonly url?: UrlOption | undefined;
  /** A transport in the place of `url`: a router's `link()`, or one of your own. It is subscribed to once for each attempt. One that has no `subprotocols` of its own offers the `serializers`. */
  readonly transport?: Transport | undefined;
  readonly realm: Uri;
  /** @default [anonymous()] */
  readonly auth?: AuthOption | undefined;
  /**
   * What becomes of a session when there are new credentials, since the Observable emitted some or those of a function are about to expire:
   * it is handed over to one that has them (see `handover`), or stays and only the next join has them.
   *
   * @default 'handover'
   */
  readonly renewal?: 'handover' | 'next-join' | undefined;
  /** Offered best first. @default json in browsers, all in Node */
  readonly serializers?: readonly Serializer[] | undefined;
  readonly retry?: RetryOptions | undefined;
  /** How long a session has to last before its loss starts the count of attempts afresh. @default 5000 */
  readonly stableAfter?: number | undefined;
  /** Dial at the first use, and not before. @default true */
  readonly lazy?: boolean | undefined;
  /** How long after the last use a lazy client leaves. @default 0: at the end of the current macrotask */
  readonly idleClose?: number | undefined;
  /**
   * What calls and publications do while a lost session is being replaced: wait in a queue, or fail with NotJoinedError.
   *
   * @default 'wait'
   */
  readonly offline?: 'wait' | 'fail' | undefined;
  readonly queue?: { /** Requests that may wait for a session; one more fails with QueueFullError. @default 1000 */ readonly limit?: number | undefined } | undefined;
  /**
   * Have a session survive the loss of its connection, where the router resumes sessions: calls, subscriptions and registrations stay open,
   * and what either end has not seen is sent again, once and in order. `state$` says `waiting` meanwhile; what is asked of the client then
   * waits for the connection. Where the router does not resume, or not any more, all is as without.
   *
   * It takes memory for what the router has not confirmed, and a call waits for its answer up to the router's time where it would fail at
   * once without. Not offered where an authenticator wants the router to prove itself.
   *
   * @default false
   */
  readonly resume?: boolean | ResumeOptions | undefined;
  readonly timeouts?: ClientTimeouts | undefined;
  /** Classes for the errors of your application, by URI, at both ends: see {@link JoinOptions.errors}. @default those of this library */
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
  /** Encodes and decodes payloads, such as `cryptobox()` of `rxwamp/encryption`: see {@link JoinOptions.payloadCodec}. @default they go as they are */
  readonly payloadCodec?: PayloadCodec | undefined;
  /**
   * How a session is found dead that nobody has closed: it is dropped with HeartbeatLostError, and replaced. A function stands in for the
   * message that is sent to a quiet router; `false` sends none.
   *
   * @default `{ interval: 25000, timeout: 10000 }` with a `url` in browsers; `false` in Node, where `ws` pings by itself, and with a `transport`
   */
  readonly heartbeat?: HeartbeatOptions | Probe | false | undefined;
  /**
   * What the runtime tells of the network and of the page. `offline` closes the connection and waits; `online` and `visible` bring an attempt
   * forward, or have the router asked whether it is still there; `freeze` closes the connection, `resume` opens one. Listened to while the
   * client is not idle. A session that can be resumed waits for the next connection, as it does after a loss; any other is over.
   *
   * @default browserHints() with a `url` in browsers, without `offline` where that is on this machine; none in Node and with a `transport`
   */
  readonly hints$?: Observable<Hint> | undefined;
  /** Leave after so long on a hidden page, and come back when it is visible, always with another session. @default never */
  readonly closeWhenHidden?: number | undefined;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
  /** Source of chance from 0 up to 1; a test passes its own. @default Math.random */
  readonly random?: (() => number) | undefined;
  readonly log?: Logger | undefined;
  /**
   * What `frames$` and `wire$` show of a message: the same, or one with less in it. It changes nothing of what is sent, and runs only while
   * somebody looks. What it throws goes to `errors$`, and the message is shown without arguments, options and details.
   *
   * ```ts
   * redact: (message) => ('args' in message ? { ...message, args: ['***'], kwargs: undefined } : message)
   * ```
   *
   * @default everything but signatures, the values of challenges and of `authextra`, and tokens of sessions, which are never shown
   */
  readonly redact?: Redact | undefined;
}
