import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IdTable } from '../../lib/protocol/id-table.ts';

type Act = ['add' | 'take' | 'get', number] | ['clear', 0];

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 80, arbitrary: fc.tuple(fc.constantFrom('add' as const, 'take' as const, 'get' as const), fc.integer({ min: 1, max: 400 })) },
  { weight: 10, arbitrary: fc.tuple(fc.constantFrom('add' as const, 'take' as const), fc.integer({ min: 2 ** 31 - 2, max: 2 ** 53 })) },
  { weight: 1, arbitrary: fc.constant<Act>(['clear', 0]) },
);

describe('IdTable', () => {
  it('behaves as a Map that is sorted by id', () => {
    fc.assert(fc.property(fc.array(act, { maxLength: 600, size: 'max' }), (acts) => {
      const table = new IdTable<string>();
      const model = new Map<number, string>();
      for (const [what, id] of acts) {
        if (what === 'clear') {
          table.clear();
          model.clear();
        } else if (what === 'add' && !model.has(id)) {
          table.add(id, `v${id}`);
          model.set(id, `v${id}`);
        } else if (what === 'take') {
          expect(table.take(id)).toBe(model.get(id));
          model.delete(id);
        }
        expect(table.get(id)).toBe(model.get(id));
      }
      expect(table.size).toBe(model.size);
      expect(table.values()).toEqual([...model].sort(([left], [right]) => left - right).map(([, value]) => value));
    }), { numRuns: 100 });
  });

  it('keeps one that stays while the ids go round and round', () => {
    const table = new IdTable<string>();
    table.add(5, 'stays');
    for (let id = 6; id < 20_000; id++) {
      table.add(id, 'goes');
      expect(table.take(id)).toBe('goes');
    }
    expect([table.get(5), table.size, table.values()]).toEqual(['stays', 1, ['stays']]);
  });

  it('keeps more than its ring has places for', () => {
    const table = new IdTable<number>();
    const ids = Array.from({ length: 10_000 }, (_, at) => at + 1);
    for (const id of ids) table.add(id, id);

    expect(table.values()).toEqual(ids);
    expect(ids.every((id) => table.take(id) === id)).toBe(true);
    expect(table.size).toBe(0);
  });
});
