import { describe, expect, it } from '@jest/globals';
import { encode as encodeCbor } from 'cborg';
import fc from 'fast-check';
import { SerializationError } from '../../lib/errors.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { MAX_DEPTH } from '../../lib/serializers/plain.ts';

const { encode, decode } = cbor();
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (list: readonly unknown[]): string => Buffer.from(encode(list) as Uint8Array).toString('hex');

/** How an integer is read. */
const small = (value: number | bigint): number | bigint =>
  typeof value === 'bigint' && value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;

describe('cbor', () => {
  it.each([
    [23, '8117'], [2 ** 32, '811b0000000100000000'], [2 ** 53 - 1, '811b001fffffffffffff'], [2 ** 53, '811b0020000000000000'],
    [-(2 ** 32) - 1, '813b0000000100000000'], [-(2 ** 53), '813b001fffffffffffff'], [1n, '8101'], [2n ** 64n - 1n, '811bffffffffffffffff'],
    [-(2n ** 64n), '813bffffffffffffffff'], [1.5, '81f93e00'], [1e20, '81fb4415af1d78b58c40'],
  ])('writes %p as %s', (value, frame) => {
    expect(toHex([value])).toBe(frame);
    expect(decode(hex(frame))).toEqual([small(value)]);
  });

  it('carries every integer of 64 bits', () => {
    fc.assert(fc.property(fc.array(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n - 1n })), (list) => {
      expect(decode(encode([list, { list }]))).toEqual([list.map(small), { list: list.map(small) }]);
    }));
  });

  it.each([2n ** 64n, -(2n ** 64n) - 1n])('refuses to write %p', (integer) => {
    expect(() => encode([integer])).toThrow(SerializationError);
  });

  it.each([
    ['lists and maps of indefinite length', '9f 01 bf 6161 02 ff ff', [1, { a: 2 }]],
    ['floats of every size', '84 f93c00 fa3fc00000 fb3ff8000000000000 f97e00', [1, 1.5, 1.5, NaN]],
    ['integers in more bytes than they need', '82 1800 1b0000000000000001', [0, 1]],
    ['undefined, as null in a list', '82 f7 81 f7', [null, [null]]],
    ['undefined, as a key that is left out', '81 a2 6161 f7 6162 01', [{ b: 1 }]],
    ['bytes that are a typed array', '82 d840 4200ff a1 6161 d840 40', [Uint8Array.of(0, 255), { a: new Uint8Array() }]],
    ['the last key of a name', '81 a2 6161 01 6161 02', [{ a: 2 }]],
    [
      'what another language wrote',
      '85 1824 1b0013957c9e3b1c40 01 a0 81 a2 6161 6161 6162 4201ff',
      [36, 0x13957c9e3b1c40, 1, {}, [{ a: 'a', b: Uint8Array.of(1, 255) }]],
    ],
  ])('reads %s', (_name, frame, list) => {
    expect(decode(hex(frame))).toStrictEqual(list);
  });

  it('reads undefined as it would have been written, wherever it stands', () => {
    const value = fc.anything({ values: [fc.constant(undefined), fc.integer(), fc.string()] });

    fc.assert(fc.property(fc.array(value), (list) => {
      expect(decode(encodeCbor(list))).toStrictEqual(decode(encode(list)));
    }));
  });

  it.each([
    ['a map', 'a0'], ['a key that is a number', '81 a1 01 01'], ['a key that is a list', '81 a1 80 01'],
    ['a tag', '81 c1 01'], ['a typed array of shorts', '81 d841 4200ff'], ['a typed array of text', '81 d840 6161'],
    ['a typed array as a key', '81 a1 d840 40 01'], ['a typed array of nothing', '81 d840'],
    ['a typed array of a break', '9f d840 ff ff'], ['a bignum', '81 c2 4101'],
    ['a self-described frame', 'd9d9f7 80'], ['a simple value', '81 e0'], ['a break in the place of a value', '81 a1 6161 ff'],
    ['the same in a map without a count', '9f bf 6161 ff ff ff'], ['a break in a list with a count', '81 ff'], ['a break alone', 'ff'],
    ['text in chunks', '81 7f 6161 ff'], ['bytes in chunks', '81 5f 4101 ff'], ['a reserved length', '1c'],
    ['4 G elements', '9a ffffffff 01'], ['2^64 elements', '9b ffffffffffffffff 01'], ['4 G entries', 'ba ffffffff 6161 01'],
    ['4 G bytes', '81 5a ffffffff 01'], ['2^64 bytes', '81 5b ffffffffffffffff 01'],
  ])('refuses to read %s', (_name, frame) => {
    expect(() => decode(hex(frame))).toThrow(SerializationError);
  });

  it('keeps the key __proto__ as a key', () => {
    const frame = hex('81 a1 69 5f5f70726f746f5f5f a1 6161 1b0020000000000000');

    const [dict] = decode(frame) as [object];

    expect(Object.getPrototypeOf(dict)).toBe(Object.prototype);
    expect(JSON.stringify(dict)).toBe('{"__proto__":{"a":9007199254740992}}');
    expect(encode([dict])).toEqual(frame);
  });

  it('refuses 100,000 levels, however they are written', () => {
    const nested = (open: string, inside: string, close = ''): Uint8Array =>
      hex(`${open.repeat(100_000)}${inside}${close.repeat(100_000)}`);

    const frames = [nested('81', ''), nested('81', '80'), nested('9f', '', 'ff'), nested('a16161', '01'), nested('9affffffff', ''), nested('d840', '40')];
    for (const frame of [...frames, hex(`${'81'.repeat(MAX_DEPTH)}80`)]) {
      expect(() => decode(frame)).toThrow(SerializationError);
    }
  });

  it('writes a lone surrogate, and reads what is no UTF-8, with U+FFFD', () => {
    expect(decode(encode(['a\ud800b', `\udc00${'a'.repeat(100)}`]))).toEqual(['a\ufffdb', `\ufffd${'a'.repeat(100)}`]);
    expect(decode(hex('81 62 c328'))).toEqual(['\ufffd(']);
  });

  it('carries NaN and the infinities', () => {
    expect(decode(encode([NaN, Infinity, -Infinity]))).toEqual([NaN, Infinity, -Infinity]);
  });
});
