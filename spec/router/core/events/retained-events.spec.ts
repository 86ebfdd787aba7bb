import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KeptEvent, LastingLists, RealmEvents } from '../../../../lib/router/core/events/event-store.ts';
import { RetainedEvents } from '../../../../lib/router/core/events/retained-events.ts';
import { kept } from '../../../support/kept-events.ts';
import { member } from '../../../support/members.ts';

/** A store that shows what it was told to retain, and has that when it is opened again. */
class Shown implements RealmEvents {
  readonly topics = new Map<string, readonly KeptEvent[]>();
  append(): void {}
  scan(): Iterable<KeptEvent> { return []; }
  retained(): Iterable<KeptEvent> { return [...this.topics.values()].flat(); }
  retain(topic: string, events: readonly KeptEvent[]): void {
    this.topics.delete(topic);
    if (events.length > 0) this.topics.set(topic, events);
  }
  close(): void {}
}

const ann = member(1, { authid: 'ann', authrole: 'staff' });
const bob = member(2, { authid: 'bob' });
const BOUNDS = { limit: 10, bytes: 1000 };
const ids = (events: readonly KeptEvent[]): readonly number[] => events.map(({ publication }) => publication);

describe('RetainedEvents', () => {
  it('gives the newest event of a topic', () => {
    const retained = new RetainedEvents(BOUNDS, new Shown());
    retained.put(kept({ publication: 1 }), undefined);
    retained.put(kept({ publication: 2 }), undefined);

    expect(ids(retained.find('com.a', 'exact', ann))).toEqual([2]);
    expect(ids(retained.find('com.b', 'exact', ann))).toEqual([]);
    expect(retained.size).toBe(1);
  });

  it('gives one of each topic that a pattern matches, by the time they came', () => {
    const retained = new RetainedEvents(BOUNDS, new Shown());
    for (const [publication, topic] of [[1, 'com.b'], [2, 'com.a'], [3, 'net.a'], [4, 'com.b']] as const) retained.put(kept({ publication, topic }), undefined);

    expect(ids(retained.find('com.', 'prefix', ann))).toEqual([2, 4]);
    expect(ids(retained.find('.a', 'wildcard', ann))).toEqual([2, 3]);
  });

  it('gives to each the newest one that it may have', () => {
    const retained = new RetainedEvents(BOUNDS, new Shown());
    const put = (publication: number, lists?: LastingLists): void => retained.put(kept({ publication, lists }), undefined);

    put(1);
    put(2, { eligibleAuthrole: ['staff'] });
    expect([ann, bob].map((who) => ids(retained.find('com.a', 'exact', who)))).toEqual([[2], [1]]);

    put(3, { excludeAuthid: ['ann'] });
    expect([ann, bob].map((who) => ids(retained.find('com.a', 'exact', who)))).toEqual([[2], [3]]);

    put(4);
    expect([ann, bob].map((who) => ids(retained.find('com.a', 'exact', who)))).toEqual([[4], [4]]);
  });

  it('gives nothing to the session that did not want its own event back', () => {
    const retained = new RetainedEvents(BOUNDS, new Shown());
    retained.put(kept(), ann.id);

    expect(ids(retained.find('com.a', 'exact', ann))).toEqual([]);
    expect(ids(retained.find('com.a', 'exact', bob))).toEqual([1]);
  });

  it('keeps the one for all, however many are for some', () => {
    const store = new Shown();
    const retained = new RetainedEvents(BOUNDS, store);
    retained.put(kept({ publication: 1 }), undefined);
    for (let publication = 2; publication < 100; publication++) retained.put(kept({ publication, lists: { eligibleAuthid: [`${publication}`] } }), undefined);

    expect(ids(retained.find('com.a', 'exact', ann))).toEqual([1]);
    expect(store.topics.get('com.a')).toHaveLength(17);
    expect(ids(retained.find('com.a', 'exact', member(3, { authid: '99' })))).toEqual([99]);
    expect(ids(retained.find('com.a', 'exact', member(3, { authid: '2' })))).toEqual([1]);
  });

  it('forgets a topic rather than give an event that is not the newest', () => {
    const store = new Shown();
    const retained = new RetainedEvents(BOUNDS, store);
    retained.put(kept({ topic: 'com.b' }), undefined);
    retained.put(kept(), undefined);

    retained.put(kept({ publication: 2, size: 1001 }), undefined);

    expect([...store.topics.keys()]).toEqual(['com.b']);
    expect([retained.size, retained.forgotten]).toEqual([1, 1]);
  });

  it('retains nothing with a limit of 0, whatever its store has', () => {
    const store = new Shown();
    store.retain('com.a', [kept()]);
    const retained = new RetainedEvents({ limit: 0, bytes: 1000 }, store);
    retained.put(kept(), undefined);

    expect(retained.find('com.a', 'exact', ann)).toEqual([]);
  });

  it('keeps to its bounds, forgets the oldest topic first, and comes back from its store as it was', () => {
    const put = fc.record({ topic: fc.constantFrom('a', 'b', 'c', 'd', 'e'), size: fc.integer({ min: 1, max: 40 }), staff: fc.boolean() });
    fc.assert(fc.property(fc.array(put, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 20, max: 120 }), (puts, limit, bytes) => {
      const store = new Shown();
      const retained = new RetainedEvents({ limit, bytes }, store);

      puts.forEach(({ topic, size, staff }, at) => {
        retained.put(kept({ publication: at + 1, topic, size, lists: staff ? { eligibleAuthrole: ['staff'] } : undefined }), undefined);
      });

      const held = [...store.topics.values()].flat();
      expect(store.topics.size).toBeLessThanOrEqual(limit);
      expect(held.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(bytes);
      expect([...store.topics.keys()]).toEqual(newestTopics(puts, bytes).slice(-store.topics.size || Infinity));
      const again = new RetainedEvents({ limit, bytes }, store);
      for (const who of [ann, bob]) expect(again.find('', 'prefix', who)).toEqual(retained.find('', 'prefix', who));
    }));
  });
});

/** The topics by their last event, but for those whose last one is too large to be retained. */
function newestTopics(puts: readonly { readonly topic: string; readonly size: number }[], bytes: number): readonly string[] {
  const last = new Map<string, number>();
  for (const { topic, size } of puts) {
    last.delete(topic);
    if (size <= bytes) last.set(topic, size);
  }
  return [...last.keys()];
}
