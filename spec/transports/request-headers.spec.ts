import { describe, expect, it } from '@jest/globals';
import { NEVER, concat, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { headersOf, type HeadersOption } from '../../lib/transports/request-headers.ts';

describe('headersOf', () => {
  it.each<[string, HeadersOption]>([
    ['an object', { 'X-Key': 'k' }],
    ['a function', () => ({ 'X-Key': 'k' })],
    ['a promise', async () => ({ 'X-Key': 'k' })],
    ['an Observable, of which the first value counts', () => concat(of({ 'X-Key': 'k' }, { 'X-Key': 'l' }), NEVER)],
  ])('takes %s', async (_, option) => {
    expect(await lastValueFrom(headersOf(option))).toEqual({ 'X-Key': 'k' });
  });

  it('asks afresh each time', async () => {
    let count = 0;
    const headers = headersOf(() => ({ count: String(++count) }));
    expect(count).toBe(0);

    expect([await firstValueFrom(headers), await firstValueFrom(headers)]).toEqual([{ count: '1' }, { count: '2' }]);
  });

  it.each<[string, () => unknown]>([
    ['throws', () => { throw new Error('no token'); }],
    ['rejects', async () => { throw new Error('no token'); }],
  ])('errors where the function %s', async (_, option) => {
    await expect(firstValueFrom(headersOf(option as HeadersOption))).rejects.toThrow('no token');
  });

  it('refuses what are no headers', async () => {
    await expect(firstValueFrom(headersOf(() => undefined as unknown as Record<string, string>))).rejects.toThrow(new TypeError('headers must be an object of texts, got nothing'));
    await expect(firstValueFrom(headersOf(() => ({ a: 1 }) as unknown as Record<string, string>))).rejects.toThrow(new TypeError('header "a" must be a text, got 1'));
    expect(() => headersOf({ a: 1 } as unknown as Record<string, string>)).toThrow(TypeError);
  });
});
