import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PrefixTree } from '../../../lib/router/core/prefix-tree.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 5 });

describe('PrefixTree', () => {
  it('knows what stands under a prefix', () => {
    fc.assert(fc.property(fc.uniqueArray(text, { maxLength: 8 }), text, text, (prefixes, asked, wanted) => {
      const tree = new PrefixTree<{ readonly prefix: string }>();
      for (const prefix of prefixes) tree.set(prefix, { prefix });

      const seen: string[] = [];
      const none = tree.someUnder(asked, ({ prefix }) => seen.push(prefix) < 0);

      const under = prefixes.filter((prefix) => prefix.startsWith(asked));
      expect(none).toBe(false);
      expect(seen.sort()).toEqual([...under].sort());
      expect(tree.someUnder(asked, ({ prefix }) => prefix === wanted)).toBe(under.includes(wanted));
    }), { numRuns: 2000 });
  });
});
