import { describe, expect, it } from '@jest/globals';
import { assertRange } from '../../lib/transports/assert-range.ts';

describe('assertRange', () => {
  it('takes numbers from the least to what timers know', () => {
    expect(() => assertRange({ a: 0, b: 2 ** 31 - 1, c: 0.5 })).not.toThrow();
    expect(() => assertRange({ a: 1 }, 1)).not.toThrow();
  });

  it.each([
    [-1, '-1'], [2 ** 31, '2147483648'], [NaN, 'NaN'], [Infinity, 'Infinity'], ['10', '"10"'], [null, 'null'],
  ])('refuses %p', (value, shown) => {
    const options = { size: value as number };
    expect(() => assertRange(options)).toThrow(new RangeError(`size must be a number from 0 to 2147483647, got ${shown}`));
  });

  it('names the least it was given', () => {
    expect(() => assertRange({ size: 0 }, 1)).toThrow(new RangeError('size must be a number from 1 to 2147483647, got 0'));
  });
});
