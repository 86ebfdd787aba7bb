import { describe, expect, it } from '@jest/globals';
import { TestScheduler } from 'rxjs/testing';
import { progressOf } from '../../lib/operators/progress-of.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

type Printing = { readonly progress: true; readonly args: readonly [page: number] } | { readonly progress: false; readonly args: readonly [file: string] };

const results: { readonly [letter: string]: Printing } = {
  p: { progress: true, args: [1] },
  q: { progress: true, args: [2] },
  r: { progress: false, args: ['a.pdf'] },
};

describe('progressOf', () => {
  it('makes one stream of progress and result', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -p-q-(r|)', results);
      const subs = '        ^----!';
      const expected = '    -p-q-(r|)';

      const result = source.pipe(progressOf({ bar: ({ args: [page] }) => page * 10, done: ({ args: [file] }) => file }));

      expectObservable(result).toBe(expected, { p: 10, q: 20, r: 'a.pdf' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('drops the progress where only done is given', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold(' -p-q-(r|)', results);
      const expected = '    -----(r|)';

      expectObservable(source.pipe(progressOf({ done: ({ args: [file] }) => file }))).toBe(expected, { r: 'a.pdf' });
    });
  });

  it('drops the result where only bar is given', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold(' -p-q-(r|)', results);
      const expected = '    -p-q-|';

      expectObservable(source.pipe(progressOf({ bar: ({ args: [page] }) => page }))).toBe(expected, { p: 1, q: 2 });
    });
  });

  it('emits undefined where that is what a function returns', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold('p|', results).pipe(progressOf({ bar: () => undefined }))).toBe('u|', { u: undefined });
    });
  });

  it('lets errors pass', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold('-p-#', results).pipe(progressOf({ done: () => 1 }))).toBe('---#');
    });
  });

  it.each(['bar', 'done'])('fails with what %s throws', (name) => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(name === 'bar' ? '-p' : '-r', results);
      const subs = '^!';
      const expected = '-#';

      expectObservable(source.pipe(progressOf({ [name]: () => { throw 'error'; } }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('refuses to drop everything', () => {
    expect(() => progressOf({})).toThrow(new TypeError('progressOf: bar or done must be a function, got neither'));
  });
});
