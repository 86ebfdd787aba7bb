import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TokenBuckets } from '../../lib/router/token-buckets.ts';

/** Buckets, and a clock that is set. */
function buckets(perSecond: number): { readonly buckets: TokenBuckets; at(ms: number): TokenBuckets } {
  let now = 0;
  const made = new TokenBuckets(perSecond, () => now);
  return { buckets: made, at: (ms) => { now = ms; return made; } };
}

describe('TokenBuckets', () => {
  it('gives as many at once as in a second, then one after the other, to each key', () => {
    const { at } = buckets(4);

    expect([1, 2, 3, 4, 5].map(() => at(0).take('a'))).toEqual([0, 0, 0, 0, 250]);
    expect(at(0).take('b')).toBe(0);
    expect([at(249).take('a'), at(250).take('a'), at(250).take('a')]).toEqual([1, 0, 250]);
  });

  it('gives one at once where there is less than one a second', () => {
    const { at } = buckets(0.5);

    expect([at(0).take('a'), at(500).take('a'), at(2_000).take('a')]).toEqual([0, 1_500, 0]);
  });

  it('takes nothing from who gets nothing', () => {
    const { at } = buckets(1);
    at(0).take('a');

    for (let ms = 1; ms < 1_000; ms++) expect(at(ms).take('a')).toBe(1_000 - ms);
    expect(at(1_000).take('a')).toBe(0);
  });

  it('never gives more than it says, in whatever span of time, and always when it said', () => {
    const plan = fc.record({
      perSecond: fc.constantFrom(0.5, 1, 2, 3, 7, 10, 1_000),
      takes: fc.array(fc.record({ wait: fc.constantFrom(0, 0, 1, 10, 100, 333, 1_000, 5_000), key: fc.constantFrom('a', 'b') }), { maxLength: 60 }),
    });
    fc.assert(fc.property(plan, ({ perSecond, takes }) => {
      const { at } = buckets(perSecond);
      const given: Record<string, number[]> = { a: [], b: [] };
      let now = 0;
      for (const { wait, key } of takes) {
        const more = at(now += wait).take(key);
        if (more === 0) given[key]!.push(now);
        else expect(at(now + more).take(key)).toBe(0);
        if (more > 0) given[key]!.push(now += more);
      }

      const burst = Math.max(1, Math.floor(perSecond));
      for (const times of Object.values(given)) {
        times.forEach((start, from) => times.slice(from).forEach((end, count) => {
          expect(count + 1).toBeLessThanOrEqual(burst + ((end - start) * perSecond) / 1_000 + 1e-6);
        }));
      }
    }));
  });

  it('forgets who has not come for long, and knows no more than ten thousand', () => {
    const { at, buckets: { size } } = buckets(1);
    expect(size).toBe(0);
    for (let n = 0; n < 20_000; n++) at(0).take(`key ${n}`);
    expect(at(0).size).toBe(10_000);
    expect(at(0).take('key 19999')).toBe(1_000);

    at(1_000).take('a');

    expect(at(1_000).size).toBe(1);
  });
});
