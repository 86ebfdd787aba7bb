/**
 * The one place where values wait, for every operator that lets them: bounded, in order, and never dropping anything in silence.
 *
 * Internal: the operators re-export what a user sees of it, the options.
 */
import { OverflowError } from '../errors.ts';

/**
 * What happens to a value for which there is no room:
 *
 * - `'error'`: the stream fails with OverflowError
 * - `'dropOldest'`: the value that has waited longest makes room for it
 * - `'dropNewest'`: it is dropped, and what waits stays
 * - `'latest'`: everything that waits is dropped, and it alone is kept
 */
export type Overflow = 'error' | 'dropOldest' | 'dropNewest' | 'latest';

/** A value that was taken from the source and will not be handed on. */
export interface Dropped<T> {
  readonly value: T;
  /** The rule that let it go; `'error'` where the stream failed before its turn came, of too many values or of another error. */
  readonly reason: Overflow;
  /** How many this subscription has dropped so far, with this one. */
  readonly count: number;
}

/** How many values may wait, and what happens to more. */
export interface OverflowOptions<T> {
  /** How many values may wait. 0 lets none wait: what cannot go on at once has no room. @default 1000 */
  readonly limit?: number | undefined;
  /** What happens to a value for which there is no room. @default 'error' */
  readonly overflow?: Overflow | undefined;
  /** Told of each value that is dropped, as it happens. If it throws, the stream fails with what it threw. @default nobody is told */
  readonly report?: ((dropped: Dropped<T>) => void) | undefined;
}

const RULES: readonly unknown[] = ['error', 'dropOldest', 'dropNewest', 'latest'] satisfies Overflow[];
const FIRST_SIZE = 8;

/** Throws RangeError where the options make no sense; `what` names the operator in the sentence. */
export function checkOverflow({ limit, overflow }: OverflowOptions<never>, what: string): void {
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 0)) {
    throw new RangeError(`${what}: limit must be an integer of at least 0, got ${String(limit)}`);
  }
  if (overflow !== undefined && !RULES.includes(overflow)) {
    throw new RangeError(`${what}: overflow must be 'error', 'dropOldest', 'dropNewest' or 'latest', got ${String(overflow)}`);
  }
}

/** First in, first out, never above its limit. A ring that grows with what it holds, so both ends cost the same at any length. */
export class BoundedQueue<T> {
  readonly #limit: number;
  readonly #overflow: Overflow;
  #report: ((dropped: Dropped<T>) => void) | undefined;
  #ring: (T | undefined)[] = [];
  #head = 0;
  #size = 0;
  #dropped = 0;

  constructor({ limit = 1000, overflow = 'error', report }: OverflowOptions<T>) {
    this.#limit = limit;
    this.#overflow = overflow;
    this.#report = report;
  }

  get size(): number {
    return this.#size;
  }

  /** The oldest value; to be asked only while there is one. */
  get first(): T {
    return this.#ring[this.#head] as T;
  }

  /** Takes a value in, or does what the rule says. Throws OverflowError if that is the rule, and whatever `report` throws. */
  push(value: T): void {
    if (this.#size < this.#limit) this.#append(value);
    else this.#overflowWith(value);
  }

  /** Takes the oldest value out; to be asked only while there is one. */
  shift(): T {
    const value = this.first;
    this.#ring[this.#head] = undefined; // not kept alive by its slot
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#size -= 1;
    return value;
  }

  /** Empties the queue of a stream that has failed. */
  discard(): void {
    while (this.#size > 0) this.#drop(this.shift(), 'error');
  }

  // `report` may push again: the queue is in order before anybody is told.
  #overflowWith(value: T): void {
    const rule = this.#overflow;
    if (rule === 'error') {
      this.#drop(value, rule);
      throw new OverflowError(`no more than ${this.#limit} values may wait`);
    }
    if (rule === 'dropNewest' || this.#limit === 0) {
      this.#drop(value, rule);
      return;
    }
    const old = rule === 'latest' ? this.#takeAll() : [this.shift()];
    this.#append(value);
    for (const each of old) this.#drop(each, rule);
  }

  #append(value: T): void {
    if (this.#size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#size) % this.#ring.length] = value;
    this.#size += 1;
  }

  #takeAll(): readonly T[] {
    return Array.from({ length: this.#size }, () => this.shift());
  }

  #grow(): void {
    const length = Math.min(this.#limit, Math.max(FIRST_SIZE, this.#size * 2));
    this.#ring = Array.from({ length }, (_, at) => (at < this.#size ? this.#ring[(this.#head + at) % this.#size] : undefined));
    this.#head = 0;
  }

  #drop(value: T, reason: Overflow): void {
    this.#dropped += 1;
    try {
      this.#report?.({ value, reason, count: this.#dropped });
    } catch (error) {
      this.#report = undefined; // it fails the stream once, and not again for each value that goes with it
      throw error;
    }
  }
}
