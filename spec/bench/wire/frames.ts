/**
 * WebSocket frames written ahead, for peers that must cost nothing beside the process that is measured.
 *
 * The four bytes of the mask are equal, so that a payload masked once fits at any offset of any frame. The receiver cannot tell, and
 * has the full work of unmasking.
 */

const MASK = 0x5a;
const TEXT = 0x81;
const BINARY = 0x82;

/** The header of a complete frame whose payload has `length` bytes; with the mask at its end where it is a client's. */
function header(length: number, first: number, masked: boolean): Buffer {
  const bit = masked ? 0x80 : 0;
  const mask = masked ? [MASK, MASK, MASK, MASK] : [];
  if (length < 126) return Buffer.from([first, bit | length, ...mask]);
  if (length < 65_536) return Buffer.from([first, bit | 126, length >> 8, length & 255, ...mask]);
  const wide = Buffer.alloc(10);
  wide[0] = first;
  wide[1] = bit | 127;
  wide.writeUIntBE(length, 4, 6);
  return Buffer.concat([wide, Buffer.from(mask)]);
}

/** A router's frame. */
export function routerFrame(payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([header(bytes.length, typeof payload === 'string' ? TEXT : BINARY, false), bytes]);
}

/** Text as a client sends it, masked once and used in many frames. */
export function maskedText(text: string): Buffer {
  return Buffer.from(text).map((byte) => byte ^ MASK) as Buffer;
}

/** A client's frame. */
export function clientFrame(text: string): Buffer {
  const bytes = maskedText(text);
  return Buffer.concat([header(bytes.length, TEXT, true), bytes]);
}

/** Bytes that {@link writeClientFrame} needs for this head and tail, or a few more. */
export function roomFor(head: string, tail: Buffer): number {
  return 14 + head.length + tail.length;
}

/** Writes a client's frame of an ASCII head and a masked tail at `at`; gives the offset behind it. */
export function writeClientFrame(target: Buffer, at: number, head: string, tail: Buffer): number {
  const length = head.length + tail.length;
  let end = at;
  target[end++] = TEXT;
  if (length < 126) {
    target[end++] = 0x80 | length;
  } else if (length < 65_536) {
    target[end++] = 0xfe;
    end = target.writeUInt16BE(length, end);
  } else {
    target[end++] = 0xff;
    end = target.writeUInt16BE(0, end);
    end = target.writeUIntBE(length, end, 6);
  }
  for (let i = 0; i < 4; i++) target[end++] = MASK;
  for (let i = 0; i < head.length; i++) target[end++] = head.charCodeAt(i) ^ MASK;
  target.set(tail, end);
  return end + tail.length;
}
