import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { matches, type MatchPolicy } from '../../lib/protocol/uri.ts';
import type { Action, Permission } from '../../lib/router/options.ts';
import { Permissions } from '../../lib/router/permissions.ts';

const ACTIONS: readonly Action[] = ['call', 'register', 'publish', 'subscribe'];

/** What decides on a URI, written down by the letter: exact, the wildcard that reaches furthest, the longest prefix. */
function deciding(permissions: readonly Permission[], uri: string): Permission | undefined {
  const rank = ({ uri: pattern, match = 'exact' }: Permission): readonly number[] => {
    if (match === 'exact') return [2];
    return match === 'prefix' ? [0, pattern.length] : [1, ...pattern.split('.').map((component) => Number(component !== ''))];
  };
  const compare = (one: readonly number[], other: readonly number[]): number => {
    const at = one.findIndex((value, index) => value !== other[index]);
    return at < 0 ? 0 : other[at]! - one[at]!;
  };
  return permissions.filter((permission) => matches(permission.uri, permission.match ?? 'exact', uri)).sort((a, b) => compare(rank(a), rank(b)))[0];
}

const component = fc.constantFrom('a', 'b', 'ab');
const uri = fc.array(component, { minLength: 1, maxLength: 3 }).map((components) => components.join('.'));
const wildcard = fc.array(fc.oneof(component, fc.constant('')), { minLength: 1, maxLength: 3 }).map((components) => components.join('.'));
const prefix = fc.tuple(fc.option(uri.map((head) => `${head}.`), { nil: '' }), fc.constantFrom('', 'a', 'ab')).map(([head, tail]) => head + tail);
const pattern = fc.oneof(
  uri.map((value) => ({ uri: value, match: 'exact' as MatchPolicy })),
  prefix.map((value) => ({ uri: value, match: 'prefix' as MatchPolicy })),
  wildcard.map((value) => ({ uri: value, match: 'wildcard' as MatchPolicy })),
);
const permissions: fc.Arbitrary<readonly Permission[]> = fc.uniqueArray(
  fc.tuple(pattern, fc.subarray([...ACTIONS])).map(([what, allow]): Permission => ({ ...what, allow })),
  { maxLength: 8, selector: ({ uri: value, match = 'exact' }) => `${match} ${value}` },
);

/** Every URI of up to four components: more than the patterns have. */
const URIS: readonly string[] = (() => {
  const all: string[] = [];
  let longest = ['a', 'b', 'ab', 'c'];
  for (let length = 1; length <= 4; length++) {
    all.push(...longest);
    longest = longest.flatMap((head) => ['a', 'b', 'ab', 'c'].map((next) => `${head}.${next}`));
  }
  return all;
})();

