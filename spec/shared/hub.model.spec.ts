import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { createClient } from '../../lib/index.ts';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { createRouter, type Router } from '../../lib/router/index.ts';
import { RawPeer, dial } from '../support/raw-peer.ts';
import { hubOf, type HubAtHand } from '../support/tabs.ts';

const { SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED, PUBLISH, EVENT } = MessageType;
const TOPICS = ['com.a', 'com.b'] as const;
type Topic = (typeof TOPICS)[number];

type Step =
  | { readonly kind: 'subscribe' | 'publish'; readonly tab: number; readonly topic: Topic; readonly retained: boolean }
  | { readonly kind: 'unsubscribe'; readonly tab: number; readonly topic: Topic }
  | { readonly kind: 'cut'; readonly tab: number };

/** What a tab knows of itself, from what it was answered. */
class ModelTab {
  readonly subscriptions = new Map<Topic, unknown>();
  readonly events: unknown[] = [];
  readonly #asked = new Map<number, { readonly topic: Topic; readonly id?: unknown }>();
  readonly #peer: RawPeer;
  #last = 0;
  isCut = false;

  constructor(peer: RawPeer) {
    this.#peer = peer;
    peer.onList = (list) => this.#hear(list);
    peer.hello('realm1');
  }

  subscribe(topic: Topic, retained: boolean): void {
    this.#asked.set(++this.#last, { topic });
    this.#peer.send([SUBSCRIBE, this.#last, retained ? { get_retained: true } : {}, topic]);
  }

  unsubscribe(topic: Topic): void {
    const id = this.subscriptions.get(topic);
    if (id === undefined) return;
    this.#asked.set(++this.#last, { topic, id });
    this.#peer.send([UNSUBSCRIBE, this.#last, id]);
  }

  publish(topic: Topic, what: unknown): void {
    this.#peer.send([PUBLISH, ++this.#last, {}, topic, [what]]);
  }

  cut(): void {
    this.isCut = true;
    this.subscriptions.clear();
    this.#peer.cut();
  }

  #hear([type, request, ...rest]: WampList): void {
    const asked = this.#asked.get(request as number);
    if (type === SUBSCRIBED && asked !== undefined) this.subscriptions.set(asked.topic, rest[0]);
    if (type === UNSUBSCRIBED && asked !== undefined) this.subscriptions.delete(asked.topic);
    if (type === EVENT) this.events.push((rest[2] as readonly unknown[])[0]);
  }
}

interface Stage {
  readonly router: Router;
  readonly shared: HubAtHand;
  readonly scheduler: VirtualTimeScheduler;
  readonly tabs: readonly ModelTab[];
}

function stage(): Stage {
  const scheduler = new VirtualTimeScheduler();
  const router = createRouter({ realms: { realm1: {} }, scheduler });
  const shared = hubOf(createClient({ transport: router.link({ latency: 5, scheduler }), realm: 'realm1', scheduler, idleClose: 1e6 }), { latency: 2, scheduler });
  const tabs = [0, 1, 2].map(() => new ModelTab(dial(shared.transport)));
  return { router, shared, scheduler, tabs };
}

function play({ tabs }: Stage, step: Step, at: number): void {
  const tab = tabs[step.tab]!;
  if (tab.isCut) return;
  if (step.kind === 'subscribe') tab.subscribe(step.topic, step.retained);
  else if (step.kind === 'unsubscribe') tab.unsubscribe(step.topic);
  else if (step.kind === 'publish') tab.publish(step.topic, at);
  else tab.cut();
}

/** Runs until nothing is under way, or for so long. */
function run({ scheduler }: Stage, ms: number): void {
  scheduler.maxFrames = scheduler.frame + ms;
  scheduler.flush();
}

const topic = fc.constantFrom(...TOPICS);
const tab = fc.nat({ max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('subscribe' as const), tab, topic, retained: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), tab, topic }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('publish' as const), tab, topic, retained: fc.constant(false) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), tab }) },
);

describe('Hub, whatever tabs do and when', () => {
  it('has one subscription for each topic that a tab has, and none besides', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat({ max: 12 }), step), { maxLength: 30 }), (steps) => {
      const scene = stage();
      const { router, shared, scheduler, tabs } = scene;
      let at = 40;
      for (const [pause, each] of steps) {
        at += pause;
        const when = at;
        scheduler.schedule(() => play(scene, each, when), at);
      }
      run(scene, at + 200);

      const wanted = TOPICS.filter((each) => tabs.some(({ subscriptions }) => subscriptions.has(each)));
      expect(router.stats().subscriptions).toBe(wanted.length);
      expect(shared.hub.census()).toMatchObject({ 'subscriptions of tabs': wanted.length, 'topics of tabs': wanted.length, 'publications of tabs': 0, 'held events of tabs': 0 });

      const before = tabs.map(({ events }) => events.length);
      const living = tabs.findIndex(({ isCut }) => !isCut);
      for (const each of TOPICS) tabs[living]?.publish(each, each);
      run(scene, 100);
      tabs.forEach(({ events, subscriptions, isCut }, index) => {
        const hears = !isCut && index !== living;
        const wantedHere = TOPICS.filter((each) => hears && subscriptions.has(each));
        expect(events.slice(before[index])).toHaveLength(wantedHere.length);
        expect(new Set(events.slice(before[index]))).toEqual(new Set(wantedHere));
      });

      for (const each of tabs) if (!each.isCut) each.cut();
      run(scene, 100);
      expect([router.stats().subscriptions, shared.hub.tabs]).toEqual([0, 0]);
    }), { numRuns: 150 });
  });

  it('gives an event to every other tab that has the topic, once, in order, and never to who published it', () => {
    const publication = fc.tuple(fc.nat({ max: 12 }), tab, topic);
    fc.assert(fc.property(fc.array(publication, { maxLength: 20 }), (publications) => {
      const scene = stage();
      const { scheduler, tabs } = scene;
      run(scene, 40);
      for (const each of tabs) for (const one of TOPICS) each.subscribe(one, false);
      run(scene, 100);
      let at = 0;
      publications.forEach(([pause, who, what], index) => {
        at += pause;
        scheduler.schedule(() => tabs[who]!.publish(what, index), at);
      });
      run(scene, at + 200);

      tabs.forEach(({ events }, who) => {
        for (const each of TOPICS) {
          const ofTopic = (index: unknown): boolean => publications[index as number]?.[2] === each;
          expect(events.filter(ofTopic)).toEqual(publications.flatMap(([, by], index) => (by === who ? [] : [index])).filter(ofTopic));
        }
      });
    }), { numRuns: 100 });
  });
});
