import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Origins } from '../../../lib/router/listeners/origins.ts';

const allows = (patterns: readonly string[], origin: string | undefined, host?: string): boolean => new Origins(patterns, 'allowedOrigins').allows(origin, host);

// Without two hyphens together: `xn--` begins Punycode, and with nothing of it behind is no name.
const label = fc.stringMatching(/^[a-z](?:-?[a-z0-9]){0,5}$/);
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const port = fc.integer({ min: 1, max: 65_535 });
const scheme = fc.constantFrom('http', 'https', 'chrome-extension', 'capacitor');

describe('Origins', () => {
  it.each([
    ['https://example.com', 'https://example.com', true],
    ['https://example.com', 'https://example.com:443', true],
    ['https://example.com:443', 'https://example.com', true],
    ['https://example.com', 'http://example.com', false],
    ['https://example.com', 'https://example.com:8443', false],
    ['https://example.com', 'https://example.com.evil.org', false],
    ['https://example.com', 'https://notexample.com', false],
    ['https://example.com', 'https://example.com@evil.org', false],
    ['https://example.com', 'https://example.com/', false],
    ['https://Example.COM', 'https://example.com', true],
    ['https://example.com', 'HTTPS://Example.com', true],
    ['https://bücher.example', 'https://xn--bcher-kva.example', true],
    ['https://*.bücher.example', 'https://a.xn--bcher-kva.example', true],
    ['https://*.example.com', 'https://a.example.com', true],
    ['https://*.example.com', 'https://a.b.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://evilexample.com', false],
    ['https://*.example.com', 'https://a.example.com.evil.org', false],
    ['https://*.example.com', 'https://a.example.com:8443', false],
    ['https://*.example.com:*', 'https://a.example.com:8443', true],
    ['http://localhost:*', 'http://localhost:5173', true],
    ['http://localhost:*', 'http://localhost', true],
    ['http://localhost:*', 'http://localhost.evil.org:80', false],
    ['*://example.com', 'http://example.com', true],
    ['*://example.com', 'https://example.com:443', true],
    ['*://example.com', 'https://example.com:80', false],
    ['https://*', 'https://anything.org', true],
    ['https://*', 'https://anything.org:8443', false],
    ['http://[::1]:8080', 'http://[::1]:8080', true],
    ['chrome-extension://abcdef', 'chrome-extension://abcdef', true],
    ['*', 'https://evil.org', true],
    ['*', 'null', false],
    ['*://*:*', 'null', false],
    ['null', 'null', true],
    ['null', 'https://example.com', false],
  ])('of %s and a page of %s says %s', (pattern, origin, expected) => {
    expect(allows([pattern], origin)).toBe(expected);
  });

  it.each([
    ['https://example.com', 'example.com', true],
    ['http://localhost:8080', 'localhost:8080', true],
    ['https://example.com', 'EXAMPLE.com:443', true],
    ['https://example.com:8443', 'example.com', false],
    ['https://evil.org', 'example.com', false],
    ['https://evil.org', undefined, false],
    ['https://evil.org', 'evil.org/', false],
    ['null', 'null', false],
  ])('takes a page of %s for one of its own at the host %s: %s', (origin, host, expected) => {
    expect(allows(['self'], origin, host)).toBe(expected);
  });

  it('asks nobody who says no origin', () => {
    expect(allows([], undefined)).toBe(true);
  });

  it('allows what fits one of several', () => {
    const patterns = ['https://a.com', 'self', 'http://localhost:*'];
    expect([allows(patterns, 'http://localhost:1', 'b.com'), allows(patterns, 'https://b.com', 'b.com'), allows(patterns, 'https://c.com', 'b.com')]).toEqual([true, true, false]);
  });

  it('says what an origin that is made of the parts of a pattern deserves', () => {
    const pattern = fc.record({ scheme: fc.option(scheme), host: name, isParent: fc.boolean(), port: fc.option(port) });
    fc.assert(fc.property(pattern, scheme, fc.option(label), port, fc.constantFrom('', 'x', '.', '-'), (given, ownScheme, sub, ownPort, glue) => {
      const written = `${given.scheme ?? '*'}://${given.isParent ? '*.' : ''}${given.host}:${given.port ?? '*'}`;
      const host = sub === null ? given.host : `${sub}${glue}${given.host}`;
      const isBelow = sub !== null && glue === '.';
      const fitting = (given.scheme ?? ownScheme) === ownScheme && (given.port ?? ownPort) === ownPort && (given.isParent ? isBelow : sub === null);

      expect(allows([written], `${ownScheme}://${host}:${ownPort}`)).toBe(fitting);
    }));
  });

  it('answers whatever stands in the headers, and soon', () => {
    const patterns = ['https://*.example.com:*', 'self', '*://*.localhost'];
    fc.assert(fc.property(fc.string({ maxLength: 60 }), fc.option(fc.string({ maxLength: 60 }), { nil: undefined }), (origin, host) => {
      expect(typeof allows(patterns, origin, host)).toBe('boolean');
    }));
    const before = process.cpuUsage();
    for (const part of ['a.', '-', '[', ':', '1', 'a']) expect(allows(patterns, `https://${part.repeat(100_000)} `, `${part.repeat(100_000)} `)).toBe(false);
    expect(process.cpuUsage(before).user).toBeLessThan(1000_000);
  });

  it('takes nothing in a pattern for more than it says', () => {
    fc.assert(fc.property(fc.string({ maxLength: 20 }), (text) => {
      let origins: Origins;
      try {
        origins = new Origins([`https://${text}`], 'allowedOrigins');
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
        return;
      }
      if (!text.includes('*')) expect(origins.allows('https://unlikely.example.org', undefined)).toBe(false);
    }));
  });

  it.each(['example.com', 'https://', 'https://*example.com', 'https://a.*.com', 'https://example.com/', 'https://example.com?', 'https://user@example.com', 'https://example.com:x',
    'https://example.com:65536', '', '**', 'https://exa mple.com', 'NULL', 1 as unknown as string])('refuses %p', (pattern) => {
    expect(() => new Origins([pattern], 'allowedOrigins')).toThrow(/^allowedOrigins must be origins such as "https:\/\/\*\.example\.com", got /);
  });

  it('refuses what is no list', () => {
    expect(() => new Origins('*' as unknown as [], 'allowedOrigins')).toThrow('allowedOrigins must be a list of origins, got "*"');
  });
});
