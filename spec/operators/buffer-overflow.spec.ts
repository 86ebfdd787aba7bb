import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY, Observable, Subject, animationFrameScheduler, of, queueScheduler, range, share, take, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { OverflowError } from '../../lib/errors.ts';
import { bufferOverflow, type Dropped, type Overflow } from '../../lib/operators/buffer-overflow.ts';
import { inVirtualTime, watchedScheduler } from '../support/virtual-time.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const overflowOf = (limit: number): OverflowError => new OverflowError(`no more than ${limit} values may wait`);

describe('bufferOverflow', () => {
  it('hands the first value on at once, and the others of the turn at its end', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --a--(bcd)--|');
      const subs = '        ^-----------!';
      const expected = '    --a--(bcd)--|';

      const result = source.pipe(bufferOverflow({ limit: 2 }));

      expectObservable(result).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it.each<[Overflow, string, readonly string[]]>([
    ['dropOldest', '  --(ade)----f--|', ['b', 'c']],
    ['dropNewest', '  --(abc)----f--|', ['d', 'e']],
    ['latest', '      --(ade)----f--|', ['b', 'c']],
  ])('with %s drops what has no room, and reports it', (overflow, expected, dropped) => {
    const reports: Dropped<string>[] = [];
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('--(abcde)--f--|');

      const result = source.pipe(bufferOverflow({ limit: 2, overflow, report: (report) => reports.push(report) }));

      expectObservable(result).toBe(expected);
    });
    expect(reports).toEqual(dropped.map((value, at) => ({ value, reason: overflow, count: at + 1 })));
  });

  it('drops everything that waits with latest', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('    --(abcd)--f--|');
      const expected = '      --(ad)----f--|';

      expectObservable(source.pipe(bufferOverflow({ limit: 2, overflow: 'latest' }))).toBe(expected);
    });
  });

  it('fails at once with error, and unsubscribes from the source', () => {
    const reports: Dropped<string>[] = [];
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --(abcd)--e--|');
      const subs = '        ^-!';
      const expected = '    --(a#)';

      const result = source.pipe(bufferOverflow({ limit: 2, report: (report) => reports.push(report) }));

      expectObservable(result).toBe(expected, undefined, overflowOf(2));
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
    expect(reports.map(({ value, reason }) => `${value} ${reason}`)).toEqual(['d error', 'b error', 'c error']);
  });

  it('lets nothing wait with a limit of 0', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('  --(abc)--d--|');
      const expected = '    --a------d--|';

      expectObservable(source.pipe(bufferOverflow({ limit: 0, overflow: 'dropNewest' }))).toBe(expected);
    });
  });

  it('completes behind what waits', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold(' --(abc|)');
      const expected = '    --(abc|)';

      expectObservable(source.pipe(bufferOverflow())).toBe(expected);
    });
  });

  it('lets an error pass behind what waits', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold(' --(abc#)');
      const expected = '    --(abc#)';

      expectObservable(source.pipe(bufferOverflow())).toBe(expected);
    });
  });

  it('completes, and errors, at once where nothing waits', () => {
    marbles().run(({ expectObservable }) => {
      expectObservable(EMPTY.pipe(bufferOverflow())).toBe('|');
      expectObservable(of('a').pipe(bufferOverflow())).toBe('(a|)');
      expectObservable(throwError(() => 'error').pipe(bufferOverflow())).toBe('#');
    });
  });

  it('drops what waits when it is unsubscribed, without a report, and leaves no timer', () => {
    const source = new Subject<string>();
    const { scheduler, open } = watchedScheduler();
    const taken: string[] = [];
    const reports: unknown[] = [];
    const subscription = source.pipe(bufferOverflow({ scheduler, report: (report) => reports.push(report) })).subscribe((value) => { taken.push(value); });
    for (const value of 'abc') source.next(value);
    expect(open()).toBe(1);

    subscription.unsubscribe();

    expect({ open: open(), observed: source.observed, taken, reports }).toEqual({ open: 0, observed: false, taken: ['a'], reports: [] });
  });

  it('stops a source that emits without end while it is subscribed to', () => {
    let made = 0;
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed && made < 1000) subscriber.next(made++);
    });

    endless.pipe(bufferOverflow({ limit: 3 })).subscribe({ error: () => {} });
    expect(made).toBe(5); // one that went on, three that wait, and the one too many

    made = 0;
    endless.pipe(bufferOverflow(), take(1)).subscribe();
    expect(made).toBe(1);
  });

  it('hands a value that is emitted inside next on behind it, in a turn of its own', () => {
    const seen: string[] = [];

    inVirtualTime((at) => {
      const source = new Subject<number>();
      const shared = source.pipe(bufferOverflow(), share());
      at(0, () => {
        shared.subscribe((value) => { if (value < 3) source.next(value + 1); });
        shared.subscribe((value) => { seen.push(`${value}`); });
        source.next(1);
        seen.push('the turn is over');
      });
    });

    expect(seen).toEqual(['1', 'the turn is over', '2', '3']);
  });

  it('hands on no more in a turn than what waited when it began', () => {
    const seen: (number | string)[] = [];

    inVirtualTime((at) => {
      const source = new Subject<number>();
      at(0, () => {
        source.pipe(bufferOverflow()).subscribe((value) => {
          seen.push(value);
          if (value < 10) source.next(value + 10);
        });
        for (const value of [1, 2, 3]) source.next(value);
      });
      at(0, () => seen.push('|'));
      at(0, () => at(0, () => seen.push('|')));
    });

    expect(seen).toEqual([1, '|', 11, 2, 3, '|', 12, 13]);
  });

  it('fails with what report throws', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --(abc)--|');
      const subs = '        ^-!';
      const expected = '    --(a#)';

      const result = source.pipe(bufferOverflow({ limit: 1, overflow: 'dropOldest', report: () => { throw 'error'; } }));

      expectObservable(result).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('is a queue of its own for each subscriber', () => {
    marbles().run(({ cold, expectObservable }) => {
      const result = cold('(abc|)').pipe(bufferOverflow({ limit: 2 }));

      expectObservable(result).toBe('(abc|)');
      expectObservable(result, '--^').toBe('--(abc|)');
    });
  });

  it('works in the turns of another scheduler', () => {
    marbles().run(({ animate, hot, expectObservable }) => {
      animate('             ---x---x---x');
      const source = hot('  -ab-c--d|');
      const expected = '    -a-b---c---(d|)';

      expectObservable(source.pipe(bufferOverflow({ scheduler: animationFrameScheduler }))).toBe(expected);
    });
  });

  it('lets everything pass on a scheduler that has no turns', () => {
    const seen: number[] = [];

    range(0, 5).pipe(bufferOverflow({ limit: 0, scheduler: queueScheduler })).subscribe((value) => { seen.push(value); });

    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('loses nothing without a report, keeps the order and the bound', () => {
    const bursts = fc.array(fc.record({ gap: fc.nat(2), size: fc.nat(8) }), { maxLength: 12 });
    const rules = fc.constantFrom<Overflow>('error', 'dropOldest', 'dropNewest', 'latest');
    fc.assert(fc.property(bursts, fc.nat(4), rules, (plan, limit, overflow) => {
      const seen: { readonly value: number; readonly at: number }[] = [];
      const dropped: number[] = [];
      let made = 0;
      let end = '';

      inVirtualTime((at) => {
        const source = new Subject<number>();
        let now = 0;
        at(0, () => source.pipe(bufferOverflow({ limit, overflow, report: ({ value }) => dropped.push(value) })).subscribe({
          next: (value) => seen.push({ value, at: now }),
          error: (error: unknown) => { end = error instanceof OverflowError ? 'overflow' : 'error'; },
          complete: () => { end = 'complete'; },
        }));
        let time = 0;
        for (const { gap, size } of plan) {
          time += gap;
          const moment = time;
          at(moment, () => {
            now = moment;
            for (let count = 0; count < size && source.observed; count++) source.next(made++);
          });
        }
        at(time + 1, () => source.complete());
      });

      const values = seen.map(({ value }) => value);
      expect(end).toBe(overflow === 'error' && dropped.length > 0 ? 'overflow' : 'complete');
      expect([...values, ...dropped].sort((a, b) => a - b)).toEqual(Array.from({ length: made }, (_, at) => at));
      expect(values).toEqual([...values].sort((a, b) => a - b));
    }));
  });

  it('refuses options that make no sense', () => {
    expect(() => bufferOverflow({ limit: -1 })).toThrow(new RangeError('bufferOverflow: limit must be an integer of at least 0, got -1'));
    expect(() => bufferOverflow({ overflow: 'oldest' as never })).toThrow(RangeError);
  });
});
