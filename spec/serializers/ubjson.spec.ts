import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SerializationError } from '../../lib/errors.ts';
import { MAX_DEPTH } from '../../lib/serializers/plain.ts';
import { ubjson, type UbjsonDialect } from '../../lib/serializers/ubjson.ts';

const plain = ubjson();
const bjdata = ubjson({ dialect: 'bjdata' });
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (list: readonly unknown[], { encode } = plain): string => Buffer.from(encode(list) as Uint8Array).toString('hex');

/** How an integer is read. */
const small = (value: number | bigint): number | bigint =>
  typeof value === 'bigint' && value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;

describe('ubjson', () => {
  // Written by py-ubjson 0.16.1 and bjdata 0.6.6.
  it.each([
    [0, '5b55005d', '5b55005d'], [255, '5b55ff5d', '5b55ff5d'], [-128, '5b69805d', '5b69805d'], [-200, '5b49ff385d', '5b4938ff5d'],
    [300, '5b49012c5d', '5b752c015d'], [40_000, '5b6c00009c405d', '5b75409c5d'], [70_000, '5b6c000111705d', '5b6d701101005d'],
    [2 ** 31, '5b4c00000000800000005d', '5b6d000000805d'], [2 ** 32, '5b4c00000001000000005d', '5b4d00000000010000005d'],
    [2 ** 53, '5b4c00200000000000005d', '5b4d00000000000020005d'], [-(2 ** 40), '5b4cffffff00000000005d', '5b4c0000000000ffffff5d'],
    [2n ** 63n, '5b485513393232333337323033363835343737353830385d', '5b4d00000000000000805d'],
    [1.5, '5b443ff80000000000005d', '5b44000000000000f83f5d'], ['a', '5b43615d', '5b43615d'], ['ab', '5b53550261625d', '5b53550261625d'],
    [Uint8Array.of(97, 98), '5b5b24552355026162 5d', '5b5b24422355026162 5d'], [null, '5b5a5d', '5b5a5d'], [true, '5b545d', '5b545d'],
    [{ a: 1, b: false }, '5b7b5501615501550162467d5d', '5b7b5501615501550162467d5d'], [[], '5b5b5d5d', '5b5b5d5d'],
  ])('writes %p as others do, and reads it', (value, big, little) => {
    expect(toHex([value])).toBe(big.replace(' ', ''));
    expect(toHex([value], bjdata)).toBe(little.replace(' ', ''));
    expect(plain.decode(hex(big))).toEqual([value]);
    expect(bjdata.decode(hex(little))).toEqual([value]);
  });

  it.each(['draft-12', 'bjdata'] as const)('carries every integer of 64 bits in %s', (dialect: UbjsonDialect) => {
    const { encode, decode } = ubjson({ dialect });
    const integer = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.bigInt({ min: -70_000n, max: 70_000n }));

    fc.assert(fc.property(fc.array(integer), (list) => {
      expect(decode(encode([list, { list }]))).toEqual([list.map(small), { list: list.map(small) }]);
    }));
    for (const beyond of [2n ** 64n, -(2n ** 63n) - 1n]) expect(() => encode([beyond])).toThrow(SerializationError);
  });

  it('reads a frame of the other dialect where it can be none of its own', () => {
    const id = fc.integer({ min: 256, max: 2 ** 53 });
    fc.assert(fc.property(id, fc.double({ noNaN: true }), fc.string(), (number, float, text) => {
      const list = [48, number, {}, text, [float + 0]];

      expect(plain.decode(bjdata.encode(list))).toEqual(list);
    }));
    const long = [36, 'x'.repeat(300), -300];
    expect(bjdata.decode(plain.encode(long))).toEqual(long);
  });

  it('takes for its own what could be either', () => {
    const frame = hex('5b 49 ff38 5d');

    expect(plain.decode(frame)).toEqual([-200]);
    expect(bjdata.decode(frame)).toEqual([0x38ff]);
  });

  it.each([
    ['elements with a count', '5b 23 5502 5501 54', [1, true]],
    ['elements with a type', '5b 24 49 23 5502 0001 ffff', [1, -1]],
    ['entries with a count', '7b 23 5501 550161 5a', { a: null }],
    ['entries with a type', '7b 24 55 23 5502 550161 01 550162 02', { a: 1, b: 2 }],
    ['lists in a list of their type', '5b 24 5b 23 5502 5d 55015d', [[], [1]]],
    ['no-ops between the values', '5b 4e 5501 4e4e 5a 7b 4e 550161 4e 5502 4e 7d 4e 5d', [1, null, { a: 2 }]],
    ['floats of 32 bits', '64 3fc00000', 1.5],
    ['high-precision numbers', '5b 48 5502 2d31 48 5503 312e35 48 5514 3138343436373434303733373039353531363136 5d', [-1, 1.5, 2n ** 64n]],
    ['the last key of a name', '7b 550161 5501 550161 5502 7d', { a: 2 }],
    ['a byte order mark', '5355 04 efbbbf61', '\ufeffa'],
  ])('reads %s', (_name, value, expected) => {
    expect(plain.decode(hex(`5b ${value} 5d`))).toStrictEqual([expected]);
  });

  it('reads the types that BJData has besides', () => {
    const frame = hex('5b 42ff 75 0102 68 003e 68 0100 68 00fc 68 007e 5b 24 42 23 5502 0102 5b 24 6d 23 5501 01000000 5d');

    expect(bjdata.decode(frame)).toStrictEqual([255, 0x201, 1.5, 2 ** -24, -Infinity, NaN, Uint8Array.of(1, 2), [1]]);
  });

  it.each([
    ['a dictionary', '7b7d'], ['nothing but no-ops', '4e4e4e'], ['a type that is none', '5b 51 5d'], ['a key that is no text', '5b 7b 53 5501 61 5a 7d 5d'],
    ['a list that is closed as a dictionary', '5b 7d'], ['a key without a value', '5b 7b 550161 7d 5d'], ['a type without a count', '5b 5b 24 55 5d 5d'],
    ['2^31 nulls without a byte', '5b 5b 24 5a 23 6c 7fffffff 5d'], ['2^31 no-ops', '5b 5b 24 4e 23 6c 7fffffff 5d'], ['2^31 booleans', '5b 24 54 23 6c 7fffffff'],
    ['2^31 elements', '5b 5b 23 6c 7fffffff 5d'], ['2^31 bytes', '5b 5b 24 55 23 6c 7fffffff 5d'], ['a text of 2^63 bytes', '5b 53 4c 7fffffffffffffff 5d'],
    ['a negative length', '5b 53 69 ff 5d'], ['a length that is a float', '5b 53 64 00000000 5d'], ['dimensions', '5b 5b 24 55 23 5b 5501 5501 5d 00 5d'],
    ['text that is not UTF-8', '5b 53 5502 c328 5d'], ['a surrogate', '5b 53 5503 eda080 5d'], ['a char beyond ASCII', '5b 43 80 5d'],
    ['digits that are none', '5b 48 5502 3078 5d'], ['digits of the infinite', '5b 48 5505 3165393939 5d'], ['more digits than are read', `5b 48 49 03e9 ${'31'.repeat(1001)} 5d`],
  ])('refuses to read %s', (_name, frame) => {
    expect(() => plain.decode(hex(frame))).toThrow(SerializationError);
    expect(() => bjdata.decode(hex(frame))).toThrow(SerializationError);
  });

  it('keeps the key __proto__ as a key', () => {
    const frame = hex('5b 7b 5509 5f5f70726f746f5f5f 7b 550161 5501 7d 7d 5d');

    const [dict] = plain.decode(frame) as [object];

    expect(Object.getPrototypeOf(dict)).toBe(Object.prototype);
    expect(JSON.stringify(dict)).toBe('{"__proto__":{"a":1}}');
    expect(plain.encode([dict])).toEqual(frame);
  });

  it('refuses 100,000 levels, however they are written', () => {
    const nested = (open: string, inside: string, close: string): Uint8Array => hex(`${open.repeat(100_000)}${inside}${close.repeat(100_000)}`);

    const frames = [nested('5b', '', '5d'), nested('7b550161', '5a', '7d'), nested('5b235501', '5a', ''), nested('5b245b235501', '5d', '')];
    for (const frame of [...frames, hex(`${'5b'.repeat(MAX_DEPTH + 1)}${'5d'.repeat(MAX_DEPTH + 1)}`)]) {
      expect(() => plain.decode(frame)).toThrow(SerializationError);
    }
  });

  it('carries NaN and the infinities, and writes a lone surrogate as U+FFFD', () => {
    expect(plain.decode(plain.encode([NaN, Infinity, -Infinity, 'a\ud800b']))).toEqual([NaN, Infinity, -Infinity, 'a\ufffdb']);
  });

  it('writes large frames, and small ones after them', () => {
    const large = [{ text: 'x'.repeat(2 ** 21) }, Uint8Array.from({ length: 100_000 }, (_, at) => at)];

    expect(plain.decode(plain.encode(large))).toEqual(large);
    expect(toHex([1])).toBe('5b55015d');
  });

  it('refuses a dialect that is none', () => {
    expect(() => ubjson({ dialect: 'draft-9' as 'bjdata' })).toThrow(new TypeError('options.dialect must be one of draft-12, bjdata, got "draft-9"'));
    expect(() => ubjson({ dialect: '__proto__' as 'bjdata' })).toThrow(TypeError);
  });
});
