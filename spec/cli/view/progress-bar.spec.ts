import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawBar, readProgress } from '../../../lib/cli/view/progress-bar.ts';

describe('readProgress', () => {
  it.each([
    [[{ done: 2, total: 8 }], {}, { done: 2, total: 8, isPercentage: false }],
    [[{ done: 2 }], {}, { done: 2, total: undefined, isPercentage: false }],
    [['reading'], { done: 2, total: 8 }, { done: 2, total: 8, isPercentage: false }],
    [[{ percent: 40 }], {}, { done: 40, total: 100, isPercentage: true }],
    [[2, 8], {}, { done: 2, total: 8, isPercentage: false }],
    [[1000], {}, { done: 1000, total: undefined, isPercentage: false }],
  ])('reads %j %j', (args, kwargs, expected) => {
    expect(readProgress({ args, kwargs })).toEqual(expected);
  });

  it.each([[['tea'], {}], [[8, 2], {}], [[-1], {}], [[Number.NaN], {}], [[1, 2, 3], {}], [[[1, 2]], {}], [[{ total: 3 }], {}], [[], {}], [[null], {}]])('takes %j %j for a value of its own', (args, kwargs) => {
    expect(readProgress({ args, kwargs })).toBeUndefined();
  });
});

describe('drawBar', () => {
  it.each([
    [{ done: 0, total: 8, isPercentage: false }, 0, '  0 %                       0/8'],
    [{ done: 3, total: 8, isPercentage: false }, 0, ' 37 % ███████▌              3/8'],
    [{ done: 8, total: 8, isPercentage: false }, 0, '100 % ████████████████████  8/8'],
    [{ done: 9, total: 8, isPercentage: false }, 0, '100 % ████████████████████  9/8'],
    [{ done: 25, total: 100, isPercentage: true }, 2000, ' 25 % ███▊             6 s left'],
    [{ done: 500, total: undefined, isPercentage: false }, 2000, '500  250/s'],
    [{ done: 0, total: 0, isPercentage: false }, 0, '0'],
  ])('draws %j after %i ms', (progress, elapsed, expected) => {
    expect(drawBar(progress, elapsed, 32)).toBe(expected);
  });

  it('is never wider than its room', () => {
    const progress = fc.record({ done: fc.double({ min: 0, noNaN: true }), total: fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }), isPercentage: fc.boolean() });
    fc.assert(fc.property(progress, fc.nat(100_000), fc.nat(200), (each, elapsed, columns) => {
      expect(drawBar(each, elapsed, columns).length).toBeLessThanOrEqual(columns);
    }));
  });
});
