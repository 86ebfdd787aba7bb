import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY, NEVER, Subject, asyncScheduler, concat, map, range, share, take, type SchedulerLike } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { OverflowError } from '../../lib/errors.ts';
import type { Dropped, Overflow } from '../../lib/operators/buffer-overflow.ts';
import { rateLimit } from '../../lib/operators/rate-limit.ts';
import { inVirtualTime, watchedScheduler } from '../support/virtual-time.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

describe('rateLimit', () => {
  it('hands on so many in any span of the period, and the rest when its time has come', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  a-b-c-d|');
      const subs = '        ^------!';
      const expected = '    a-b--c-(d|)';

      expectObservable(source.pipe(rateLimit(2, 5))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('measures the period from each value, and not by the clock', () => {
    marbles().run(({ hot, expectObservable }) => {
      // At frame 10 a period by the clock would begin, and let four pass between 8 and 11.
      const source = hot('  --------ab(cd)--|');
      const expected = '    --------ab--------c(d|)';

      expectObservable(source.pipe(rateLimit(2, 10))).toBe(expected);
    });
  });

  it('lets pass what comes slowly enough', () => {
    marbles().run(({ hot, expectObservable }) => {
      expectObservable(hot('a----b----c|').pipe(rateLimit(1, 5))).toBe('a----b----c|');
    });
  });

  it('lets a burst of the whole count pass, and the next one a period later', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('  (abcdef)');
      const expected = '    (abc)-----(def)';

      expectObservable(source.pipe(rateLimit(3, 10))).toBe(expected);
    });
  });

  it.each(['|', '#'])('ends with %s behind what waits', (end) => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot(`  (abc)${end}`);
      const expected = `    a---b---(c${end})`;

      expectObservable(source.pipe(rateLimit(1, 4))).toBe(expected);
    });
  });

  it('ends at once where nothing waits', () => {
    marbles().run(({ hot, expectObservable }) => {
      expectObservable(hot('a|').pipe(rateLimit(1, 100))).toBe('a|');
      expectObservable(EMPTY.pipe(rateLimit(1, 100))).toBe('|');
    });
  });

  it.each<[Overflow, string, readonly string[]]>([
    ['dropOldest', '  a-----d-----(e|)', ['b', 'c']],
    ['dropNewest', '  a-----b-----(c|)', ['d', 'e']],
    ['latest', '      a-----d-----(e|)', ['b', 'c']],
  ])('with %s drops what has no room, and reports it', (overflow, expected, dropped) => {
    const reports: Dropped<string>[] = [];
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('abcde|');

      expectObservable(source.pipe(rateLimit(1, 6, { limit: 2, overflow, report: (report) => reports.push(report) }))).toBe(expected);
    });
    expect(reports).toEqual(dropped.map((value, at) => ({ value, reason: overflow, count: at + 1 })));
  });

  it('fails at once with error', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  abcde|');
      const subs = '        ^--!';
      const expected = '    a--#';

      expectObservable(source.pipe(rateLimit(1, 6, { limit: 2 }))).toBe(expected, undefined, new OverflowError('no more than 2 values may wait'));
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('drops what comes too soon with a limit of 0', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('  abcdefg|');
      const expected = '    a--d--g|';

      expectObservable(source.pipe(rateLimit(1, 3, { limit: 0, overflow: 'dropNewest' }))).toBe(expected);
    });
  });

  it('leaves no timer when it is unsubscribed', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  ab---');
      const subs = '        ^--!';
      const expected = '    a----';

      expectObservable(source.pipe(rateLimit(1, 4)), subs).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
    const end = inVirtualTime((at) => at(0, () => range(0, 5).pipe(rateLimit(1, 1000)).subscribe().unsubscribe()));
    expect(end).toBe(0);
  });

  it.each([1000, 0])('has one timer, with a limit of %i, however many come too soon', (limit) => {
    const { scheduler, open } = watchedScheduler();

    const subscription = concat(range(0, 50), NEVER).pipe(rateLimit(1, 1000, { limit, overflow: 'dropNewest', scheduler })).subscribe();
    expect(open()).toBe(1);

    subscription.unsubscribe();
    expect(open()).toBe(0);
  });

  it('stops a source that emits without end while it is subscribed to', () => {
    let made = 0;

    range(0, Infinity).pipe(map(() => { made += 1; }), rateLimit(5, 1), take(2)).subscribe();

    expect(made).toBe(2);
  });

  it('keeps the order of a next inside a next', () => {
    const seen: number[] = [];

    inVirtualTime((at) => at(0, () => {
      const source = new Subject<number>();
      const shared = source.pipe(rateLimit(2, 10), share());
      shared.subscribe((value) => {
        if (value > 2) return;
        source.next(value * 10);
        source.next(value * 100);
      });
      shared.subscribe((value) => { seen.push(value); });
      source.next(1);
      source.next(2);
    }));

    expect(seen).toEqual([1, 10, 100, 2, 20, 200]);
  });

  it('fails with what report throws', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('  ab|');
      const expected = '    a#';

      expectObservable(source.pipe(rateLimit(1, 6, { limit: 0, overflow: 'dropNewest', report: () => { throw 'error'; } }))).toBe(expected);
    });
  });

  it.each([['back', -3_600_000], ['forward', 3_600_000]])('waits no longer than a period where the clock is set %s', (_, jump) => {
    const seen: { readonly value: number; readonly at: number }[] = [];
    let shift = 0;
    const clock: SchedulerLike = { now: () => asyncScheduler.now() + shift, schedule: asyncScheduler.schedule.bind(asyncScheduler) };

    inVirtualTime((at) => {
      at(0, () => range(0, 3).pipe(rateLimit(1, 10, { scheduler: clock })).subscribe((value) => { seen.push({ value, at: asyncScheduler.now() }); }));
      at(5, () => { shift = jump; });
    });

    expect(seen.map(({ value }) => value)).toEqual([0, 1, 2]);
    expect(seen.every(({ at }, index) => index === 0 || at - seen[index - 1]!.at <= 20)).toBe(true);
  });

  it('never hands on more than the count in a period, in order, and loses nothing without a report', () => {
    const waits = fc.array(fc.nat(6), { maxLength: 30 });
    const rules = fc.constantFrom<Overflow>('dropOldest', 'dropNewest', 'latest');
    fc.assert(fc.property(waits, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 20 }), fc.nat(6), rules, (plan, count, period, limit, overflow) => {
      const seen: { readonly value: number; readonly at: number }[] = [];
      const dropped: number[] = [];
      let end = '';

      inVirtualTime((at) => {
        const source = new Subject<number>();
        at(0, () => source.pipe(rateLimit(count, period, { limit, overflow, report: ({ value }) => dropped.push(value) })).subscribe({
          next: (value) => seen.push({ value, at: asyncScheduler.now() }),
          complete: () => { end = 'complete'; },
        }));
        let time = 0;
        plan.forEach((wait, value) => at(time += wait, () => source.next(value)));
        at(time, () => source.complete());
      });

      const values = seen.map(({ value }) => value);
      expect(end).toBe('complete');
      expect([...values, ...dropped].sort((a, b) => a - b)).toEqual(plan.map((_, value) => value));
      expect(values).toEqual([...values].sort((a, b) => a - b));
      expect(seen.every(({ at }, index) => index < count || at - seen[index - count]!.at >= period)).toBe(true);
    }));
  });

  it.each<[unknown, unknown, string]>([
    [0, 1, 'rateLimit: count must be an integer of at least 1, got 0'],
    [1.5, 1, 'rateLimit: count must be an integer of at least 1, got 1.5'],
    [Infinity, 1, 'rateLimit: count must be an integer of at least 1, got Infinity'],
    ['1', 1, 'rateLimit: count must be an integer of at least 1, got 1'],
    [1, 0, 'rateLimit: period must be a number above 0 and up to 2147483647, got 0'],
    [1, NaN, 'rateLimit: period must be a number above 0 and up to 2147483647, got NaN'],
    [1, 2 ** 31, 'rateLimit: period must be a number above 0 and up to 2147483647, got 2147483648'],
  ])('refuses %p in %p', (count, period, message) => {
    expect(() => rateLimit(count as number, period as number)).toThrow(new RangeError(message));
  });

  it('refuses options that make no sense', () => {
    expect(() => rateLimit(1, 1, { limit: -1 })).toThrow(new RangeError('rateLimit: limit must be an integer of at least 0, got -1'));
  });
});
