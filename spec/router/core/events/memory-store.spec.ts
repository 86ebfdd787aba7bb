import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HistoryBounds, KeptEvent } from '../../../../lib/router/core/events/event-store.ts';
import { memoryStore } from '../../../../lib/router/core/events/memory-store.ts';
import { keptEvents } from '../../../support/kept-events.ts';

const PORT = { later: () => {}, log: undefined };
const bounds = (limit: number, bytes = Infinity): HistoryBounds => ({ uri: 'com.a', match: 'exact', limit, bytes });
const ids = (events: Iterable<KeptEvent>): readonly number[] => [...events].map(({ publication }) => publication);

describe('memoryStore', () => {
  it('gives the events in the order they came, or the other way round', () => {
    const events = memoryStore().open('realm1', PORT);
    const history = bounds(10);
    for (const event of keptEvents(3)) events.append(history, event);

    expect(ids(events.scan(history, undefined, false))).toEqual([1, 2, 3]);
    expect(ids(events.scan(history, undefined, true))).toEqual([3, 2, 1]);
    expect(ids(events.scan(history, 2, false))).toEqual([2, 3]);
    expect(ids(events.scan(history, 2, true))).toEqual([2, 1]);
    expect(ids(events.scan(history, 9, false))).toEqual([]);
  });

  it('keeps histories apart', () => {
    const events = memoryStore().open('realm1', PORT);
    events.append(bounds(10), keptEvents(1)[0]!);

    expect(ids(events.scan(bounds(10), undefined, false))).toEqual([]);
  });

  it('keeps the newest ones that find room in both bounds', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 60 }), fc.nat(8), fc.nat(300), (sizes, limit, bytes) => {
      const events = memoryStore().open('realm1', PORT);
      const history = bounds(limit, bytes);
      const all = keptEvents(sizes.length).map((event, at) => ({ ...event, size: sizes[at] ?? 0 }));

      for (const event of all) events.append(history, event);

      const kept = ids(events.scan(history, undefined, false)).length;
      const sizeOf = (count: number): number => all.slice(all.length - count).reduce((sum, { size }) => sum + size, 0);
      expect(ids(events.scan(history, undefined, false))).toEqual(all.slice(all.length - kept).map(({ publication }) => publication));
      expect(kept <= limit && sizeOf(kept) <= bytes).toBe(true);
      expect(kept === all.length || kept === limit || sizeOf(kept + 1) > bytes).toBe(true);
    }));
  });
});
