import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HistoryBounds, KeptEvent, LastingLists } from '../../../../lib/router/core/events/event-store.ts';
import type { History } from '../../../../lib/router/core/events/event-keeper.ts';
import { MOST_BYTES, readHistoryQuery, selectEvents } from '../../../../lib/router/core/events/history-query.ts';
import { memoryStore } from '../../../../lib/router/core/events/memory-store.ts';
import { Refusal } from '../../../../lib/router/core/procedure.ts';
import type { Dict, List } from '../../../../lib/types.ts';
import { anything } from '../../../support/arbitraries.ts';
import { kept, keptEvents } from '../../../support/kept-events.ts';
import { member } from '../../../support/members.ts';

const BOUNDS: HistoryBounds = { uri: '', match: 'prefix', limit: 1000, bytes: Infinity };

function historyOf(events: readonly KeptEvent[]): History {
  const store = memoryStore().open('realm1', { later: () => {}, log: undefined });
  for (const event of events) store.append(BOUNDS, event);
  return { scan: (from, reverse) => store.scan(BOUNDS, from, reverse) };
}

const ann = member(1, { authid: 'ann', authrole: 'staff' });
const select = (history: History, kwargs: Dict, asker = ann): readonly number[] =>
  selectEvents(history, readHistoryQuery([1], kwargs)[1], asker).events.map(({ publication }) => publication);

const refusalOf = (args: List, kwargs: Dict): List | undefined => {
  try {
    readHistoryQuery(args, kwargs);
  } catch (error) {
    if (error instanceof Refusal) return [error.uri, ...(error.args ?? [])];
    throw error;
  }
  return undefined;
};

describe('readHistoryQuery', () => {
  it('reads the id of the subscription, and ignores what it does not know', () => {
    expect(readHistoryQuery([7], { colour: 'red', limit: null })).toEqual(readHistoryQuery([7], {}));
    expect(readHistoryQuery([2n ** 53n], {})[0]).toBe(2 ** 53);
  });

  it.each<[List, Dict, string]>([
    [[], {}, 'arguments must be one, the id of a subscription, got 0'],
    [[1, 10], {}, 'arguments must be one, the id of a subscription, got 2'],
    [['1'], {}, 'subscription must be an integer from 1 to 2^53, got "1"'],
    [[1], { limit: 0 }, 'limit must be an integer from 1 to 2^53, got 0'],
    [[1], { reverse: 1 }, 'reverse must be a boolean, got 1'],
    [[1], { topic: 'a b' }, 'topic must be a URI, got "a b"'],
    [[1], { after_publication: 1.5 }, 'after_publication must be an integer from 1 to 2^53, got 1.5'],
    [[1], { from_time: 'yesterday' }, 'from_time must be a timestamp such as 2026-01-31T12:00:00.000Z, got "yesterday"'],
    [[1], { until_time: '2026-01-31' }, 'until_time must be a timestamp such as 2026-01-31T12:00:00.000Z, got "2026-01-31"'],
    [[1], { before_time: '2026-13-31T00:00:00Z' }, 'before_time must be a timestamp such as 2026-01-31T12:00:00.000Z, got "2026-13-31T00:00:00Z"'],
  ])('refuses %j %j', (args, kwargs, sentence) => {
    expect(refusalOf(args, kwargs)).toEqual(['wamp.error.invalid_argument', sentence]);
  });

  it.each([['2026-01-31T12:00:00Z', 0], ['2026-01-31t13:00:00.0000001+01:00', 0], ['2026-01-31T12:00:00.25z', 250]])('reads the time %s', (text, milliseconds) => {
    expect(readHistoryQuery([1], { from_time: text })[1].fromTime).toBe(Date.UTC(2026, 0, 31, 12) + milliseconds);
  });

  it('reads whatever comes, or refuses it', () => {
    const keys = ['reverse', 'limit', 'from_time', 'after_time', 'before_time', 'until_time', 'topic', 'from_publication', 'until_publication'];
    fc.assert(fc.property(anything, fc.dictionary(fc.constantFrom(...keys), anything), (id, kwargs) => {
      expect(refusalOf([id], kwargs)?.[0] ?? 'wamp.error.invalid_argument').toBe('wamp.error.invalid_argument');
    }));
  });
});

