/**
 * Base64 (RFC 4648, section 4). Own tables: `btoa` is no faster and wants a string of bytes, `Buffer` is not in browsers, and
 * `Uint8Array.fromBase64` is not yet in Node.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = '='.charCodeAt(0);
const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const SEXTETS = new Int8Array(128).fill(-1);
CODES.forEach((code, sextet) => { SEXTETS[code] = sextet; });

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
  const length = text.length - start;
  if (length % 4 !== 0) return undefined;
  const padding = length === 0 || !text.endsWith('=') ? 0 : text.endsWith('==') ? 2 : 1;
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  const whole = text.length - (padding === 0 ? 0 : 4);

  let wrong = 0; // negative as soon as one letter was
  let to = 0;
  for (let at = start; at < whole; at += 4) {
    const word = (sextet(text, at) << 18) | (sextet(text, at + 1) << 12) | (sextet(text, at + 2) << 6) | sextet(text, at + 3);
    wrong |= word;
    bytes[to++] = word >> 16;
    bytes[to++] = word >> 8;
    bytes[to++] = word;
  }
  if (padding > 0) {
    const word = (sextet(text, whole) << 18) | (sextet(text, whole + 1) << 12) | (padding === 1 ? sextet(text, whole + 2) << 6 : 0);
    wrong |= word;
    bytes[to] = word >> 16;
    if (padding === 1) bytes[to + 1] = word >> 8;
    if ((word & (padding === 1 ? 0xff : 0xffff)) !== 0) return undefined; // bits that belong to no byte
  }
  return wrong < 0 ? undefined : bytes;
}

function sextet(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? SEXTETS[code]! : -1;
}
