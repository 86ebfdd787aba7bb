import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { of } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import { NO_ARGS, NO_KWARGS, readPayload } from '../../lib/session/payload.ts';
import { result } from '../../lib/session/options.ts';
import type { PayloadInput } from '../../lib/types.ts';

describe('readPayload', () => {
  it.each<[string, PayloadInput | undefined]>([
    ['nothing', undefined],
    ['an empty list', []],
    ['an empty object', {}],
    ['empty parts', { args: [], kwargs: {} }],
    ['parts that are undefined', { args: undefined, kwargs: undefined }],
    ['what came without arguments', { args: NO_ARGS, kwargs: NO_KWARGS }],
    ['an object without a prototype', Object.create(null) as PayloadInput],
  ])('sends nothing for %s', (_, input) => {
    expect(readPayload(input)).toEqual({ args: undefined, kwargs: undefined });
  });

  it('takes a list for the positional arguments, and both parts by name', () => {
    expect(readPayload([1, { a: 2 }])).toEqual({ args: [1, { a: 2 }], kwargs: undefined });
    expect(readPayload({ args: [1] })).toEqual({ args: [1], kwargs: undefined });
    expect(readPayload({ kwargs: { a: 1 } })).toEqual({ args: undefined, kwargs: { a: 1 } });
    expect(readPayload({ args: [1], kwargs: { a: undefined } })).toEqual({ args: [1], kwargs: { a: undefined } });
  });

  it('takes what has arrived, whatever else is there', () => {
    const event = { topic: 'com.x', publication: 1, params: {}, details: {}, args: [1], kwargs: {} };
    expect(readPayload(event)).toEqual({ args: [1], kwargs: undefined });
    expect(readPayload(new ApplicationError('com.no', { args: ['why'], kwargs: { code: 1 } }))).toEqual({ args: ['why'], kwargs: { code: 1 } });
    expect(readPayload(result([1, 2]))).toEqual({ args: [1, 2], kwargs: undefined });
  });

  it.each<[string, unknown]>([
    ['a bare dictionary', { a: 1 }],
    ['a string', 'x'],
    ['a number', 1],
    ['null', null],
    ['a function', () => [1]],
    ['an Observable', of([1])],
    ['a promise', Promise.resolve([1])],
    ['a map', new Map([['args', [1]]])],
    ['a date', new Date(0)],
    ['args that are no list', { args: 'x' }],
    ['args that are null', { args: null }],
    ['args that are bytes', { args: new Uint8Array(2) }],
    ['kwargs that are a list', { kwargs: [1] }],
    ['kwargs that are null', { kwargs: null }],
    ['kwargs that are text', { kwargs: 'x' }],
  ])('refuses %s', (_, input) => {
    expect(() => readPayload(input as PayloadInput)).toThrow(TypeError);
  });

  it('throws nothing but TypeError, and never makes up a part', () => {
    fc.assert(fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }), (input) => {
      try {
        const { args, kwargs } = readPayload(input as PayloadInput);
        if (args !== undefined) expect([input, (input as { args?: unknown }).args]).toContain(args);
        if (kwargs !== undefined) expect((input as { kwargs?: unknown }).kwargs).toBe(kwargs);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
    }));
  });
});
