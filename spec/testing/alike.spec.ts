import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AbortError, ApplicationError, TransportLostError } from '../../lib/errors.ts';
import { result } from '../../lib/session/options.ts';
import { ReceivedEvent } from '../../lib/session/topic-observer.ts';
import { alike, differences } from '../../lib/testing/alike.ts';

class Price {
  readonly amount: number;

  constructor(amount: number) { this.amount = amount; }

  get cents(): number { return this.amount * 100; }
}

class Cost extends Price {}

class Sealed {
  readonly #value: unknown;

  constructor(value: unknown) { this.#value = value; }

  get value(): unknown { return this.#value; }
}

const event = new ReceivedEvent('com.x', { publication: 5, details: {}, args: ['a'], kwargs: undefined }, {});
const eventAsData = { topic: 'com.x', publication: 5, params: {}, details: {}, args: ['a'], kwargs: {} };
const coded = (code: string): Error => Object.assign(new Error('no'), { code });
const caused = (message: string): Error => new Error(message, { cause: new Error(String(Math.random())) });

/** `[[[…]]]`, so many levels deep. */
function nested(depth: number, end: unknown): unknown {
  let value = end;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

/** A ring of so many objects, each of which leads to the next. */
function ring(length: number): object {
  const first: { next?: object } = {};
  let last = first;
  for (let at = 1; at < length; at++) last = last.next = {};
  last.next = first;
  return first;
}

describe('alike', () => {
  it.each<readonly [string, unknown, unknown]>([
    ['NaN', Number.NaN, Number.NaN],
    ['bigints', 10n, 10n],
    ['registered symbols', Symbol.for('a'), Symbol.for('a')],
    ['lists', [1, [2, 'x']], [1, [2, 'x']]],
    ['plain objects, whatever the order of fields', { a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }],
    ['objects without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ['a field that is undefined, and none', { a: 1 }, { a: 1, b: undefined }],
    ['fields with symbols', { [Symbol.for('a')]: 1 }, { [Symbol.for('a')]: 1 }],
    ['dates', new Date(5), new Date(5)],
    ['invalid dates', new Date(Number.NaN), new Date(Number.NaN)],
    ['bytes', new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    ['bytes and a Buffer of them', Buffer.from([1, 2]), new Uint8Array([1, 2])],
    ['a part of a buffer', new Uint8Array([0, 1, 2]).subarray(1), new Uint8Array([1, 2])],
    ['floats', new Float64Array([Number.NaN]), new Float64Array([Number.NaN])],
    ['array buffers', new Uint8Array([1]).buffer, new Uint8Array([1]).buffer],
    ['maps in any order', new Map<unknown, unknown>([['a', [1]], [{ k: 1 }, 2]]), new Map<unknown, unknown>([[{ k: 1 }, 2], ['a', [1]]])],
    ['sets in any order', new Set<unknown>([1, { a: 1 }, { b: 2 }]), new Set<unknown>([{ b: 2 }, { a: 1 }, 1])],
    ['instances of a class', new Price(3), new Price(3)],
    ['an instance and its fields', new Price(3), { amount: 3 }],
    ['an instance and its fields with a getter', new Price(3), { amount: 3, cents: 300 }],
    ['what is private and read by getters', new Sealed([1]), new Sealed([1])],
    ['URLs', new URL('ws://a/b'), new URL('ws://a/b')],
    ['regular expressions', /a/g, /a/g],
    ['an event and its fields', event, eventAsData],
    ['answers', result([1], { a: 2 }), result([1], { a: 2 })],
    ['errors, whatever caused them', caused('boom'), new Error('boom')],
    ['errors of which one has more fields', coded('ENOENT'), new Error('no')],
    ['errors with fields', coded('ENOENT'), coded('ENOENT')],
    ['errors of this library, whatever was being done', new TransportLostError('gone', { effect: 'unknown', sent: true, operation: { verb: 'call', uri: 'com.x' }, cause: 1 }), new TransportLostError('gone')],
    ['application errors', new ApplicationError('com.no', { args: ['a'], kwargs: { b: 1 } }, { details: { c: 1 } }), new ApplicationError('com.no', { args: ['a'], kwargs: { b: 1 } })],
  ])('finds %s alike', (_, actual, expected) => {
    expect(alike(actual, expected)).toBe(true);
    expect(alike({ in: [actual] }, { in: [expected] })).toBe(true);
  });

  it.each<readonly [string, unknown, unknown]>([
    ['0 and -0', 0, -0],
    ['a number and its text', 1, '1'],
    ['a number and a bigint', 1, 1n],
    ['null and undefined', null, undefined],
    ['symbols of the same name', Symbol('a'), Symbol('a')],
    ['functions of the same text', () => 1, () => 1],
    ['lists of another order', [1, 2], [2, 1]],
    ['lists of which one is longer', [1], [1, undefined]],
    ['a list and an object', ['a'], { 0: 'a' }],
    ['a field too many', { a: 1, b: 2 }, { a: 1 }],
    ['a field too few', { a: 1 }, { a: 1, b: 2 }],
    ['a field that is null, and none', {}, { a: null }],
    ['what every object inherits, and a field', {}, { toString: Object.prototype.toString }],
    ['dates', new Date(5), new Date(6)],
    ['a date and its fields', new Date(5), {}],
    ['bytes', new Uint8Array([1, 2]), new Uint8Array([1, 3])],
    ['bytes of another length', new Uint8Array([1]), new Uint8Array([1, 0])],
    ['bytes and a list', new Uint8Array([1]), [1]],
    ['bytes and words', new Uint8Array([1]), new Uint16Array([1])],
    ['array buffers', new Uint8Array([1]).buffer, new Uint8Array([2]).buffer],
    ['maps with other values', new Map([['a', 1]]), new Map([['a', 2]])],
    ['maps with other keys', new Map([['a', undefined]]), new Map([['b', undefined]])],
    ['sets', new Set([{ a: 1 }]), new Set([{ a: 2 }])],
    ['a set with undefined, and one without', new Set([undefined, 1]), new Set([2, 1])],
    ['sets of another size', new Set([1, 2]), new Set([1])],
    ['a map and a plain object', new Map(), {}],
    ['an instance and one of its subclass', new Cost(3), new Price(3)],
    ['fields and an instance', { amount: 3 }, new Price(3)],
    ['an instance and another getter', new Price(3), { amount: 3, cents: 301 }],
    ['what is private and read by getters', new Sealed([1]), new Sealed([2])],
    ['promises', Promise.resolve(1), Promise.resolve(1)],
    ['a promise and nothing', Promise.resolve(1), {}],
    ['URLs', new URL('ws://a/b'), new URL('ws://a/c')],
    ['an event and some of its fields', event, { args: ['a'], kwargs: {} }],
    ['errors of another class', new TypeError('boom'), new Error('boom')],
    ['errors of another message', new Error('boom'), new Error('bang')],
    ['errors of another name', Object.assign(new Error('boom'), { name: 'Bang' }), new Error('boom')],
    ['errors with other fields', coded('ENOENT'), coded('EPERM')],
    ['aggregates of other errors', new AggregateError([new Error('a')], 'x'), new AggregateError([new Error('b')], 'x')],
    ['an error and its message', new Error('boom'), 'boom'],
    ['an error and its fields', new Error('boom'), { message: 'boom' }],
    ['errors of this library with another reason', new AbortError('wamp.a'), new AbortError('wamp.b')],
    ['application errors with other arguments', new ApplicationError('com.no', { args: [1] }), new ApplicationError('com.no', { args: [2] })],
    ['application errors with other keyword arguments', new ApplicationError('com.no', { kwargs: { a: 1 } }), new ApplicationError('com.no')],
    ['an application error and a plain one', new ApplicationError('com.no'), new Error('com.no')],
  ])('tells %s apart', (_, actual, expected) => {
    expect(alike(actual, expected)).toBe(false);
    expect(alike({ in: [actual] }, { in: [expected] })).toBe(false);
  });

  it('asks the matchers that an expected value holds', () => {
    const five = { asymmetricMatch: (other: unknown) => other === 5 };

    expect(alike(event, { ...eventAsData, publication: five })).toBe(true);
    expect(alike(event, { ...eventAsData, publication: expect.any(String) })).toBe(false);
    expect(alike(event, expect.objectContaining({ args: ['a'], kwargs: {} }))).toBe(true);
    expect(alike([1, [Number.NaN]], [1, expect.arrayContaining([expect.any(Number)])])).toBe(true);
    expect(alike({}, { a: { asymmetricMatch: (other: unknown) => other === undefined } })).toBe(true);
    expect(alike(five, 5)).toBe(false);
  });

  it('lets the matchers in a set choose last', () => {
    expect(alike(new Set([{ a: 1 }, { b: 2 }]), new Set([expect.any(Object), { a: 1 }]))).toBe(true);
    expect(alike(new Map([[[1], 'x']]), new Map([[expect.any(Array), expect.any(String)]]))).toBe(true);
  });

  it('does not believe what was supposed of members that turned out to differ', () => {
    const one = { v: 1 };
    const two = { v: 2 };

    expect(alike([new Set([[one, 'x'], [{ v: 2 }, 'y']]), one], [new Set([[two, 'y'], [{ v: 1 }, 'x']]), two])).toBe(false);
    expect(alike([new Set([[one, 'x'], [{ v: 2 }, 'y']]), one], [new Set([[two, 'y'], [{ v: 1 }, 'x']]), { v: 1 }])).toBe(true);
  });

  it('ends on cycles, and tells them from what is cut off', () => {
    expect(alike(ring(3), ring(3))).toBe(true);
    expect(alike(ring(2), ring(3))).toBe(true);
    expect(alike({ next: { next: {} } }, ring(3))).toBe(false);
    const set = new Set<unknown>([1]);
    const twin = new Set<unknown>([1]);
    const other = new Set<unknown>([2]);
    for (const each of [set, twin, other]) each.add(each);
    expect(alike(set, twin)).toBe(true);
    expect(alike(set, other)).toBe(false);
  });

  it('goes as deep as values go', () => {
    expect(alike(nested(50_000, 1), nested(50_000, 1))).toBe(true);
    expect(alike(nested(50_000, 1), nested(50_000, 2))).toBe(false);
  });

  it('looks once at what is shared', () => {
    const shared = (depth: number): unknown => {
      let value: unknown = [1];
      for (let level = 0; level < depth; level++) value = [value, value];
      return value;
    };

    expect(alike(shared(1000), shared(1000))).toBe(true);
  });

  it('gives up on what has no end', () => {
    class Endless {
      get more(): unknown { return [new Endless(), new Endless()]; }
    }
    const within = (depth: number): unknown => {
      let value: unknown = 1;
      for (let level = 0; level < depth; level++) value = new Set([value]);
      return value;
    };

    expect(alike(new Endless(), new Endless())).toBe(false);
    expect(alike(within(50), within(50))).toBe(true);
    expect(alike(within(10_000), within(10_000))).toBe(false);
  });

  it('agrees with itself and with a copy, whatever it is given', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true });

    fc.assert(fc.property(fc.clone(anything, 2), ([value, copy]) => {
      expect(alike(value, copy)).toBe(true);
      expect(alike([value], [copy, 1])).toBe(false);
    }));
    fc.assert(fc.property(anything, anything, (a, b) => {
      expect(alike(a, b)).toBe(alike(b, a));
      expect(differences(a, b, 1000).length === 0).toBe(alike(a, b));
    }));
  });
});

describe('differences', () => {
  it('names the parts', () => {
    const actual = { args: [{ price: 3, 'a b': 1 }], at: new Map([['x', [1]]]), bytes: new Uint8Array([1, 2, 3]), more: [1] };
    const expected = { args: [{ price: 4, 'a b': 2 }], at: new Map([['x', [2]]]), bytes: new Uint8Array([1, 0, 0]), more: [1, 2] };

    expect(differences(actual, expected, 10)).toEqual([
      { path: 'bytes[1]', actual: 2, expected: 0 },
      { path: 'more.length', actual: 1, expected: 2 },
      { path: 'args[0].price', actual: 3, expected: 4 },
      { path: 'args[0]["a b"]', actual: 1, expected: 2 },
      { path: 'at.get("x")[0]', actual: 1, expected: 2 },
    ]);
  });

  it('begins with the part where the values are lists', () => {
    expect(differences([{ a: 1 }], [{ a: 2 }], 10)).toEqual([{ path: '[0].a', actual: 1, expected: 2 }]);
    expect(differences(1, 2, 10)).toEqual([{ path: '', actual: 1, expected: 2 }]);
    expect(differences({ [Symbol.for('s')]: 1 }, {}, 10)).toEqual([{ path: '[Symbol(s)]', actual: 1, expected: undefined }]);
  });

  it('says what an error has else', () => {
    expect(differences(new ApplicationError('com.no', { args: [{ code: 1 }] }), new ApplicationError('com.no', { args: [{ code: 2 }] }), 10)).toEqual([
      { path: 'args[0].code', actual: 1, expected: 2 },
    ]);
  });

  it('stops at the limit', () => {
    expect(differences([1, 2, 3], [4, 5, 6], 2)).toHaveLength(2);
  });
});
