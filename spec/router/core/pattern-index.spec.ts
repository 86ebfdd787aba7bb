import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { matches, type MatchPolicy } from '../../../lib/protocol/uri.ts';
import { PatternIndex } from '../../../lib/router/core/pattern-index.ts';

interface Pattern {
  readonly pattern: string;
  readonly match: MatchPolicy;
}

function indexOf(patterns: readonly Pattern[]): PatternIndex<Pattern> {
  const index = new PatternIndex<Pattern>();
  for (const entry of patterns) index.set(entry.pattern, entry.match, entry);
  return index;
}

const patternsOf = (match: MatchPolicy, ...patterns: string[]): Pattern[] => patterns.map((pattern) => ({ pattern, match }));
const found = (entries: readonly Pattern[]): string[] => entries.map(({ pattern, match }) => `${match} ${pattern}`);

/** Nodes and tables that a look-up visits: each costs one step in a Map. */
function stepsOf(look: () => unknown): number {
  const get = jest.spyOn(Map.prototype, 'get');
  try {
    look();
    return get.mock.calls.length;
  } finally {
    get.mockRestore();
  }
}

// Few and alike, so that they often match and often share a beginning.
const component = fc.constantFrom('a', 'b', 'ab', 'abc', 'abd', 'é');
const uri = fc.array(component, { minLength: 1, maxLength: 5 }).map((components) => components.join('.'));
const entry: fc.Arbitrary<Pattern> = fc.oneof(
  fc.record({ pattern: uri, match: fc.constant<MatchPolicy>('exact') }),
  fc.record({ pattern: fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 4 }), match: fc.constant<MatchPolicy>('prefix') }),
  fc.record({
    pattern: fc.array(fc.oneof(component, fc.constant('')), { minLength: 1, maxLength: 5 }).map((components) => components.join('.')),
    match: fc.constant<MatchPolicy>('wildcard'),
  }),
);
// Of few entries, so that what is taken away was often there.
const changes = fc.array(entry, { minLength: 1, maxLength: 8 }).chain((entries) =>
  fc.array(fc.record({ change: fc.constantFrom('set', 'set', 'delete'), entry: fc.constantFrom(...entries) }), { maxLength: 30, size: 'max' }));

/** URIs that the patterns match. */
const matchedBy = (entries: readonly Pattern[]): string[] =>
  entries.map(({ pattern, match }) => (match === 'wildcard' ? pattern.split('.').map((part) => part || 'a').join('.') : pattern));

/** The rules by the letter: exact, longest prefix, then the wildcards by the lengths of their literal portions. */
function bestOf(patterns: readonly Pattern[]): Pattern | undefined {
  const of = (match: MatchPolicy): Pattern[] => patterns.filter((candidate) => candidate.match === match);
  const portions = ({ pattern }: Pattern): number[] => {
    const lengths = [0];
    for (const part of pattern.split('.')) {
      if (part === '') lengths.push(0);
      else lengths[lengths.length - 1]!++;
    }
    return lengths;
  };
  const further = (one: Pattern, other: Pattern): number => {
    const [mine, theirs] = [portions(one), portions(other)];
    const at = mine.findIndex((length, i) => length !== theirs[i]);
    return at < 0 ? 0 : (theirs[at] ?? 0) - mine[at]!;
  };
  return of('exact')[0] ?? of('prefix').toSorted((a, b) => b.pattern.length - a.pattern.length)[0] ?? of('wildcard').toSorted(further)[0];
}

