import { describe, expect, it } from '@jest/globals';
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import fc from 'fast-check';
import { SerializationError } from '../../lib/errors.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';

const { encode, decode } = msgpack();
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (list: readonly unknown[]): string => Buffer.from(encode(list) as Uint8Array).toString('hex');

/** How an integer is read; -0 has none. */
const small = (value: number | bigint): number | bigint =>
  value < -(2n ** 53n) || value > 2n ** 53n ? value : Number(value) + 0;

describe('msgpack', () => {
  it.each([
    [2 ** 31, '91ce80000000'], [2 ** 32 - 1, '91ceffffffff'], [2 ** 32, '91cf0000000100000000'], [2 ** 53 - 1, '91cf001fffffffffffff'],
    [2 ** 53, '91cf0020000000000000'], [-(2 ** 31), '91d280000000'], [-(2 ** 31) - 1, '91d3ffffffff7fffffff'],
    [-(2 ** 53), '91d3ffe0000000000000'],
    [1n, '9101'], [2n ** 32n, '91cf0000000100000000'], [2n ** 64n - 1n, '91cfffffffffffffffff'], [-(2n ** 63n), '91d38000000000000000'],
    [-0, '9100'], [1.5, '91cb3ff8000000000000'],
  ])('writes %p as %s', (value, frame) => {
    expect(toHex([value])).toBe(frame);
    // and so beside a value that takes the long way
    expect(toHex([value, new Uint8Array()])).toBe(`92${frame.slice(2)}c400`);
    expect(decode(hex(frame))).toEqual([small(value)]);
  });

  it('carries every integer of 64 bits', () => {
    fc.assert(fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })), (list) => {
      expect(decode(encode([list, { list }]))).toEqual([list.map(small), { list: list.map(small) }]);
    }));
  });

  it.each([2n ** 64n, -(2n ** 63n) - 1n])('refuses to write %p', (integer) => {
    expect(() => encode([integer])).toThrow(SerializationError);
  });

  it('carries NaN and the infinities', () => {
    expect(decode(encode([NaN, Infinity, -Infinity]))).toEqual([NaN, Infinity, -Infinity]);
  });

  it('writes a lone surrogate as U+FFFD, and all other text as it is', () => {
    expect(decode(encode(['a\ud800b', { '\udfff': '\ud83d\ude00' }]))).toEqual(['a\ufffdb', { '\ufffd': '\ud83d\ude00' }]);
    expect(decode(encode(['\ud7ff 한글', Uint8Array.of(0xed, 0xa0)]))).toEqual(['\ud7ff 한글', Uint8Array.of(0xed, 0xa0)]);
    expect(toHex([0xeda0])).toBe('91cdeda0');
  });

  it('writes only what a strict reader reads', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    const unit = fc.integer({ min: 0xd700, max: 0xe100 }).map((code) => String.fromCharCode(code));
    fc.assert(fc.property(fc.string({ unit }), (text) => {
      const read = new Decoder({ rawStrings: true }).decode(encode([text]) as Uint8Array) as [Uint8Array];
      expect(strict.decode(read[0])).toBe(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
    }));
  });

  it('refuses the key __proto__ both ways, which readers refuse', () => {
    expect(() => encode([JSON.parse('{"__proto__":1}')])).toThrow(SerializationError);
    expect(() => decode(hex('91 81 a9 5f5f70726f746f5f5f 80'))).toThrow(SerializationError);
    expect(decode(encode(['__proto__', { a: '__proto__' }]))).toEqual(['__proto__', { a: '__proto__' }]);
  });

  it.each([
    ['leaves out its key in a dictionary', '91 82 a1 61 d40000 a1 62 01', [{ b: 1 }]],
    ['is null in a list', '93 01 d40000 91 d40000', [1, null, [null]]],
    ['stands beside integers of 64 bits', '92 81 a1 61 d40000 cf 0000000100000001', [{}, 2 ** 32 + 1]],
  ])('reads the undefined of JavaScript, which %s', (_name, frame, list) => {
    expect(decode(hex(frame))).toStrictEqual(list);
  });

  it('reads undefined as it would have been written, wherever it stands', () => {
    class Undefined {}
    const extensionCodec = new ExtensionCodec();
    extensionCodec.register({ type: 0, encode: (value) => (value instanceof Undefined ? Uint8Array.of(0) : null), decode: () => undefined });
    const foreign = new Encoder({ extensionCodec });
    const holes = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(holes);
      if (typeof value !== 'object') return value === undefined ? new Undefined() : value;
      return value && Object.fromEntries(Object.entries(value).map(([key, member]) => [key, holes(member)]));
    };
    const value = fc.anything({ key: fc.string().filter((key) => key !== '__proto__'), values: [fc.constant(undefined), fc.integer(), fc.string()] });

    fc.assert(fc.property(fc.array(value), (list) => {
      expect(decode(foreign.encode(holes(list)))).toStrictEqual(decode(encode(list)));
    }));
  });

  it.each([
    ['a map', '80'], ['undefined as a key', '91 81 d40000 01'], ['undefined alone', 'd40000'], ['a number', '01'], ['a key that is a number', '91 81 01 01'],
    ['a key that is a list', '91 81 90 01'], ['a key that is null', '91 81 c0 01'],
    ['a timestamp', '91 d6 ff 00000000'], ['text that is not UTF-8', '91 a2 c328'],
  ])('refuses to read %s', (_name, frame) => {
    expect(() => decode(hex(frame))).toThrow(SerializationError);
  });

  it('refuses 120 KB of headers that would take gigabytes', () => {
    expect(() => decode(hex('dcffff'.repeat(40_000)))).toThrow(SerializationError);
  });

  it('works on after a frame that was too large to keep room for, and after one that failed', () => {
    const [bytes, text] = [new Uint8Array(2 ** 21).fill(7), 'a'.repeat(2 ** 21)];

    const read = decode(encode([bytes, text])) as readonly [Uint8Array, string];

    expect(Buffer.compare(read[0], bytes)).toBe(0); // toEqual() takes seconds
    expect(read.slice(1)).toEqual([text]);
    expect(() => encode([{ f: () => 1 }])).toThrow(SerializationError);
    expect(() => decode(hex('92 01'))).toThrow(SerializationError);
    expect(decode(encode(['a']))).toEqual(['a']);
  });
});
