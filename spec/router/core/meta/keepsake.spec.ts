import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keep } from '../../../../lib/router/core/meta/keepsake.ts';

describe('keep', () => {
  it('copies all that could change or hold on to more', () => {
    const frame = new Uint8Array(1000).fill(7);
    const given = { list: [1, 'two', null, true, 4n], bytes: frame.subarray(10, 12) };

    const { value } = keep(given);

    expect(value).toEqual(given);
    expect(value).not.toBe(given);
    expect(value.list).not.toBe(given.list);
    expect(value.bytes.buffer.byteLength).toBe(2);
  });

  it('keeps a key by the name of __proto__ as one like any other', () => {
    const given = JSON.parse('{"__proto__":{"polluted":true}}') as object;

    const { value } = keep(given);

    expect(Object.keys(value)).toEqual(['__proto__']);
    expect('polluted' in value).toBe(false);
  });

  it('says how much is kept, and never less than what it is made of', () => {
    expect(keep('x'.repeat(1000)).size).toBeGreaterThanOrEqual(1000);
    expect(keep({ ['x'.repeat(1000)]: 1 }).size).toBeGreaterThanOrEqual(1000);
    expect(keep(new Uint8Array(1000)).size).toBeGreaterThanOrEqual(1000);
    expect(keep(Array.from({ length: 1000 }, () => [])).size).toBeGreaterThanOrEqual(1000);
  });

  it('gives back what any payload was', () => {
    fc.assert(fc.property(fc.jsonValue(), (given) => {
      const { value, size } = keep(given);
      expect(value).toEqual(given);
      expect(size).toBeGreaterThan(0);
    }));
  });
});
