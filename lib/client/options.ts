import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import type { Authenticator, MaybeLater } from '../auth/authenticator.ts';
import type { Logger } from '../log.ts';
import type { Serializer } from '../serializers/serializer.ts';
import type { JoinTimeouts } from '../session/join.ts';
import type { SessionDetails } from '../session/options.ts';
import type { Transport } from '../transports/transport.ts';
import type { Uri } from '../types.ts';
import type { RetryOptions } from './reconnect.ts';

/** What is known when a client dials. */
export interface Attempt {
  /** How often in a row it was tried in vain before. */
  readonly attempt: number;
  /** Why the last attempt or session ended, if there was one. */
  readonly previousError: unknown;
  /** The last session, if there was one. */
  readonly lastDetails: SessionDetails | undefined;
}

/** Where a router is: one URL, a list that is gone through attempt by attempt, or what is asked for each attempt. */
export type UrlOption = string | readonly string[] | ((attempt: Attempt) => ObservableInput<string>) | Observable<string>;

/** How we may prove who we are: one way or several, or what is asked for each attempt, so that credentials are fresh. */
export type AuthOption = Authenticator | readonly Authenticator[] | ((attempt: Attempt) => MaybeLater<Authenticator | readonly Authenticator[]>);

/** Milliseconds. */
export interface ClientTimeouts extends JoinTimeouts {
  /** To open a connection. @default 10000 */
  readonly open?: number | undefined;
}

/** Options of `createClient`. All times are milliseconds. */
export interface ClientOptions {
  /** `ws://host:port/path` or `wss://`. Exactly one of `url` and `transport` is given. */
  readonly url?: UrlOption | undefined;
  /** A transport in the place of `url`: a router's `link()`, or one of your own. It is subscribed to once for each attempt. */
  readonly transport?: Transport | undefined;
  readonly realm: Uri;
  /** @default [anonymous()] */
  readonly auth?: AuthOption | undefined;
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
  readonly timeouts?: ClientTimeouts | undefined;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
  /** Source of chance from 0 up to 1; a test passes its own. @default Math.random */
  readonly random?: (() => number) | undefined;
  readonly log?: Logger | undefined;
}