describe('Permissions', () => {
  it('lets one permission alone decide, whatever the others allow', () => {
    fc.assert(fc.property(permissions, uri, fc.constantFrom(...ACTIONS), (given, asked, action) => {
      const expected = deciding(given, asked);

      const found = new Permissions(given).find(action, asked, 'exact');

      expect(found).toEqual(expected?.allow.includes(action) === true ? expect.objectContaining(expected) : undefined);
    }), { numRuns: 3000 });
  });

  it('allows no pattern that stands for a URI that is not allowed', () => {
    let allowed = 0;
    fc.assert(fc.property(permissions, pattern, fc.constantFrom<Action>('subscribe', 'register'), (given, { uri: asked, match }, action) => {
      const index = new Permissions(given);
      if (index.find(action, asked, match) === undefined) return;

      allowed += Number(match !== 'exact');
      const refused = URIS.filter((one) => matches(asked, match, one) && index.find(action, one, 'exact') === undefined);
      expect(refused).toEqual([]);
    }), { numRuns: 5000 });
    expect(allowed).toBeGreaterThan(100);
  });

  it('refuses no pattern that one permission covers where every other one allows the action too', () => {
    const allowing = permissions.map((given) => given.map((permission) => ({ ...permission, allow: ACTIONS })));
    fc.assert(fc.property(allowing, pattern, (given, { uri: asked, match }) => {
      const covered = given.some(({ uri: by, match: how }) => (how !== 'wildcard' || match !== 'prefix') && (how !== 'exact' || match === 'exact') && matches(by, how ?? 'exact', asked));

      expect(new Permissions(given).find('subscribe', asked, match) !== undefined).toBe(covered);
    }), { numRuns: 3000 });
  });

  it.each<[string, Permission, string, MatchPolicy, boolean]>([
    ['an exact one', { uri: 'com.shop.secret', allow: ['call'] }, 'com.shop.', 'prefix', false],
    ['an exact one elsewhere', { uri: 'com.bank', allow: ['call'] }, 'com.shop.', 'prefix', true],
    ['a longer prefix', { uri: 'com.shop.admin', match: 'prefix', allow: [] }, 'com.shop.', 'prefix', false],
    ['a wildcard', { uri: 'com..secret', match: 'wildcard', allow: [] }, 'com.shop.', 'prefix', false],
    ['a wildcard elsewhere', { uri: 'com.bank.', match: 'wildcard', allow: [] }, 'com.shop.', 'prefix', true],
    ['an exact one', { uri: 'com.shop.secret', allow: [] }, 'com..secret', 'wildcard', false],
    ['an exact one elsewhere', { uri: 'com.shop.price', allow: [] }, 'com..secret', 'wildcard', true],
    ['a longer prefix', { uri: 'com.shop.s', match: 'prefix', allow: [] }, 'com..secret', 'wildcard', false],
    ['a longer prefix elsewhere', { uri: 'com.shop.p', match: 'prefix', allow: [] }, 'com..secret', 'wildcard', true],
    ['a wildcard', { uri: '.shop.', match: 'wildcard', allow: [] }, 'com..secret', 'wildcard', false],
    ['a wildcard elsewhere', { uri: '.shop', match: 'wildcard', allow: [] }, 'com..secret', 'wildcard', true],
  ])('looks at what takes a part away from a pattern: %s, %o, %s %s', (_, taking, asked, match, allowed) => {
    const role = new Permissions([{ uri: 'com.', match: 'prefix', allow: ['subscribe', 'register'] }, taking]);

    expect([role.find('subscribe', asked, match) !== undefined, role.find('register', asked, match) !== undefined]).toEqual([allowed, allowed]);
  });

  it('lets a wildcard that reaches further keep what another one refuses', () => {
    const role = new Permissions([
      { uri: 'com..', match: 'wildcard', allow: ['subscribe'] }, { uri: '..news', match: 'wildcard', allow: [] }, { uri: 'com.shop.', match: 'prefix', allow: [] },
    ]);

    expect(role.find('subscribe', 'com..', 'wildcard')).toBeDefined();
    expect(role.find('subscribe', 'com..news', 'wildcard')).toBeDefined();
    expect(role.find('subscribe', 'org..news', 'wildcard')).toBeUndefined();
  });

  it('finds one of ten thousand like one of ten', () => {
    const ofSize = (size: number): Permissions => new Permissions([
      ...Array.from({ length: size }, (_, at): Permission => ({ uri: `com.x${at}.y`, allow: ['call'] })),
      ...Array.from({ length: size }, (_, at): Permission => ({ uri: `com.x${at}.`, match: 'prefix', allow: ['call'] })),
      ...Array.from({ length: size }, (_, at): Permission => ({ uri: `com.x${at}..z`, match: 'wildcard', allow: ['call'] })),
    ]);
    const [few, many] = [ofSize(10), ofSize(10_000)];
    const stepsOf = (role: Permissions): number => {
      const get = jest.spyOn(Map.prototype, 'get');
      try {
        for (const asked of ['com.x7.y', 'com.x7.z', 'com.x7.y.z', 'org.x']) role.find('call', asked, 'exact');
        role.find('subscribe', 'org.', 'prefix');
        return get.mock.calls.length;
      } finally {
        get.mockRestore();
      }
    };

    expect(stepsOf(many)).toBeLessThanOrEqual(stepsOf(few) + 8);
  });

  it('keeps to what it was given, whatever becomes of that', () => {
    const allow: Action[] = ['call'];
    const role = new Permissions([{ uri: 'com.a', allow }]);

    allow.push('publish');

    expect(role.find('publish', 'com.a', 'exact')).toBeUndefined();
  });
});
