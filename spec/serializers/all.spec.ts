import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { SerializationError } from '../../lib/errors.ts';
import type { WampList } from '../../lib/protocol/messages.ts';
import { SERIALIZERS, serializerOf } from '../../lib/serializers/all.ts';
import { MAX_DEPTH } from '../../lib/serializers/plain.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { ubjson } from '../../lib/serializers/ubjson.ts';
import type { Frame } from '../../lib/transports/transport.ts';

/** Text that every format can carry: U+0000 marks bytes in JSON, and the binary formats drop a byte order mark in front. */
const text = fc.string({ unit: 'binary' }).filter((value) => !value.startsWith('\0') && !value.startsWith('\uFEFF'));
const key = text.filter((value) => value !== '__proto__');

/** Anything that a payload may be made of. No format has -0. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(null, true, false),
      text,
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.constantFrom(2 ** 53, -(2 ** 53), 2 ** 32, -(2 ** 31) - 1),
      fc.uint8Array(),
    ),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

const BJDATA: [string, Serializer] = ['wamp.2.ubjson, as BJData', ubjson({ dialect: 'bjdata' })];

const bytesOf = (frame: Frame): Uint8Array => (typeof frame === 'string' ? new TextEncoder().encode(frame) : frame);
const cut = (frame: Frame, to: number): Frame => (typeof frame === 'string' ? frame.slice(0, to) : frame.subarray(0, to));

/** Lists inside each other, the message being the first. */
function nested(depth: number): unknown[] {
  let list: unknown[] = [];
  for (let level = 1; level < depth; level++) list = [list];
  return list;
}

