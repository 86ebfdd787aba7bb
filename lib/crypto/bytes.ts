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
  return Array.from(randomBytes(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
