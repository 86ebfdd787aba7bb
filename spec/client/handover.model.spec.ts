import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asyncScheduler } from 'rxjs';
import type { TopicSignal } from '../../lib/session/options.ts';
import { wampMarbles } from '../../lib/testing/index.ts';

const TOPICS = ['com.a', 'com.b'] as const;
const START = 200;
const END = 5000;

type Act =
  | { readonly is: 'publish'; readonly topic: number }
  | { readonly is: 'hand over' }
  | { readonly is: 'call' }
  | { readonly is: 'latency'; readonly ms: number; readonly jitter: number }
  | { readonly is: 'come' | 'go'; readonly topic: number }
  | { readonly is: 'cut' };

const topic = fc.nat({ max: TOPICS.length - 1 });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ is: fc.constant('publish' as const), topic }) },
  { weight: 3, arbitrary: fc.constant<Act>({ is: 'hand over' }) },
  { weight: 2, arbitrary: fc.constant<Act>({ is: 'call' }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('latency' as const), ms: fc.nat({ max: 20 }), jitter: fc.nat({ max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constantFrom('come' as const, 'go' as const), topic }) },
);
const timed = (acts: fc.Arbitrary<Act>): fc.Arbitrary<readonly (readonly [number, Act])[]> => fc.array(fc.tuple(fc.nat({ max: 12 }), acts), { maxLength: 60 });

/** What an observer heard, and from which event on it was to hear all. */
interface Heard {
  readonly uri: string;
  readonly from: number;
  readonly signals: TopicSignal[];
}

interface Outcome {
  readonly heard: readonly Heard[];
  readonly published: ReadonlyMap<string, number>;
  readonly answered: number;
  readonly calls: number;
  readonly failed: number;
  readonly handovers: number;
}

/** Plays acts, each so many milliseconds after the one before. */
function play(acts: readonly (readonly [number, Act])[]): Outcome {
  const heard: Heard[] = [];
  const published = new Map<string, number>(TOPICS.map((uri) => [uri, 0]));
  let [answered, calls, failed, handovers] = [0, 0, 0, 0];
  wampMarbles(({ client, random, expectLeaks }) => {
    const chance = random();
    const shop = client({ retry: { initialDelay: 50, jitter: 'none' } });
    const press = client();
    shop.link.latency(5);
    void shop.connect();
    void press.connect();
    const observe = (uri: string): void => {
      const one: Heard = { uri, from: published.get(uri) ?? 0, signals: [] };
      heard.push(one);
      const subscription = shop.topicStatus(uri).subscribe((signal) => one.signals.push(signal));
      leaving.push({ uri, leave: () => subscription.unsubscribe() });
    };
    const leaving: { uri: string; leave(): void }[] = [];
    const perform = (next: Act): void => {
      switch (next.is) {
        case 'publish': {
          const uri = TOPICS[next.topic] ?? TOPICS[0];
          published.set(uri, (published.get(uri) ?? 0) + 1);
          press.publish(uri, [published.get(uri)]).subscribe();
          return;
        }
        case 'hand over': return void shop.handover().subscribe({ next: () => { handovers += 1; }, error: () => {} });
        case 'call':
          calls += 1;
          shop.call('com.add', [1]).subscribe({ next: () => { answered += 1; }, error: () => { failed += 1; } });
          return;
        case 'latency': return shop.link.latency(next.ms, next.jitter);
        case 'come': return observe(TOPICS[next.topic] ?? TOPICS[0]);
        case 'go': {
          const at = Math.floor(chance() * leaving.length);
          return leaving.splice(at, 1)[0]?.leave();
        }
        case 'cut': {
          shop.link.cut();
          asyncScheduler.schedule(() => shop.link.restore(), 20);
        }
      }
    };
    press.register('com.add', ({ args: [n] }) => n).subscribe();
    for (const uri of TOPICS) observe(uri);
    let time = START;
    for (const [wait, next] of acts) {
      time += wait;
      asyncScheduler.schedule(() => perform(next), time);
    }
    asyncScheduler.schedule(() => {
      for (const { leave } of leaving) leave();
      void shop.close();
      void press.close();
    }, END);
    expectLeaks().toBeEmpty();
  }, { seed: 1 });
  return { heard, published, answered, calls, failed, handovers };
}

const numbersOf = ({ signals }: Heard): readonly number[] => signals.flatMap((signal) => (signal.kind === 'event' ? [signal.event.args[0] as number] : []));

describe('Client.handover, in any order of things', () => {
  it('loses nothing, brings nothing twice, and keeps the order', () => {
    fc.assert(fc.property(timed(act), (acts) => {
      const { heard, published, answered, calls } = play(acts);
      for (const one of heard) {
        const numbers = numbersOf(one);
        const [first] = numbers;
        expect(numbers).toEqual(numbers.map((_, index) => (first ?? 0) + index));
      }
      // The first two were there before anything was published, and at least one of them stays to the end where nobody goes.
      if (!acts.some(([, { is }]) => is === 'go')) for (const one of heard.slice(0, TOPICS.length)) expect(numbersOf(one)).toHaveLength(published.get(one.uri) ?? 0);
      expect(heard.flatMap(({ signals }) => signals.filter(({ kind }) => kind === 'gap'))).toEqual([]);
      expect(answered).toBe(calls);
    }), { numRuns: 100 });
  });

  it('says what was lost where lines are cut as well, and never brings anything twice', () => {
    fc.assert(fc.property(timed(fc.oneof({ weight: 12, arbitrary: act }, { weight: 1, arbitrary: fc.constant<Act>({ is: 'cut' }) })), (acts) => {
      const { heard, answered, failed, calls } = play(acts);
      for (const { signals } of heard) {
        let last: number | undefined;
        for (const signal of signals) {
          if (signal.kind === 'gap') last = undefined;
          if (signal.kind !== 'event') continue;
          const number = signal.event.args[0] as number;
          if (last !== undefined) expect(number).toBe(last + 1);
          last = number;
        }
        const numbers = signals.flatMap((signal) => (signal.kind === 'event' ? [signal.event.args[0] as number] : []));
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      }
      expect(answered + failed).toBe(calls);
    }), { numRuns: 100 });
  });
});
