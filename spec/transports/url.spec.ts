import { describe, expect, it } from '@jest/globals';
import { RAW_SOCKET_SCHEMES, WEB_SOCKET_SCHEMES, parseUrl } from '../../lib/transports/url.ts';

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

  describe('with the schemes of RawSocket', () => {
    it.each([
      ['rs://localhost:8081', { scheme: 'rs', secure: false, hostname: 'localhost', port: 8081, label: 'rs://localhost:8081' }],
      ['rs://127.0.0.1:0/', { scheme: 'rs', hostname: '127.0.0.1', port: 0 }],
      ['rs://localhost', { scheme: 'rs', hostname: 'localhost', port: 80 }],
      ['rss://[::1]', { scheme: 'rss', secure: true, hostname: '::1', port: 443 }],
      ['rs+unix:///run/a%20b.sock', { scheme: 'rs+unix', secure: false, hostname: '', port: 0, path: '/run/a b.sock', label: 'rs+unix:///run/a%20b.sock' }],
    ])('reads %s', (url, parts) => {
      expect(parseUrl(url, RAW_SOCKET_SCHEMES)).toMatchObject(parts);
    });

    it.each([
      ['ws://localhost', 'url must begin with rs://, rss:// or rs+unix://, got "ws:"'],
      ['rs://localhost/ws', 'url must have no path, got "/ws"'],
      ['rs://localhost?a', 'url must have no query, got one'],
      ['rs://localhost#a', 'url must have no fragment, got one'],
      ['rs+unix://run/x', 'url must have a path and no host, such as rs+unix:///run/wamp.sock'],
      ['rs+unix:///', 'url must have a path and no host, such as rs+unix:///run/wamp.sock'],
      ['rs+unix:///%ff', 'url must have a path of valid UTF-8, got "/%ff"'],
      ['rs+unix:///a%00b', 'url must have a path of valid UTF-8, got "/a%00b"'],
    ])('refuses %s with RangeError', (url, message) => {
      expect(() => parseUrl(url, RAW_SOCKET_SCHEMES)).toThrow(new RangeError(message));
    });

    it('refuses one without a host with TypeError', () => {
      expect(() => parseUrl('rs://', RAW_SOCKET_SCHEMES)).toThrow(new TypeError('url must be an absolute URL such as rs://localhost:8080, got no host'));
    });

    it('names every scheme that there may be', () => {
      expect(() => parseUrl('tcp://a', [...WEB_SOCKET_SCHEMES, ...RAW_SOCKET_SCHEMES]))
        .toThrow(new RangeError('url must begin with ws://, wss://, rs://, rss:// or rs+unix://, got "tcp:", which is not supported'));
    });
  });
});
