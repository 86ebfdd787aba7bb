import { describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { isDict, readArgs, readKwargs, readPayload } from '../../lib/protocol/fields.ts';

class Thing {
  readonly a = 1;
}

describe('isDict', () => {
  it.each<readonly [string, unknown, boolean]>([
    ['an object', { a: 1 }, true],
    ['an object without a prototype', Object.create(null), true],
    ['an object of another realm', runInNewContext('({ a: 1 })'), true],
    ['a list', [], false],
    ['a list of another realm', runInNewContext('[1]'), false],
    ['bytes', new Uint8Array(1), false],
    ['a date', new Date(0), false],
    ['a map', new Map(), false],
    ['an instance of a class', new Thing(), false],
    ['null', null, false],
    ['a string', 'a', false],
  ])('says of %s', (_name, value, expected) => {
    expect(isDict(value)).toBe(expected);
  });
});

describe('readers of the cargo', () => {
  it('find nothing where the list ends', () => {
    expect(readArgs([], 0, 'X.Arguments')).toBeUndefined();
    expect(readKwargs([], 1, 'X.ArgumentsKw')).toBeUndefined();
    expect(readPayload([], 0)).toBeUndefined();
  });

  it('tell opaque bytes from arguments', () => {
    const bytes = new Uint8Array([1]);
    expect(readArgs([bytes], 0, 'X.Arguments')).toBeUndefined();
    expect(readPayload([bytes], 0)).toBe(bytes);
    expect(readPayload([[bytes]], 0)).toBeUndefined();
  });
});
