import { concatBytes } from '../protocol/concat-bytes.ts';

/**
 * Tells whether a value from outside is the expected one, in a time that depends on the given value alone: neither the place of the
 * first difference nor the expected length can be measured from outside.
 */
export function constantTimeEqual(given: Uint8Array, expected: Uint8Array): boolean {
  let difference = given.length ^ expected.length;
  // An expected value without bytes has nothing to compare with: `undefined` counts as 0, and the lengths tell.
  for (let at = 0; at < given.length; at++) difference |= given[at]! ^ (expected[at % expected.length] ?? 0);
  return difference === 0;
}

/** So many bytes of the platform's own source of chance. */
export function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** A secret nobody can guess, in hexadecimal: so many random bytes. */
export function randomToken(bytes: number): string {
  return toHex(randomBytes(bytes));
}

/** Bytes in hexadecimal, in lower case. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Reads so many bytes in hexadecimal, in either case. `undefined` where the value is anything else. */
export function fromHex(text: unknown, length: number): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length !== 2 * length || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** Each byte of `a` with the byte of `b` in the same place, by exclusive or. They have the same length. */
export function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, at) => byte ^ b[at]!);
}

/** One after the other. */
export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(parts);
}