describe('selectEvents', () => {
  it('leaves out what the publisher did not want the asker to have', () => {
    const lists: readonly (LastingLists | undefined)[] = [
      undefined, { eligibleAuthrole: ['staff'] }, { eligibleAuthid: ['bob'] }, { excludeAuthid: ['ann'] }, { excludeAuthrole: ['user'] },
    ];
    const history = historyOf(lists.map((one, at) => kept({ publication: at + 1, lists: one })));

    expect(select(history, {})).toEqual([1, 2, 5]);
    expect(select(history, {}, member(2, { authid: 'bob' }))).toEqual([1, 3, 4]);
  });

  it('gives nothing where it does not know a publication that bounds it', () => {
    const history = historyOf(keptEvents(3));

    for (const bound of ['from', 'after', 'before', 'until']) expect(select(history, { [`${bound}_publication`]: 9 })).toEqual([]);
    expect(select(history, { from_publication: 1, until_publication: 9 })).toEqual([]);
  });

  it('says where there is more than it gives', () => {
    const history = historyOf(keptEvents(3));
    const more = (kwargs: Dict): boolean => selectEvents(history, readHistoryQuery([1], kwargs)[1], ann).more;

    expect([more({ limit: 2 }), more({ limit: 3 }), more({ limit: 1, from_publication: 3 })]).toEqual([true, false, false]);
  });

  it('gives no more bytes than an answer is to have, but one event at least', () => {
    const history = historyOf(keptEvents(4).map((event) => ({ ...event, size: event.publication === 1 ? MOST_BYTES + 1 : MOST_BYTES / 2 })));

    expect(select(history, {})).toEqual([1]);
    expect(select(history, { after_publication: 1 })).toEqual([2, 3]);
    expect(select(history, { after_publication: 3 })).toEqual([4]);
  });

  it('gives what a naive reading of the specification gives', () => {
    const COUNT = 8;
    const time = fc.option(fc.nat(COUNT), { nil: undefined, freq: 2 });
    const publication = fc.option(fc.integer({ min: 1, max: COUNT + 1 }), { nil: undefined, freq: 2 });
    const asked = fc.record({
      reverse: fc.boolean(), limit: fc.option(fc.integer({ min: 1, max: COUNT }), { nil: undefined }), topic: fc.constantFrom(undefined, undefined, 'a', 'b'),
      from: publication, after: publication, before: publication, until: publication, fromTime: time, afterTime: time, beforeTime: time, untilTime: time,
    });
    // Times are in no order, as clocks are set; publications neither, as ids are drawn.
    const events = fc.tuple(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]), fc.array(fc.tuple(fc.nat(COUNT), fc.constantFrom('a', 'b')), { minLength: COUNT, maxLength: COUNT }))
      .map(([ids, rest]) => ids.map((id, at) => kept({ publication: id, time: rest[at]![0], topic: rest[at]![1] })));

    fc.assert(fc.property(events, asked, (all, query) => {
      const iso = (milliseconds: number | undefined): string | undefined => (milliseconds === undefined ? undefined : new Date(milliseconds).toISOString());

      const selected = select(historyOf(all), {
        reverse: query.reverse, limit: query.limit, topic: query.topic,
        from_publication: query.from, after_publication: query.after, before_publication: query.before, until_publication: query.until,
        from_time: iso(query.fromTime), after_time: iso(query.afterTime), before_time: iso(query.beforeTime), until_time: iso(query.untilTime),
      });

      const placeOf = (id: number): number => all.findIndex((event) => event.publication === id);
      const unknown = [query.from, query.after, query.before, query.until].some((id) => id !== undefined && placeOf(id) < 0);
      const fitting = all.filter((event, at) => !unknown
        && (query.from === undefined || at >= placeOf(query.from)) && (query.after === undefined || at > placeOf(query.after))
        && (query.before === undefined || at < placeOf(query.before)) && (query.until === undefined || at <= placeOf(query.until))
        && event.time >= (query.fromTime ?? 0) && event.time > (query.afterTime ?? -1)
        && event.time < (query.beforeTime ?? Infinity) && event.time <= (query.untilTime ?? Infinity)
        && (query.topic === undefined || event.topic === query.topic));
      const ordered = query.reverse ? fitting.toReversed() : fitting;
      expect(selected).toEqual(ordered.slice(0, query.limit).map((event) => event.publication));
    }), { numRuns: 2000 });
  });
});
