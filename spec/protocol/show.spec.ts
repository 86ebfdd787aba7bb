import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { show } from '../../lib/protocol/show.ts';
import { anything } from '../support/arbitraries.ts';

describe('show', () => {
  it.each<readonly [unknown, string]>([
    ['7', '"7"'],
    ['a\n', '"a\\n"'],
    ['x'.repeat(41), `"${'x'.repeat(40)}…"`],
    [7, '7'],
    [-0, '0'],
    [Number.NaN, 'NaN'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'nothing'],
    [10n ** 1000n, 'a bigint'],
    [[1], 'a list'],
    [new Uint8Array(3), 'bytes'],
    [{ a: 1 }, 'an object'],
    [Object.create(null), 'an object'],
    [Symbol('x'), 'a symbol'],
    [() => 1, 'a function'],
  ])('says %p as %s', (value, words) => {
    expect(show(value)).toBe(words);
  });

  it('is short and does not throw, whatever it is given', () => {
    fc.assert(fc.property(fc.oneof(anything, fc.string({ unit: 'binary', minLength: 30, maxLength: 100 })), (value) => {
      expect(show(value).length).toBeLessThan(300);
    }));
  });
});
