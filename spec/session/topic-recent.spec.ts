import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Recent } from '../../lib/session/topic-recent.ts';

describe('Recent', () => {
  it('knows the last different values and no others', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.nat(9)), (size, values) => {
      const recent = new Recent<number>(size);
      for (const value of values) recent.add(value);

      const lately = [...new Set([...values].reverse())].slice(0, size);
      expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((value) => recent.has(value))).toEqual(lately.toSorted((a, b) => a - b));
      expect(recent.last).toBe(values.at(-1));
    }));
  });
});
