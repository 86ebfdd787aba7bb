import { describe, expect, it } from '@jest/globals';
import { isRawUrl, parseNodeUrl, parseRawUrl } from '../../lib/transports/rawsocket-url.ts';

describe('parseRawUrl', () => {
  it.each([
    ['rs://localhost:8081', { scheme: 'rs', secure: false, hostname: 'localhost', port: 8081, label: 'rs://localhost:8081' }],
    ['rs://127.0.0.1:0/', { scheme: 'rs', hostname: '127.0.0.1', port: 0 }],
    ['rs://localhost', { scheme: 'rs', hostname: 'localhost', port: 80 }],
    ['rss://[::1]', { scheme: 'rss', secure: true, hostname: '::1', port: 443 }],
    ['rs+unix:///run/a%20b.sock', { scheme: 'rs+unix', secure: false, hostname: '', port: 0, path: '/run/a b.sock', label: 'rs+unix:///run/a%20b.sock' }],
  ])('reads %s', (url, parts) => {
    expect(parseRawUrl(url)).toMatchObject(parts);
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
    expect(() => parseRawUrl(url)).toThrow(new RangeError(message));
  });

  it('refuses one without a host with TypeError', () => {
    expect(() => parseRawUrl('rs://')).toThrow(new TypeError('url must be an absolute URL such as rs://localhost:8080, got no host'));
  });
});

describe('parseNodeUrl', () => {
  it.each([['ws://a', 'ws'], ['wss://a', 'wss'], ['rs://a', 'rs'], ['rss://a', 'rss'], ['rs+unix:///a', 'rs+unix']])('reads %s', (url, scheme) => {
    expect(parseNodeUrl(url).scheme).toBe(scheme);
    expect(isRawUrl(url)).toBe(scheme.startsWith('rs'));
  });

  it('names every scheme that there may be', () => {
    expect(() => parseNodeUrl('tcp://a')).toThrow(new RangeError('url must begin with ws://, wss://, rs://, rss://, rs+unix://, http:// or https://, got "tcp:"'));
  });
});
