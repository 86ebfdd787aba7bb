import { describe, expect, it } from '@jest/globals';
import { EMPTY, concat, defer, of, take, throwError, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ApplicationError, NotJoinedError, TimeoutError, TransportLostError } from '../../lib/errors.ts';
import { retryCall, type RetryCallOptions } from '../../lib/operators/retry-call.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

/** Each subscription takes the next of the sources. */
const inTurn = <T>(...sources: Observable<T>[]): Observable<T> => defer(() => sources.shift()!);

const NONE = new ApplicationError('wamp.error.no_such_procedure', undefined, { effect: 'none' });
const UNKNOWN = new TransportLostError('lost', { sent: true });
/** 2 ms before the first retry, 4 before the second. */
const backoff = { initialDelay: 2, jitter: 'none' } as const;

describe('retryCall', () => {
  it('calls again after an error without effect, waiting longer each time', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('     -#', undefined, NONE);
      const second = cold('       -#', undefined, new NotJoinedError('offline'));
      const third = cold('             -(a|)');
      const firstSubs = '      ^!';
      const secondSubs = '     ---^!';
      const thirdSubs = '      --------^!';
      const expected = '       ---------(a|)';

      expectObservable(inTurn(first, second, third).pipe(retryCall({ backoff }))).toBe(expected);
      expectSubscriptions(first.subscriptions).toBe(firstSubs);
      expectSubscriptions(second.subscriptions).toBe(secondSubs);
      expectSubscriptions(third.subscriptions).toBe(thirdSubs);
    });
  });

  it.each([UNKNOWN, new TimeoutError('late'), new ApplicationError('com.sold_out'), new Error('of somebody else'), { effect: 'none' }, null])('lets an error through whose effect is not known: %p', (error) => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('  -#', undefined, error);
      const subs = '       ^!';
      const expected = '   -#';

      expectObservable(call.pipe(retryCall({ backoff }))).toBe(expected, undefined, error);
      expectSubscriptions(call.subscriptions).toBe(subs);
    });
  });

  it.each([UNKNOWN, new Error('of somebody else')])('calls again after any error what is idempotent: %p', (error) => {
    marbles().run(({ cold, expectObservable }) => {
      const first = cold('  -#', undefined, error);
      const second = cold('    -(a|)');
      const expected = '    ----(a|)';

      expectObservable(inTurn(first, second).pipe(retryCall({ backoff, idempotent: true }))).toBe(expected);
    });
  });

  it.each([NONE, UNKNOWN])('does not call again what has emitted, idempotent or not: %p', (error) => {
    marbles().run(({ cold, expectObservable }) => {
      const call = cold('  -a-#', undefined, error);
      const expected = '   -a-#';

      expectObservable(call.pipe(retryCall({ backoff, idempotent: true }))).toBe(expected, undefined, error);
      expectObservable(call.pipe(retryCall({ backoff }))).toBe(expected, undefined, error);
    });
  });

  it('goes on behind the newest value where it is told how', () => {
    const resumed: string[] = [];
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('   -a-b#', undefined, UNKNOWN);
      const afterB = cold('       -c#', undefined, UNKNOWN);
      const afterC = cold('             #', undefined, NONE);
      const again = cold('                       -d|');
      const callSubs = '    ^---!';
      const afterBSubs = '  ------^-!';
      const afterCSubs = '  ------------(^!)';
      const againSubs = '   --------------------^-!';
      const expected = '    -a-b---c-------------d|';
      const resume = (last: string): Observable<string> => { resumed.push(last); return { b: afterB, c: resumed.length === 2 ? afterC : again }[last]!; };

      expectObservable(call.pipe(retryCall({ backoff, idempotent: true, resume }))).toBe(expected);
      expectSubscriptions(call.subscriptions).toBe(callSubs);
      expectSubscriptions(afterB.subscriptions).toBe(afterBSubs);
      expectSubscriptions(afterC.subscriptions).toBe(afterCSubs);
      expectSubscriptions(again.subscriptions).toBe(againSubs);
    });
    expect(resumed).toEqual(['b', 'c', 'c']);
  });

  it('makes the whole call again where it failed before the first value, resumable or not', () => {
    marbles().run(({ cold, expectObservable }) => {
      const first = cold('  -#', undefined, UNKNOWN);
      const second = cold('    -(a|)');
      const expected = '    ----(a|)';

      expectObservable(inTurn(first, second).pipe(retryCall({ backoff, idempotent: true, resume: () => EMPTY }))).toBe(expected);
    });
  });

  it('takes a resume that throws for a call that failed', () => {
    marbles().run(({ cold, expectObservable }) => {
      const call = cold('  a#', undefined, UNKNOWN);
      const expected = '   a--------------#';
      const resume = (): never => { throw new Error('no way to go on'); };

      expectObservable(call.pipe(retryCall({ backoff, idempotent: true, resume }))).toBe(expected, undefined, new Error('no way to go on'));
    });
  });

  it('lets the error through after as many attempts as it is given', () => {
    marbles().run(({ cold, expectObservable }) => {
      const call = cold('         #', undefined, NONE);
      const withoutAny = '        #';
      const afterOne = '          --#';
      const afterThree = '        --------------#';

      expectObservable(call.pipe(retryCall({ backoff, attempts: 0 }))).toBe(withoutAny, undefined, NONE);
      expectObservable(call.pipe(retryCall({ backoff, attempts: 1 }))).toBe(afterOne, undefined, NONE);
      expectObservable(call.pipe(retryCall({ backoff }))).toBe(afterThree, undefined, NONE);
    });
  });

  it('counts the attempts of calls that emit before they fail as well', () => {
    marbles().run(({ cold, expectObservable }) => {
      const call = cold('    a#', undefined, UNKNOWN);
      const expected = '     a--a----a#';

      expectObservable(call.pipe(retryCall({ backoff, attempts: 2, idempotent: true, resume: () => call }))).toBe(expected, undefined, UNKNOWN);
    });
  });

  it('draws the wait from chance', () => {
    marbles().run(({ cold, expectObservable }) => {
      const first = cold('  #', undefined, NONE);
      const second = cold(' (a|)');
      const expected = '    250ms (a|)';

      expectObservable(inTurn(first, second).pipe(retryCall({ random: () => 0.5 }))).toBe(expected);
    });
  });

  it('takes the time of the scheduler it is given', () => {
    const scheduler = new TestScheduler(() => undefined);
    const log: unknown[] = [];
    inTurn(throwError(() => NONE), of('a')).pipe(retryCall({ backoff, scheduler })).subscribe((value) => log.push(value, scheduler.now()));

    scheduler.flush();

    expect(log).toEqual(['a', 2]);
  });

  it('cancels the call that runs, and the wait, when it is unsubscribed from', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('    -#', undefined, NONE);
      const second = cold('   -----a');
      const inCall = '        ^----!';
      const inCallSubs = '    ---^-!';

      expectObservable(inTurn(first, second).pipe(retryCall({ backoff })), inCall).toBe('');
      expectSubscriptions(second.subscriptions).toBe(inCallSubs);
    });
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const first = cold('    -#', undefined, NONE);
      const second = cold('   -----a');
      const inWait = '        ^-!';

      expectObservable(inTurn(first, second).pipe(retryCall({ backoff })), inWait).toBe('');
      expectSubscriptions(second.subscriptions).toBe([]);
    });
  });

  it('counts for each subscriber by itself', () => {
    marbles().run(({ cold, expectObservable }) => {
      const call = cold('   #', undefined, NONE);
      const result = call.pipe(retryCall({ backoff, attempts: 1 }));

      expectObservable(result, '    ^').toBe('  --#', undefined, NONE);
      expectObservable(result, '    ----^').toBe('------#', undefined, NONE);
    });
  });

  it('does not call again for a subscriber who has left at a value', () => {
    let calls = 0;
    const call = defer(() => { calls += 1; return concat(of('a'), throwError(() => NONE)); });
    const log: unknown[] = [];

    call.pipe(retryCall({ backoff, idempotent: true, resume: () => call }), take(1)).subscribe((value) => log.push(value));

    expect([log, calls]).toEqual([['a'], 1]);
  });

  it.each([
    [{ attempts: -1 }, RangeError], [{ attempts: 1.5 }, RangeError], [{ attempts: Number.NaN }, RangeError], [{ backoff: { factor: 0 } }, RangeError],
    [{ resume: () => EMPTY } as never as RetryCallOptions<unknown>, TypeError],
  ])('refuses %p at the call', (options, ErrorClass) => {
    expect(() => retryCall(options)).toThrow(ErrorClass);
  });
});
