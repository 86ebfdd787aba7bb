import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { constantTimeEqual, randomToken } from '../crypto/bytes.ts';
import { hmacSha256, pbkdf2Sha256 } from '../crypto/hash.ts';
import { toBase64 } from '../protocol/base64.ts';
import { refuse } from '../protocol/fields.ts';
import type { Dict, Uri } from '../types.ts';
import type { Accept, Authenticator, Candidate, Deny, MaybeLater, Question, Signature, Verifier } from './authenticator.ts';
import { userFinder, type Decoy } from './decoys.ts';
import { mapAnswer } from './maybe-later.ts';
import { admit, denied, nameless } from './verdicts.ts';

const METHOD = 'wampcra';
const MAX_ITERATIONS = 1_000_000;
const MAX_KEYLEN = 1024;

const encoder = new TextEncoder();

/** How a key is derived from a password, as CHALLENGE tells it ("Challenge Response Authentication", "Password Salting"). */
export interface Salting {
  readonly salt: string;
  /** From 1 to 1000000. @default 1000 */
  readonly iterations?: number | undefined;
  /** Bytes of the key before it is written in base64, from 1 to 1024. @default 32 */
  readonly keylen?: number | undefined;
}

/**
 * The key that stands in for a salted password, in base64: what a router keeps instead of the password. It blocks for about 1.3 ms for each
 * thousand iterations. Throws ProtocolError where a parameter is out of bounds.
 *
 * ```ts
 * const secret = deriveKey('secret1', { salt: 'salt123', iterations: 100, keylen: 16 }); // 'prq7+YkJ1/KlW1X0YczMHw=='
 * ```
 */
export function deriveKey(password: string, { salt, iterations = 1000, keylen = 32 }: Salting): string {
  assertWhole(iterations, MAX_ITERATIONS, 'iterations');
  assertWhole(keylen, MAX_KEYLEN, 'keylen');
  return toBase64(pbkdf2Sha256(encoder.encode(password), { salt: encoder.encode(salt), iterations, keylen }));
}

/**
 * Signs a challenge with a secret: `AUTHENTICATE.Signature`. For a third party that signs for its users ("Three-legged Authentication"); a client
 * uses {@link wampcra}.
 */
export function signChallenge(secret: string, challenge: string): string {
  return toBase64(hmacSha256(encoder.encode(secret), encoder.encode(challenge)));
}

/** What a client needs for {@link wampcra}. */
export interface WampCraCredentials {
  /** The name to join under. */
  readonly authid: string;
  /** The password, or the secret itself where it is not salted; or where to get it for each attempt to join. */
  readonly secret: string | (() => MaybeLater<string>);
}

/**
 * Joins with a secret that the router knows and that never travels ("Challenge Response Authentication"): the client signs what the router sends it.
 * Where CHALLENGE has a salt, the key is derived from the secret first; the last one is kept, so that a reconnect does not compute it
 * again. A challenge that asks for more than a million iterations ends the attempt, as it would block the client.
 *
 * ```ts
 * createClient({ url: 'ws://localhost:8080/ws', realm: 'realm1', auth: wampcra({ authid: 'peter', secret: 'secret1' }) });
 * ```
 */
export function wampcra({ authid, secret }: WampCraCredentials): Authenticator {
  let last: { readonly of: string; readonly key: string } | undefined;

  const keyOf = (password: string, salting: Salting | undefined): string => {
    if (salting === undefined) return password;
    const of = JSON.stringify([password, salting]);
    if (last?.of !== of) last = { of, key: deriveKey(password, salting) };
    return last.key;
  };

  return {
    method: METHOD,
    authid,
    answer: (extra) => {
      const { challenge } = extra;
      if (typeof challenge !== 'string') return refuse('CHALLENGE.Extra.challenge', 'a string', challenge);
      const salting = readSalting(extra);
      return mapAnswer(typeof secret === 'function' ? secret() : secret, (password): Signature =>
        ({ signature: signChallenge(keyOf(password, salting), challenge) }));
    },
  };
}

