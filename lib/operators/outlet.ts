/**
 * What the operators that hold values back have in common: values leave one at a time and in order, whenever a gate lets them.
 *
 * Internal: `bufferOverflow`, `conflate`, `holdWhile` and `rateLimit` differ in their gate and in where values wait.
 */
import type { Observer, Subscriber } from 'rxjs';

/** Where values wait. */
export interface Store<T> {
  readonly size: number;
  /** May throw, which fails the stream. */
  push(value: T): void;
  shift(): T;
  /** Empties the store of a stream that has failed. */
  discard(): void;
}

/** Whether one value may go now; one that may counts as gone. A gate that says no calls {@link Outlet.flush} when that changes. */
export type Gate = () => boolean;

/** Takes what a source emits, and hands it on to a subscriber as the gate allows. The end of the source comes behind what waits. */
export class Outlet<T> implements Observer<T> {
  readonly #subscriber: Subscriber<T>;
  readonly #store: Store<T>;
  readonly #pass: Gate;
  #handing = false;
  #end: (() => void) | undefined;

  constructor(subscriber: Subscriber<T>, store: Store<T>, pass: Gate) {
    this.#subscriber = subscriber;
    this.#store = store;
    this.#pass = pass;
  }

  next(value: T): void {
    // One that comes while another is being handed on waits, so that no subscriber sees it first.
    if (this.#handing || this.#store.size > 0 || !this.#pass()) {
      this.#keep(value);
      return;
    }
    this.#handing = true;
    this.#subscriber.next(value);
    this.#handing = false;
    this.flush();
  }

  error(error: unknown): void {
    this.#end = () => this.#subscriber.error(error);
    this.flush();
  }

  complete(): void {
    this.#end = () => this.#subscriber.complete();
    this.flush();
  }

  /** Hands on what waits, as far as the gate allows. */
  flush(): void {
    if (this.#handing) return;
    this.#handing = true;
    while (this.#store.size > 0 && this.#pass()) this.#subscriber.next(this.#store.shift());
    this.#handing = false;
    if (this.#store.size === 0) this.#end?.();
  }

  /** Ends the stream at once, and drops what waits. */
  fail(error: unknown): void {
    this.#subscriber.error(error);
    this.#store.discard();
  }

  #keep(value: T): void {
    try {
      this.#store.push(value);
    } catch (error) {
      this.fail(error);
    }
  }
}
