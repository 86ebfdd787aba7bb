import { constantTimeEqual, randomBytes } from '../crypto/bytes.ts';
import { clientProof, escapeName, normalize, provesClient, saltPassword, scramKeys, serverSignature, type ScramKdf, type ScramSalting } from '../crypto/scram.ts';
import { AuthenticationError } from '../errors.ts';
import { fromBase64, toBase64 } from '../protocol/base64.ts';
import { own, refuse } from '../protocol/fields.ts';
import type { Dict, Uri } from '../types.ts';
import type { Accept, Authenticator, Candidate, Deny, MaybeLater, Question, Signature, Verifier } from './authenticator.ts';
import { userFinder, type Decoy } from './decoys.ts';
import { chainAnswer, mapAnswer } from './maybe-later.ts';
import { dialectOf, type ScramDialect, type ScramMethod } from './scram-dialects.ts';
import { admit, denied, nameless } from './verdicts.ts';

export type { ScramKdf, ScramSalting } from '../crypto/scram.ts';
export type { ScramMethod } from './scram-dialects.ts';

const NONCE_BYTES = 16;
const SALT_BYTES = 16;

/** Longer nonces and salts serve nobody. */
const MAX_TEXT = 1024;

/** Attempts that may be under way at a time: more than a handover and a reconnect make. */
const MAX_ATTEMPTS = 16;

/** Below these a password is found out too fast (RFC 7677, 4); above them a client would be blocked for many seconds. */
const LEAST_ITERATIONS = 4096;
const MOST_ITERATIONS = 1_000_000;
const LEAST_WORK = 1024;
const MOST_WORK = 2 ** 22;
const MOST_MEMORY = 2 ** 20;

/** What a client needs for {@link scram}. */
export interface ScramCredentials {
  /** The name to join under. */
  readonly authid: string;
  /** The password, or where to get it for each attempt to join. */
  readonly password: string | (() => MaybeLater<string>);
  /** `'wamp-scram'` is that of the specification, `'scram'` what Autobahn and Crossbar.io make of it. @default 'wamp-scram' */
  readonly method?: ScramMethod | undefined;
  /**
   * Salts a normalized password in another way than on the spot, to 32 bytes: in a worker, or with WebAssembly. @default what comes with the
   * library, which takes about 4 ms for each MiB and pass of Argon2id, and 1.3 ms for each thousand iterations of PBKDF2
   */
  readonly derive?: ((password: string, salting: ScramSalting) => MaybeLater<Uint8Array>) | undefined;
}

/**
 * Joins with a password that neither travels nor is known to the router ("Salted Challenge Response Authentication Mechanism"), and ends the attempt
 * where the router cannot prove that it knows the user. The salted password is kept, so that a reconnect does not compute it again.
 *
 * A challenge that costs too little, which is how a false router gets at a password, or too much, which blocks the client, ends the attempt: PBKDF2
 * takes from 4096 to a million iterations, Argon2id up to 1 GiB of memory and from 1 MiB to 4 GiB over all passes. Channel binding is not asked for.
 *
 * ```ts
 * createClient({ url: 'ws://localhost:8080/ws', realm: 'realm1', auth: scram({ authid: 'peter', password: 'secret1' }) });
 * ```
 */
export function scram({ authid, password, method = 'wamp-scram', derive = saltPassword }: ScramCredentials): Authenticator {
  const dialect = dialectOf(method);
  const name = normalize(authid);
  const attempts = new Attempts();
  let last: { readonly of: string; readonly salted: Uint8Array } | undefined;

  const saltedOf = (text: string, salting: ScramSalting): MaybeLater<Uint8Array> => {
    const of = JSON.stringify([text, salting.kdf, toBase64(salting.salt), salting.iterations, salting.memory]);
    if (last?.of === of) return last.salted;
    return mapAnswer(derive(normalize(text), salting), (bytes) => {
      last = { of, salted: dialect.salted(bytes, salting.kdf) };
      return last.salted;
    });
  };

  return {
    method,
    authid: name,
    // Read for each HELLO: each attempt has a nonce of its own.
    get authextra() {
      return { nonce: attempts.begin() };
    },
    answer: (extra) => {
      const nonce = readText(extra, 'nonce');
      const clientNonce = attempts.find((mine) => dialect.continues(nonce, mine));
      if (clientNonce === undefined) throw new AuthenticationError('CHALLENGE.Extra.nonce must begin with the nonce of HELLO, got another');
      const salting = readSalting(extra, dialect);
      const message = authMessage(dialect, { authid: name, clientNonce, nonce, ...salting });
      return chainAnswer(typeof password === 'function' ? password() : password, (text) => mapAnswer(saltedOf(text, salting), (salted): Signature => {
        attempts.expect(clientNonce, serverSignature(scramKeys(salted), message));
        return { signature: toBase64(clientProof(salted, message)), extra: dialect.answer(nonce) };
      }));
    },
    welcome: ({ authextra }) => {
      const proof = own(authextra, dialect.verifier);
      // The example of the text writes it as RFC 5802 does, with "v=" before it.
      const bytes = typeof proof === 'string' && proof.length <= MAX_TEXT ? fromBase64(proof.replace(/^v=/, '')) : undefined;
      if (bytes === undefined || !attempts.end(bytes)) throw new AuthenticationError('router must prove that it knows the user, and did not');
    },
  };
}