function readSalting({ salt, iterations, keylen }: Dict): Salting | undefined {
  // Some routers write null where there is none.
  if (salt === undefined || salt === null) return undefined;
  if (typeof salt !== 'string') return refuse('CHALLENGE.Extra.salt', 'a string', salt);
  return { salt, iterations: readNumber(iterations, 'iterations'), keylen: readNumber(keylen, 'keylen') };
}

function readNumber(value: unknown, key: 'iterations' | 'keylen'): number | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' ? value : refuse(`CHALLENGE.Extra.${key}`, 'a number', value);
}

function assertWhole(value: number, most: number, name: string): void {
  if (!Number.isInteger(value) || value < 1 || value > most) refuse(name, `an integer from 1 to ${most}`, value);
}

/** A user that joins by WAMP-CRA. */
export interface WampCraUser extends Omit<Salting, 'salt'> {
  /** The secret; where there is a `salt`, the key that {@link deriveKey} makes of the password, and not the password. */
  readonly secret: string;
  readonly salt?: string | undefined;
  /** The role the user gets. */
  readonly role: string;
  /** The name it gets, where that is another one than it claimed. @default the authid of HELLO */
  readonly authid?: string | undefined;
  /** Where the user is known from. @default 'static' for `users`, 'dynamic' for a look-up */
  readonly authprovider?: string | undefined;
  /** Goes into `WELCOME.Details.authextra`. */
  readonly authextra?: Dict | undefined;
  /** The realm it comes into. @default the realm of HELLO */
  readonly realm?: Uri | undefined;
}

/** Finds a user that the router knows nothing of, in a database for instance; `undefined` where there is none. */
export type WampCraLookup = (candidate: Candidate) => MaybeLater<WampCraUser | Deny | undefined>;

/** Options of {@link wampcraVerifier}: the users by authid, or a function that finds them. */
export type WampCraOptions = { readonly users: { readonly [authid: string]: WampCraUser } } | WampCraLookup;

/**
 * Sends a challenge and lets those in who sign it with the right secret. A challenge holds a nonce, the time, and the id of the session, and
 * is good for one answer. Who is not there gets a challenge that looks like that of somebody who is, the same one but for nonce and time at
 * each attempt, and is refused just like one whose secret is wrong: `wamp.error.authentication_denied`.
 *
 * @param scheduler keeps the time that stands in a challenge
 */
export function wampcraVerifier(options: WampCraOptions, scheduler: SchedulerLike = asyncScheduler): Verifier {
  const find = userFinder(typeof options === 'function' ? options : options.users, standIn);
  return {
    method: METHOD,
    begin: (candidate) => {
      const { authid } = candidate;
      if (authid === undefined) return nameless(METHOD);
      return mapAnswer(find(candidate, authid), (user): Deny | Question => ('is' in user ? user : ask({ ...candidate, authid }, user, scheduler)));
    },
  };
}

/** A user that is not there: its secret is known to nobody. */
function standIn({ model, chance }: Decoy<WampCraUser>): WampCraUser {
  const { role = 'user', authprovider, salt, iterations, keylen } = model ?? {};
  return {
    secret: randomToken(32), role, authprovider,
    ...(salt !== undefined && { salt: toBase64(chance).slice(0, salt.length), iterations, keylen }),
  };
}

function ask(candidate: Candidate & { readonly authid: string }, user: WampCraUser, scheduler: SchedulerLike): Question {
  const { session } = candidate;
  const { authid = candidate.authid, role, secret, authprovider = 'dynamic', authextra, realm, salt, iterations = 1000, keylen = 32 } = user;
  const challenge = JSON.stringify({
    authid, authrole: role, authmethod: METHOD, authprovider, nonce: randomToken(16), timestamp: new Date(scheduler.now()).toISOString(), session,
  });
  return {
    is: 'question',
    extra: salt === undefined ? { challenge } : { challenge, salt, iterations, keylen },
    check: ({ signature }): Accept | Deny => {
      if (!constantTimeEqual(encoder.encode(signature), encoder.encode(signChallenge(secret, challenge)))) return DENIED;
      return admit(candidate, { authid, authrole: role, authprovider, authextra, realm });
    },
  };
}

const DENIED = denied('the authid or the secret is wrong');
