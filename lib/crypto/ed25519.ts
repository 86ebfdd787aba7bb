/** Ed25519 (RFC 8032), synchronous, so that a handshake with a key in memory stays so. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { fromHex, randomBytes } from './bytes.ts';
import type { Signer } from './signer.ts';

export type { SignatureBytes, Signer } from './signer.ts';

const SEED_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** A {@link Signer} with its key in memory. It signs at once, in about half a millisecond, and shows the private half nowhere. */
export interface SigningKey extends Signer {
  sign(message: Uint8Array): Uint8Array;
}

/** A new private key: 32 random bytes (the seed of RFC 8032, 5.1.5). Keep them where nobody reads them. */
export function generateSeed(): Uint8Array {
  return randomBytes(SEED_BYTES);
}

/**
 * A key that signs, from a private key of 32 bytes or their 64 digits in hexadecimal. The bytes are copied. Throws TypeError over anything else,
 * and does not say what it was.
 *
 * ```ts
 * const key = signingKey(generateSeed());
 * verifySignature(key.sign(message), message, key.publicKey); // true
 * ```
 */
export function signingKey(seed: Uint8Array | string): SigningKey {
  const bytes = typeof seed === 'string' ? fromHex(seed, SEED_BYTES) : seed;
  if (!(bytes instanceof Uint8Array) || bytes.length !== SEED_BYTES) throw new TypeError('private key must have 32 bytes, or 64 digits in hexadecimal');
  return new MemoryKey(Uint8Array.from(bytes));
}

/**
 * Tells whether a signature is that of a key's owner. Strict: it takes no signature or key that stands for another one, and no key that
 * anybody can sign with (RFC 8032, 5.1.7, as FIPS 186-5 has it). Total: what is no signature or no key is not valid.
 */
export function verifySignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== PUBLIC_KEY_BYTES) return false;
  return ed25519.verify(signature, message, publicKey, { zip215: false });
}

class MemoryKey implements SigningKey {
  readonly publicKey: Uint8Array;
  readonly #seed: Uint8Array;

  constructor(seed: Uint8Array) {
    this.#seed = seed;
    this.publicKey = ed25519.getPublicKey(seed);
  }

  sign(message: Uint8Array): Uint8Array {
    return ed25519.sign(message, this.#seed);
  }
}
