import { BOX_KEY_BYTES } from '../crypto/box.ts';
import { fromHex } from '../crypto/bytes.ts';
import { checksumAddress } from '../crypto/checksum-address.ts';
import { sha256 } from '../crypto/hash.ts';
import { fromBase64 } from '../protocol/base64.ts';

/** Reads 32 bytes, or their text in base64 or hexadecimal. Throws TypeError, which does not show what it was given: it may be a secret. */
export function readKey(key: unknown, name: string): Uint8Array {
  const bytes = typeof key !== 'string' ? key : (fromHex(key, BOX_KEY_BYTES) ?? fromBase64(key));
  if (bytes instanceof Uint8Array && bytes.length === BOX_KEY_BYTES) return bytes.slice();
  throw new TypeError(`${name} must be ${BOX_KEY_BYTES} bytes, or their base64 or hexadecimal text, got something else`);
}

/**
 * The id of a public key (`ppt_keyid`, "End-to-End Encryption Predefined Scheme"): the last 20 bytes of its SHA-256, written as an address of Ethereum is
 * (EIP-55), so that a slip of the pen shows.
 */
export function keyIdOf(publicKey: Uint8Array): string {
  return checksumAddress(sha256(publicKey).subarray(-20));
}
