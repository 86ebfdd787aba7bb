import type { Frame } from './transport.ts';

const UTF8 = new TextEncoder();

/** Whether a frame has more bytes than `most` when it is sent. */
export function isLonger(frame: Frame, most: number): boolean {
  // No character of UTF-16 takes more than three bytes: most texts need not be looked at.
  return (typeof frame === 'string' && frame.length * 3 <= most ? frame.length : bytesOf(frame)) > most;
}

/** How many bytes a frame has when it is sent. */
export function bytesOf(frame: Frame): number {
  return (typeof frame === 'string' ? UTF8.encode(frame) : frame).length;
}
