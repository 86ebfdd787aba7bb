import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Connection, Frame } from '../../transports/transport.ts';
import { alterNext, draw, isWithinPair, type SpoilOptions } from './spoiler.ts';

/**
 * Cuts the next frame short for each emission, whichever direction it goes: of the frame arrive as many bytes, or characters of a text, as
 * chance says, at least one less than it has. A text stays well-formed, since a character is not cut in halves. Frames of no length pass.
 *
 * ```
 * notifier   --x
 * sent       -a--b--c
 * arrives    -a--B--c     B is the beginning of b
 * ```
 *
 * The notifier is subscribed to by each connection, until that has ended; should it fail, the connection is dropped with its error as the
 * cause.
 */
export function truncateWhen(notifier$: Observable<unknown>, { random = Math.random }: SpoilOptions = {}): MonoTypeOperatorFunction<Connection> {
  return alterNext(notifier$, (frame) => truncated(frame, random));
}

/** The beginning of a frame. */
export function truncated(frame: Frame, random: () => number): Frame {
  const length = draw(frame.length, random);
  if (typeof frame !== 'string') return frame.slice(0, length);
  return frame.slice(0, isWithinPair(frame, length) ? length - 1 : length);
}
