/**
 * The public-key box of NaCl (`crypto_box`: X25519, XSalsa20, Poly1305): whoever has one secret key and the other's public key can make one and open
 * one, and nobody else. Byte for byte what NaCl, libsodium, tweetnacl and PyNaCl make. It answers at once and in a time that does not depend on
 * secrets, as far as the primitives of @noble keep to that.
 */
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { randomBytes } from './bytes.ts';

/** Bytes of a public, secret or shared key. */
export const BOX_KEY_BYTES = 32;

/** Bytes of a nonce, which must never be used twice with one shared key: 24 random ones never are. */
export const BOX_NONCE_BYTES = 24;

/** An X25519 key pair. */
export interface BoxKeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** A pair of keys from chance, or of a secret key of 32 bytes that is there already. */
export function boxKeyPair(secretKey: Uint8Array = randomBytes(BOX_KEY_BYTES)): BoxKeyPair {
  return { publicKey: x25519.getPublicKey(secretKey), secretKey };
}

/**
 * The key that both ends compute, each from its own secret key and the other's public one (`crypto_box_beforenm`). Throws RangeError for the few public
 * keys that give everybody the same one.
 */
export function sharedBoxKey(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  let point: Uint8Array;
  try {
    point = x25519.getSharedSecret(secretKey, publicKey);
  } catch {
    // What is thrown there may show what it was given.
    throw new RangeError('public key must be one of X25519 that is not of low order, got another');
  }
  const key = new Uint32Array(8);
  hsalsa(wordsOf(SIGMA), wordsOf(point), new Uint32Array(4), key);
  return new Uint8Array(key.buffer);
}

/** Seals a message (`crypto_box_afternm`): 16 bytes more than it has. */
export function sealBox(sharedKey: Uint8Array, nonce: Uint8Array, message: Uint8Array): Uint8Array {
  return xsalsa20poly1305(sharedKey, nonce).encrypt(message);
}

/** Opens a box (`crypto_box_open_afternm`); `undefined` where it was sealed with another key or nonce, or is not as it was sealed. */
export function openBox(sharedKey: Uint8Array, nonce: Uint8Array, box: Uint8Array): Uint8Array | undefined {
  try {
    return xsalsa20poly1305(sharedKey, nonce).decrypt(box);
  } catch {
    return undefined;
  }
}

const SIGMA = new TextEncoder().encode('expand 32-byte k');

// As the bytes lie in memory: hsalsa turns the words around where the machine is not little-endian.
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}
