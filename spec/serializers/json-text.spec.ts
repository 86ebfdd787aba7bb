import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { elementsFrom, markBigIntegers, mayBeDeep, mayHoldBigInteger, readMarked } from '../../lib/serializers/json-text.ts';

/** Strings that look like the ends of things. */
const tricky = fc.array(fc.constantFrom('"', '\\', ',', '[', ']', '{', '}', ':', 'a', '\n', '1', '\0')).map((letters) => letters.join(''));
const value = fc.oneof(fc.jsonValue(), tricky, fc.array(tricky), fc.dictionary(tricky, tricky));
const space = fc.constantFrom('', ' ', '\r\n\t ');

describe('elementsFrom', () => {
  it('cuts where parsing and stringifying would', () => {
    const indent = fc.constantFrom(undefined, 2, '\t');
    fc.assert(fc.property(fc.array(value), fc.integer({ min: 1, max: 6 }), space, indent, (list, first, around, by) => {
      const text = around + JSON.stringify(list, null, by) + around;
      const elements = `[${elementsFrom(text, first)}]`;
      expect(JSON.stringify(JSON.parse(elements))).toBe(JSON.stringify(JSON.parse(text).slice(first)));
    }), { numRuns: 1000 });
  });

  it('leaves what it cuts as it was written', () => {
    expect(elementsFrom('[1,{ },"\\"]" , [ 1.0,"\\u0041" ] ,{"a" : 1e2}]', 3)).toBe(' [ 1.0,"\\u0041" ] ,{"a" : 1e2}');
    expect(elementsFrom('[1,2,3]', 3)).toBe('');
    expect(elementsFrom('[]', 1)).toBe('');
  });
});

describe('mayHoldBigInteger', () => {
  it('misses none behind the first dictionary', () => {
    const big = fc.oneof(fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 80n }), fc.bigInt({ min: -(2n ** 80n), max: -(2n ** 53n) - 1n }));
    fc.assert(fc.property(fc.array(value), fc.array(value), big, space, (before, after, number, around) => {
      const text = `[{},${JSON.stringify(before)},${around}${number}${around},${JSON.stringify(after)}]`;
      return mayHoldBigInteger(text);
    }), { numRuns: 1000 });
  });

  it('misses none behind other digits', () => {
    for (let length = 1; length < 50; length++) {
      expect(mayHoldBigInteger(`[{},${'1'.repeat(length % 15)},${'"'.padEnd(length, '2')}",9007199254740993]`)).toBe(true);
      expect(mayHoldBigInteger(`[{},0.${'1'.repeat(length)},9007199254740993]`)).toBe(true);
    }
  });

  it.each([
    '[36,9007199254740992,9007199254740991,{}]', '[{},8999999999999999]', '[{},0.30000000000000004]', '[{},"12345678901234567890"]',
    '[{},123456789012345]', '[]',
  ])('takes the short way for %s', (text) => {
    expect(mayHoldBigInteger(text)).toBe(false);
  });
});

describe('markBigIntegers', () => {
  it('leaves integers up to 2^53, fractions, and digits in strings and keys', () => {
    const text = '[{},9007199254740992,-9007199254740992,9007199254740993.5,1e20,{"9007199254740993" :0}]';

    expect(markBigIntegers(text)).toBe(text);
    expect(markBigIntegers('["9007199254740993",":","\\"9007199254740993",9007199254740993]'))
      .toBe('["9007199254740993s",":s","\\"9007199254740993s","9007199254740993i"]');
  });

  it('marks what readMarked can tell apart, and leaves the rest', () => {
    // Integers beyond 2^53 stand in the text as they are; in what is compared, as #12#.
    const shown = (_key: string, item: unknown): unknown => (typeof item === 'bigint' ? `#${item}#` : item);
    const small = value.filter((item) => !/\d{16}/.test(JSON.stringify(item)));
    const integer = fc.bigInt({ min: 2n ** 53n + 1n });
    fc.assert(fc.property(fc.array(fc.oneof(small, integer, fc.record({ a: integer, b: small }))), (list) => {
      const text = JSON.stringify(list, shown).replaceAll(/"#(\d+)#"/g, '$1');

      const marked = markBigIntegers(text);

      const read: unknown = JSON.parse(marked, (_key, item: unknown) => (typeof item === 'string' ? readMarked(item) : item));
      expect(JSON.stringify(read, shown)).toBe(JSON.stringify(list, shown));
    }), { numRuns: 500 });
  });
});

describe('mayBeDeep', () => {
  it('says no to the flat and the short, and yes to the deep', () => {
    expect(mayBeDeep(JSON.stringify(Array.from({ length: 500 }, () => 'text')))).toBe(false);
    expect(mayBeDeep('['.repeat(128) + ']'.repeat(128))).toBe(false);
    expect(mayBeDeep('['.repeat(129) + ']'.repeat(129))).toBe(true);
    expect(mayBeDeep(`${'[{"a":'.repeat(65)}1${'}]'.repeat(65)}`)).toBe(true);
  });
});
