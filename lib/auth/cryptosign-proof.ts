/** What both ends of cryptosign have in common: 96 bytes, a signature and the 32 bytes it is of ("Computing the Signature"). */
import { constantTimeEqual, fromHex, randomBytes, toHex } from '../crypto/bytes.ts';
import { signingKey, verifySignature } from '../crypto/ed25519.ts';
import type { Signer } from '../crypto/signer.ts';
import { refuse, show } from '../protocol/fields.ts';
import type { ChannelBinding } from '../types.ts';
import type { MaybeLater } from './authenticator.ts';
import { mapAnswer } from './maybe-later.ts';

/** The name of the method. */
export const METHOD = 'cryptosign';

/** The ids of a TLS connection that can be bound to. */
export const CHANNEL_BINDINGS: readonly ChannelBinding[] = ['tls-exporter', 'tls-unique'];

/** Exclusive or with it changes nothing. */
export const NO_CHANNEL_ID: Uint8Array = new Uint8Array(32);

/** A signature, and what it is of. */
export interface Proof {
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

/** 32 bytes nobody can foresee. */
export function newChallenge(): Uint8Array {
  return randomBytes(32);
}

/** Signs 32 bytes, and writes signature and bytes in hexadecimal. */
export function proofOf(signer: Signer, message: Uint8Array): MaybeLater<string> {
  return mapAnswer(signer.sign(message), (signature) => {
    if (!(signature instanceof Uint8Array) || signature.length !== 64) throw new TypeError('signature of a signer must have 64 bytes');
    return toHex(signature) + toHex(message);
  });
}

/** Reads what {@link proofOf} writes; `undefined` where it is anything else. */
export function readProof(value: unknown): Proof | undefined {
  const bytes = fromHex(value, 96);
  return bytes && { signature: bytes.subarray(0, 64), message: bytes.subarray(64) };
}

/** Tells whether a proof is of these bytes, and by the owner of this key. The signature is looked at in any case, and takes its time. */
export function verifyProof({ signature, message }: Proof, expected: Uint8Array, publicKey: Uint8Array): boolean {
  const isSigned = verifySignature(signature, message, publicKey);
  return constantTimeEqual(message, expected) && isSigned;
}

/** 32 bytes in hexadecimal. Throws ProtocolError. */
export function readBytes(value: unknown, name: string): Uint8Array {
  return fromHex(value, 32) ?? refuse(name, '32 bytes in hexadecimal', value);
}

/** What signs with a key that an option gives. The error does not show it. */
export function signerOf(key: Signer | string, name: string): Signer {
  if (typeof key === 'string') return signingKey(key);
  const isSigner = typeof key === 'object' && key !== null && typeof key.sign === 'function' && key.publicKey instanceof Uint8Array && key.publicKey.length === 32;
  if (!isSigner) throw new TypeError(`${name} must be a private key in hexadecimal, or what signs with one`);
  return key;
}

/** A public key that an option gives. The error does not show it: it may be the private one by mistake. */
export function publicKeyOf(key: string, name: string): Uint8Array {
  const bytes = fromHex(key, 32);
  if (bytes === undefined) throw new TypeError(`${name} must be a public key of 32 bytes in hexadecimal`);
  return bytes;
}

/** Throws TypeError over what is no type of channel binding. */
export function assertBinding(type: ChannelBinding, name: string): void {
  if (!CHANNEL_BINDINGS.includes(type)) throw new TypeError(`${name} must be one of ${CHANNEL_BINDINGS.join(', ')}, got ${show(type)}`);
}
