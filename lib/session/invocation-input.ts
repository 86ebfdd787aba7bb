import { Observable, type Subscriber } from 'rxjs';
import { BoundedQueue } from '../operators/bounded-queue.ts';
import type { Payload } from '../types.ts';

/** How many payloads wait for a procedure that has not subscribed yet. */
const INPUT_LIMIT = 64;

/**
 * What a caller sends behind the first INVOCATION: kept from the beginning, handed to one subscriber, and then as it comes.
 *
 * ```
 * INVOCATIONs    a-b----c--d--E
 * subscription   ----^---------
 * input$         ----(ab)c-d--|
 * ```
 */
export class InvocationInput {
  readonly values$: Observable<Payload>;
  readonly #waiting: BoundedQueue<Payload>;
  #subscriber: Subscriber<Payload> | undefined;
  #isEmptying = false;
  #end: { readonly error?: unknown } | undefined;
  #isOver = false;

  constructor(limit: number = INPUT_LIMIT) {
    this.#waiting = new BoundedQueue({ limit });
    this.values$ = new Observable((subscriber) => {
      if (this.#subscriber !== undefined) return subscriber.error(new TypeError('input$ of an invocation must be subscribed to once, got a second subscription'));
      this.#subscriber = subscriber;
      subscriber.add(() => this.release());
      this.#empty();
    });
  }

  /** How many payloads wait. */
  get waiting(): number { return this.#waiting.size; }

  /** Hands a payload on, or keeps it. Throws OverflowError where there is no room. Who has left gets none. */
  next(payload: Payload): void {
    if (this.#isOver) return;
    if (this.#subscriber !== undefined && !this.#isEmptying) this.#emit(this.#subscriber, payload);
    else this.#waiting.push(payload);
  }

  /** There is no more, behind what waits. */
  complete(): void {
    this.#end ??= {};
    this.#empty();
  }

  /** It was cut off: what waits is of no use any more. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end = { error };
    this.#drop();
    this.#empty();
  }

  /** The invocation has been answered, or nobody listens any more. */
  release(): void {
    this.#isOver = true;
    this.#drop();
  }

  // One behind the other, also what comes while one is handed on.
  #emit(subscriber: Subscriber<Payload>, payload: Payload): void {
    this.#isEmptying = true;
    subscriber.next(payload);
    this.#isEmptying = false;
    this.#empty();
  }

  #empty(): void {
    const subscriber = this.#subscriber;
    if (subscriber === undefined || this.#isEmptying || this.#isOver) return;
    this.#isEmptying = true;
    while (this.#waiting.size > 0) subscriber.next(this.#waiting.shift());
    this.#isEmptying = false;
    if (this.#end === undefined || this.#isOver) return;
    if ('error' in this.#end) subscriber.error(this.#end.error);
    else subscriber.complete();
  }

  #drop(): void {
    while (this.#waiting.size > 0) this.#waiting.shift();
  }
}
