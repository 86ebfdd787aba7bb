/**
 * Whether bytes are UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing cut short. A decoder that takes less strict bytes can
 * give two peers two readings of one URI. By hand, as most texts are too short to be worth a call of the TextDecoder.
 */
export function isUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      at++;
      continue;
    }
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (lead < 0xc2 || lead > 0xf4 || length > to - at || !isSecond(lead, bytes[at + 1]!)) return false;
    if (length > 2 && !isContinuation(bytes[at + 2]!)) return false;
    if (length > 3 && !isContinuation(bytes[at + 3]!)) return false;
    at += length;
  }
  return true;
}

// The second byte has narrower bounds behind some leads: against overlong forms, surrogates, and what is beyond U+10FFFF.
function isSecond(lead: number, second: number): boolean {
  if (!isContinuation(second)) return false;
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second < 0x90;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
