/** What authentication needs of SHA-256 and Argon2. It answers at once, so that a handshake stays synchronous, and needs nothing of the platform. */
import { argon2id as argon2 } from '@noble/hashes/argon2.js';
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

/** Parameters of {@link argon2id}. */
export interface Argon2Parameters {
  /** From 8 bytes. */
  readonly salt: Uint8Array;
  /** Passes over the memory. */
  readonly iterations: number;
  /** KiB of memory, from 8. */
  readonly memory: number;
}

/** A key of 32 bytes from a password, by Argon2id version 1.3 with one lane (RFC 9106). It blocks for about 4 ms for each MiB and pass. */
export function argon2id(password: Uint8Array, { salt, iterations, memory }: Argon2Parameters): Uint8Array {
  return argon2(password, salt, { t: iterations, m: memory, p: 1, dkLen: 32 });
}
