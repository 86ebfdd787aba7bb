import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidUriError } from '../../lib/errors.ts';
import { WampMetaUri, WampUri, assertUri, isUri, matches, type MatchPolicy } from '../../lib/protocol/uri.ts';
import { anything, pattern, uri } from '../support/arbitraries.ts';

// The regular expressions of 2.1.1, as they stand there.
const SPECIFIED = {
  loose: /^([^\s.#]+\.)*([^\s.#]+)$/,
  looseEmpty: /^(([^\s.#]+\.)|\.)*([^\s.#]+)?$/,
  strict: /^([0-9a-z_]+\.)*([0-9a-z_]+)$/,
  strictEmpty: /^(([0-9a-z_]+\.)|\.)*([0-9a-z_]+)?$/,
};

/** Text that is a URI about half of the time. */
const almostUri = fc.string({
  unit: fc.constantFrom('a', 'b', '.', '.', 'A', '0', '_', '-', '#', ' ', '\t', '\u00a0', 'é'),
  maxLength: 8,
});

describe('isUri', () => {
  it('agrees with the expressions of the specification', () => {
    fc.assert(
      fc.property(almostUri, (text) => {
        expect(isUri(text)).toBe(SPECIFIED.loose.test(text));
        expect(isUri(text, { strict: true })).toBe(SPECIFIED.strict.test(text));
        expect(isUri(text, { match: 'wildcard' })).toBe(SPECIFIED.looseEmpty.test(text));
        expect(isUri(text, { match: 'wildcard', strict: true })).toBe(SPECIFIED.strictEmpty.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('lets a prefix end in an empty component and no other', () => {
    fc.assert(
      fc.property(almostUri, fc.boolean(), (text, strict) => {
        const rule = strict ? SPECIFIED.strict : SPECIFIED.loose;
        const isPrefix = text === '' || rule.test(text.endsWith('.') ? text.slice(0, -1) : text);
        expect(isUri(text, { match: 'prefix', strict })).toBe(isPrefix);
      }),
    );
  });

  it('says no to all that is no string', () => {
    fc.assert(fc.property(anything.filter((value) => typeof value !== 'string'), (value) => {
      expect(isUri(value, { match: 'wildcard' })).toBe(false);
    }));
  });

  it('is done with a long hostile URI at once', () => {
    const before = process.cpuUsage();
    for (const match of ['exact', 'prefix', 'wildcard'] as const) {
      for (const strict of [false, true]) isUri(`${'a.'.repeat(50_000)}#`, { match, strict });
    }
    expect(process.cpuUsage(before).user).toBeLessThan(500_000);
  });
});

describe('assertUri', () => {
  it('lets a URI pass', () => {
    expect(() => assertUri('com.a', 'topic')).not.toThrow();
    expect(() => assertUri('com..a', 'topic', { match: 'wildcard' })).not.toThrow();
  });

  it('says what was expected and what came', () => {
    expect(() => assertUri('com. a', 'topic')).toThrow(new InvalidUriError('topic must be a URI, got "com. a"'));
    expect(() => assertUri(7, 'topic', { strict: true })).toThrow(new InvalidUriError('topic must be a strict URI, got 7'));
    expect(() => assertUri('a..b', 'procedure', { match: 'prefix' })).toThrow(
      new InvalidUriError('procedure must be a URI with prefix matching, got "a..b"'),
    );
  });
});

function naively(wanted: string, match: MatchPolicy, given: string): boolean {
  if (match === 'exact') return wanted === given;
  if (match === 'prefix') return given.slice(0, wanted.length) === wanted;
  const components = wanted.split('.');
  const others = given.split('.');
  return components.length === others.length && components.every((part, at) => part === '' || part === others[at]);
}

describe('matches', () => {
  it('agrees with a model that splits and compares', () => {
    fc.assert(
      fc.property(pattern, uri, (drawn, given) => {
        expect(matches(drawn.pattern, drawn.match, given)).toBe(naively(drawn.pattern, drawn.match, given));
      }),
      { numRuns: 3000 },
    );
  });

  it('finds a URI through any of its components left open', () => {
    fc.assert(
      fc.property(uri, fc.infiniteStream(fc.boolean()), (given, opens) => {
        const wanted = given.split('.').map((part) => (opens.next().value ? '' : part)).join('.');
        expect(matches(wanted, 'wildcard', given)).toBe(true);
        expect(matches(wanted, 'wildcard', `${given}.more`)).toBe(false);
      }),
    );
  });

  it.each([
    ['com.myapp.topic.emergency', 'prefix', 'com.myapp.topic.emergency.11', true],
    ['com.myapp.topic.emergency', 'prefix', 'com.myapp.topic.emergency-low', true],
    ['com.myapp.topic.emergency', 'prefix', 'com.myapp.topic.emergency.category.severe', true],
    ['com.myapp.topic.emergency', 'prefix', 'com.myapp.topic.emergency', true],
    ['com.myapp.topic.emergency', 'prefix', 'com.myapp.topic.emerge', false],
    ['com.myapp..userevent', 'wildcard', 'com.myapp.foo.userevent', true],
    ['com.myapp..userevent', 'wildcard', 'com.myapp.a12.userevent', true],
    ['com.myapp..userevent', 'wildcard', 'com.myapp.foo.userevent.bar', false],
    ['com.myapp..userevent', 'wildcard', 'com.myapp.foo.user', false],
    ['com.myapp..userevent', 'wildcard', 'com.myapp2.foo.userevent', false],
  ] as const)('keeps the example of the specification: %s (%s) and %s', (wanted, match, given, expected) => {
    expect(matches(wanted, match, given)).toBe(expected);
  });
});

describe('WampUri', () => {
  it('holds strict URIs under wamp, each once', () => {
    const uris = [...Object.values(WampUri), ...Object.values(WampMetaUri)];
    expect(uris.filter((standard) => !isUri(standard, { strict: true }) || !standard.startsWith('wamp.'))).toEqual([]);
    expect(new Set(uris).size).toBe(uris.length);
  });
});
