import { asyncScheduler, defer, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { BoundedQueue, checkOverflow, type OverflowOptions } from './bounded-queue.ts';
import { inTurns } from './in-turns.ts';

export type { Dropped, Overflow, OverflowOptions } from './bounded-queue.ts';

/** Options of {@link bufferOverflow}. */
export interface BufferOverflowOptions<T> extends OverflowOptions<T> {
  /** Whose turns the values are handed on in; `animationFrameScheduler` for what is drawn. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Puts a bounded buffer between a source that cannot be slowed down and a consumer that works while it is called.
 *
 * A value makes the consumer busy until the current turn of the event loop is over. What comes until then waits, no more than `limit`
 * values of it, and goes on when the turn ends: order is kept, also of a `next` inside a `next`. While a slow consumer runs, frames pile
 * up in the socket and then arrive in one turn, so this is where too many of them show.
 *
 * A consumer that goes on working after it returned, with a promise or a call, cannot be seen from here: see {@link processEach}.
 *
 * The end of the source, by an error too, comes behind what waits. Too many values with `overflow: 'error'` end it at once, with
 * OverflowError. Unsubscribing drops what waits. Throws RangeError where an option makes no sense.
 *
 * With `{ limit: 2, overflow: 'dropOldest' }`, where `(…)` is one turn:
 *
 * ```
 * in   --(abcde)--f--|
 * out  --(ade)----f--|     a at once, b and c dropped, d and e when the turn ended
 * ```
 *
 * ```ts
 * client.topic('com.shop.price').pipe(
 *   bufferOverflow({ limit: 100, overflow: 'dropOldest', report: ({ count }) => console.warn(`${count} prices dropped`) }),
 * ).subscribe(draw);
 * // 103 came in one turn => draws the first and the newest 100, and warns of two
 * ```
 */
export function bufferOverflow<T>(options: BufferOverflowOptions<T> = {}): MonoTypeOperatorFunction<T> {
  checkOverflow(options, 'bufferOverflow');
  const { scheduler = asyncScheduler } = options;

  return (source) => defer(() => inTurns(source, new BoundedQueue(options), scheduler));
}
