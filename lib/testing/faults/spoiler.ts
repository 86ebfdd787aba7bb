import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Connection, Frame } from '../../transports/transport.ts';
import { faulty } from './faulty.ts';
import { straightLane } from './lane.ts';

/** Options of the operators that spoil a frame. */
export interface SpoilOptions {
  /** Source of chance from 0 up to 1; a test passes its own. @default Math.random */
  readonly random?: (() => number) | undefined;
}

/** Puts another frame in the place of the next one that passes, in whichever direction, for each emission. */
export function alterNext(notifier$: Observable<unknown>, alter: (frame: Frame) => Frame): MonoTypeOperatorFunction<Connection> {
  return faulty(() => {
    const spoiler = new Spoiler(alter);
    return {
      lane: (outlet) => straightLane(outlet, (frame) => spoiler.pass(frame)),
      start: (connection) => notifier$.subscribe({ next: () => spoiler.arm(), error: (error: unknown) => connection.error(error) }),
    };
  });
}

/** Spoils as many of the frames that pass as it was armed for. */
export class Spoiler {
  readonly #alter: (frame: Frame) => Frame;
  #armed = 0;

  constructor(alter: (frame: Frame) => Frame) {
    this.#alter = alter;
  }

  arm(): void {
    this.#armed += 1;
  }

  // There is nothing in an empty frame to be spoiled: the next one will do.
  pass(frame: Frame): Frame {
    if (this.#armed === 0 || frame.length === 0) return frame;
    this.#armed -= 1;
    return this.#alter(frame);
  }
}

/** Draws one of the integers from 0 up to `count`. */
export function draw(count: number, random: () => number): number {
  return Math.min(count - 1, Math.floor(random() * count));
}

/** Whether the characters of a text before and behind this place are the halves of one. */
export function isWithinPair(text: string, at: number): boolean {
  return at > 0 && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