/** The value, or nothing where it was refused; any other error fails the spec. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof SerializationError) return undefined;
    throw error;
  }
}

const cases = [...SERIALIZERS.map((serializer): [string, Serializer] => [serializer.subprotocol, serializer]), BJDATA];

describe.each(cases)('%s', (_, serializer) => {
  const roundTrip = (list: WampList): WampList => serializer.decode(serializer.encode(list));

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 5 }), (list) => {
        expect(roundTrip(list)).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  it('finds bytes wherever they stand, whatever their guise', () => {
    const bytes = Uint8Array.of(0, 1, 254, 255);

    const foreign: unknown = runInNewContext('new Uint8Array([0, 1, 254, 255])');

    const read = roundTrip([bytes, { a: [{ b: Buffer.from(bytes) }] }, new Uint8Array(), foreign]);

    expect(read).toEqual([bytes, { a: [{ b: bytes }] }, new Uint8Array(), bytes]);
    expect(Object.getPrototypeOf((read[1] as { a: { b: object }[] }).a[0]?.b)).toBe(Uint8Array.prototype);
  });

  it('carries what has a toJSON as what that gives', () => {
    const date = new Date(0);

    expect(roundTrip([date, { date }, { toJSON: () => Uint8Array.of(7) }])).toEqual([
      '1970-01-01T00:00:00.000Z', { date: '1970-01-01T00:00:00.000Z' }, Uint8Array.of(7),
    ]);
  });

  it('leaves undefined out of dictionaries and writes null for it in lists', () => {
    const sparse: unknown[] = [];
    sparse.length = 1;
    const list = [undefined, { a: undefined, b: 1, c: { d: undefined } }, [undefined, 2], sparse];

    expect(roundTrip(list)).toEqual([null, { b: 1, c: {} }, [null, 2], [null]]);
    expect(Object.keys(roundTrip(list)[1] as object)).toEqual(['b', 'c']);
    // and so beside a value that takes the long way
    expect(roundTrip([...list, Uint8Array.of(1)])).toEqual([null, { b: 1, c: {} }, [null, 2], [null], Uint8Array.of(1)]);
  });

  it('keeps the keys of a dictionary in their order', () => {
    const dict = { session: 1, authid: 2, b: { z: 3, longest: 4, y: 5 } };

    expect(JSON.stringify(roundTrip([dict]))).toBe(JSON.stringify([dict]));
  });

  it('writes the own properties of instances, and objects without a prototype', () => {
    class Point {
      x = 1;
      y = 2;
      get sum() {
        return this.x + this.y;
      }
    }

    expect(roundTrip([new Point(), Object.assign(Object.create(null), { a: 1 })])).toEqual([{ x: 1, y: 2 }, { a: 1 }]);
  });

  it('reads a bigint from -2^53 to 2^53 back as a number', () => {
    const list = [0n, 23n, -1n, 2n ** 32n, -(2n ** 40n), 2n ** 53n, -(2n ** 53n)];

    expect(roundTrip(list)).toEqual(list.map(Number));
  });

  it('keeps numbers beyond 2^53 apart from integers beyond 2^53', () => {
    const floats = [2 ** 53 + 2, -(2 ** 60), 1e20, 1.763717e18, 1e300];

    expect(roundTrip(floats)).toEqual(floats);
  });

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a Map', new Map([[1, 2]])],
    ['a Set', new Set([1])],
    ['an error', new Error('e')],
    ['a typed array of another kind', new Float64Array(2)],
    ['a buffer without a view', new ArrayBuffer(2)],
    ['a bigint of more than 64 bits', 2n ** 64n],
    ['a toJSON that throws', { toJSON: () => { throw new Error('no'); } }],
    ['a toJSON without end', { toJSON() { return this; } }],
  ])('refuses to write %s, in a list and in a dictionary', (_name, bad) => {
    expect(() => serializer.encode([bad])).toThrow(SerializationError);
    expect(() => serializer.encode([{ bad }])).toThrow(SerializationError);
  });

  it('refuses to write a cycle', () => {
    const list: unknown[] = [];
    list.push({ list });

    expect(() => serializer.encode(list)).toThrow(SerializationError);
  });

  it('writes and reads as many levels as one another, and no more', () => {
    expect(roundTrip(nested(MAX_DEPTH))).toEqual(nested(MAX_DEPTH));
    expect(roundTrip([Uint8Array.of(1), ...nested(MAX_DEPTH)])).toEqual([Uint8Array.of(1), ...nested(MAX_DEPTH)]);
    expect(() => serializer.encode(nested(MAX_DEPTH + 1))).toThrow(SerializationError);
    expect(() => serializer.encode(nested(100_000))).toThrow(SerializationError);
  });

  it('refuses a frame of the other kind, and an empty one', () => {
    expect(() => serializer.decode(serializer.binary ? '[1]' : Uint8Array.of(0x91, 1))).toThrow(SerializationError);
    expect(() => serializer.decode(serializer.binary ? new Uint8Array() : '')).toThrow(SerializationError);
  });

  it('refuses a frame that is cut short at any byte, or goes on', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (list) => {
        const frame = serializer.encode(list);
        for (let to = 0; to < frame.length; to++) {
          if (attempt(() => serializer.decode(cut(frame, to))) !== undefined) throw new Error(`took the first ${to}`);
        }
        const longer = typeof frame === 'string' ? `${frame}0` : Uint8Array.of(...frame, 0);
        expect(() => serializer.decode(longer)).toThrow(SerializationError);
      }),
      { numRuns: 50 },
    );
  });

  it('throws nothing but SerializationError at any frame, and can write again what it took for data', () => {
    const head = serializer.binary ? fc.constantFrom([0x91], [0x81], [0x92, 0xa0], [0x5b], []) : fc.constant([]);
    const anyFrame: fc.Arbitrary<Frame> = serializer.binary
      ? fc.tuple(head, fc.uint8Array({ maxLength: 60 })).map(([start, rest]) => Uint8Array.of(...start, ...rest))
      : fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[[\]{},:"\\u01234567890eE.\- n]*$/).map((inner) => `[${inner}]`));
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const list = attempt(() => serializer.decode(frame));
        if (list !== undefined) {
          if (!Array.isArray(list)) throw new Error('took what is no list');
          attempt(() => serializer.encode(list));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('throws nothing but SerializationError at a frame with one byte changed', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), fc.nat(), fc.integer({ min: 0, max: 255 }), (list, at, byte) => {
        const frame = bytesOf(serializer.encode(list)).slice();
        frame[at % frame.length] = byte;
        attempt(() => serializer.decode(serializer.binary ? frame : new TextDecoder().decode(frame)));
      }),
      { numRuns: 1000 },
    );
  });

  it('lets no key reach a prototype', () => {
    const hostile: Record<string, unknown> = { constructor: { prototype: { polluted: true } }, bytes: Uint8Array.of(1) };
    const own = Object.defineProperty({ ...hostile }, '__proto__', { value: { polluted: true }, enumerable: true });

    for (const dict of [hostile, own, { inner: own }]) attempt(() => roundTrip([dict]));

    expect(roundTrip([hostile])).toEqual([hostile]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(([] as unknown as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('reads what it finds in the middle of a larger buffer', () => {
    const frame = serializer.encode([1, 'text', Uint8Array.of(1, 2), 1.5]);
    if (typeof frame === 'string') return;
    const around = new Uint8Array(frame.length + 20);
    around.set(frame, 7);

    expect(serializer.decode(around.subarray(7, 7 + frame.length))).toEqual([1, 'text', Uint8Array.of(1, 2), 1.5]);
    expect(serializer.decode(Buffer.from(frame))).toEqual([1, 'text', Uint8Array.of(1, 2), 1.5]);
  });

  it('gives a frame that the next one leaves alone', () => {
    const first = serializer.encode(['first']);
    serializer.encode(['other']);

    expect(serializer.decode(first)).toEqual(['first']);
  });
});

describe('SERIALIZERS', () => {
  it('begins with JSON and has no name or number twice', () => {
    expect(SERIALIZERS.map(({ subprotocol }) => subprotocol)).toEqual(['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor', 'wamp.2.ubjson']);
    expect(SERIALIZERS.map(({ rawSocketId }) => rawSocketId)).toEqual([1, 2, 3, 4]);
  });
});

describe('serializerOf', () => {
  it('finds a serializer by its subprotocol', () => {
    for (const serializer of SERIALIZERS) expect(serializerOf(serializer.subprotocol)).toBe(serializer);
    expect(serializerOf('wamp.2.none')).toBeUndefined();
    expect(serializerOf('__proto__')).toBeUndefined();
  });
});
