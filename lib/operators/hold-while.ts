import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { BoundedQueue, checkOverflow, type OverflowOptions } from './bounded-queue.ts';
import { Outlet } from './outlet.ts';
import { subscribeWithin } from './subscribe-within.ts';

/**
 * Keeps values while `offline$` says so, and lets them go, in order, when it says no longer.
 *
 * `offline$` is subscribed to before the source. Until it has emitted, values pass; when it completes, they pass from then on; its error
 * is an error of the result, at once.
 *
 * No more than `limit` values are kept; `overflow` says what happens to others, and `report` hears of what is dropped. The end of the
 * source, by an error too, comes behind what is kept. Too many values with `overflow: 'error'` end it at once, with OverflowError.
 * Unsubscribing drops what is kept. Throws RangeError where an option makes no sense.
 *
 * With `{ limit: 2, overflow: 'dropOldest' }`:
 *
 * ```
 * offline$  --t---------f-----    t true, f false
 * in        -a--b--c--d---e--|
 * out       -a----------(cd)-e--|    b dropped
 * ```
 *
 * ```ts
 * const offline$ = client.state$.pipe(map(({ kind }) => kind !== 'joined'), distinctUntilChanged());
 * readings$.pipe(
 *   holdWhile(offline$, { limit: 500, overflow: 'dropOldest' }),
 *   concatMap((reading) => client.publish('com.plant.reading', [reading])),
 * ).subscribe();
 * // => what was read before the session is published in it
 * ```
 */
export function holdWhile<T>(offline$: Observable<boolean>, options: OverflowOptions<T> = {}): MonoTypeOperatorFunction<T> {
  checkOverflow(options, 'holdWhile');

  return (source) => new Observable((subscriber) => {
    let holding = false;
    const outlet = new Outlet(subscriber, new BoundedQueue(options), () => !holding);

    function hold(offline: boolean): void {
      holding = offline;
      outlet.flush();
    }

    subscribeWithin(subscriber, offline$, {
      next: hold,
      error: (error: unknown) => outlet.fail(error),
      complete: () => hold(false),
    });
    subscribeWithin(subscriber, source, outlet);
  });
}