describe('PatternIndex', () => {
  it.each([
    ['com.myapp.topic.emergency.11', true],
    ['com.myapp.topic.emergency-low', true],
    ['com.myapp.topic.emergency.category.severe', true],
    ['com.myapp.topic.emergency', true],
    ['com.myapp.topic.emerge', false],
  ])('knows whether a prefix matches %s', (topic, expected) => {
    const index = indexOf(patternsOf('prefix', 'com.myapp.topic.emergency'));

    expect(index.all(topic).length > 0).toBe(expected);
    expect(index.best(topic) !== undefined).toBe(expected);
  });

  it.each([
    ['com.myapp.foo.userevent', true],
    ['com.myapp.a12.userevent', true],
    ['com.myapp.foo.userevent.bar', false],
    ['com.myapp.foo.user', false],
    ['com.myapp2.foo.userevent', false],
  ])('knows whether a wildcard matches %s', (topic, expected) => {
    const index = indexOf(patternsOf('wildcard', 'com.myapp..userevent'));

    expect(index.all(topic).length > 0).toBe(expected);
    expect(index.best(topic) !== undefined).toBe(expected);
  });

  // The specification's examples, but for c44, which is c33 there: the prefix c3 would match it by the rule of characters.
  it.each([
    ['a1.b2.c3.d4.e55', 'exact a1.b2.c3.d4.e55'],
    ['a1.b2.c3.d98.e74', 'prefix a1.b2.c3'],
    ['a1.b2.c3.d4.e325', 'prefix a1.b2.c3.d4'],
    ['a1.b2.c55.d4.e5', 'wildcard a1.b2..d4.e5'],
    ['a1.b2.c44.d4.e5', 'wildcard a1.b2.c44..e5'],
    ['a1.b2.c88.d4.e5.f6.g7', 'wildcard a1.b2..d4.e5..g7'],
    ['a2.b2.c2.d2.e2', undefined],
  ])('sends a call of %s to %s', (procedure, expected) => {
    const index = indexOf([
      ...patternsOf('exact', 'a1.b2.c3.d4.e55'),
      ...patternsOf('prefix', 'a1.b2.c3', 'a1.b2.c3.d4'),
      ...patternsOf('wildcard', 'a1.b2..d4.e5', 'a1.b2.c44..e5', 'a1.b2..d4.e5..g7', 'a1.b2..d4..f6.g7'),
    ]);

    const best = index.best(procedure);

    expect(best && `${best.match} ${best.pattern}`).toBe(expected);
  });

  it('finds what a scan finds, after any changes', () => {
    fc.assert(fc.property(changes, fc.array(uri, { minLength: 1, maxLength: 10 }), (steps, uris) => {
      const index = new PatternIndex<Pattern>();
      const kept = new Map<string, Pattern>();
      for (const { change, entry: changed } of steps) {
        const key = `${changed.match} ${changed.pattern}`;
        if (change === 'set') {
          index.set(changed.pattern, changed.match, changed);
          kept.set(key, changed);
        } else {
          expect(index.delete(changed.pattern, changed.match)).toBe(kept.delete(key));
        }
        expect(index.get(changed.pattern, changed.match)).toBe(kept.get(key));
        expect(index.size).toBe(kept.size);
      }

      for (const looked of [...uris, ...matchedBy(steps.map((one) => one.entry))]) {
        const scanned = [...kept.values()].filter(({ pattern, match }) => matches(pattern, match, looked));
        expect(found(index.all(looked)).toSorted()).toEqual(found(scanned).toSorted());
        expect(index.best(looked)).toBe(bestOf(scanned));
      }
    }), { numRuns: 250 });
  });

  it('is built the same whatever was in it before, so nothing stays behind', () => {
    fc.assert(fc.property(changes, fc.array(uri, { minLength: 1, maxLength: 5 }), (steps, uris) => {
      const index = new PatternIndex<Pattern>();
      const kept = new Map<string, Pattern>();
      for (const { change, entry: changed } of steps) {
        index[change === 'set' ? 'set' : 'delete'](changed.pattern, changed.match, changed);
        if (change === 'set') kept.set(`${changed.match} ${changed.pattern}`, changed);
        else kept.delete(`${changed.match} ${changed.pattern}`);
      }
      const fresh = indexOf([...kept.values()]);

      for (const looked of [...uris, ...matchedBy(steps.map((one) => one.entry))]) {
        expect(stepsOf(() => index.all(looked))).toBe(stepsOf(() => fresh.all(looked)));
        expect(stepsOf(() => index.best(looked))).toBe(stepsOf(() => fresh.best(looked)));
      }
    }), { numRuns: 250 });
  });

  it('takes as many steps among 10,000 patterns that do not match as among 10', () => {
    const strangers = (count: number): PatternIndex<Pattern> => {
      const own = [patternsOf('exact', 'com.shop.price'), patternsOf('prefix', 'com.shop'), patternsOf('wildcard', 'com..price')];
      const index = indexOf(own.flat());
      for (let i = 0; i < count; i++) {
        for (const { pattern, match } of [
          ...patternsOf('exact', `com.shop.item${i}`),
          ...patternsOf('prefix', `com.shop.item${i}`, `net.shop${i}`),
          ...patternsOf('wildcard', `com..item${i}`, `net${i}..price`, `com.shop.price.${i}.`),
        ]) {
          index.set(pattern, match, { pattern, match });
        }
      }
      return index;
    };

    const [few, many] = [strangers(10), strangers(10_000)];

    expect(found(many.all('com.shop.price'))).toEqual(['exact com.shop.price', 'prefix com.shop', 'wildcard com..price']);
    expect(stepsOf(() => many.all('com.shop.price'))).toBe(stepsOf(() => few.all('com.shop.price')));
    expect(stepsOf(() => many.best('com.shop.cost'))).toBe(stepsOf(() => few.best('com.shop.cost')));
    expect(stepsOf(() => many.all('com.shop.price'))).toBeLessThan(20);
  });

  it('makes no new list where only the exact pattern matches', () => {
    const all = [patternsOf('exact', 'com.shop.price'), patternsOf('prefix', 'net'), patternsOf('wildcard', 'net..price')];
    const index = indexOf(all.flat());

    expect(index.all('com.shop.price')).toBe(index.all('com.shop.price'));
    expect(index.all('com.shop.cost')).toBe(index.all('com.shop.name'));
  });

  it('takes patterns of any depth', () => {
    const deep = 'a.'.repeat(20_000);
    const index = indexOf([...patternsOf('wildcard', deep, '.b'), ...patternsOf('prefix', deep)]);
    for (let length = 0; length < 2_000; length++) index.set(deep.slice(0, length), 'prefix', { pattern: '', match: 'prefix' });

    expect(index.all(`${deep}b`)).toHaveLength(2_002);
    expect(index.delete(deep, 'wildcard')).toBe(true);
    expect(index.best(`${deep}b`)).toEqual({ pattern: deep, match: 'prefix' });
    for (let length = 0; length < 2_000; length++) expect(index.delete(deep.slice(0, length), 'prefix')).toBe(true);
    expect(found(index.all(`${deep}b`))).toEqual([`prefix ${deep}`]);
  });
});
