import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SerializationError } from '../../lib/errors.ts';
import { json } from '../../lib/serializers/json.ts';

const { encode, decode } = json();

describe('json', () => {
  it('writes what JSON.stringify writes, for whatever JSON has', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue()), (list) => {
      fc.pre(!/"\\u0000/.test(JSON.stringify(list)));
      const big = /(?<![.\d])\d{16,}(?![\d.])/.test(JSON.stringify(list)); // those get an exponent
      fc.pre(!big);
      expect(encode(list)).toBe(JSON.stringify(list));
    }));
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (list, space) => {
      const text = JSON.stringify(list, null, space);
      fc.pre(!/"\\u0000/.test(text));
      expect(JSON.stringify(decode(text), bigints)).toBe(JSON.stringify(JSON.parse(text)));
    }));
    function bigints(_key: string, value: unknown): unknown {
      return typeof value === 'bigint' ? Number(value) : value;
    }
  });

  it('writes bytes as U+0000 and base64 ("Binary support in JSON")', () => {
    const bytes = Uint8Array.from(Buffer.from('10e3ff9053075c526f5fc06d4fe37cdb', 'hex'));
    const text = String.raw`["\u0000EOP/kFMHXFJvX8BtT+N82w=="]`;

    expect(encode([bytes])).toBe(text);
    expect(decode(text)).toEqual([bytes]);
  });

  it('takes no key for bytes', () => {
    const text = String.raw`[{"\u0000AAAA":"\u0000AAAA"}]`;

    expect(decode(text)).toEqual([{ '\0AAAA': new Uint8Array(3) }]);
    expect(encode(decode(text))).toBe(text);
  });

  it.each(['\0', '\0AAAA', '\0text'])('refuses to write the text %j, which would be bytes to others', (text) => {
    expect(() => encode([text])).toThrow(SerializationError);
    expect(() => encode([{ a: [text] }])).toThrow(SerializationError);
  });

  it.each(['["\\u0000A"]', '["\\u0000AAA!"]', '[{"a":"\\u0000 AAAA"}]', '["\\u0000AA==","\\u0000AB=="]'])(
    'refuses to read %s, which is no base64', (text) => {
      expect(() => decode(text)).toThrow(SerializationError);
    },
  );

  it('touches no other text', () => {
    const list = ['a\0b', '\\u0000AAAA', '\u0001AAAA', '"\\u0000'];

    expect(decode(encode(list))).toEqual(list);
  });

  it.each([NaN, Infinity, -Infinity])('refuses to write %p', (number) => {
    expect(() => encode([{ number }])).toThrow(SerializationError);
  });

  it('writes a bigint up to 2^53 as a number, and refuses larger ones', () => {
    expect(encode([1n, 2n ** 53n, -(2n ** 53n), 2 ** 53])).toBe('[1,9007199254740992,-9007199254740992,9007199254740992]');
    expect(() => encode([2n ** 53n + 1n])).toThrow(SerializationError);
    expect(() => encode([{ a: -(2n ** 53n) - 1n }])).toThrow(SerializationError);
  });

  it('writes a number beyond 2^53 with an exponent', () => {
    expect(encode([{ a: 2 ** 60 }])).toBe('[{"a":1.152921504606847e+18}]');
  });

  it('reads every integer without loss, wherever it stands', () => {
    const integer = fc.oneof(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }));
    const digits = fc.stringMatching(/^[ ,:\\"]*[0-9]{15,20}[ ,:\\"]*$/);
    const fraction = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number));
    const filler = fc.oneof(fc.string(), digits, fraction);
    fc.assert(fc.property(fc.array(fc.tuple(integer, filler)), fc.constantFrom('', ' ', '\n\t'), (pairs, space) => {
      fc.pre(pairs.every(([, fill]) => typeof fill === 'number' || !fill.startsWith('\0')));
      const members = pairs.map(([number, fill]) => {
        const key = JSON.stringify(String(fill));
        return `{"a":${space}${number}${space},${space}${key}${space}:${JSON.stringify(fill)}}`;
      });
      const expected = pairs.map(([number, fill]) => ({ a: safe(number), [String(fill)]: fill }));
      expect(decode(`[{},${members.concat('0').join(`,${space}`)}]`)).toEqual([{}, ...expected, 0]);
    }), { numRuns: 300 });
    function safe(number: bigint): number | bigint {
      return number < -(2n ** 53n) || number > 2n ** 53n ? number : Number(number);
    }
  });

  it('takes fractions, exponents and digits in strings for no integers', () => {
    const floats = '0.30000000000000004,1e300,12345678901234567890.5,12345678901234567890e2';
    const text = `[{},${floats},"12345678901234567890","a 12345678901234567890 b"]`;

    expect(decode(text)).toEqual([{}, ...(JSON.parse(text) as unknown[]).slice(1)]);
  });

  it('reads bytes and digits beside a large integer', () => {
    const text = String.raw`[{},12345678901234567890,"\u0000AAAA","s","i1",{"k\"":"\\","12345678901234567890" : "x"}]`;

    expect(decode(text)).toEqual([{}, 12345678901234567890n, new Uint8Array(3), 's', 'i1', { 'k"': '\\', '12345678901234567890': 'x' }]);
  });

  it('refuses an integer that takes long to read', () => {
    expect(decode(`[{},1${'0'.repeat(999)}]`)).toEqual([{}, 10n ** 999n]);
    expect(() => decode(`[{},1${'0'.repeat(1000)}]`)).toThrow(SerializationError);
    expect(() => decode(`[{},${'9'.repeat(1_000_000)}]`)).toThrow(SerializationError);
  });

  it.each(['{}', '"a"', '1', 'null', '[1', '[1]]', '[1] x', '\uFEFF[1]', '[1,]', '[NaN]', '[\0]', "['a']", '[01]'])(
    'refuses to read %j', (text) => {
      expect(() => decode(text)).toThrow(SerializationError);
    },
  );

  it('refuses 100,000 levels, of lists, of dictionaries, and beside what takes the long way', () => {
    const lists = '['.repeat(100_000) + ']'.repeat(100_000);
    const dicts = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

    for (const text of [lists, `[${dicts}]`, `[${lists},12345678901234567890]`, String.raw`[${lists},"\u0000AAAA"]`]) {
      expect(() => decode(text)).toThrow(SerializationError);
    }
  });

  it('reads a list that is long and not deep', () => {
    const list = Array.from({ length: 10_000 }, (_, n) => [{ n }]);

    expect(decode(JSON.stringify(list))).toEqual(list);
  });
});
