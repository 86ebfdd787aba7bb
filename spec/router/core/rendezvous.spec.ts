import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hash, nodeOf } from '../../../lib/router/core/rendezvous.ts';

const named = (names: readonly string[]): readonly (readonly [string, number])[] => names.map((name) => [name, hash(name)]);
const NODES = ['node1', 'node2', 'node3', 'node4', 'node5'];

describe('nodeOf', () => {
  it('finds no node where there is none', () => {
    expect(nodeOf('key', [])).toBeUndefined();
  });

  it('moves a key only to a node that comes, and away only from one that goes', () => {
    fc.assert(fc.property(fc.string(), fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 8 }), fc.string(), (key, names, other) => {
      fc.pre(!names.includes(other));
      const before = nodeOf(key, named(names));

      const after = nodeOf(key, named([...names, other]));

      expect(names).toContain(before);
      expect([before, other]).toContain(after);
    }));
  });

  it('does not depend on the order of the nodes', () => {
    fc.assert(fc.property(fc.string(), (key) => {
      expect(nodeOf(key, named(NODES.toReversed()))).toBe(nodeOf(key, named(NODES)));
    }));
  });

  it('spreads keys evenly, also those that differ in a digit', () => {
    const counts = new Map(NODES.map((node) => [node, 0]));

    for (let key = 0; key < 5000; key++) {
      const node = nodeOf(`sn${key}`, named(NODES)) ?? '';
      counts.set(node, (counts.get(node) ?? 0) + 1);
    }

    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
