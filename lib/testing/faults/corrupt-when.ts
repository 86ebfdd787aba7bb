import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Connection, Frame } from '../../transports/transport.ts';
import { alterNext, draw, isWithinPair, type SpoilOptions } from './spoiler.ts';

/** The printable characters of ASCII. */
const FIRST_PRINTABLE = 0x20;
const PRINTABLE = 95;

/**
 * Changes one byte of the next frame to another one for each emission, whichever direction the frame goes; of a text, one character to
 * another printable one of ASCII. Which and to what is left to chance. A text stays well-formed. Frames of no length pass.
 *
 * ```
 * notifier   --x
 * sent       -a--b--c
 * arrives    -a--B--c     B is b but for one byte
 * ```
 *
 * What arrives may still be a message, and another one than was sent. Bytes are copied first, since others may have been sent the same.
 * The notifier is subscribed to by each connection, until that has ended; should it fail, the connection is dropped with its error as the
 * cause.
 */
export function corruptWhen(notifier$: Observable<unknown>, { random = Math.random }: SpoilOptions = {}): MonoTypeOperatorFunction<Connection> {
  return alterNext(notifier$, (frame) => corrupted(frame, random));
}

/** A frame with one byte or character changed. */
export function corrupted(frame: Frame, random: () => number): Frame {
  return typeof frame === 'string' ? corruptedText(frame, random) : corruptedBytes(frame, random);
}

function corruptedText(text: string, random: () => number): string {
  const drawn = draw(text.length, random);
  const at = isWithinPair(text, drawn) ? drawn - 1 : drawn;
  const old = text.codePointAt(at) ?? 0;
  return text.slice(0, at) + String.fromCharCode(otherPrintable(old, random)) + text.slice(at + (old > 0xffff ? 2 : 1));
}

// Of the printable ones all but the one that stands there.
function otherPrintable(old: number, random: () => number): number {
  const isPrintable = old >= FIRST_PRINTABLE && old < FIRST_PRINTABLE + PRINTABLE;
  const drawn = FIRST_PRINTABLE + draw(isPrintable ? PRINTABLE - 1 : PRINTABLE, random);
  return isPrintable && drawn >= old ? drawn + 1 : drawn;
}

function corruptedBytes(bytes: Uint8Array, random: () => number): Uint8Array {
  const changed = new Uint8Array(bytes);
  const at = draw(bytes.length, random);
  changed[at] = bytes[at]! ^ (1 + draw(255, random));
  return changed;
}
