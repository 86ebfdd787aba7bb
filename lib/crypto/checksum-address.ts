import { keccak_256 } from '@noble/hashes/sha3.js';
import { toHex } from './bytes.ts';

/** Bytes as an address of Ethereum is written (EIP-55): a letter is a capital where the digit of the hash of the address says so, so that a slip of the pen shows. */
export function checksumAddress(bytes: Uint8Array): string {
  const digits = toHex(bytes);
  const hash = toHex(keccak_256(new TextEncoder().encode(digits)));
  return `0x${Array.from(digits, (digit, at) => (hash[at]! >= '8' ? digit.toUpperCase() : digit)).join('')}`;
}
