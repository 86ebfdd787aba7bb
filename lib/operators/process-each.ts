import { Observable, finalize, from, type ObservableInput, type ObservedValueOf, type OperatorFunction } from 'rxjs';
import { BoundedQueue, checkOverflow, type OverflowOptions } from './bounded-queue.ts';
import { subscribeWithin } from './subscribe-within.ts';

/** Options of {@link processEach}. */
export interface ProcessEachOptions<T> extends OverflowOptions<T> {
  /** How many values may be worked on at the same time. @default 1 */
  readonly concurrency?: number | undefined;
}

/**
 * Works on each value with `project`, no more than `concurrency` at a time, and emits what comes of it: `mergeMap` and `concatMap` with a
 * bound on what waits.
 *
 * Values are begun in order. No more than `limit` of them wait; `overflow` says what happens to others, and `report` hears of what is
 * dropped. `{ limit: 1, overflow: 'latest' }` is an `exhaustMap` that does not miss the last value; `{ limit: 0, overflow: 'dropNewest' }`
 * is `exhaustMap` itself, for any concurrency.
 *
 * Completes when the source has completed and everything that waited is done. Errors at once where the source errors, `project` throws,
 * its work errors, or too many values come with `overflow: 'error'` (OverflowError); what waits is then dropped, and work in progress
 * unsubscribed. Unsubscribing does the same. Throws RangeError where an option makes no sense.
 *
 * With `{ limit: 1, overflow: 'dropOldest' }`, where the work on each takes three frames:
 *
 * ```
 * in   a-bc-d----|
 * out  ---a--c--(d|)     b made room for c
 * ```
 *
 * ```ts
 * client.topic('com.plant.reading').pipe(
 *   processEach(({ args }) => client.call('com.db.insert', args), { concurrency: 4, limit: 1000, overflow: 'dropOldest' }),
 * ).subscribe();
 * // => com.db.insert is called with 7, and with 8
 * ```
 */
export function processEach<T, O extends ObservableInput<unknown>>(
  project: (value: T, index: number) => O, options: ProcessEachOptions<T> = {},
): OperatorFunction<T, ObservedValueOf<O>> {
  const { concurrency = 1 } = options;
  if (!(concurrency === Infinity || (Number.isSafeInteger(concurrency) && concurrency >= 1))) {
    throw new RangeError(`processEach: concurrency must be an integer of at least 1, got ${String(concurrency)}`);
  }
  checkOverflow(options, 'processEach');

  return (source) => new Observable((subscriber) => {
    const waiting = new BoundedQueue(options);
    let running = 0;
    let index = 0;
    let ended = false;
    let pumping = false;

    function fail(error: unknown): void {
      subscriber.error(error);
      waiting.discard();
    }

    function accept(value: T): void {
      try {
        if (running < concurrency && waiting.size === 0) begin(value);
        else waiting.push(value);
      } catch (error) {
        fail(error);
      }
    }

    function begin(value: T): void {
      running += 1;
      let done = false;
      const work = from(project(value, index++)) as Observable<ObservedValueOf<O>>;
      // Work counts until it is torn down, and not until it completes: the next may need what it held.
      const counted = work.pipe(finalize(() => { if (done) finish(); }));
      subscribeWithin(subscriber, counted, { next: (result) => subscriber.next(result), error: fail, complete: () => { done = true; } });
    }

    function finish(): void {
      running -= 1;
      pump();
    }

    // A loop and no recursion: thousands may wait whose work ends at once.
    function pump(): void {
      if (pumping) return;
      pumping = true;
      try {
        while (!subscriber.closed && running < concurrency && waiting.size > 0) begin(waiting.shift());
      } catch (error) {
        fail(error);
      }
      pumping = false;
      if (ended && running === 0 && waiting.size === 0) subscriber.complete();
    }

    function end(): void {
      ended = true;
      pump();
    }

    subscribeWithin(subscriber, source, { next: accept, error: fail, complete: end });
  });
}
