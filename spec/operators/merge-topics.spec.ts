import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Subject, take, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { mergeTopics } from '../../lib/operators/merge-topics.ts';

interface Event {
  readonly publication: number;
  readonly from: 'a' | 'b';
}

const marbles = (): TestScheduler => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

/** Publications 1 to 9, as one of two subscriptions brings them. */
const eventsOf = (from: 'a' | 'b'): { readonly [publication: string]: Event } =>
  Object.fromEntries(Array.from({ length: 9 }, (_, i): [string, Event] => [`${i + 1}`, { publication: i + 1, from }]));
const A = eventsOf('a');
const B = eventsOf('b');

describe('mergeTopics', () => {
  it('lets each publication through once, from whoever brings it first', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const a = hot('       --1--2-----4--|', A);
      const b = hot('       --1-----3--4----|', B);
      const subsOfA = '     ^-------------!';
      const subsOfB = '     ^---------------!';
      const expected = '    --1--2--3--4----|';

      expectObservable(mergeTopics(a, b)).toBe(expected, { 1: A['1'], 2: A['2'], 3: B['3'], 4: A['4'] });
      expectSubscriptions(a.subscriptions).toBe(subsOfA);
      expectSubscriptions(b.subscriptions).toBe(subsOfB);
    });
  });

  it('forgets what lies further back than its window', () => {
    marbles().run(({ hot, expectObservable }) => {
      const a = hot('       -1-2-3------|', A);
      const b = hot('       ------3-2-1-|', B);
      const expected = '    -1-2-3----1-|';

      expectObservable(mergeTopics(a, b, { window: 2 })).toBe(expected, { ...A, 1: A['1'] && expect.objectContaining({ publication: 1 }) });
    });
  });

  it('fails with the first that fails, and leaves the others', () => {
    marbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const a = hot('       -1---#', A);
      const b = hot('       ---2----3-|', B);
      const subs = '        ^----!';
      const expected = '    -1-2-#';

      expectObservable(mergeTopics(a, b)).toBe(expected, { 1: A['1'], 2: B['2'] });
      expectSubscriptions(b.subscriptions).toBe(subs);
    });
  });

  it('leaves all when it is unsubscribed, also in the midst of an event', () => {
    const [a, b] = [new Subject<Event>(), new Subject<Event>()];
    const seen: Event[] = [];
    mergeTopics(a, b).pipe(take(1)).subscribe((event) => seen.push(event));

    b.next({ publication: 1, from: 'b' });

    expect({ seen, observed: [a.observed, b.observed] }).toEqual({ seen: [{ publication: 1, from: 'b' }], observed: [false, false] });
  });

  it('remembers for each subscriber by itself', () => {
    marbles().run(({ cold, expectObservable }) => {
      const merged = mergeTopics(cold('-1-1|', A));

      expectObservable(merged).toBe('                -1--|', A);
      expectObservable(merged, '---^').toBe('        ----1--|', A);
    });
  });

  it('completes without topics', () => {
    marbles().run(({ expectObservable }) => expectObservable(mergeTopics()).toBe('|'));
  });

  it.each([0, -1, 1.5, NaN, '8' as never])('refuses a window of %p', (window) => {
    expect(() => mergeTopics(new Subject<Event>(), { window })).toThrow(RangeError);
  });
});

describe('mergeTopics, by model', () => {
  it('lets through what is not among the last publications that it let through', () => {
    const arrivals = fc.array(fc.record({ topic: fc.integer({ min: 0, max: 2 }), publication: fc.integer({ min: 1, max: 8 }) }), { maxLength: 60 });
    fc.assert(fc.property(arrivals, fc.integer({ min: 1, max: 9 }), (events, window) => {
      const topics = [0, 1, 2].map(() => new Subject<{ readonly topic: number; readonly publication: number }>());
      const seen: unknown[] = [];
      const sources: readonly Observable<{ readonly publication: number }>[] = topics;
      mergeTopics(...sources, { window }).subscribe((event) => seen.push(event));

      for (const event of events) topics[event.topic]?.next(event);

      const expected: (typeof events)[number][] = [];
      for (const event of events) if (expected.slice(-window).every(({ publication }) => publication !== event.publication)) expected.push(event);
      expect(seen).toEqual(expected);
    }), { numRuns: 500 });
  });

  it('remembers the last 256 publications, where nothing else is said', () => {
    const topic = new Subject<{ readonly publication: number }>();
    const seen: number[] = [];
    mergeTopics(topic).subscribe(({ publication }) => seen.push(publication));

    for (let publication = 1; publication <= 257; publication++) topic.next({ publication });
    topic.next({ publication: 2 });
    topic.next({ publication: 1 });

    expect(seen.slice(256)).toEqual([257, 1]);
  });
});
