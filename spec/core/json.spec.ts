import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromText, toText } from '../../lib/core/json.ts';
import { SerializationError } from '../../lib/errors.ts';
import { json } from '../../lib/serializers/json.ts';
import type { List } from '../../lib/types.ts';
import { anything, bytes, dict, value } from '../support/arbitraries.ts';

const { encode, decode } = json();

/** Integers beyond 2^53 that are written without an exponent are not told from bigints. */
const isTold = (item: unknown): boolean => {
  if (typeof item === 'object' && item !== null) return Object.values(item).every(isTold);
  return typeof item !== 'number' || !Number.isInteger(item) || Math.abs(item) <= 2 ** 53 || Math.abs(item) >= 1e21;
};
const told = value.filter(isTold);

/** What both know: JSON, bytes anywhere in it, and text with odd characters in it. */
const known: fc.Arbitrary<List> = fc.array(fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, told, bytes, fc.string({ unit: 'binary' }).filter((text) => !text.startsWith('\0')), tie('list'), tie('dict')),
  list: fc.array(tie('any'), { maxLength: 3 }),
  dict: fc.dictionary(fc.string({ unit: 'binary', maxLength: 5 }).filter((key) => key !== '__proto__'), tie('any'), { maxKeys: 3, noNullPrototype: true }),
})).any, { maxLength: 4 });

function attempt<T>(act: () => T): T | 'refused' {
  try {
    return act();
  } catch (error) {
    expect(error).toBeInstanceOf(SerializationError);
    return 'refused';
  }
}

describe('toText', () => {
  it('writes what the whole library reads as the same', () => {
    fc.assert(fc.property(known, (list) => {
      expect(decode(toText(list))).toEqual(list);
    }), { numRuns: 1000 });
  });

  it('leaves out keys without a value, and has null for them in a list, as the whole library does', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ maxLength: 3 }), fc.option(told, { nil: undefined }), { noNullPrototype: true }), fc.array(fc.option(told, { nil: undefined })), (entries, list) => {
      delete entries['__proto__'];

      expect(fromText(toText([entries, list]))).toEqual(fromText(encode([entries, list])));
    }));
  });

  it('writes as the whole library does, or refuses', () => {
    fc.assert(fc.property(fc.array(anything, { maxLength: 3 }), (list) => {
      const text = attempt(() => toText(list));

      if (text === 'refused') return;
      // What is sent beyond the reach of a double is read as a bigint there.
      const whole = attempt(() => JSON.parse(encode(list) as string) as List);
      if (whole !== 'refused') expect(JSON.parse(text)).toEqual(whole);
    }), { numRuns: 2000 });
  });

  it('writes the bytes of a Buffer, whose toJSON is something else', () => {
    const list = [Buffer.from([1, 2, 3]), { deep: [Buffer.from([255])] }];

    expect(decode(toText(list))).toEqual([new Uint8Array([1, 2, 3]), { deep: [new Uint8Array([255])] }]);
  });

  it('writes what has a toJSON as what that gives', () => {
    expect(toText([new Date(0), { toJSON: () => [1] }])).toBe('["1970-01-01T00:00:00.000Z",[1]]');
  });

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['a bigint', 1n],
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['an error', new Error('secret')],
    ['a typed array of other numbers', new Float32Array([1])],
    ['a buffer without a view', new ArrayBuffer(1)],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['text that stands for bytes', '\0AQ=='],
    ['text with the mark of bytes that is boxed', new String('\0AQ==')],
  ])('refuses %s, wherever it stands', (_, wrong) => {
    for (const list of [[wrong], [[wrong]], [{ a: wrong }], [{ a: [{ b: wrong }] }]]) expect(() => toText(list)).toThrow(SerializationError);
  });

  it('refuses what contains itself, and what is too deep', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    let deep: unknown[] = [];
    for (let level = 0; level < 100_000; level++) deep = [deep];

    expect(() => toText(cycle)).toThrow(SerializationError);
    expect(() => toText(deep)).toThrow(SerializationError);
  });
});

describe('fromText', () => {
  it('reads what the whole library writes', () => {
    fc.assert(fc.property(known, (list) => {
      expect(fromText(encode(list))).toEqual(list);
    }), { numRuns: 1000 });
  });

  it('gives a list, or SerializationError and nothing else', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.json().map((part) => `[${part}]`), fc.string({ unit: 'grapheme' }).map((part) => `["\\u0000${part}"]`), fc.json().map((whole) => whole.slice(0, -1)));
    fc.assert(fc.property(text, (frame) => {
      const read = attempt(() => fromText(frame));

      expect(read === 'refused' || Array.isArray(read)).toBe(true);
    }), { numRuns: 3000 });
  });

  it('refuses bytes that are no base64', () => {
    for (const text of ['["\\u0000A"]', '["\\u0000%%%%"]', '[{"a":["\\u0000=="]}]']) expect(() => fromText(text)).toThrow(SerializationError);
  });

  it('refuses frames of bytes, whatever they are', () => {
    for (const frame of [new TextEncoder().encode('[1]'), new Uint8Array([91, 93]), new Uint8Array(), new Blob(['[1]']), undefined]) expect(() => fromText(frame as never)).toThrow(SerializationError);
  });

  it('reads keys that every object has as what they are, and changes no prototype', () => {
    fc.assert(fc.property(dict, (inner) => {
      const [read] = fromText(`[{"__proto__":${JSON.stringify({ ...inner, polluted: true })},"a":"\\u0000AQ=="}]`) as [object];

      expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
      expect(Object.hasOwn(read, '__proto__')).toBe(true);
      expect('polluted' in {}).toBe(false);
    }), { numRuns: 20 });
  });

  it('says what is wrong without saying what it was', () => {
    const caught = attempt(() => { try { return fromText('{"ticket":"hunter2"}'); } catch (error) { return String(error); } });

    expect(caught).toBe('SerializationError: frame must be a JSON list');
  });
});
