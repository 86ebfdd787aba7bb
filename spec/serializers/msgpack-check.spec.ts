import { describe, expect, it } from '@jest/globals';
import { Encoder } from '@msgpack/msgpack';
import fc from 'fast-check';
import { SerializationError } from '../../lib/errors.ts';
import { checkMsgpack } from '../../lib/serializers/msgpack-check.ts';
import { MAX_DEPTH } from '../../lib/serializers/plain.ts';

const encoder = new Encoder({ useBigInt64: true });
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const repeat = (text: string, times: number): Uint8Array => hex(text.repeat(times));

describe('checkMsgpack', () => {
  it('takes whatever the encoder writes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const atoms = [fc.string({ unit: 'grapheme' }), fc.double(), fc.integer(), fc.boolean(), fc.constant(null), bytes];
    const value = fc.anything({ key: fc.string(), values: atoms, maxDepth: 6 });
    fc.assert(fc.property(value, (item) => checkMsgpack(encoder.encode(item)) === false), { numRuns: 1000 });
  });

  it('takes a value of every size of header', () => {
    const sizes = [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536];
    for (const size of sizes) {
      checkMsgpack(encoder.encode('a'.repeat(size)));
      checkMsgpack(encoder.encode(new Uint8Array(size)));
      checkMsgpack(encoder.encode(Array.from({ length: size }, () => 0)));
      checkMsgpack(encoder.encode(Object.fromEntries(Array.from({ length: size }, (_, n) => [`k${n}`, n]))));
    }
  });

  it.each([
    ['cf 0020000000000000', false], ['cf 0020000000000001', true], ['cf 001fffffffffffff', false], ['cf ffffffffffffffff', true],
    ['d3 0020000000000000', false], ['d3 0020000000000001', true], ['d3 ffe0000000000000', false], ['d3 ffdfffffffffffff', true],
    ['d3 ffffffffffffffff', false], ['d3 8000000000000000', true], ['cf 0000000000000000', false],
    ['93 01 cf 0100000000000000 a1 61', true],
  ])('tells of %s whether it is beyond 2^53: %p', (frame, big) => {
    expect(checkMsgpack(hex(frame))).toBe(big);
  });

  it('tells of undefined, as JavaScript writes it', () => {
    expect(checkMsgpack(hex('92 01 d4 00 00'))).toBe(true);
    expect(checkMsgpack(hex('81 a1 61 d4 00 00'))).toBe(true);
  });

  it.each([
    ['nothing', ''], ['a count without elements', '92 01'], ['a text that is cut short', 'a3 61 62'],
    ['a length that is cut short', 'da 00'],
    ['a number that is cut short', 'cb 00'], ['a key without a value', '81 a1 61'], ['a second value', '90 90'],
    ['4 G elements', 'dd ffffffff 01'], ['4 G entries', 'df ffffffff 01 01'], ['4 G bytes', 'c6 ffffffff 01'],
    ['4 G letters', 'db ffffffff 61'],
    ['the byte that is no type', '91 c1'], ['a timestamp', '91 d6 ff 00000000'], ['an extension', '91 c7 01 05 00'],
    ['undefined with another value', '91 d4 00 01'], ['another type of one byte', '91 d4 01 00'], ['undefined that is cut short', '91 d4 00'],
    ['undefined with a length', '91 c7 01 00 00'],
    ['an extension of 16 bytes', `d8 01 ${'00'.repeat(16)}`],
    ['an overlong letter', 'a2 c0 af'], ['half a letter', 'a1 c3'], ['a surrogate', 'a3 ed a0 80'],
    ['elements of two lists that together are too many', '92 92 01 01'],
  ])('refuses %s', (_name, frame) => {
    expect(() => checkMsgpack(hex(frame))).toThrow(SerializationError);
  });

  it('refuses headers that promise more than there is, however they are nested', () => {
    expect(() => checkMsgpack(repeat('dc ff ff', 40_000))).toThrow(SerializationError);
    expect(() => checkMsgpack(repeat('dc 03 e8', 40_000))).toThrow(SerializationError);
    // each count alone would fit, and they are few enough for the depth
    const counts = repeat('dd 00 00 ff ff', MAX_DEPTH - 1);
    const frame = new Uint8Array(counts.length + 0x1_0000);
    frame.set(counts);
    expect(() => checkMsgpack(frame)).toThrow('ends before its value does');
  });

  it('counts levels of lists and maps', () => {
    const lists = (depth: number): Uint8Array => Uint8Array.of(...Array.from({ length: depth - 1 }, () => 0x91), 0x90);
    const maps = (depth: number): Uint8Array => hex(`${'81 a1 61 '.repeat(depth - 1)} 80`);

    for (const nested of [lists, maps]) {
      expect(checkMsgpack(nested(MAX_DEPTH))).toBe(false);
      expect(() => checkMsgpack(nested(MAX_DEPTH + 1))).toThrow('levels deep');
      expect(() => checkMsgpack(nested(100_000))).toThrow('levels deep');
    }
    expect(checkMsgpack(hex(`dc 0100 ${'90'.repeat(256)}`))).toBe(false);
  });
});
