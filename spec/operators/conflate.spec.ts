import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY, Subject, animationFrameScheduler, map, range, share, take } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { conflate } from '../../lib/operators/conflate.ts';
import { inVirtualTime, watchedScheduler } from '../support/virtual-time.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const joined = (waiting: string, value: string): string => waiting + value;

describe('conflate', () => {
  it('hands on the first value at once, and of the others of the turn the newest', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --a--(bcd)--e--|');
      const subs = '        ^--------------!';
      const expected = '    --a--(bd)---e--|';

      expectObservable(source.pipe(conflate())).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('makes one value of those that wait, in the order they came', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('  --(abcd)--e--|');
      const expected = '    --(ax)----e--|';

      expectObservable(source.pipe(conflate(joined))).toBe(expected, { a: 'a', x: 'bcd', e: 'e' });
    });
  });

  it('gives a slow consumer one value for each turn of its scheduler', () => {
    marbles().run(({ animate, hot, expectObservable }) => {
      animate('             ----x---x---x---x');
      const source = hot('  -abcdef--------g-|');
      const expected = '    -a--x---y------g-|';

      expectObservable(source.pipe(conflate(joined, { scheduler: animationFrameScheduler }))).toBe(expected, { a: 'a', x: 'bc', y: 'def', g: 'g' });
    });
  });

  it('ends behind what waits', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold('(abc|)').pipe(conflate())).toBe('(ac|)');
      expectObservable(cold('(abc#)').pipe(conflate())).toBe('(ac#)');
      expectObservable(EMPTY.pipe(conflate())).toBe('|');
    });
  });

  it('fails with what reduce throws', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --(abc)--|');
      const subs = '        ^-!';
      const expected = '    --(a#)';

      expectObservable(source.pipe(conflate((): string => { throw 'error'; }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('leaves no timer when it is unsubscribed', () => {
    const source = new Subject<number>();
    const { scheduler, open } = watchedScheduler();
    const subscription = source.pipe(conflate(undefined, { scheduler })).subscribe();
    source.next(1);
    source.next(2);
    expect(open()).toBe(1);

    subscription.unsubscribe();

    expect({ open: open(), observed: source.observed }).toEqual({ open: 0, observed: false });
  });

  it('stops a source that emits without end while it is subscribed to', () => {
    let made = 0;

    range(0, Infinity).pipe(map(() => { made += 1; }), conflate(), take(1)).subscribe();

    expect(made).toBe(1);
  });

  it('keeps values that are emitted inside next for the next turn', () => {
    const seen: (number | string)[] = [];

    inVirtualTime((at) => at(0, () => {
      const source = new Subject<number>();
      const shared = source.pipe(conflate((a, b) => a + b), share());
      shared.subscribe((value) => {
        if (value !== 1) return;
        source.next(10);
        source.next(20);
      });
      shared.subscribe((value) => { seen.push(value); });
      source.next(1);
      seen.push('the turn is over');
    }));

    expect(seen).toEqual([1, 'the turn is over', 30]);
  });

  it('keeps undefined as it keeps everything else', () => {
    marbles().run(({ cold, expectObservable }) => {
      const values = { a: 1, u: undefined };

      expectObservable(cold<number | undefined>('(aau|)', values).pipe(conflate())).toBe('(au|)', values);
    });
  });

  it('leaves nothing out of what is reduced', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.nat(9), { maxLength: 6 }), { maxLength: 8 }), (turns) => {
      const seen: (readonly number[])[] = [];

      inVirtualTime((at) => {
        const source = new Subject<readonly number[]>();
        at(0, () => source.pipe(conflate((a, b) => [...a, ...b])).subscribe((value) => { seen.push(value); }));
        turns.forEach((turn, ms) => at(ms, () => {
          for (const value of turn) source.next([value]);
        }));
      });

      expect(seen.flat()).toEqual(turns.flat());
      expect(seen.length).toBe(turns.reduce((count, { length }) => count + Math.min(length, 2), 0));
    }));
  });
});
