import { timer, type SchedulerLike, type Subscription } from 'rxjs';

/** Who is looked at in {@link Rounds}. */
export interface Watched {
  look(): void;
}

/**
 * Looks at each of its members once in a period, counted from when it was added, all of them by one timer: a timer of its own would be a
 * quarter of what an idle connection holds.
 *
 * ```
 * period 4, 'b' added 1 behind 'a', 'a' deleted at 10
 * looks    ----ab--ab---b---b
 * ```
 */
export class Rounds {
  readonly scheduler: SchedulerLike;
  readonly #period: number;
  /** When each is due, the first one first: all have the same period. */
  readonly #due = new Map<Watched, number>();
  #timer: Subscription | undefined;

  /** `period` is in milliseconds; `0` looks at nobody. */
  constructor(period: number, scheduler: SchedulerLike) {
    this.#period = period;
    this.scheduler = scheduler;
  }

  /** How many are looked at. @internal */
  get size(): number {
    return this.#due.size;
  }

  /** Looks at somebody from now on. */
  add(one: Watched): void {
    if (this.#period === 0) return;
    this.#due.delete(one);
    this.#due.set(one, this.scheduler.now() + this.#period);
    if (this.#timer === undefined) this.#wait(this.#period);
  }

  /** Looks at somebody no more. */
  delete(one: Watched): void {
    this.#due.delete(one);
    if (this.#due.size > 0) return;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #wait(time: number): void {
    this.#timer = timer(time, this.scheduler).subscribe(() => this.#go());
  }

  #go(): void {
    const now = this.scheduler.now();
    try {
      for (const [one, due] of this.#due) {
        if (this.#isEarly(now, due)) break;
        this.#due.delete(one);
        this.#due.set(one, now + this.#period);
        one.look();
      }
    } finally {
      this.#goOn();
    }
  }

  #goOn(): void {
    // Those who were looked at may have left and come, and have started the timer for those who are now.
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    const [first] = this.#due.values();
    if (first !== undefined) this.#wait(Math.min(Math.max(first - this.scheduler.now(), 0), this.#period));
  }

  // Where the clock was set back, nobody is to wait until it is as late as it was.
  #isEarly(now: number, due: number): boolean {
    return now < due && due - now <= this.#period;
  }
}
