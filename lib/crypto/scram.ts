/**
 * The arithmetic of SCRAM-SHA-256 (RFC 5802, 7677; "SCRAM Algorithms"): what a client and a router compute from a password or from what is kept of it, and from
 * what was said so far.
 */
import saslprep from '@mongodb-js/saslprep';
import { argon2id } from './argon2.ts';
import { constantTimeEqual, xor } from './bytes.ts';
import { hmacSha256, pbkdf2Sha256, sha256 } from './hash.ts';

/** How a password becomes a key: Argon2id 1.3, or PBKDF2 with SHA-256. */
export type ScramKdf = 'argon2id13' | 'pbkdf2';

/** What a password is salted with. */
export interface ScramSalting {
  readonly kdf: ScramKdf;
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** KiB; for Argon2id alone. */
  readonly memory: number;
}

/** What a router keeps of a password: it proves to who has it that the router knows it, and cannot be used in its place. */
export interface ScramKeys {
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

const encoder = new TextEncoder();

/** What two spellings of one name or password have in common (SASLprep, RFC 4013). Throws where a character is in it that may not be. */
export function normalize(text: string): string {
  return saslprep(text);
}

/** The salted password: 32 bytes. It blocks for as long as the parameters want. */
export function saltPassword(password: string, { kdf, salt, iterations, memory }: ScramSalting): Uint8Array {
  const bytes = encoder.encode(normalize(password));
  return kdf === 'pbkdf2' ? pbkdf2Sha256(bytes, { salt, iterations, keylen: 32 }) : argon2id(bytes, { salt, iterations, memory });
}

/** What a router keeps of a salted password. */
export function scramKeys(salted: Uint8Array): ScramKeys {
  return { storedKey: sha256(clientKey(salted)), serverKey: hmacSha256(salted, encoder.encode('Server Key')) };
}

/** `ClientProof`: that the client has the password. */
export function clientProof(salted: Uint8Array, authMessage: string): Uint8Array {
  const key = clientKey(salted);
  return xor(key, hmacSha256(sha256(key), encoder.encode(authMessage)));
}

/** Tells whether a proof is that of who has the password. */
export function provesClient(proof: Uint8Array, { storedKey }: ScramKeys, authMessage: string): boolean {
  if (proof.length !== storedKey.length) return false;
  return constantTimeEqual(sha256(xor(proof, hmacSha256(storedKey, encoder.encode(authMessage)))), storedKey);
}

/** `ServerSignature`: that the router has the keys. */
export function serverSignature({ serverKey }: ScramKeys, authMessage: string): Uint8Array {
  return hmacSha256(serverKey, encoder.encode(authMessage));
}

/** A name as it stands in `AuthMessage` (RFC 5802, 5.1): a comma or an equals sign would be the end of it. */
export function escapeName(name: string): string {
  return name.replace(/[=,]/g, (character) => (character === ',' ? '=2C' : '=3D'));
}

function clientKey(salted: Uint8Array): Uint8Array {
  return hmacSha256(salted, encoder.encode('Client Key'));
}
