import { Subscription, type Observable, type Unsubscribable } from 'rxjs';
import { isThenable } from '../auth/maybe-later.ts';

/** Who is told what an {@link AsyncSource} gives. */
export interface AsyncSourceObserver {
  next(value: unknown): void;
  /** It has ended; a generator may have returned something. */
  complete(returned: unknown): void;
  error(error: unknown): void;
  /** It failed to stop. */
  report(error: unknown): void;
}

/**
 * What an AsyncIterable yields, one after the other, and only while there is room to send it: what is not asked for is not made. By hand,
 * since `for await` loses what a generator returns. Unsubscribing ends it with `return()`.
 *
 * ```
 * writable$    t-----f-------t---
 * next()       x--x--------- x--x     while it is false none is called
 * ```
 */
export class AsyncSource implements Unsubscribable {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #observer: AsyncSourceObserver;
  readonly #watching = new Subscription();
  #isWritable = false;
  #isPulling = false;
  #isOver = false;

  constructor(iterator: AsyncIterator<unknown>, observer: AsyncSourceObserver) {
    this.#iterator = iterator;
    this.#observer = observer;
  }

  start(writable$: Observable<boolean>): void {
    const heed = (isWritable: boolean): void => {
      this.#isWritable = isWritable;
      if (isWritable) this.#pull();
    };
    // Nothing is sent over a connection that has ended, and nothing has to wait for it.
    this.#watching.add(writable$.subscribe({ next: heed, complete: () => heed(true) }));
  }

  unsubscribe(): void {
    if (this.#isOver) return;
    this.#end();
    const returned: unknown = this.#iterator.return?.();
    if (isThenable(returned)) returned.then(undefined, (error: unknown) => this.#observer.report(error));
  }

  #pull(): void {
    if (!this.#isWritable || this.#isPulling || this.#isOver) return;
    this.#isPulling = true;
    this.#ask().then(({ done, value }) => {
      this.#isPulling = false;
      if (this.#isOver) return;
      if (done === true) {
        this.#end();
        return this.#observer.complete(value);
      }
      this.#observer.next(value);
      this.#pull();
    }).catch((error: unknown) => {
      this.#end();
      this.#observer.error(error);
    });
  }

  // One that throws is as good as one that rejects.
  #ask(): Promise<IteratorResult<unknown>> {
    try {
      return Promise.resolve(this.#iterator.next());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#watching.unsubscribe();
  }
}
