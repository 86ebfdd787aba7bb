import { keccak_256 } from '@noble/hashes/sha3.js';
import { BOX_KEY_BYTES } from '../crypto/box.ts';
import { sha256 } from '../crypto/hash.ts';
import { fromBase64 } from '../protocol/base64.ts';

const HEX = /^(?:[0-9a-f]{2}){32}$/i;

/** Reads 32 bytes, or their text in base64 or hexadecimal. Throws TypeError, which does not show what it was given: it may be a secret. */
export function readKey(key: unknown, name: string): Uint8Array {
  const bytes = typeof key !== 'string' ? key : HEX.test(key) ? fromHex(key) : fromBase64(key);
  if (bytes instanceof Uint8Array && bytes.length === BOX_KEY_BYTES) return bytes.slice();
  throw new TypeError(`${name} must be ${BOX_KEY_BYTES} bytes, or their base64 or hexadecimal text, got something else`);
}

/**
 * The id of a public key (`ppt_keyid`, "End-to-End Encryption Predefined Scheme"): the last 20 bytes of its SHA-256, written as an address of Ethereum is
 * (EIP-55), so that a slip of the pen shows.
 */
export function keyIdOf(publicKey: Uint8Array): string {
  const digits = toHex(sha256(publicKey).subarray(-20));
  const checksum = toHex(keccak_256(new TextEncoder().encode(digits)));
  return `0x${Array.from(digits, (digit, at) => (checksum.charCodeAt(at) >= EIGHT ? digit.toUpperCase() : digit)).join('')}`;
}

// Letters come behind digits in ASCII.
const EIGHT = '8'.charCodeAt(0);

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) => Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16));
}
