import { describe, expect, it } from '@jest/globals';
import { isHttpUrl, parseHttpUrl } from '../../lib/transports/long-poll-url.ts';

describe('parseHttpUrl', () => {
  it.each([
    ['http://localhost/lp', { scheme: 'http', secure: false, hostname: 'localhost', port: 80, path: '/lp', href: 'http://localhost/lp', label: 'http://localhost/lp' }],
    ['https://[::1]:8443/?key=k', { scheme: 'https', secure: true, hostname: '::1', port: 8443, path: '/', href: 'https://[::1]:8443/?key=k', label: 'https://[::1]:8443/' }],
  ])('reads %s', (url, parts) => {
    expect(parseHttpUrl(url)).toEqual(parts);
  });

  it.each<[string, Error]>([
    ['/lp', new TypeError('url must be an absolute URL such as ws://localhost:8080/ws, got "/lp"')],
    ['ws://localhost/', new RangeError('url must begin with http:// or https://, got "ws:"')],
    ['http://localhost/#a', new RangeError('url must have no fragment, got one')],
    ['http://user@localhost/', new RangeError('url must have no user and password, got some: fetch refuses them')],
    ['http://:word@localhost/', new RangeError('url must have no user and password, got some: fetch refuses them')],
  ])('refuses %s', (url, error) => {
    expect(() => parseHttpUrl(url)).toThrow(error);
  });
});

describe('isHttpUrl', () => {
  it('tells HTTP from WebSockets', () => {
    expect(['http://a', 'https://a', 'ws://a', 'wss://a', 'rs://a'].map(isHttpUrl)).toEqual([true, true, false, false, false]);
  });
});
