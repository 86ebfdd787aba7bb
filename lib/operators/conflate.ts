import { asyncScheduler, defer, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';
import { inTurns } from './in-turns.ts';
import type { Store } from './outlet.ts';

/** Options of {@link conflate}. */
export interface ConflateOptions {
  /** Whose turns the values are handed on in; `animationFrameScheduler` for what is drawn. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Makes one value of all that come while the consumer is busy: of what waits and what comes, `reduce` says what waits now. Without it
 * that is the newest.
 *
 * A value makes the consumer busy until the current turn of the event loop is over, or of another scheduler. The first value so goes on
 * at once, and a consumer that falls behind gets one value for each turn instead of a queue. One value waits at most.
 *
 * The end of the source, by an error too, comes behind what waits. What `reduce` throws fails the stream.
 *
 * With `(a, b) => a + b`, where `(…)` is one turn:
 *
 * ```
 * in   --(1234)--5--|
 * out  --(19)----5--|     1 at once, the sum of the others when the turn ended
 * ```
 *
 * ```ts
 * client.topic<[price: Price]>('com.shop.price').pipe(
 *   map(({ args: [price] }) => ({ [price.symbol]: price })),
 *   conflate((prices, more) => ({ ...prices, ...more }), { scheduler: animationFrameScheduler }),
 * ).subscribe(draw);
 * // => draws the first price at once, then what changed, once a frame
 * ```
 */
export function conflate<T>(reduce: (waiting: T, value: T) => T = newest, { scheduler = asyncScheduler }: ConflateOptions = {}): MonoTypeOperatorFunction<T> {
  return (source) => defer(() => inTurns(source, new Slot(reduce), scheduler));
}

function newest<T>(_waiting: T, value: T): T {
  return value;
}

/** Room for one value, into which others are merged. */
class Slot<T> implements Store<T> {
  readonly #reduce: (waiting: T, value: T) => T;
  #waiting: { readonly value: T } | undefined;

  constructor(reduce: (waiting: T, value: T) => T) {
    this.#reduce = reduce;
  }

  get size(): 0 | 1 {
    return this.#waiting === undefined ? 0 : 1;
  }

  push(value: T): void {
    this.#waiting = { value: this.#waiting === undefined ? value : this.#reduce(this.#waiting.value, value) };
  }

  shift(): T {
    const { value } = this.#waiting as { readonly value: T };
    this.#waiting = undefined;
    return value;
  }

  discard(): void {
    this.#waiting = undefined;
  }
}
