import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SerializationError } from '../../lib/errors.ts';
import { MAX_DEPTH, isPlain, revive, serializing, write, type Format } from '../../lib/serializers/plain.ts';

const COPY: Format<unknown> = { atom: (value) => value, list: (items) => items, dict: (entries) => Object.fromEntries(entries) };

describe('isPlain', () => {
  it('says yes only where JSON.stringify loses nothing', () => {
    const anything = fc.anything({
      withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withSparseArray: true,
    });
    fc.assert(fc.property(anything, (value) => {
      if (isPlain(value)) expect(JSON.parse(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(write(COPY, value))));
    }), { numRuns: 1000 });
  });

  it.each([
    undefined, NaN, Infinity, 2 ** 53, 1n, '\0', new Date(), new Uint8Array(), [undefined], { a: { b: 1n } }, JSON.parse('{"__proto__":1}'),
    () => 1,
  ])('says no to %p', (value) => {
    expect(isPlain(value)).toBe(false);
    expect(isPlain([[value]])).toBe(false);
  });

  it.each([null, '', 'a\0', 1.5, -1, true, [], {}, { a: undefined }, Object.create(null)])('says yes to %p', (value) => {
    expect(isPlain([value])).toBe(true);
  });
});

describe('write', () => {
  it('leaves data as it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(write(COPY, value)).toEqual(value);
    }));
  });

  it('writes null where nothing else can stand', () => {
    expect(write(COPY, undefined)).toBeNull();
    expect(write(COPY, [{ toJSON: () => undefined }, { a: { toJSON: () => undefined } }])).toEqual([null, {}]);
  });
});

describe('revive', () => {
  it('replaces atoms in place, own keys of any name among them', () => {
    const value: unknown = JSON.parse('[1, {"a": [2], "__proto__": 3, "constructor": 4}]');

    const revived = revive(value, (atom) => (typeof atom === 'number' ? atom * 10 : atom));

    expect(revived).toBe(value);
    expect(JSON.stringify(revived)).toBe('[10,{"a":[20],"__proto__":30,"constructor":40}]');
    expect(Object.getPrototypeOf((value as unknown[])[1])).toBe(Object.prototype);
  });

  it('reads undefined as null in a list, and as no key in a dictionary', () => {
    const value = [undefined, { a: undefined, b: { c: undefined, d: 1 } }];

    expect(revive(value, (atom) => atom)).toStrictEqual([null, { b: { d: 1 } }]);
  });

  it('refuses what is too deep, without following it', () => {
    const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));

    expect(() => revive(deep, (atom) => atom)).toThrow(`payload must be at most ${MAX_DEPTH} levels deep`);
  });
});

describe('serializing', () => {
  it('passes our own errors on and makes others the cause of one', () => {
    const own = new SerializationError('own');
    const other = new RangeError('other');

    expect(() => serializing('what', () => { throw own; })).toThrow(own);
    expect(() => serializing('what', () => { throw other; })).toThrow(expect.objectContaining({ message: 'what', cause: other }));
  });
});
