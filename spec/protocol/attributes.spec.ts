import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkAttributes, readAttributes } from '../../lib/protocol/attributes.ts';
import type { Dict } from '../../lib/types.ts';
import { anything } from '../support/arbitraries.ts';

const many = (count: number): Dict => Object.fromEntries(Array.from({ length: count }, (_, index) => [`_key${index}`, index]));

const key = fc.stringMatching(/^_[a-z0-9_]{3,63}$/);
const value = fc.oneof(fc.string().filter((text) => !text.startsWith('\0')), fc.boolean(), fc.double({ noNaN: true, noDefaultInfinity: true }));

describe('checkAttributes', () => {
  it.each([[undefined], [{}], [{ _abc: '' }], [{ _a_0: 'x'.repeat(8192), _bcd: 0.5, _cde: false, _def: undefined }], [many(16)], [{ ...many(16), _more: undefined }]])(
    'lets attributes pass: %#', (attributes) => {
      expect(() => checkAttributes(attributes)).not.toThrow();
    });

  it.each<readonly [unknown, Error]>([
    [7, new TypeError('attributes must be an object, got 7')],
    [['_abc'], new TypeError('attributes must be an object, got a list')],
    [null, new TypeError('attributes must be an object, got null')],
    [{ timeout: 1 }, new TypeError('attributes must have keys such as _key, of 4 to 64 characters of a-z, 0-9 and _, got "timeout"')],
    [{ _ab: 1 }, new TypeError('attributes must have keys such as _key, of 4 to 64 characters of a-z, 0-9 and _, got "_ab"')],
    [{ _Abc: 1 }, new TypeError('attributes must have keys such as _key, of 4 to 64 characters of a-z, 0-9 and _, got "_Abc"')],
    [{ '_abc\n': 1 }, new TypeError('attributes must have keys such as _key, of 4 to 64 characters of a-z, 0-9 and _, got "_abc\\n"')],
    [{ _abc: {} }, new TypeError('attributes._abc must be a finite number, a boolean, or a text of at most 8192 characters without U+0000 in front, got an object')],
    [{ _abc: null }, new TypeError('attributes._abc must be a finite number, a boolean, or a text of at most 8192 characters without U+0000 in front, got null')],
    [{ _abc: NaN }, new TypeError('attributes._abc must be a finite number, a boolean, or a text of at most 8192 characters without U+0000 in front, got NaN')],
    [{ _abc: 1n }, new TypeError('attributes._abc must be a finite number, a boolean, or a text of at most 8192 characters without U+0000 in front, got a bigint')],
    [{ _abc: '\0AQ==' }, new TypeError('attributes._abc must be a finite number, a boolean, or a text of at most 8192 characters without U+0000 in front, got "\\u0000AQ=="')],
    [many(17), new RangeError('attributes must be at most 16, got 17')],
  ])('refuses what is none: %#', (attributes, error) => {
    expect(() => checkAttributes(attributes)).toThrow(error);
  });

  it('refuses a text that is too long', () => {
    expect(() => checkAttributes({ _abc: 'x'.repeat(8193) })).toThrow(TypeError);
  });
});

describe('readAttributes', () => {
  it('finds what was checked, whatever stands beside it', () => {
    fc.assert(fc.property(fc.dictionary(key, value, { maxKeys: 16 }), (attributes) => {
      expect(() => checkAttributes(attributes)).not.toThrow();
      expect(readAttributes({ timeout: 5, ...attributes, __proto__: null, _ab: 1, _odd: [], _nan: NaN }) ?? {}).toEqual({ ...attributes });
    }));
  });

  it('gives nothing that checkAttributes refuses, whatever was sent', () => {
    fc.assert(fc.property(fc.dictionary(fc.oneof(key, fc.string()), fc.oneof(value, anything), { maxKeys: 40 }), (options) => {
      expect(() => checkAttributes(readAttributes(options))).not.toThrow();
    }));
  });

  it('gives the first 16', () => {
    expect(readAttributes(many(100))).toEqual(many(16));
  });

  it('makes nothing where there is none', () => {
    expect(readAttributes({ timeout: 5, _ab: 1, _odd: null, __proto__: { _inherited: 1 } })).toBeUndefined();
  });
});
