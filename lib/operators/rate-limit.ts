import { Observable, asyncScheduler, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { BoundedQueue, checkOverflow, type OverflowOptions } from './bounded-queue.ts';
import { Outlet } from './outlet.ts';
import { subscribeWithin } from './subscribe-within.ts';

/** Options of {@link rateLimit}. */
export interface RateLimitOptions<T> extends OverflowOptions<T> {
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The longest time a runtime's timers know. */
const LONGEST = 2 ** 31 - 1;

/**
 * Hands on no more than `count` values in any span of `period` milliseconds. The rest waits for its time, in order.
 *
 * A value goes at once where the limit allows it. No more than `limit` values wait; `overflow` says what happens to others, and `report`
 * hears of what is dropped: with `{ limit: 0, overflow: 'dropNewest' }` nothing waits, and what comes too soon is dropped. The end of the
 * source, by an error too, comes behind what waits. Too many values with `overflow: 'error'` end it at once, with OverflowError.
 * Unsubscribing drops what waits, and leaves no timer. Throws RangeError where an argument makes no sense.
 *
 * With `rateLimit(2, 5)`:
 *
 * ```
 * in   a-b-c-d|
 * out  a-b--c-(d|)
 * ```
 *
 * ```ts
 * orders$.pipe(
 *   rateLimit(10, 1000, { limit: 200 }),
 *   mergeMap((order) => client.call('com.shop.order', [order])),
 * ).subscribe();
 * // => no more than 10 calls in any second
 * ```
 */
export function rateLimit<T>(count: number, period: number, options: RateLimitOptions<T> = {}): MonoTypeOperatorFunction<T> {
  if (!(Number.isSafeInteger(count) && count >= 1)) throw new RangeError(`rateLimit: count must be an integer of at least 1, got ${String(count)}`);
  if (!(typeof period === 'number' && period > 0 && period <= LONGEST)) {
    throw new RangeError(`rateLimit: period must be a number above 0 and up to ${LONGEST}, got ${String(period)}`);
  }
  checkOverflow(options, 'rateLimit');
  const { scheduler = asyncScheduler } = options;

  return (source) => new Observable((subscriber) => {
    const now = steady(scheduler);
    const sent = new BoundedQueue<number>({ limit: count }); // the times of the last `count` values
    let isTiming = false;

    const outlet = new Outlet(subscriber, new BoundedQueue(options), () => {
      const time = now();
      while (sent.size > 0 && sent.first + period <= time) sent.shift();
      if (sent.size === count) {
        if (!isTiming) flushIn(sent.first + period - time);
        return false;
      }
      sent.push(time);
      return true;
    });

    function flushIn(ms: number): void {
      isTiming = true;
      subscriber.add(scheduler.schedule(() => {
        isTiming = false;
        outlet.flush();
      }, Math.ceil(ms)));
    }

    subscribeWithin(subscriber, source, outlet);
  });
}

/** A clock that stands still where the scheduler's is set back, instead of making everybody wait for the time that it lost. */
function steady(scheduler: SchedulerLike): () => number {
  let seen = scheduler.now();
  let elapsed = 0;
  return () => {
    const now = scheduler.now();
    elapsed += Math.max(0, now - seen);
    seen = now;
    return elapsed;
  };
}
