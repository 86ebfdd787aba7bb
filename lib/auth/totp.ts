import { Secret, TOTP } from 'otpauth/slim';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { randomBytes } from '../crypto/bytes.ts';
import type { Dict, Uri } from '../types.ts';
import type { Authenticator, Candidate, MaybeLater, Question, Signature, Verifier } from './authenticator.ts';
import { mapAnswer } from './maybe-later.ts';
import { admit, denied, nameless } from './verdicts.ts';

const METHOD = 'totp';

/** Seconds for which a code stands (RFC 6238, 5.2, and what the apps have). */
const PERIOD = 30;
const DIGITS = 6;

/** Bytes of a secret by default: 16 letters to type. */
const SECRET_BYTES = 10;

/** What is wrong with a secret is not told: it may be one of another kind. */
const NO_SECRET = 'secret must be text in base32 (RFC 4648), as totpSecret() gives it';

/** Codes that were used are remembered as long as they could be used again; beyond so many names those that could not are looked for. */
const MAX_REMEMBERED = 1000;

/** A secret that a user shares with the router and types, or scans, into an app: random bytes in base32. @param bytes from 1 */
export function totpSecret(bytes: number = SECRET_BYTES): string {
  if (!Number.isInteger(bytes) || bytes < 1) throw new RangeError(`bytes must be an integer from 1, got ${bytes}`);
  return new Secret({ buffer: randomBytes(bytes).buffer }).base32;
}

/** Options of {@link totpCode}. */
export interface TotpCodeOptions {
  /** Steps of 30 seconds from now: -1 is the code before this one. @default 0 */
  readonly offset?: number | undefined;
  /** @default asyncScheduler, whose time is the clock's */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The code of six digits that stands now (RFC 6238, HMAC-SHA1). Throws TypeError where the secret is none. */
export function totpCode(secret: string, { offset = 0, scheduler = asyncScheduler }: TotpCodeOptions = {}): string {
  return generatorOf(secret).generate({ timestamp: scheduler.now() + offset * PERIOD * 1000 });
}

/** What a client needs for {@link totp}: a code that somebody types, or the secret. */
export type TotpCredentials = {
  /** The name to join under. */
  readonly authid: string;
} & (
  | { readonly code: () => MaybeLater<string> }
  | { readonly secret: string; readonly scheduler?: SchedulerLike | undefined }
);

/** Joins with the code of the moment, which is asked for or computed for each attempt. */
export function totp(credentials: TotpCredentials): Authenticator {
  const code = 'code' in credentials ? credentials.code : codeOf(credentials.secret, credentials.scheduler);
  return {
    method: METHOD,
    authid: credentials.authid,
    answer: () => mapAnswer(code(), (signature): Signature => ({ signature })),
  };
}

function codeOf(secret: string, scheduler: SchedulerLike | undefined): () => string {
  const generator = generatorOf(secret);
  return () => generator.generate({ timestamp: (scheduler ?? asyncScheduler).now() });
}

/** A user that joins with a code. */
export interface TotpUser {
  /** In base32, as {@link totpSecret} gives it. */
  readonly secret: string;
  /** The role the user gets. */
  readonly role: string;
  /** The realm it comes into. @default the realm of HELLO */
  readonly realm?: Uri | undefined;
}

/** Finds a user that the router knows nothing of; `undefined` where there is none. */
export type TotpLookup = (candidate: Candidate) => MaybeLater<TotpUser | undefined>;

/** Options of {@link totpVerifier}. */
export interface TotpOptions {
  /** The users by authid, or a function that finds them. */
  readonly users: { readonly [authid: string]: TotpUser } | TotpLookup;
  /** Steps of 30 seconds that a client's clock may be off, before and behind. @default 1 */
  readonly skew?: number | undefined;
}

/**
 * Asks for a code and lets those in whose code stands now, or stood or will stand within `skew` steps. A code lets in once (RFC 6238, 5.2).
 * A user that is not there is asked and refused just like one whose code is wrong: `wamp.error.authentication_denied`.
 *
 * Six digits can be tried out: the router's limits of failed attempts are what keeps that from being done.
 *
 * @param scheduler keeps the time that codes are for
 */
export function totpVerifier({ users, skew = 1 }: TotpOptions, scheduler: SchedulerLike = asyncScheduler): Verifier {
  const [find, authprovider] = typeof users === 'function' ? [users, 'dynamic'] : [among(users), 'static'];
  const used = new UsedCodes(skew);
  return {
    method: METHOD,
    begin: (candidate) => {
      const { authid } = candidate;
      if (authid === undefined) return nameless(METHOD);
      return mapAnswer(find(candidate), (user): Question => {
        const generator = generatorOf(user?.secret ?? totpSecret());
        return { is: 'question', extra: NO_EXTRA, check: ({ signature }) => {
          const timestamp = scheduler.now();
          const delta = generator.validate({ token: signature, timestamp, window: skew });
          if (delta === null || user === undefined || !used.use(authid, stepAt(timestamp) + delta, stepAt(timestamp))) return DENIED;
          return admit(candidate, { authid, authrole: user.role, authprovider, realm: user.realm });
        } };
      });
    },
  };
}

function among(users: { readonly [authid: string]: TotpUser }): TotpLookup {
  // A Map, since `users[authid]` would find what every object has. A secret that is none is a mistake of now and not of a login.
  const known = new Map(Object.entries(users));
  for (const { secret } of known.values()) generatorOf(secret);
  return ({ authid = '' }) => known.get(authid);
}

/** The last step that each user came in with. */
class UsedCodes {
  readonly #skew: number;
  readonly #steps = new Map<string, number>();

  constructor(skew: number) {
    this.#skew = skew;
  }

  /** Takes the code of a step; tells whether it was a later one than the last. */
  use(authid: string, step: number, now: number): boolean {
    if (step <= (this.#steps.get(authid) ?? -1)) return false;
    if (this.#steps.size >= MAX_REMEMBERED) this.#forget(now);
    this.#steps.set(authid, step);
    return true;
  }

  #forget(now: number): void {
    for (const [authid, step] of this.#steps) if (step < now - this.#skew) this.#steps.delete(authid);
  }
}

const NO_EXTRA: Dict = Object.freeze({});
const DENIED = denied('the authid or the code is wrong');

function stepAt(timestamp: number): number {
  return Math.floor(timestamp / 1000 / PERIOD);
}

function generatorOf(secret: string): TOTP {
  try {
    const decoded = Secret.fromBase32(secret);
    if (decoded.bytes.length > 0) return new TOTP({ secret: decoded, digits: DIGITS, period: PERIOD });
  } catch {
    // What the library says quotes the secret.
  }
  throw new TypeError(NO_SECRET);
}
