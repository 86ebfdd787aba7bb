import { describe, expect, it } from '@jest/globals';
import { shownTransport } from '../../lib/router/shown-transport.ts';
import type { Dict } from '../../lib/types.ts';

const HEADERS = { host: 'localhost', 'user-agent': 'spec', origin: 'https://app.example' };
const headersOf = (headers: unknown): unknown => shownTransport({ type: 'websocket', headers })['headers'];

describe('shownTransport', () => {
  it('shows what the listener knows, without what proves who somebody is', () => {
    const transport = {
      type: 'websocket', peer: 'tcp4:127.0.0.1:1', path: '/ws?token=secret', cookies: { sid: 'secret' },
      headers: { ...HEADERS, cookie: 'sid=secret', Authorization: 'secret', 'x-api-key': 'secret' },
    };

    expect(shownTransport(transport)).toEqual({ type: 'websocket', peer: 'tcp4:127.0.0.1:1', path: '/ws', headers: HEADERS });
  });

  it('keeps the same headers once, though each handshake has a nonce of its own', () => {
    const first = headersOf({ ...HEADERS, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' });
    const second = headersOf({ ...HEADERS, 'sec-websocket-key': 'AQIDBAUGBwgJCgsMDQ4PEA==' });
    const other = headersOf({ ...HEADERS, 'user-agent': 'other' });

    expect(first).toEqual(HEADERS);
    expect(second).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
    expect(other).toEqual({ ...HEADERS, 'user-agent': 'other' });
  });

  it('tells headers apart by where a name ends', () => {
    expect(headersOf({ ab: 'c' })).toEqual({ ab: 'c' });
    expect(headersOf({ a: 'bc' })).toEqual({ a: 'bc' });
    expect(headersOf({ a: 'b', c: 'd' })).toEqual({ a: 'b', c: 'd' });
    expect(headersOf({ a: 'b","c', c: 'd' })).toEqual({ a: 'b","c', c: 'd' });
  });

  it('keeps headers that are no texts as they are, for each session', () => {
    const strange = (): Dict => ({ 'x-list': ['a', 'b'], 'x-big': 2n ** 64n });

    expect(headersOf(strange())).toEqual(strange());
    expect(headersOf(strange())).not.toBe(headersOf(strange()));
    expect(headersOf('none')).toBe('none');
  });

  it('takes a header by the name of __proto__ for one like any other', () => {
    const headers = JSON.parse('{"__proto__": "x"}') as Dict;

    expect(Object.entries(headersOf(headers) as Dict)).toEqual([['__proto__', 'x']]);
  });
});
