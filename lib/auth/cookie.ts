import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Uri } from '../types.ts';
import type { Accept, Authenticator, Candidate, MaybeLater, Pass, Verifier } from './authenticator.ts';
import { cookieOf } from './connection-cookie.ts';
import { mapAnswer } from './maybe-later.ts';

const METHOD = 'cookie';
const WEEK = 7 * 24 * 60 * 60 * 1000;

/** Options of {@link cookie}. */
export interface CookieCredentials {
  /** The name to join under; a cookie that stands for another one is passed over. @default the name that the cookie stands for */
  readonly authid?: string | undefined;
}

/**
 * Joins with the cookie of an earlier login ("Transport-level Authentication"). It is offered before the method that is used where there is no cookie yet,
 * or none any more. Browsers keep the cookie by themselves, and `ws` does for as long as the client lives.
 *
 * ```ts
 * createClient({ url: 'wss://example.com/ws', realm: 'realm1', auth: [cookie(), ticket({ authid: 'peter', ticket: askForIt })] });
 * ```
 */
export function cookie({ authid }: CookieCredentials = {}): Authenticator {
  return { method: METHOD, authid };
}

/** Whom a cookie stands for. */
export interface CookieLogin extends Pick<Accept, 'authid' | 'authrole' | 'authprovider' | 'realm'> {
  /** The method that has let the client in. */
  readonly authmethod: string;
  /** The realm that was asked for. */
  readonly asked: Uri;
  /** The scheduler's time, in milliseconds, from which on it stands for nobody. */
  readonly until: number;
}

/**
 * Where logins are kept, by a hash of the cookie and the realm. What is thrown, and errors, refuse who comes, with
 * `wamp.error.authentication_failed`.
 */
export interface CookieStore {
  get(key: string): MaybeLater<CookieLogin | undefined>;
  set(key: string, login: CookieLogin): void;
  delete(key: string): void;
}

/** Options of {@link memoryCookies}. */
export interface MemoryCookiesOptions {
  /** Logins that are kept; of one more the oldest is forgotten. @default 10000 */
  readonly size?: number | undefined;
}

/** Keeps logins for as long as the router runs. */
export function memoryCookies({ size = 10_000 }: MemoryCookiesOptions = {}): CookieStore {
  if (!Number.isSafeInteger(size) || size < 1) throw new RangeError(`size must be an integer from 1, got ${size}`);
  const logins = new Map<string, CookieLogin>();
  return {
    get: (key) => logins.get(key),
    set: (key, login) => {
      logins.delete(key);
      const [oldest] = logins.keys();
      if (logins.size === size && oldest !== undefined) logins.delete(oldest);
      logins.set(key, login);
    },
    delete: (key) => { logins.delete(key); },
  };
}

/** Options of {@link cookieVerifier}. */
export interface CookieOptions {
  /** Milliseconds from a login on for which the cookie stands for it. @default 604800000, a week */
  readonly maxAge?: number | undefined;
  /** @default memoryCookies() */
  readonly store?: CookieStore | undefined;
}

/**
 * Lets those in whose connection goes with the cookie of an earlier login to this realm, by any other method but `anonymous`; who has none is left to the next
 * method that he offers. The listener has to set cookies: its option `cookie`. Where the client says GOODBYE with `wamp.close.logout` the login is forgotten;
 * sessions that others have by the same cookie stay.
 *
 * A cookie stands for who somebody was at the login: it outlives a change of `users`. A new verifier without a `store`, as `router.reload({ auth })` makes it,
 * has forgotten all of them.
 *
 * @param scheduler keeps the time that cookies are good for
 */
export function cookieVerifier({ maxAge = WEEK, store = memoryCookies() }: CookieOptions = {}, scheduler: SchedulerLike = asyncScheduler): Verifier {
  return {
    method: METHOD,
    begin: (candidate) => {
      const key = keyOf(candidate);
      return key === undefined ? PASS : mapAnswer(store.get(key), (login) => verdictOn(candidate, login, scheduler.now()));
    },
    admitted: (candidate, { authid, authrole, authprovider, realm, authmethod }) => {
      const key = keyOf(candidate);
      if (key === undefined || authmethod === METHOD || authmethod === 'anonymous') return;
      store.set(key, { authid, authrole, authprovider, realm, authmethod, asked: candidate.realm, until: scheduler.now() + maxAge });
    },
    loggedOut: (session) => {
      const key = keyOf(session);
      if (key !== undefined) store.delete(key);
    },
  };
}

function verdictOn({ realm: asked, authid: name, authrole: role }: Candidate, login: CookieLogin | undefined, now: number): Accept | Pass {
  if (login === undefined || login.asked !== asked || !(login.until > now)) return PASS;
  const { authid, authrole, authprovider, realm } = login;
  if ((name !== undefined && name !== authid) || (role !== undefined && role !== authrole)) return PASS;
  return { is: 'accept', authid, authrole, authprovider, realm };
}

const PASS: Pass = { is: 'pass' };

function keyOf({ realm, transport }: Pick<Candidate, 'realm' | 'transport'>): string | undefined {
  const cookie = cookieOf(transport);
  return cookie && `${cookie} ${realm}`;
}
