import { describe, expect, it } from '@jest/globals';
import { parseUrl } from '../../lib/transports/url.ts';

describe('parseUrl', () => {
  it.each([
    ['ws://localhost:8080/ws', { scheme: 'ws', secure: false, hostname: 'localhost', port: 8080, path: '/ws' }],
    ['wss://example.com', { scheme: 'wss', secure: true, hostname: 'example.com', port: 443, path: '/' }],
    ['WS://Example.com/A?b=c', { scheme: 'ws', secure: false, hostname: 'example.com', port: 80, path: '/A' }],
    ['ws://127.0.0.1:0', { scheme: 'ws', secure: false, hostname: '127.0.0.1', port: 0, path: '/' }],
    ['ws://[::1]:9000/', { scheme: 'ws', secure: false, hostname: '::1', port: 9000, path: '/' }],
  ])('reads %s', (url, parts) => {
    expect(parseUrl(url)).toMatchObject(parts);
  });

  it('keeps what may be a secret out of the label', () => {
    const { href, label } = parseUrl('wss://joe:pw@example.com/ws?token=x');
    expect(href).toBe('wss://joe:pw@example.com/ws?token=x');
    expect(label).toBe('wss://example.com/ws');
  });

  it.each([
    ['localhost', 'url must be an absolute URL such as ws://localhost:8080/ws, got "localhost"'],
    ['', 'url must be an absolute URL such as ws://localhost:8080/ws, got ""'],
    ['ws://', 'url must be an absolute URL such as ws://localhost:8080/ws, got "ws://"'],
    [undefined, 'url must be an absolute URL such as ws://localhost:8080/ws, got nothing'],
    [7, 'url must be an absolute URL such as ws://localhost:8080/ws, got 7'],
  ])('refuses %p with TypeError', (url, message) => {
    expect(() => parseUrl(url as string)).toThrow(new TypeError(message));
  });

  it.each([
    ['http://localhost', 'url must begin with ws:// or wss://, got "http:"'],
    ['rs://localhost:8000', 'url must begin with ws:// or wss://, got "rs:", which is not supported'],
    ['rs+unix:///run/x', 'url must begin with ws:// or wss://, got "rs+unix:", which is not supported'],
    ['ws://localhost/#top', 'url must have no fragment, got one'],
    ['ws://localhost/#', 'url must have no fragment, got one'],
  ])('refuses %s with RangeError', (url, message) => {
    expect(() => parseUrl(url)).toThrow(new RangeError(message));
  });
});
