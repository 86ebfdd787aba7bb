import { argon2id as argon2 } from '@noble/hashes/argon2.js';

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
