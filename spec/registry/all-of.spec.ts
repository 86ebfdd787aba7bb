import { describe, expect, it } from '@jest/globals';
import { TestScheduler } from 'rxjs/testing';
import { of, throwError } from 'rxjs';
import { allOf } from '../../lib/registry/all-of.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

describe('allOf', () => {
  it('emits when each has emitted, and again when each has emitted anew', () => {
    marbles().run(({ hot, expectObservable }) => {
      const a = hot('      1---2-3---|');
      const b = hot('      --1-----2---|');
      const expected = '   --x-----y---|';

      expectObservable(allOf([a, b])).toBe(expected, { x: ['1', '1'], y: ['3', '2'] });
    });
  });

  it('errors with the first that does, and leaves the others', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const a = hot('      1---#');
      const b = hot('      --1------');
      const subs = '       ^---!';
      const expected = '   --x-#';

      expectObservable(allOf([a, b])).toBe(expected, { x: ['1', '1'] });
      expectSubscriptions(b.subscriptions).toBe(subs);
    });
  });

  it('begins none behind one that errors at once', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const other = cold('1');

      expectObservable(allOf([throwError(() => 'error'), other])).toBe('#');
      expectSubscriptions(other.subscriptions).toBe([]);
    });
  });

  it('emits an empty list of nothing, and what is there at once', () => {
    marbles().run(({ expectObservable }) => {
      expectObservable(allOf([])).toBe('(x|)', { x: [] });
      expectObservable(allOf([of(1), of(2)])).toBe('(x|)', { x: [1, 2] });
    });
  });
});
