import { describe, expect, it } from '@jest/globals';
import { defer, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { backoffDelay, retryBackoff, type Wait } from '../../lib/operators/retry-backoff.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

/** Each subscription takes the next of the sources. */
const inTurn = <T>(...sources: Observable<T>[]): Observable<T> => defer(() => sources.shift()!);

describe('retryBackoff', () => {
  it('waits longer after each failure in a row', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('   #');
      const second = cold('  #');
      const third = cold('   a-|');
      const firstSubs = '    (^!)';
      const secondSubs = '   --(^!)';
      const thirdSubs = '    ------^-!';
      const expected = '     ------a-|';

      const result = inTurn(first, second, third).pipe(retryBackoff({ initialDelay: 2, factor: 2, jitter: 'none' }));

      expectObservable(result).toBe(expected);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
      expectSubscriptions(third.subscriptions).toBe(thirdSubs);
    });
  });

  it('waits no longer than maxDelay', () => {
    marbles().run(({ cold, expectObservable }) => {
      const result = inTurn(cold('#'), cold('#'), cold('(a|)')).pipe(retryBackoff({ initialDelay: 2, maxDelay: 3, factor: 10, jitter: 'none' }));

      expectObservable(result).toBe('-----(a|)');
    });
  });

  it('counts afresh after a value', () => {
    marbles().run(({ cold, expectObservable }) => {
      const result = inTurn(cold('#'), cold('a#'), cold('b|')).pipe(retryBackoff({ initialDelay: 2, factor: 5, jitter: 'none' }));

      expectObservable(result).toBe('--a--b|');
    });
  });

  it('keeps the count where the source fails before it was stable', () => {
    marbles().run(({ cold, expectObservable }) => {
      const result = inTurn(cold('a#'), cold('b-----#'), cold('c|')).pipe(retryBackoff({ initialDelay: 2, factor: 2, jitter: 'none', stableAfter: 4 }));

      // unstable: 2, stable in the second life: 2 again and not 4
      expectObservable(result).toBe('a--b-------c|');
    });
  });

  it('does not hold the end back for the sake of stableAfter', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold('a-|').pipe(retryBackoff({ stableAfter: 1000 }))).toBe('a-|');
    });
  });

  it('lets an error through that will not pass by itself', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold('--#').pipe(retryBackoff({ shouldRetry: () => false }))).toBe('--#');
    });
  });

  it('lets the error through after maxAttempts', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold('#').pipe(retryBackoff({ initialDelay: 2, jitter: 'none', factor: 1, maxAttempts: 2 }))).toBe('----#');
    });
  });

  it('waits as long as shouldRetry says', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(inTurn(cold('#'), cold('a|')).pipe(retryBackoff({ shouldRetry: () => 7 }))).toBe('-------a|');
    });
  });

  it('is woken by wake$', () => {
    marbles().run(({ cold, hot, expectObservable }) => {
      const wake$ = hot('---w');

      expectObservable(inTurn(cold('#'), cold('a|')).pipe(retryBackoff({ initialDelay: 1000, jitter: 'none', wake$ }))).toBe('---a|');
    });
  });

  it('tells of each wait', () => {
    const waits: Wait[] = [];
    marbles().run(({ cold, flush }) => {
      inTurn(cold('-#'), cold('--#'), cold('|')).pipe(retryBackoff({ initialDelay: 10, jitter: 'full', random: () => 0.5, onWait: (wait) => waits.push(wait) })).subscribe();
      flush();
    });
    expect(waits).toEqual([
      { attempt: 1, delay: 5, retryAt: 6, cause: 'error' },
      { attempt: 2, delay: 10, retryAt: 18, cause: 'error' },
    ]);
  });

  it('stops waiting when it is unsubscribed from', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('#');
      const second = cold('a');
      expectObservable(inTurn(first, second).pipe(retryBackoff({ initialDelay: 5, jitter: 'none' })), '^--!').toBe('---');
      expectSubscriptions(second.subscriptions).toBe([]);
    });
  });

  it.each([[{ initialDelay: -1 }], [{ maxDelay: Number.NaN }], [{ factor: 0.5 }], [{ maxAttempts: -1 }], [{ jitter: 'some' as never }]])('refuses %p at the call', (options) => {
    expect(() => retryBackoff(options)).toThrow(RangeError);
  });
});

describe('backoffDelay', () => {
  it('draws from the whole of the ceiling', () => {
    expect([0, 0.5, 0.999].map((chance) => backoffDelay({ initialDelay: 100 }, 3, () => chance))).toEqual([0, 200, 399.6]);
  });
});
