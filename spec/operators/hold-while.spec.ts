import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BehaviorSubject, NEVER, Observable, Subject, of, share, take } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { OverflowError } from '../../lib/errors.ts';
import type { Dropped, Overflow } from '../../lib/operators/buffer-overflow.ts';
import { holdWhile } from '../../lib/operators/hold-while.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const overflowOf = (limit: number): OverflowError => new OverflowError(`no more than ${limit} values may wait`);
const says = { t: true, f: false };

describe('holdWhile', () => {
  it('keeps values while it is told to, and then lets them go in order', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const offline = hot(' --t-------f-------', says);
      const source = hot('  -a--b--c-------d-|');
      const subs = '        ^----------------!';
      const expected = '    -a--------(bc)-d-|';

      const result = source.pipe(holdWhile(offline));

      expectObservable(result).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(offline.subscriptions).toBe(subs);
    });
  });

  it('does not mind being told the same again', () => {
    marbles().run(({ hot, expectObservable }) => {
      const offline = hot(' -f-t-t---f----f', says);
      const source = hot('  a-b-c-d------e--|');
      const expected = '    a-b------(cd)e--|';

      expectObservable(source.pipe(holdWhile(offline))).toBe(expected);
    });
  });

  it('listens to offline$ first', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold(' (ab|)');
      const expected = '    -----';

      expectObservable(source.pipe(holdWhile(new BehaviorSubject(true)))).toBe(expected);
    });
  });

  it('lets values pass where nobody has said anything', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold('a-b-|').pipe(holdWhile(NEVER))).toBe('a-b-|');
    });
  });

  it('lets everything go when offline$ completes', () => {
    marbles().run(({ hot, expectObservable }) => {
      const offline = hot(' -t------|', says);
      const source = hot('  a--b--c-----d--|');
      const expected = '    a-------(bc)d--|';

      expectObservable(source.pipe(holdWhile(offline))).toBe(expected);
    });
  });

  it('errors at once with the error of offline$, and reports what it kept', () => {
    const reports: Dropped<string>[] = [];
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const offline = hot(' -t---#', says);
      const source = hot('  a--b------');
      const subs = '        ^----!';
      const expected = '    a----#';

      expectObservable(source.pipe(holdWhile(offline, { report: (report) => reports.push(report) }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
    expect(reports).toEqual([{ value: 'b', reason: 'error', count: 1 }]);
  });

  it.each<[Overflow, string, readonly string[]]>([
    ['dropOldest', '  a-----(de)-f|', ['b', 'c']],
    ['dropNewest', '  a-----(bc)-f|', ['d', 'e']],
    ['latest', '      a-----(de)-f|', ['b', 'c']],
  ])('with %s drops what has no room, and reports it', (overflow, expected, dropped) => {
    const reports: Dropped<string>[] = [];
    marbles().run(({ hot, expectObservable }) => {
      const offline = hot('-t----f', says);
      const source = hot(' a-bcde-----f|');

      const result = source.pipe(holdWhile(offline, { limit: 2, overflow, report: (report) => reports.push(report) }));

      expectObservable(result).toBe(expected);
    });
    expect(reports).toEqual(dropped.map((value, at) => ({ value, reason: overflow, count: at + 1 })));
  });

  it('fails at once with error', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const offline = hot(' -t----f', says);
      const source = hot('  a-bcde---f|');
      const subs = '        ^---!';
      const expected = '    a---#';

      expectObservable(source.pipe(holdWhile(offline, { limit: 2 }))).toBe(expected, undefined, overflowOf(2));
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(offline.subscriptions).toBe(subs);
    });
  });

  it('drops everything that comes with a limit of 0', () => {
    marbles().run(({ hot, expectObservable }) => {
      const offline = hot(' -t----f', says);
      const source = hot('  a-bcde---f|');
      const expected = '    a--------f|';

      expectObservable(source.pipe(holdWhile(offline, { limit: 0, overflow: 'dropOldest' }))).toBe(expected);
    });
  });

  it.each(['|', '#'])('ends with %s behind what it kept', (end) => {
    marbles().run(({ hot, expectObservable }) => {
      const offline = hot(`   -t----f`, says);
      const source = hot(`    a-bc${end}`);
      const expected = `      a-----(bc${end})`;

      expectObservable(source.pipe(holdWhile(offline))).toBe(expected);
    });
  });

  it.each(['|', '#'])('ends with %s at once where it kept nothing, offline or not', (end) => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const offline = hot(`   -t-------f`, says);
      const source = hot(`    a---${end}`);
      const subs = '          ^---!';
      const expected = `      a---${end}`;

      expectObservable(source.pipe(holdWhile(offline))).toBe(expected);
      expectSubscriptions(offline.subscriptions).toBe(subs);
    });
  });

  it('unsubscribes from both, and drops what it kept without a report', () => {
    const reports: unknown[] = [];
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const offline = hot(' -t----f', says);
      const source = hot('  a-bc-----d');
      const subs = '        ^---!';
      const expected = '    a----';

      expectObservable(source.pipe(holdWhile(offline, { report: (report) => reports.push(report) })), subs).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(offline.subscriptions).toBe(subs);
    });
    expect(reports).toEqual([]);
  });

  it('hands nothing on behind the value at which it is unsubscribed', () => {
    marbles().run(({ hot, expectObservable }) => {
      const offline = hot(' -t----f', says);
      const source = hot('  a-bcd');
      const expected = '    a-----(b|)';

      expectObservable(source.pipe(holdWhile(offline), take(2))).toBe(expected);
    });
  });

  it('stops a source that emits without end while it is subscribed to', () => {
    let made = 0;
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed && made < 1000) subscriber.next(made++);
    });

    endless.pipe(holdWhile(NEVER), take(3)).subscribe();

    expect(made).toBe(3);
  });

  it('stops where it is told to hold by what it lets go', () => {
    const offline$ = new BehaviorSubject(true);
    const source = new Subject<number>();
    const seen: number[] = [];
    source.pipe(holdWhile(offline$)).subscribe((value) => {
      seen.push(value);
      if (value === 2) offline$.next(true);
    });
    for (const value of [1, 2, 3]) source.next(value);

    offline$.next(false);
    expect(seen).toEqual([1, 2]);

    offline$.next(false);
    expect(seen).toEqual([1, 2, 3]);
  });

  it.each([false, true])('keeps the order of a next inside a next, held before: %p', (offline) => {
    const offline$ = new BehaviorSubject(offline);
    const source = new Subject<number>();
    const shared = source.pipe(holdWhile(offline$), share());
    const seen: number[] = [];
    shared.subscribe((value) => { if (value === 1) source.next(9); });
    shared.subscribe((value) => { seen.push(value); });

    source.next(1);
    source.next(2);
    offline$.next(false);

    expect(seen).toEqual(offline ? [1, 2, 9] : [1, 9, 2]);
  });

  it('completes behind a value in whose next the source completes', () => {
    const source = new Subject<number>();
    const seen: (number | string)[] = [];
    source.pipe(holdWhile(NEVER)).subscribe({
      next: (value) => {
        source.next(value + 1);
        source.complete();
        seen.push(value);
      },
      complete: () => seen.push('|'),
    });

    source.next(1);

    expect(seen).toEqual([1, 2, '|']);
  });

  it('fails with what report throws', () => {
    marbles().run(({ hot, expectObservable }) => {
      const offline = hot(' t', says);
      const source = hot('  -ab|');
      const expected = '    --#';

      expectObservable(source.pipe(holdWhile(offline, { limit: 1, overflow: 'latest', report: () => { throw 'error'; } }))).toBe(expected);
    });
  });

  it('loses nothing without a report, keeps the order and the bound', () => {
    const step = fc.oneof({ weight: 3, arbitrary: fc.constant('value' as const) }, { weight: 1, arbitrary: fc.boolean() });
    const rules = fc.constantFrom<Overflow>('error', 'dropOldest', 'dropNewest', 'latest');
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), fc.nat(5), rules, (steps, limit, overflow) => {
      const offline$ = new BehaviorSubject(false);
      const source = new Subject<number>();
      const seen: number[] = [];
      const dropped: number[] = [];
      let failed = false;
      let made = 0;
      source.pipe(holdWhile(offline$, { limit, overflow, report: ({ value }) => dropped.push(value) }))
        .subscribe({ next: (value) => seen.push(value), error: () => { failed = true; } });

      for (const todo of steps) {
        if (typeof todo === 'boolean') offline$.next(todo);
        else if (!failed) source.next(made++);
        const waits = made - seen.length - dropped.length;
        expect(waits).toBeLessThanOrEqual(offline$.value ? limit : 0);
      }
      offline$.next(false);

      expect(failed).toBe(overflow === 'error' && dropped.length > 0);
      expect([...seen, ...dropped].sort((a, b) => a - b)).toEqual(Array.from({ length: made }, (_, at) => at));
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    }));
  });

  it('refuses options that make no sense', () => {
    expect(() => holdWhile(of(true), { limit: -1 })).toThrow(new RangeError('holdWhile: limit must be an integer of at least 0, got -1'));
  });
});
