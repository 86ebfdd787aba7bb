import { asyncScheduler, defer, retry, tap, throwError, timer, type MonoTypeOperatorFunction, type Observable, type SchedulerLike } from 'rxjs';
import { WampError, applicationErrorOf } from '../errors.ts';
import { backoffDelay, checkBackoff, type BackoffOptions } from './retry-backoff.ts';

/** Options of {@link retryCall}. */
export type RetryCallOptions<T> = RetryCallTimes & (
  | {
    /** Whether running the procedure twice does no more than running it once. Without it a call is retried only where it was never run. @default false */
    readonly idempotent?: boolean | undefined;
    readonly resume?: undefined;
  }
  | {
    readonly idempotent: true;
    /**
     * Makes the call that goes on behind `last`, the newest value of all calls so far, where a call fails after it has emitted. It needs
     * `idempotent`, since nobody knows what was done behind `last` before the failure. @default such a failure is let through
     */
    readonly resume: (last: T) => Observable<NoInfer<T>>;
  }
);

/** When {@link retryCall} retries, and how often. */
export interface RetryCallTimes {
  /** Retries before the error is let through, those of resumed calls included. @default 3 */
  readonly attempts?: number | undefined;
  /** How long to wait before each. @default 500 ms doubling up to 30 s, with full jitter */
  readonly backoff?: BackoffOptions | undefined;
  /** Source of chance from 0 up to 1; a test passes its own. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Makes a call again that failed, where that is safe:
 *
 * | what failed                                  | is retried                                          |
 * | -------------------------------------------- | --------------------------------------------------- |
 * | an error whose `effect` is `'none'`          | always                                              |
 * | any other error                              | only with `idempotent`                              |
 * | the call had emitted (a progressive result)  | only with `resume`, which says where to go on       |
 *
 * Any other error is let through at once, and so is the one after the last attempt. An error that is no WampError tells nothing of its
 * effect. Attempts are counted over the life of a subscription and not in a row: a procedure that fails behind each first value ends too.
 *
 * Each attempt subscribes anew, which sends a new CALL; unsubscribing cancels the one that runs, or the wait.
 *
 * With `{ backoff: { initialDelay: 2, jitter: 'none' } }`, `n` an error without effect, `u` one of which nothing is known:
 *
 * ```
 * 1st  -n                     1st  -u       1st     -au                    resume: (last) => …
 * 2nd     -(a|)                             after a    --(b|)
 * out  ----(a|)               out  -u       out     -a---(b|)
 * ```
 *
 * ```ts
 * client.call<Receipt>('com.shop.order', [42]).pipe(retryCall()).subscribe();
 *
 * client.call<Chunk, Chunk>('com.files.read', [0], { progress: true }).pipe(
 *   retryCall({ attempts: 10, idempotent: true, resume: ({ args: [chunk] }) => client.call<Chunk, Chunk>('com.files.read', [chunk.end], { progress: true }) }),
 * ).subscribe();
 * // neither fails => com.shop.order is called once with 42, com.files.read once with 0
 * ```
 *
 * Throws RangeError or TypeError where an option cannot be right.
 */
export function retryCall<T>(options: RetryCallOptions<T> = {}): MonoTypeOperatorFunction<T> {
  checkOptions(options);
  const { attempts = 3, backoff = {}, idempotent = false, resume, random, scheduler = asyncScheduler } = options;

  return (source) => defer(() => {
    let last: { readonly value: T } | undefined;

    const isSafe = (error: unknown): boolean => (idempotent || hadNoEffect(error)) && (last === undefined || resume !== undefined);

    return defer(() => (last === undefined || resume === undefined ? source : resume(last.value))).pipe(
      tap((value) => { last = { value }; }),
      retry({
        count: attempts,
        delay: (error, attempt) => (isSafe(error) ? timer(backoffDelay(backoff, attempt, random), scheduler) : throwError(() => error)),
      }),
    );
  });
}

function hadNoEffect(error: unknown): boolean {
  return (error instanceof WampError ? error : applicationErrorOf(error))?.effect === 'none';
}

function checkOptions<T>({ attempts, backoff, idempotent, resume }: RetryCallOptions<T>): void {
  if (backoff !== undefined) checkBackoff(backoff, 'retryCall');
  if (attempts !== undefined && attempts !== Infinity && !(Number.isInteger(attempts) && attempts >= 0)) {
    throw new RangeError(`retryCall: attempts must be an integer of at least 0, or Infinity, got ${String(attempts)}`);
  }
  if (resume !== undefined && idempotent !== true) throw new TypeError('retryCall: resume must come with idempotent: true, since what a call has done behind its last value is not known');
}
