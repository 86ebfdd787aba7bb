import { Observable, type Subscriber, type Subscription } from 'rxjs';

interface Waiter<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A stream as somebody asks for it: each value is taken, as far as the stream is concerned, when the next one is asked for. Nothing waits here.
 *
 * ```
 * next()   n------n---------n
 * value    --a----b---------|
 * taken    -------a---------b
 * ```
 */
export class StreamIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #start: (taken: (value: T) => Observable<never>) => Observable<T>;
  readonly #waiters: Waiter<T>[] = [];
  #subscription: Subscription | undefined;
  #held: Subscriber<never> | undefined;
  #isOver = false;
  #failure: { readonly error: unknown } | undefined;

  /** `start` gives a stream that lets each value pass `taken`, and goes on when that has completed. */
  constructor(start: (taken: (value: T) => Observable<never>) => Observable<T>) {
    this.#start = start;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      if (this.#isOver) this.#tellEnd();
      else if (this.#subscription === undefined) this.#begin();
      else this.#release();
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#failure = undefined;
    this.#end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    return this.return().then(() => { throw error; });
  }

  #begin(): void {
    this.#subscription = this.#start((value) => this.#hand(value)).subscribe({
      error: (error: unknown) => { this.#failure = { error }; this.#end(); },
      complete: () => this.#end(),
    });
    if (this.#isOver) this.#subscription.unsubscribe();
  }

  #hand(value: T): Observable<never> {
    return new Observable((held) => {
      this.#waiters.shift()?.resolve({ value, done: false });
      if (this.#waiters.length > 0) held.complete();
      else this.#held = held;
    });
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.complete();
  }

  #end(): void {
    this.#isOver = true;
    this.#subscription?.unsubscribe();
    this.#tellEnd();
  }

  // The first who asks gets the error.
  #tellEnd(): void {
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      const failure = this.#failure;
      this.#failure = undefined;
      if (failure === undefined) resolve({ value: undefined, done: true });
      else reject(failure.error);
    }
  }
}
