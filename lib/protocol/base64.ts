/**
 * Base64 (RFC 4648, section 4). Written by a table of our own: `btoa` is no faster and wants a string of bytes, `Buffer` is not in browsers,
 * and `Uint8Array.fromBase64` is not yet in Node.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = '='.charCodeAt(0);
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));

const ascii = new TextDecoder();

/** Writes bytes, padded. */
export function toBase64(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const word = (bytes[from]! << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    codes[to] = CODES[word >> 18]!;
    codes[to + 1] = CODES[(word >> 12) & 63]!;
    codes[to + 2] = from + 1 < bytes.length ? CODES[(word >> 6) & 63]! : PAD;
    codes[to + 3] = from + 2 < bytes.length ? CODES[word & 63]! : PAD;
  }
  return ascii.decode(codes);
}

/** Reads the text from an index on. `undefined` where it is not exactly what {@link toBase64} writes for some bytes. */
export function fromBase64(text: string, start = 0): Uint8Array | undefined {
  const base64 = text.slice(start);
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  // It takes spaces, letters without padding, and bits that belong to no byte: none of them where the last four letters are as they are
  // written, and the others make three bytes of four.
  const last = Math.max(Math.ceil(bytes.length / 3) - 1, 0);
  return toBase64(bytes.subarray(last * 3)) === base64.slice(last * 4) ? bytes : undefined;
}
