import { Subscription, type Observable } from 'rxjs';
import { BoundedQueue, checkOverflow, type OverflowOptions } from './bounded-queue.ts';
import { subscribeWithin } from './subscribe-within.ts';

/**
 * Makes an AsyncIterable of an Observable, for `for await`. It ends a pipe and is no part of one: apply it to the source.
 *
 * Each iteration subscribes at its first `next()`, and takes every value from then on: what comes between two of them waits, no more than
 * `limit` values. `overflow` says what happens to others, and `report` hears of what is dropped. Several `next()` at a time are answered
 * in order.
 *
 * Completion ends the iteration behind what waits, and an error is thrown behind it; too many values with `overflow: 'error'` unsubscribe
 * and end it with OverflowError in the same way. Leaving early (`break`, `return()`, `throw()`) unsubscribes and drops what waits. Throws
 * RangeError where an option makes no sense.
 *
 * ```
 * source   --a--bc-----d--|
 * next()   n----n---n-n------n
 * answers  --a--b---c--d--|        c waited, the last two next() did
 * ```
 *
 * ```ts
 * for await (const { args: [price] } of toAsyncIterable({ limit: 100 })(client.topic('com.shop.price'))) {
 *   await save(price);
 * }
 * // 1 and 2 came => saves 1, then 2
 * ```
 */
export function toAsyncIterable(options: OverflowOptions<unknown> = {}): <T>(source: Observable<T>) => AsyncIterable<T> {
  checkOverflow(options, 'toAsyncIterable');

  return <T>(source: Observable<T>) => ({ [Symbol.asyncIterator]: () => new ValueIterator<T>(source, options) });
}

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/** One iteration: either values wait for `next()`, or calls of `next()` wait for values. */
class ValueIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: Observable<T>;
  readonly #values: BoundedQueue<T>;
  readonly #waiters = new BoundedQueue<Waiter<T>>({ limit: Number.MAX_SAFE_INTEGER }); // as many as its user makes
  #subscription: Subscription | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(source: Observable<T>, options: OverflowOptions<T>) {
    this.#source = source;
    this.#values = new BoundedQueue(options);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject };
      if (this.#values.size > 0) resolve({ value: this.#values.shift(), done: false });
      else if (this.#ended) this.#tellEnd(waiter);
      else this.#waitForValue(waiter);
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#leave();
    return this.next();
  }

  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#leave();
    return Promise.reject(error);
  }

  #waitForValue(waiter: Waiter<T>): void {
    this.#waiters.push(waiter);
    if (this.#subscription !== undefined) return;
    this.#subscription = new Subscription();
    subscribeWithin(this.#subscription, this.#source, {
      next: (value) => this.#take(value),
      error: (error: unknown) => this.#end({ error }),
      complete: () => this.#end(),
    });
  }

  #take(value: T): void {
    if (this.#waiters.size > 0) {
      this.#waiters.shift().resolve({ value, done: false });
      return;
    }
    try {
      this.#values.push(value);
    } catch (error) {
      this.#end({ error });
    }
  }

  #end(failure?: { readonly error: unknown }): void {
    this.#ended = true;
    this.#failure = failure;
    this.#subscription?.unsubscribe();
    while (this.#waiters.size > 0) this.#tellEnd(this.#waiters.shift());
  }

  #leave(): void {
    while (this.#values.size > 0) this.#values.shift();
    this.#end();
  }

  /** The first who asks gets the error. */
  #tellEnd({ resolve, reject }: Waiter<T>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) resolve({ value: undefined, done: true });
    else reject(failure.error);
  }
}
