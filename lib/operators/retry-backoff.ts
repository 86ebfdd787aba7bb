import { NEVER, Observable, asyncScheduler, defer, race, retry, take, tap, throwError, timer, type MonoTypeOperatorFunction, type SchedulerLike } from 'rxjs';

/** How long to wait between attempts. All times are milliseconds. */
export interface BackoffOptions {
  /** The wait before the first retry. @default 500 */
  readonly initialDelay?: number | undefined;
  /** No wait is longer. @default 30000 */
  readonly maxDelay?: number | undefined;
  /** Each wait is this many times the one before. @default 2 */
  readonly factor?: number | undefined;
  /** `'full'` draws each wait from 0 up to what is computed, so that clients do not return all at once. @default 'full' */
  readonly jitter?: 'full' | 'none' | undefined;
}

/** What {@link RetryBackoffOptions.onWait} is told. */
export interface Wait {
  /** The number of the attempt that comes next; the first retry is 1. */
  readonly attempt: number;
  /** Milliseconds until then. */
  readonly delay: number;
  /** The scheduler's time of then. */
  readonly retryAt: number;
  /** The error that was met. */
  readonly cause: unknown;
}

/** Options of {@link retryBackoff}. */
export interface RetryBackoffOptions extends BackoffOptions {
  /** Retries in a row before the error is let through. @default Infinity */
  readonly maxAttempts?: number | undefined;
  /**
   * Whether an error may pass by itself. `false` lets it through, `true` waits as the other options say, a number waits so many
   * milliseconds instead. @default () => true
   */
  readonly shouldRetry?: ((error: unknown, attempt: number) => boolean | number) | undefined;
  /** The count starts afresh this long after the first value of an attempt that has not failed until then. @default 0: at the value */
  readonly stableAfter?: number | undefined;
  /** Ends a wait at once. It must not emit while it is being subscribed to. @default never */
  readonly wake$?: Observable<unknown> | undefined;
  /** Told of each wait as it begins, before the source that failed is torn down. */
  readonly onWait?: ((wait: Wait) => void) | undefined;
  /** Source of chance from 0 up to 1; a test passes its own. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Milliseconds before attempt `attempt` (the first retry is 1). */
export function backoffDelay(options: BackoffOptions, attempt: number, random: () => number = Math.random): number {
  const { initialDelay = 500, maxDelay = 30_000, factor = 2, jitter = 'full' } = options;
  const ceiling = Math.min(maxDelay, initialDelay * factor ** (attempt - 1));
  return jitter === 'full' ? ceiling * random() : ceiling;
}

/**
 * Resubscribes to a source that failed, waiting longer each time.
 *
 * Attempts are counted in a row, not in a lifetime: a value of the source starts the count afresh once `stableAfter` has passed without
 * a failure, so a source that comes up only to fall over at once is not asked again and again without pause.
 *
 * With `{ initialDelay: 2, factor: 2, jitter: 'none' }`, where the first two subscriptions fail at once:
 *
 * ```
 * 1st  #
 * 2nd  --#
 * 3rd  ------a-|
 * out  ------a-|
 * ```
 *
 * ```ts
 * feed$.pipe(
 *   retryBackoff({ initialDelay: 100, jitter: 'none', onWait: ({ attempt, delay }) => console.log(`attempt ${attempt} in ${delay} ms`) }),
 * ).subscribe();
 * // it fails twice => attempt 1 in 100 ms, attempt 2 in 200 ms
 * ```
 */
export function retryBackoff<T>(options: RetryBackoffOptions = {}): MonoTypeOperatorFunction<T> {
  checkBackoff(options, 'retryBackoff');
  const { maxAttempts = Infinity, shouldRetry = () => true, stableAfter = 0, wake$ = NEVER, onWait, random, scheduler = asyncScheduler } = options;

  return (source) => defer(() => {
    let failures = 0;

    function delay(cause: unknown): Observable<unknown> {
      const attempt = ++failures;
      const verdict = attempt > maxAttempts ? false : shouldRetry(cause, attempt);
      if (verdict === false) return throwError(() => cause);
      const wait = verdict === true ? backoffDelay(options, attempt, random) : verdict;
      onWait?.({ attempt, delay: wait, retryAt: scheduler.now() + wait, cause });
      return race(timer(wait, scheduler), wake$).pipe(take(1));
    }

    return source.pipe(afterFirstValue(stableAfter, scheduler, () => { failures = 0; }), retry({ delay }));
  });
}

/** Calls `then` so many milliseconds after the first value of a subscription that is still alive; with 0 at the value. */
function afterFirstValue<T>(ms: number, scheduler: SchedulerLike, then: () => void): MonoTypeOperatorFunction<T> {
  return (source) => new Observable((subscriber) => {
    let waiting = false;
    // The subscriber itself goes to the source: one that leaves while it is being subscribed is heard of at once.
    source.pipe(tap(() => {
      if (ms === 0) then();
      else if (!waiting) subscriber.add(timer(ms, scheduler).subscribe(then));
      waiting = true;
    })).subscribe(subscriber);
  });
}

const LEAST = [['initialDelay', 0], ['maxDelay', 0], ['factor', 1], ['maxAttempts', 0], ['stableAfter', 0]] as const;

/** Throws RangeError where a number of the options makes no sense; `what` names them in the sentence. */
export function checkBackoff(options: RetryBackoffOptions, what: string): void {
  const { jitter } = options;
  for (const [name, least] of LEAST) {
    const value = options[name];
    if (value !== undefined && !(typeof value === 'number' && value >= least)) throw new RangeError(`${what}: ${name} must be a number of at least ${least}, got ${String(value)}`);
  }
  if (jitter !== undefined && jitter !== 'full' && jitter !== 'none') throw new RangeError(`${what}: jitter must be 'full' or 'none', got ${String(jitter)}`);
}
