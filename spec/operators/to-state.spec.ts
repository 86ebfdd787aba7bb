import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, NEVER, Observable, Subject, filter, map, of, pipe, range, retry, take } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { StateObservable, toState } from '../../lib/operators/to-state.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
const joined = toState((all: string, value: string) => all + value, '');
const sum = toState((all: number, value: number) => all + value, 0);

describe('toState', () => {
  it('emits the seed at once, and then each state', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --a--b--|');
      const subs = '        ^-------!';
      const expected = '    0-1--2--|';

      expectObservable(joined(source)).toBe(expected, ['', 'a', 'ab']);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('leaves out a state that is the same', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('  --1--0--n--n-----|', { 0: 0, 1: 1, 2: 2, n: NaN });
      const expected = '    0-1-----n--------|';

      expectObservable(sum(source)).toBe(expected, { 0: 0, 1: 1, n: NaN });
    });
  });

  it('is one subscription for all who watch, and tells each the current state at once', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --a--b--c--d--');
      const first = '       ^---------!';
      const second = '      ---^---------!';
      const subs = '        ^------------!';
      const expected1 = '   0-1--2--3--';
      const expected2 = '   ---1-2--3--4--';

      const states = joined(source);

      expectObservable(states, first).toBe(expected1, ['', 'a', 'ab', 'abc', 'abcd']);
      expectObservable(states, second).toBe(expected2, ['', 'a', 'ab', 'abc', 'abcd']);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('begins afresh when nobody watches', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --a--b--c--d--');
      const subs = ['       ^---!', '------^-------!'];
      const expected1 = '   0-1--';
      const expected2 = '   ------0-1--2--';

      const states = joined(source);

      expectObservable(states, subs[0]).toBe(expected1, ['', 'a']);
      expectObservable(states, subs[1]).toBe(expected2, ['', 'c', 'cd']);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('can be read at any time', () => {
    const source = new Subject<number>();
    const state = sum(source);
    const read = [state.value];

    const subscription = state.subscribe();
    read.push(state.value);
    source.next(2);
    read.push(state.value);
    source.next(3);
    read.push(state.value);
    subscription.unsubscribe();
    read.push(state.value);

    expect(read).toEqual([0, 0, 2, 5, 0]);
    expect(state).toBeInstanceOf(StateObservable);
  });

  it('is the state that is told, or a newer one, while it is told', () => {
    const source = new Subject<number>();
    const state = sum(source);
    const seen: string[] = [];
    state.subscribe((told) => { if (told === 1) source.next(1); });
    state.subscribe((told) => { seen.push(`${told}/${state.value}`); });

    source.next(1);

    expect(seen).toEqual(['0/0', '1/2', '2/2']);
  });

  it('gives every observer every state in order, whatever is emitted inside next', () => {
    const source = new Subject<number>();
    const state = sum(source);
    const seen: number[] = [];
    state.subscribe((told) => { if (told > 0 && told < 4) source.next(1); });
    state.subscribe((told) => { seen.push(told); });

    source.next(1);

    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  it('takes what a source emits while it is subscribed to', () => {
    marbles().run(({ expectObservable }) => {
      expectObservable(sum(of(1, 2, 3))).toBe('(abcd|)', { a: 0, b: 1, c: 3, d: 6 });
      expectObservable(sum(new BehaviorSubject(5))).toBe('(ab)', { a: 0, b: 5 });
    });
  });

  it('does not subscribe to the source for one who only wants the seed', () => {
    let subscribed = false;

    sum(new Observable(() => { subscribed = true; })).pipe(take(1)).subscribe();

    expect(subscribed).toBe(false);
  });

  it('stops a source that emits without end while it is subscribed to', () => {
    let made = 0;

    sum(range(1, Infinity).pipe(map((value) => (made += 1, value)))).pipe(take(3)).subscribe();

    expect(made).toBe(2);
  });

  it('keeps the last state when the source has completed, for late observers too', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a|');
      const subs = '        ^-!';
      const late = '        -----^';

      const state = joined(source);

      expectObservable(state).toBe('01|', ['', 'a']);
      expectObservable(state, late).toBe('-----(1|)', ['', 'a']);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
    const state = sum(of(1, 2));
    state.subscribe();
    expect(state.value).toBe(3);
  });

  it('lets an error pass, and begins afresh behind it', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a#');
      const subs = ['       ^-!', '--^-!'];
      const expected = '    0101#';

      expectObservable(joined(source).pipe(retry(1))).toBe(expected, ['', 'a']);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('is the seed again for who hears of the error', () => {
    const source = new Subject<number>();
    const state = sum(source);
    const read: number[] = [];
    state.subscribe({ error: () => read.push(state.value) });

    source.next(4);
    read.push(state.value);
    source.error('lost');

    expect([...read, state.value]).toEqual([4, 0, 0]);
  });

  it('fails with what reducer throws, and unsubscribes from the source', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --a--b--');
      const subs = '        ^----!';
      const expected = '    0-1--#';

      const state = toState((all: string, value: string) => {
        if (value === 'b') throw 'error';
        return all + value;
      }, '')(source);

      expectObservable(state).toBe(expected, ['', 'a']);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('is an operator like others in a pipe', () => {
    marbles().run(({ hot, expectObservable }) => {
      const source = hot('  -1-2-3|', { 1: 1, 2: 2, 3: 3 });
      const expected = '    a--b--|';

      expectObservable(source.pipe(filter((value) => value === 2), toState((all, value) => all + value, 10))).toBe(expected, { a: 10, b: 12 });
    });
    expect(pipe(map((text: string) => text.length), sum)(NEVER).value).toBe(0);
  });

  it('suits a store as React reads it', () => {
    const source = new Subject<number>();
    const state = sum(source);
    const drawn: number[] = [];
    const watch = (changed: () => void): (() => void) => {
      const subscription = state.subscribe(changed);
      return () => subscription.unsubscribe();
    };

    drawn.push(state.value);
    const unwatch = watch(() => drawn.push(state.value));
    source.next(1);
    source.next(0);
    source.next(2);
    unwatch();
    source.next(4);

    expect(drawn).toEqual([0, 0, 1, 3]);
  });
});
