import { BehaviorSubject, type Observable } from 'rxjs';
import { BoundedQueue, type OverflowOptions } from '../operators/bounded-queue.ts';
import type { Dict } from '../types.ts';
import { CREDIT_KEY } from './credit.ts';

/** How many values wait for credit. */
const OUTPUT_LIMIT = 64;

/**
 * The progressive results of a caller that gave credit: each takes one, and where there is none they wait. A source that can be paused looks at
 * {@link open$} and makes none; of one that cannot, a bounded number waits.
 *
 * ```
 * credit     2         1      2
 * values     -a-b-c-d--------
 * sent       -a-b------c-----d
 * ```
 */
export class Outflow {
  /** Whether there is credit. */
  readonly open$: Observable<boolean>;
  readonly #open = new BehaviorSubject(true);
  readonly #waiting: BoundedQueue<unknown>;
  readonly #send: (value: unknown) => void;
  readonly #opening: number;
  #credit: number;
  #isPumping = false;
  #isClosed = false;
  #isTold = false;
  #end: (() => void) | undefined;

  constructor(credit: number, { limit = OUTPUT_LIMIT, overflow, report }: OverflowOptions<unknown>, send: (value: unknown) => void) {
    this.#credit = credit;
    this.#opening = credit;
    this.#waiting = new BoundedQueue({ limit, overflow, report });
    this.#send = send;
    this.open$ = this.#open.asObservable();
  }

  /** How many values wait for credit. */
  get waiting(): number { return this.#waiting.size; }

  /** Sends a value, or lets it wait. Throws OverflowError where there is no room, and what `report` throws. */
  next(value: unknown): void {
    if (this.#credit > 0 && this.#waiting.size === 0 && !this.#isPumping) this.#spend(value);
    else this.#waiting.push(value);
  }

  /** Does what ends the stream, which takes no credit, behind all that waits. */
  end(then: () => void): void {
    this.#end = then;
    this.#pump();
  }

  /** So many more. */
  grant(credit: number): void {
    this.#credit += credit;
    this.#pump();
    if (this.#credit > 0 && !this.#open.value) this.#open.next(true);
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** The keyword arguments of an answer: the first one says that the credit is kept to. */
  mark(kwargs: Dict | undefined): Dict | undefined {
    if (this.#isTold) return kwargs;
    this.#isTold = true;
    return { ...kwargs, [CREDIT_KEY]: this.#opening };
  }

  #spend(value: unknown): void {
    this.#credit -= 1;
    if (this.#credit === 0) this.#open.next(false);
    this.#send(value);
  }

  // A loop and no recursion: what is sent may bring the next credit along.
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#credit > 0 && this.#waiting.size > 0 && !this.#isClosed) this.#spend(this.#waiting.shift());
    this.#isPumping = false;
    if (this.#waiting.size > 0 || this.#isClosed) return;
    const end = this.#end;
    this.#end = undefined;
    end?.();
  }
}
