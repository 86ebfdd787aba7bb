/** What waits to be started: an invocation. */
export interface Applicant {
  /** Starts it; it may be over before this returns. */
  start(): void;
  /** A newer one of its key takes its place. */
  supersede(): void;
  /** There is no room for it. */
  refuse(): void;
}

/** Which invocations of a registration run at a time: RxJS's mergeMap, concatMap, switchMap and exhaustMap, for each key. */
export type Strategy = 'merge' | 'concat' | 'switch' | 'exhaust';

/** Options of {@link Admission}. */
export interface AdmissionOptions {
  readonly strategy: Strategy;
  /** How many may run at a time, whatever their keys. */
  readonly concurrency: number;
  /** How many may wait. */
  readonly queue: number;
}

/**
 * Lets invocations start, one behind the other wait, or none in. Knows neither messages nor time. a and b are of one key, x is of another:
 *
 * ```
 * asked for                a--b--x--|
 * merge                    a  b  x         all at once
 * merge, concurrency: 1    a               b and x refused, or with a queue started one after the other
 * concat                   a     x         b starts when a has ended
 * switch                   a  b  x         a is superseded by b
 * exhaust                  a     x         b is refused
 * ```
 *
 * Among those that wait and may start, the one that came first does. Who ends says so twice: {@link leave} before its answer is sent, and
 * {@link left} when all that it did has been cleaned up. In between its place is not free yet, but the next, which the answer may bring
 * along, may wait for it, also where nobody else may.
 */
export class Admission<A extends Applicant> {
  readonly #strategy: Strategy;
  readonly #concurrency: number;
  readonly #queue: number;
  // Each with its key, in the order they came.
  readonly #running = new Map<A, unknown>();
  readonly #leaving = new Map<A, unknown>();
  readonly #waiting = new Map<A, unknown>();
  // Who of a key runs or leaves, and with switch and exhaust, where there is at most one, who waits.
  readonly #holders = new Map<unknown, A>();
  readonly #heirs = new Map<unknown, A>();
  #advancing = false;

  constructor({ strategy, concurrency, queue }: AdmissionOptions) {
    this.#strategy = strategy;
    this.#concurrency = concurrency;
    this.#queue = queue;
  }

  /** How much it holds. All are 0 when everybody has left. */
  get sizes(): { readonly running: number; readonly waiting: number; readonly keys: number } {
    return { running: this.#running.size + this.#leaving.size, waiting: this.#waiting.size, keys: this.#holders.size + this.#heirs.size };
  }

  /** Starts it, lets it wait, or refuses it. */
  admit(applicant: A, key: unknown): void {
    const rival = this.#rivalOf(key);
    if (rival !== undefined && this.#strategy === 'exhaust') applicant.refuse();
    else if (rival !== undefined && this.#strategy === 'switch') this.#replace(rival, applicant, key);
    // While others move up, one of them may have its turn before it.
    else if (this.#mayStart(key) && !(this.#advancing && this.#next() !== undefined)) this.#start(applicant, key);
    else if (this.#waiting.size < this.#queue + this.#placesToBeLeft(key)) this.#wait(applicant, key);
    else applicant.refuse();
  }

  /** It has ended, and is about to be answered; or it waits, and is not wanted any more. */
  leave(applicant: A): void {
    if (this.#running.has(applicant)) this.#leaving.set(applicant, this.#running.get(applicant));
    this.#running.delete(applicant);
    const key = this.#waiting.get(applicant);
    if (this.#waiting.delete(applicant) && this.#heirs.get(key) === applicant) this.#heirs.delete(key);
  }

  /** Nothing of it goes on: its place is free, and others move up. */
  left(applicant: A): void {
    const key = this.#leaving.get(applicant);
    if (!this.#leaving.delete(applicant)) return;
    if (this.#holders.get(key) === applicant) this.#holders.delete(key);
    // One that is over at once comes back here. A loop instead of one inside the other: many may wait.
    if (this.#advancing) return;
    this.#advancing = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const nextKey = this.#waiting.get(next);
      this.leave(next);
      this.#start(next, nextKey);
    }
    this.#advancing = false;
  }

  #start(applicant: A, key: unknown): void {
    this.#running.set(applicant, key);
    if (this.#strategy !== 'merge') this.#holders.set(key, applicant);
    applicant.start();
  }

  #wait(applicant: A, key: unknown): void {
    this.#waiting.set(applicant, key);
    if (this.#strategy === 'switch' || this.#strategy === 'exhaust') this.#heirs.set(key, applicant);
  }

  // In the place of the older one, which nobody else can take in between.
  #replace(older: A, newer: A, key: unknown): void {
    const runs = this.#running.delete(older);
    if (runs) {
      this.#running.set(newer, key);
      this.#holders.set(key, newer);
    } else {
      this.leave(older);
      this.#wait(newer, key);
    }
    older.supersede();
    // What the older one did at its end may have ended the newer one. One that waits is started when its turn comes.
    if (runs && this.#running.has(newer)) newer.start();
  }

  /** Whom another one of the key cannot be beside. */
  #rivalOf(key: unknown): A | undefined {
    const holder = this.#holders.get(key);
    return this.#heirs.get(key) ?? (holder !== undefined && this.#running.has(holder) ? holder : undefined);
  }

  /** How many more may wait than the queue says, since those that leave make room for them. */
  #placesToBeLeft(key: unknown): number {
    const holder = this.#holders.get(key);
    const isKept = this.#running.size >= this.#concurrency || (holder !== undefined && this.#running.has(holder));
    return isKept ? 0 : this.#leaving.size;
  }

  #next(): A | undefined {
    if (this.#waiting.size === 0) return undefined;
    for (const [applicant, key] of this.#waiting) if (this.#mayStart(key)) return applicant;
    return undefined;
  }

  #mayStart(key: unknown): boolean {
    return this.#running.size + this.#leaving.size < this.#concurrency && !this.#holders.has(key);
  }
}
