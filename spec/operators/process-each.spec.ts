import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY, NEVER, Observable, Subject, asyncScheduler, concat, defer, finalize, from, lastValueFrom, map, of, queueScheduler, range, scan, share, take, throwError, timer, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { OverflowError } from '../../lib/errors.ts';
import type { Dropped, Overflow } from '../../lib/operators/buffer-overflow.ts';
import { processEach } from '../../lib/operators/process-each.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

describe('processEach', () => {
  it('works on one value after the other', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -ab--------|');
      const work = cold('    --x|');
      const subs = '        ^----------!';
      const works = ['      -^--!', '    ----^--!'];
      const expected = '    ---x--x----|';

      expectObservable(source.pipe(processEach(() => work))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(work.subscriptions).toBe(works);
    });
  });

  it('works on as many as it may at the same time', () => {
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -abc-------|');
      const work = cold('    --x|');
      const works = ['      -^--!', '    --^--!', '    ----^--!'];
      const expected = '    ---xx-x----|';

      expectObservable(source.pipe(processEach(() => work, { concurrency: 2 }))).toBe(expected);
      expectSubscriptions(work.subscriptions).toBe(works);
    });
  });

  it('completes when the last work is done', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold(' -ab|');
      const expected = '    ----a--(b|)';

      expectObservable(source.pipe(processEach((value) => cold('---(v|)', { v: value })))).toBe(expected);
      expectObservable(EMPTY.pipe(processEach(() => NEVER))).toBe('|');
    });
  });

  it.each<[Overflow, string, readonly string[]]>([
    ['dropOldest', '  -----a---d---(e|)', ['b', 'c']],
    ['dropNewest', '  -----a---b---(c|)', ['d', 'e']],
    ['latest', '      -----a---d---(e|)', ['b', 'c']],
  ])('with %s drops what has no room, and reports it', (overflow, expected, dropped) => {
    const reports: Dropped<string>[] = [];
    marbles().run(({ cold, expectObservable }) => {
      const source = cold('-(abcde|)');

      const result = source.pipe(processEach((value) => cold('----(v|)', { v: value }), { limit: 2, overflow, report: (report) => reports.push(report) }));

      expectObservable(result).toBe(expected);
    });
    expect(reports).toEqual(dropped.map((value, at) => ({ value, reason: overflow, count: at + 1 })));
  });

  it('fails at once with error, unsubscribes the work, and reports what waited', () => {
    const reports: Dropped<string>[] = [];
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -abcd--|');
      const work = cold('    -----|');
      const subs = '        ^---!';
      const expected = '    ----#';

      const result = source.pipe(processEach(() => work, { limit: 2, report: (report) => reports.push(report) }));

      expectObservable(result).toBe(expected, undefined, new OverflowError('no more than 2 values may wait'));
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(work.subscriptions).toBe('-^--!');
    });
    expect(reports.map(({ value, reason }) => `${value} ${reason}`)).toEqual(['d error', 'b error', 'c error']);
  });

  it('leaves out what comes while it is busy, with a limit of 0', () => {
    marbles().run(({ cold, hot, expectObservable }) => {
      const source = hot('  abcd--e---|');
      const expected = '    --a-----e-|';

      const result = source.pipe(processEach((value) => cold('--v-|', { v: value }), { limit: 0, overflow: 'dropNewest' }));

      expectObservable(result).toBe(expected);
    });
  });

  it('does not miss the last value, with a limit of 1 and latest', () => {
    marbles().run(({ cold, hot, expectObservable }) => {
      const source = hot('  abcd---------|');
      const expected = '    --a---d------|';

      const result = source.pipe(processEach((value) => cold('--v-|', { v: value }), { limit: 1, overflow: 'latest' }));

      expectObservable(result).toBe(expected);
    });
  });

  it('errors at once with the error of the source', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -ab#');
      const work = cold('    -----|');
      const expected = '    ---#';

      expectObservable(source.pipe(processEach(() => work))).toBe(expected);
      expectSubscriptions(work.subscriptions).toBe('-^-!');
    });
  });

  it('errors at once with the error of a work, and reports what waited', () => {
    const reports: Dropped<string>[] = [];
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -ab----');
      const work = cold('    --#');
      const subs = '        ^--!';
      const expected = '    ---#';

      expectObservable(source.pipe(processEach(() => work, { report: (report) => reports.push(report) }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
    expect(reports).toEqual([{ value: 'b', reason: 'error', count: 1 }]);
  });

  it.each([['a value that came', 1, '-#'], ['a value that waited', 2, '---#']])('errors with what project throws for %s', (_, nth, expected) => {
    marbles().run(({ cold, hot, expectObservable }) => {
      const source = hot('  -ab-|');
      let works = 0;
      const project = (): Observable<string> => {
        works += 1;
        if (works === nth) throw 'error';
        return cold('--|');
      };

      expectObservable(source.pipe(processEach(project))).toBe(expected);
    });
  });

  it('errors where project returns no work', async () => {
    const result = of(1).pipe(processEach((() => 1) as never));

    await expect(lastValueFrom(result)).rejects.toThrow(TypeError);
  });

  it('fails with what report throws', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('  ab|');
      const expected = '    -#';

      expectObservable(source.pipe(processEach(() => NEVER, { limit: 0, overflow: 'dropNewest', report: () => { throw 'error'; } }))).toBe(expected);
    });
  });

  it('unsubscribes from the source and from every work', () => {
    const reports: unknown[] = [];
    marbles().run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  -abc---');
      const work = cold('    -----x');
      const subs = '        ^----!';
      const works = ['      -^---!', '    --^--!'];

      expectObservable(source.pipe(processEach(() => work, { concurrency: 2, report: (report) => reports.push(report) })), subs).toBe('-------');
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(work.subscriptions).toBe(works);
    });
    expect(reports).toEqual([]);
  });

  it('begins a work when the one before is torn down, and not before', () => {
    const events: string[] = [];

    of('a', 'b').pipe(processEach((value) => defer(() => {
      events.push(`${value} begins`);
      return timer(0, queueScheduler).pipe(finalize(() => events.push(`${value} ends`)));
    }))).subscribe();

    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('begins nothing more once it is unsubscribed', () => {
    const begun: number[] = [];

    range(0, 10).pipe(processEach((value) => defer(() => {
      begun.push(value);
      return of(value);
    })), take(3)).subscribe();

    expect(begun).toEqual([0, 1, 2]);
  });

  it('makes no work of what waited once it is unsubscribed', () => {
    const gates = [new Subject<number>(), new Subject<number>()];
    const made: number[] = [];
    const subscription = concat(range(0, 4), NEVER).pipe(processEach((value) => {
      made.push(value);
      if (value === 2) {
        gates[1]!.complete(); // leaves room for one more
        subscription.unsubscribe();
      }
      return gates[value] ?? NEVER;
    }, { concurrency: 2 })).subscribe();

    gates[0]!.complete();

    expect(made).toEqual([0, 1, 2]);
  });

  it('begins what waited before what comes in between', () => {
    const source = new Subject<number>();
    const gates = [new Subject<number>(), new Subject<number>()];
    const begun: number[] = [];
    source.pipe(processEach((value) => {
      begun.push(value);
      if (value === 2) {
        gates[1]!.complete();
        source.next(4);
      }
      return gates[value] ?? NEVER;
    }, { concurrency: 2 })).subscribe();
    for (const value of [0, 1, 2, 3]) source.next(value);

    gates[0]!.complete();

    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('does not subscribe to a work during whose making it was unsubscribed', () => {
    let subscribed = false;
    const source = new Subject<number>();
    const subscription = source.pipe(processEach(() => {
      subscription.unsubscribe();
      return defer(() => {
        subscribed = true;
        return EMPTY;
      });
    })).subscribe();

    source.next(1);

    expect(subscribed).toBe(false);
  });

  it('stops a source that emits without end while it is subscribed to', () => {
    let made = 0;
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed && made < 1000) subscriber.next(made++);
    });

    endless.pipe(processEach(() => NEVER, { limit: 3 })).subscribe({ error: () => {} });
    expect(made).toBe(5);

    made = 0;
    endless.pipe(processEach((value) => of(value)), take(2)).subscribe();
    expect(made).toBe(2);
  });

  it('works on a value that is emitted inside next behind the others', () => {
    const source = new Subject<number>();
    const shared = source.pipe(processEach((value) => of(value)), share());
    const seen: number[] = [];
    shared.subscribe((value) => { if (value < 3) source.next(value + 1); });
    shared.subscribe((value) => { seen.push(value); });

    source.next(1);

    expect(seen).toEqual([1, 2, 3]);
  });

  it('does not use up the stack where many wait for works that end at once', () => {
    const gate = new Subject<void>();
    let sum = 0;
    range(0, 50_001).pipe(processEach((value) => (value === 0 ? gate : of(1)), { limit: 50_000 }), scan((all) => all + 1, 0)).subscribe((count) => { sum = count; });

    gate.complete();

    expect(sum).toBe(50_000);
  });

  it('takes whatever an Observable can be made of, and counts what it begins', async () => {
    const works = [Promise.resolve('a'), ['b', 'c'], of('d'), (async function* () { yield 'e'; })()];

    const result = from(works).pipe(processEach((work, nth) => from(work).pipe(map((value) => `${nth}${value}`))), toArray());

    expect(await lastValueFrom(result)).toEqual(['0a', '1b', '1c', '2d', '3e']);
  });

  it('does not begin, and does not count, what it drops', () => {
    marbles().run(({ cold, hot, expectObservable }) => {
      const source = hot('  ab--c|');
      const expected = '    x---(y|)';

      const result = source.pipe(processEach((value, nth) => cold('v--|', { v: `${nth}${value}` }), { limit: 0, overflow: 'dropNewest' }));

      expectObservable(result.pipe(take(2))).toBe(expected, { x: '0a', y: '1c' });
    });
  });

  it('works on each value or reports it, in order, never on more than it may', () => {
    const plan = fc.array(fc.record({ wait: fc.nat(3), lasts: fc.nat(6) }), { maxLength: 30 });
    const rules = fc.constantFrom<Overflow>('dropOldest', 'dropNewest', 'latest', 'error');
    fc.assert(fc.property(plan, fc.integer({ min: 1, max: 3 }), fc.nat(4), rules, (steps, concurrency, limit, overflow) => {
      const begun: number[] = [];
      const done: number[] = [];
      const dropped: number[] = [];
      let running = 0;
      let most = 0;
      let waiting = 0;
      let made = 0;
      let end = '';

      inVirtualTime((at) => {
        const source = new Subject<number>();
        const project = (value: number): Observable<number> => {
          begun.push(value);
          most = Math.max(most, running += 1);
          return timer(steps[value]!.lasts, asyncScheduler).pipe(map(() => value), finalize(() => { running -= 1; }));
        };
        at(0, () => source.pipe(processEach(project, { concurrency, limit, overflow, report: ({ value }) => dropped.push(value) })).subscribe({
          next: (value) => done.push(value),
          error: (error: unknown) => { end = error instanceof OverflowError ? 'overflow' : 'error'; },
          complete: () => { end = 'complete'; },
        }));
        let time = 0;
        for (const { wait } of steps) {
          at(time += wait, () => {
            if (!source.observed) return;
            source.next(made++);
            waiting = Math.max(waiting, made - begun.length - dropped.length);
          });
        }
        at(time, () => source.complete());
      });

      const all = Array.from({ length: made }, (_, value) => value);
      const failed = overflow === 'error' && dropped.length > 0;
      expect(end).toBe(failed ? 'overflow' : 'complete');
      expect([...begun, ...dropped].sort((a, b) => a - b)).toEqual(all);
      expect(begun).toEqual([...begun].sort((a, b) => a - b));
      if (!failed) expect([...done].sort((a, b) => a - b)).toEqual(begun);
      expect({ running, most: most <= concurrency, waiting: waiting <= limit }).toEqual({ running: 0, most: true, waiting: true });
    }));
  });

  it.each([0, -1, 1.5, NaN, '2' as never])('refuses %p as concurrency', (concurrency) => {
    expect(() => processEach(() => EMPTY, { concurrency })).toThrow(new RangeError(`processEach: concurrency must be an integer of at least 1, got ${String(concurrency)}`));
  });

  it('refuses a limit that makes no sense, and takes any concurrency', () => {
    expect(() => processEach(() => EMPTY, { limit: 0.5 })).toThrow(new RangeError('processEach: limit must be an integer of at least 0, got 0.5'));
    expect(() => processEach(() => throwError(() => 'unused'), { concurrency: Infinity })).not.toThrow();
  });
});
