import { Subscription, timer, type SchedulerLike } from 'rxjs';

/** What ends a call from this side. All times are milliseconds, and 0 is no limit. */
export interface Bounds {
  /** Without a sign of life. */
  readonly timeout?: number | undefined;
  /** As a whole. */
  readonly deadline?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How much of both times is over already. @default 0 */
  readonly waited?: number | undefined;
  /** Whether no sign of life can be expected at the moment: it is asked when `timeout` is over, which then starts anew. */
  readonly isPaused?: (() => boolean) | undefined;
}

/** Who is bounded. */
export interface Bounded {
  /** Told once that a time is over: that for an answer, or that for the end. */
  timedOut(what: 'answer' | 'end', ms: number): void;
  /** Told once of the signal's reason. */
  aborted(reason: unknown): void;
}

/** Whether anything is bounded at all. Most calls are not, and need no {@link CallBounds}. */
export function isBounded({ timeout = 0, deadline = 0, signal }: Bounds): boolean {
  return timeout > 0 || deadline > 0 || signal !== undefined;
}

/**
 * Watches the bounds of one call until they are stopped, which each of them does when it is reached.
 *
 * ```
 * signs of life     ----x---x-----------
 * timeout: 6 ms     ----------------!        anew at each sign
 * deadline: 11 ms   -----------!             of the whole
 * ```
 */
export class CallBounds {
  readonly #bounded: Bounded;
  readonly #bounds: Bounds;
  readonly #scheduler: SchedulerLike;
  readonly #watching = new Subscription();
  #since: number;

  constructor(bounded: Bounded, bounds: Bounds, scheduler: SchedulerLike) {
    const { timeout = 0, deadline = 0, signal, waited = 0 } = bounds;
    this.#bounded = bounded;
    this.#bounds = bounds;
    this.#scheduler = scheduler;
    this.#since = scheduler.now() - waited;
    if (timeout > 0) this.#watch(timeout - waited);
    if (deadline > 0) this.#watching.add(timer(Math.max(deadline - waited, 0), scheduler).subscribe(() => this.#over('end', deadline)));
    if (signal !== undefined) this.#heed(signal);
  }

  /** A sign of life. */
  extend(): void {
    this.#since = this.#scheduler.now();
  }

  stop(): void {
    this.#watching.unsubscribe();
  }

  // One timer at a time: a sign of life only notes when it came.
  #watch(ms: number): void {
    const watching = timer(Math.max(ms, 0), this.#scheduler).subscribe(() => {
      this.#watching.remove(watching);
      const { timeout = 0, isPaused } = this.#bounds;
      if (isPaused?.() === true) this.extend();
      const left = this.#since + timeout - this.#scheduler.now();
      if (left > 0) this.#watch(left);
      else this.#over('answer', timeout);
    });
    this.#watching.add(watching);
  }

  #over(what: 'answer' | 'end', ms: number): void {
    this.stop();
    this.#bounded.timedOut(what, ms);
  }

  #heed(signal: AbortSignal): void {
    const abort = (): void => {
      this.stop();
      this.#bounded.aborted(signal.reason);
    };
    signal.addEventListener('abort', abort);
    this.#watching.add(() => signal.removeEventListener('abort', abort));
  }
}
