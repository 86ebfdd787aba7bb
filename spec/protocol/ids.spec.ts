import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_ID, idSequence, randomId } from '../../lib/protocol/ids.ts';

describe('randomId', () => {
  it('covers the range from its first id to its last', () => {
    expect(randomId(() => 0)).toBe(1);
    expect(randomId(() => 1 - 2 ** -53)).toBe(2 ** 53);
  });

  it('is an id for every number that chance may give', () => {
    fc.assert(fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (chance) => {
      const id = randomId(() => chance);
      expect(Number.isInteger(id) && id >= 1 && id <= MAX_ID).toBe(true);
    }));
  });

  it('draws from Math.random by itself', () => {
    const ids = new Set(Array.from({ length: 100 }, () => randomId()));
    expect(ids.size).toBe(100);
  });
});

describe('idSequence', () => {
  it('counts from 1', () => {
    const nextId = idSequence();
    expect([nextId(), nextId(), nextId()]).toEqual([1, 2, 3]);
  });

  it('begins again after 2^53', () => {
    const nextId = idSequence(2 ** 53 - 2);
    expect([nextId(), nextId(), nextId()]).toEqual([2 ** 53 - 1, 2 ** 53, 1]);
  });

  it('is one of its own for each session', () => {
    idSequence()();
    expect(idSequence()()).toBe(1);
  });
});
