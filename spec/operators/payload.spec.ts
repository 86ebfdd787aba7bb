import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ApplicationError } from '../../lib/errors.ts';
import { arg, kwarg, payload } from '../../lib/operators/payload.ts';

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

const event = { topic: 'com.shop.price', publication: 7, args: [42, 'EUR'], kwargs: { venue: 'here' }, details: {} };
const empty = { args: [], kwargs: {} };

describe('arg', () => {
  it('takes one positional argument out of each value, and undefined where there is none', () => {
    marbles().run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<{ readonly args: unknown[] }>(' -e-n-|', { e: event, n: empty });
      const subs = '                                      ^----!';
      const expected = '                                  -a-u-|';

      expectObservable(source.pipe(arg(0))).toBe(expected, { a: 42, u: undefined });
      expectObservable(source.pipe(arg(1))).toBe(expected, { a: 'EUR', u: undefined });
      expectSubscriptions(source.subscriptions).toBe([subs, subs]);
    });
  });

  it('lets errors pass', () => {
    marbles().run(({ cold, expectObservable }) => {
      expectObservable(cold<{ readonly args: unknown[] }>('-#').pipe(arg(0))).toBe('-#');
    });
  });

  it('works on whatever has arguments', () => {
    const seen: unknown[] = [];

    of(new ApplicationError('com.shop.sold_out', { args: ['boots'] })).pipe(arg(0)).subscribe((value) => { seen.push(value); });

    expect(seen).toEqual(['boots']);
  });

  it.each([-1, 0.5, NaN, '0' as never])('refuses %p as a position', (position) => {
    expect(() => arg(position)).toThrow(new RangeError(`arg: position must be an integer of at least 0, got ${String(position)}`));
  });
});

describe('kwarg', () => {
  it('takes one keyword argument out of each value, and undefined where there is none', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold<{ readonly kwargs: object }>(' -e-n-|', { e: event, n: empty });
      const expected = '                                 -a-u-|';

      expectObservable(source.pipe(kwarg('venue'))).toBe(expected, { a: 'here', u: undefined });
    });
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('does not take %s from what every object inherits', (name) => {
    const seen: unknown[] = [];

    of({ kwargs: {} }, { kwargs: Object.create(null) as object }).pipe(kwarg(name)).subscribe((value) => { seen.push(value); });

    expect(seen).toStrictEqual([undefined, undefined]);
  });

  it('takes what was sent under such a name', () => {
    const seen: unknown[] = [];

    of({ kwargs: JSON.parse('{"__proto__": 1}') as object }).pipe(kwarg('__proto__')).subscribe((value) => { seen.push(value); });

    expect(seen).toEqual([1]);
  });
});

describe('payload', () => {
  it('leaves nothing but the arguments', () => {
    marbles().run(({ cold, expectObservable }) => {
      const source = cold('   -e-n-|', { e: event, n: { ...empty, progress: true } });
      const expected = '      -a-b-|';

      expectObservable(source.pipe(payload())).toBe(expected, { a: { args: [42, 'EUR'], kwargs: { venue: 'here' } }, b: empty });
    });
  });
});
