import { toHex } from '../crypto/bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Dict } from '../types.ts';

// Beside what is known of a connection, and not in it: that is shown to procedures and functions, and copied.
const keys = new WeakMap<Dict, string>();

/** Has a connection go with a cookie. Of its value a hash is kept, which is of no use to whoever sees it. */
export function giveCookie(transport: Dict, value: string): void {
  keys.set(transport, toHex(sha256(new TextEncoder().encode(value))));
}

/** The hash of the cookie that a connection goes with, in hexadecimal. */
export function cookieOf(transport: Dict): string | undefined {
  return keys.get(transport);
}

/** Has what is shown of a connection go with its cookie, too. */
export function carryCookie(from: Dict, to: Dict): void {
  const key = keys.get(from);
  if (key !== undefined) keys.set(to, key);
}