/** The attempts to join that are under way, by their nonces, and what each expects WELCOME to prove. */
class Attempts {
  readonly #expected = new Map<string, Uint8Array | undefined>();

  begin(): string {
    const nonce = toBase64(randomBytes(NONCE_BYTES));
    if (this.#expected.size === MAX_ATTEMPTS) this.#expected.delete(this.#expected.keys().next().value ?? '');
    this.#expected.set(nonce, undefined);
    return nonce;
  }

  find(is: (nonce: string) => boolean): string | undefined {
    return [...this.#expected.keys()].find(is);
  }

  expect(nonce: string, proof: Uint8Array): void {
    this.#expected.set(nonce, proof);
  }

  /** Ends the attempt that expects this proof; tells whether there is one. */
  end(proof: Uint8Array): boolean {
    for (const [nonce, expected] of this.#expected) {
      if (expected !== undefined && constantTimeEqual(proof, expected)) return this.#expected.delete(nonce);
    }
    return false;
  }
}

interface Said {
  readonly authid: string;
  readonly clientNonce: string;
  readonly nonce: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

function authMessage({ bound }: ScramDialect, { authid, clientNonce, nonce, salt, iterations }: Said): string {
  return `n=${escapeName(authid)},r=${clientNonce},r=${nonce},s=${toBase64(salt)},i=${iterations},c=${bound},r=${nonce}`;
}

function readSalting(extra: Dict, { kdfs }: ScramDialect): ScramSalting {
  const name = readText(extra, 'kdf');
  const kdf = name === kdfs.argon2id13 ? 'argon2id13' : name === kdfs.pbkdf2 ? 'pbkdf2' : refuse('CHALLENGE.Extra.kdf', `one of ${kdfs.argon2id13}, ${kdfs.pbkdf2}`, name);
  const text = readText(extra, 'salt');
  const salt = fromBase64(text);
  if (salt === undefined || salt.length < 8) return refuse('CHALLENGE.Extra.salt', 'at least 8 bytes in base64', text);
  const { iterations, memory } = extra;
  if (kdf === 'pbkdf2') return { kdf, salt, iterations: readCost(iterations, 'iterations', LEAST_ITERATIONS, MOST_ITERATIONS), memory: 0 };
  const kibibytes = readCost(memory, 'memory', 8, MOST_MEMORY);
  return {
    kdf, salt, memory: kibibytes,
    iterations: readCost(iterations, 'iterations', Math.ceil(LEAST_WORK / kibibytes), Math.floor(MOST_WORK / kibibytes)),
  };
}

function readText(extra: Dict, key: 'nonce' | 'kdf' | 'salt'): string {
  const value = extra[key];
  return typeof value === 'string' && value.length <= MAX_TEXT ? value : refuse(`CHALLENGE.Extra.${key}`, `a string of up to ${MAX_TEXT} characters`, value);
}

function readCost(value: unknown, key: 'iterations' | 'memory', least: number, most: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
    ? value
    : refuse(`CHALLENGE.Extra.${key}`, `an integer from ${least} to ${most}`, value);
}

/** What a router keeps of a user that joins by SCRAM: {@link scramUser} makes it. Whoever steals it has no password. */
export interface ScramUser {
  readonly kdf: ScramKdf;
  /** In base64, and of this user alone. */
  readonly salt: string;
  readonly iterations: number;
  /** KiB; for Argon2id. */
  readonly memory?: number | undefined;
  /** In base64. */
  readonly storedKey: string;
  /** In base64. */
  readonly serverKey: string;
  /** The role the user gets. */
  readonly role: string;
  /** The name it gets, where that is another one than it claimed. @default the authid of HELLO */
  readonly authid?: string | undefined;
  /** Where the user is known from. @default 'static' for `users`, 'dynamic' for a look-up */
  readonly authprovider?: string | undefined;
  /** Goes into `WELCOME.Details.authextra`, beside the proof. */
  readonly authextra?: Dict | undefined;
  /** The realm it comes into. @default the realm of HELLO */
  readonly realm?: Uri | undefined;
}

/** Options of {@link scramUser}. */
export interface ScramUserOptions {
  /** The role the user gets. */
  readonly role: string;
  /** @default 'argon2id13' */
  readonly kdf?: ScramKdf | undefined;
  /** @default 3 for Argon2id, 100000 for PBKDF2 */
  readonly iterations?: number | undefined;
  /** KiB; for Argon2id. @default 4096 */
  readonly memory?: number | undefined;
  /** @default 16 random bytes */
  readonly salt?: Uint8Array | undefined;
  /** The method that it is for: the keys of the one are none of the other. @default 'wamp-scram' */
  readonly method?: ScramMethod | undefined;
}

/** What a router keeps of a password. With the defaults it blocks for about 60 ms (Argon2id) or 130 ms (PBKDF2). */
export function scramUser(password: string, options: ScramUserOptions): ScramUser {
  const { role, kdf = 'argon2id13', iterations = kdf === 'pbkdf2' ? 100_000 : 3, memory = 4096, salt = randomBytes(SALT_BYTES), method = 'wamp-scram' } = options;
  const salted = dialectOf(method).salted(saltPassword(password, { kdf, salt, iterations, memory }), kdf);
  const { storedKey, serverKey } = scramKeys(salted);
  return {
    kdf, salt: toBase64(salt), iterations, ...(kdf === 'argon2id13' && { memory }), storedKey: toBase64(storedKey), serverKey: toBase64(serverKey), role,
  };
}

/** Finds a user that the router knows nothing of, in a database for instance; `undefined` where there is none. */
export type ScramLookup = (candidate: Candidate) => MaybeLater<ScramUser | Deny | undefined>;

/** Options of {@link scramVerifier}. */
export interface ScramOptions {
  /** The users by authid, or a function that finds them. */
  readonly users: { readonly [authid: string]: ScramUser } | ScramLookup;
  /** @default 'wamp-scram' */
  readonly method?: ScramMethod | undefined;
}

/**
 * Lets those in who prove that they have the password, and proves to them that the router knows them. A challenge is good for one answer. Who
 * is not there gets a challenge like that of somebody who is, with the same salt at each attempt, and is refused just like one whose password
 * is wrong: `wamp.error.authentication_denied`. Channel binding is refused: no router can offer it in WAMP.
 */
export function scramVerifier({ users, method = 'wamp-scram' }: ScramOptions): Verifier {
  const dialect = dialectOf(method);
  const find = userFinder(users, standIn, normalize);
  return {
    method,
    begin: (candidate) => {
      const { authid, authextra } = candidate;
      const nonce = own(authextra, 'nonce');
      if (authid === undefined) return nameless(method);
      if (typeof nonce !== 'string' || nonce.length === 0 || nonce.length > MAX_TEXT || fromBase64(nonce) === undefined) {
        return deny(`HELLO.Details.authextra.nonce must be there in base64 for the method "${method}"`);
      }
      if ((own(authextra, 'channel_binding') ?? null) !== null) return deny('HELLO.Details.authextra.channel_binding must be null here');
      return mapAnswer(find(candidate, authid), (user): Deny | Question => ('is' in user ? user : ask({ candidate, authid, clientNonce: nonce, user, dialect })));
    },
  };
}

/** A user that is not there: its keys fit no password. */
function standIn({ model, chance }: Decoy<ScramUser>): ScramUser {
  const { kdf = 'argon2id13', iterations = 3, memory = 4096, role = 'user', salt } = model ?? {};
  const length = salt === undefined ? SALT_BYTES : (fromBase64(salt)?.length ?? SALT_BYTES);
  const bytes = Uint8Array.from({ length }, (_, at) => chance[at % chance.length]!);
  const nobody = toBase64(randomBytes(32));
  return { kdf, iterations, ...(kdf === 'argon2id13' && { memory }), salt: toBase64(bytes), storedKey: nobody, serverKey: nobody, role };
}

interface Asked {
  readonly candidate: Candidate;
  readonly authid: string;
  readonly clientNonce: string;
  readonly user: ScramUser;
  readonly dialect: ScramDialect;
}

function ask({ candidate, authid, clientNonce, user, dialect }: Asked): Question {
  const { kdf, salt, iterations, memory } = user;
  const nonce = dialect.combine(clientNonce, randomBytes(NONCE_BYTES));
  const keys = { storedKey: bytesOf(user.storedKey, 'storedKey'), serverKey: bytesOf(user.serverKey, 'serverKey') };
  const message = authMessage(dialect, { authid, clientNonce, nonce, salt: bytesOf(salt, 'salt'), iterations });
  return {
    is: 'question',
    extra: { nonce, salt, kdf: dialect.kdfs[kdf], iterations, memory: memory ?? null },
    check: ({ signature, extra = {} }): Accept | Deny => {
      const proof = signature.length <= MAX_TEXT ? fromBase64(signature) : undefined;
      const said = dialect.answer(nonce);
      const agrees = Object.keys(said).every((key) => (own(extra, key) ?? null) === said[key]);
      if (!provesClient(proof ?? new Uint8Array(32), keys, message) || !agrees) return DENIED;
      const { role, authid: name = authid, authprovider = 'dynamic', authextra, realm } = user;
      const verifier = toBase64(serverSignature(keys, message));
      return admit(candidate, { authid: name, authrole: role, authprovider, realm, authextra: { ...authextra, [dialect.verifier]: verifier } });
    },
  };
}

// The message does not show it: what stands there by mistake may be a secret.
function bytesOf(text: string, name: string): Uint8Array {
  const bytes = typeof text === 'string' ? fromBase64(text) : undefined;
  if (bytes === undefined) throw new TypeError(`${name} of a user that joins by SCRAM must be in base64, as scramUser() gives it`);
  return bytes;
}

function deny(message: string): Deny {
  return { is: 'deny', message };
}

const DENIED = denied('the authid or the password is wrong');
