/** What authentication needs of SHA-256. It answers at once, so that a handshake stays synchronous, and needs nothing of the platform. */
import { hmac } from '@noble/hashes/hmac.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { sha256 as sha2 } from '@noble/hashes/sha2.js';

/** SHA-256 (FIPS 180-4): 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  return sha2(message);
}

/** HMAC-SHA256 (RFC 2104): 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(sha2, key, message);
}

/** Parameters of {@link pbkdf2Sha256}. */
export interface Pbkdf2Parameters {
  readonly salt: Uint8Array;
  /** How often each block is hashed: about 1.3 ms for each thousand. */
  readonly iterations: number;
  /** Bytes of the key. */
  readonly keylen: number;
}

/** A key from a password, by PBKDF2-HMAC-SHA256 (RFC 8018). It blocks while it computes: whoever takes the parameters from outside bounds them. */
export function pbkdf2Sha256(password: Uint8Array, { salt, iterations, keylen }: Pbkdf2Parameters): Uint8Array {
  return pbkdf2(sha2, password, salt, { c: iterations, dkLen: keylen });
}
