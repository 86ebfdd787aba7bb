import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matches } from '../../../lib/protocol/uri.ts';
import { prefixMeetsWildcard, reachesFurther, wildcardsMeet } from '../../../lib/router/core/overlap.ts';
import { WildcardTree } from '../../../lib/router/core/wildcard-tree.ts';

const LETTERS = ['a', 'b', 'ab', 'c'];
const URIS: readonly string[] = LETTERS.flatMap((x) => [x, ...LETTERS.flatMap((y) => [`${x}.${y}`, ...LETTERS.map((z) => `${x}.${y}.${z}`)])]);
const wildcard = fc.array(fc.constantFrom('a', 'b', 'ab', ''), { minLength: 1, maxLength: 3 }).map((components) => components.join('.'));
const prefix = fc.tuple(fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 2 }), fc.constantFrom('', 'a', 'ab'))
  .map(([head, tail]) => [...head, tail].join('.'));

describe('wildcardsMeet', () => {
  it('knows whether two patterns match one URI', () => {
    fc.assert(fc.property(wildcard, wildcard, (one, other) => {
      expect(wildcardsMeet(one, other)).toBe(URIS.some((uri) => matches(one, 'wildcard', uri) && matches(other, 'wildcard', uri)));
    }), { numRuns: 1000 });
  });
});

describe('prefixMeetsWildcard', () => {
  it('knows whether a wildcard matches something that begins with a prefix', () => {
    fc.assert(fc.property(prefix, wildcard, (head, pattern) => {
      expect(prefixMeetsWildcard(head, pattern)).toBe(URIS.some((uri) => uri.startsWith(head) && matches(pattern, 'wildcard', uri)));
    }), { numRuns: 1000 });
  });
});

describe('reachesFurther', () => {
  it('knows the pattern that a look-up takes', () => {
    fc.assert(fc.property(wildcard, wildcard, (one, other) => {
      const shared = URIS.find((uri) => matches(one, 'wildcard', uri) && matches(other, 'wildcard', uri));
      fc.pre(shared !== undefined && one !== other);
      const tree = new WildcardTree<{ readonly pattern: string }>();
      for (const pattern of [one, other]) tree.set(pattern, { pattern });

      expect(reachesFurther(one, other)).toBe(tree.best(shared ?? '')?.pattern === one);
    }));
  });
});
