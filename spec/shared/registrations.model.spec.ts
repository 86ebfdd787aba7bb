import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { createClient } from '../../lib/index.ts';
import { MessageType, type WampList } from '../../lib/protocol/messages.ts';
import { createRouter, type Router } from '../../lib/router/index.ts';
import { RawPeer, dial, join } from '../support/raw-peer.ts';
import { hubOf, type HubAtHand } from '../support/tabs.ts';

const { CALL, ERROR, INVOCATION, REGISTER, REGISTERED, RESULT, UNREGISTER, UNREGISTERED, YIELD } = MessageType;
const POLICIES = ['single', 'first', 'last', 'roundrobin', 'random'] as const;
type Policy = (typeof POLICIES)[number];

const TABS = [0, 1, 2] as const;
const SLOW_MS = 15;

/** What a tab does with a call: answers at once or later, declines always, or declines where its number is even. */
type Mood = 'now' | 'late' | 'busy' | 'picky';

type Step =
  | { readonly kind: 'register' | 'unregister'; readonly tab: number; readonly policy: Policy }
  | { readonly kind: 'call'; readonly policy: Policy; readonly mood: Mood }
  | { readonly kind: 'cut'; readonly tab: number };

const procedureOf = (policy: Policy): string => `com.by.${policy}`;

/** A tab, which knows of itself what it was answered. */
class ModelTab {
  readonly registrations = new Map<Policy, unknown>();
  readonly name: number;
  isCut = false;
  readonly #asked = new Map<number, Policy>();
  readonly #peer: RawPeer;
  readonly #scene: Scene;
  #last = 0;

  constructor(name: number, scene: Scene) {
    this.name = name;
    this.#scene = scene;
    this.#peer = dial(scene.shared.transport);
    this.#peer.onList = (list) => this.#hear(list);
    this.#peer.hello('realm1');
  }

  register(policy: Policy): void {
    this.#asked.set(++this.#last, policy);
    this.#peer.send([REGISTER, this.#last, policy === 'single' ? {} : { invoke: policy }, procedureOf(policy)]);
  }

  unregister(policy: Policy): void {
    const id = this.registrations.get(policy);
    if (id === undefined) return;
    this.#asked.set(++this.#last, policy);
    this.#peer.send([UNREGISTER, this.#last, id]);
  }

  cut(): void {
    this.isCut = true;
    for (const policy of POLICIES) this.#lose(policy);
    this.#peer.cut();
  }

  #hear(list: WampList): void {
    const [type, request, third] = list;
    const policy = this.#asked.get(request as number);
    if (type === INVOCATION) this.#invoked(request as number, (list[4] as readonly Mood[])[0]!);
    else if (type === REGISTERED && policy !== undefined) this.#gain(policy, third);
    else if (type === UNREGISTERED && policy !== undefined) this.#lose(policy);
    else if (type === ERROR && request === REGISTER) this.#scene.refusals.push(list[4]);
  }

  #invoked(request: number, mood: Mood): void {
    const declines = mood === 'busy' || (mood === 'picky' && this.name % 2 === 0);
    const answer = declines ? [ERROR, INVOCATION, request, {}, 'wamp.error.unavailable'] as const : [YIELD, request, {}, [this.name]] as const;
    if (mood === 'late') this.#scene.scheduler.schedule(() => this.#peer.send(answer), SLOW_MS);
    else this.#peer.send(answer);
  }

  #gain(policy: Policy, id: unknown): void {
    this.registrations.set(policy, id);
    this.#scene.order.get(policy)!.push(this.name);
  }

  #lose(policy: Policy): void {
    if (!this.registrations.delete(policy)) return;
    const names = this.#scene.order.get(policy)!;
    names.splice(names.indexOf(this.name), 1);
  }
}

/** A router, a hub with three tabs, and somebody outside who calls. */
class Scene {
  readonly scheduler = new VirtualTimeScheduler();
  readonly router: Router = createRouter({ realms: { realm1: {} }, scheduler: this.scheduler });
  readonly shared: HubAtHand;
  /** Who has registered, as they were told, in that order. */
  readonly order = new Map<Policy, number[]>(POLICIES.map((policy) => [policy, []]));
  readonly refusals: unknown[] = [];
  readonly tabs: readonly ModelTab[];
  readonly #caller: RawPeer;
  #calls = 0;

  constructor() {
    const { router, scheduler } = this;
    this.shared = hubOf(createClient({ transport: router.link({ latency: 5, scheduler }), realm: 'realm1', scheduler, idleClose: 1e6 }), { latency: 2, scheduler });
    this.tabs = TABS.map((name) => new ModelTab(name, this));
    this.#caller = join(router.link({ latency: 1, scheduler }));
  }

  /** What each call was answered with, in the order they were made; the number of a tab, or an error. */
  get answers(): readonly unknown[] {
    const { received } = this.#caller;
    return Array.from({ length: this.#calls }, (_, at) => received.flatMap((list) => {
      if (list[0] === RESULT && list[1] === at + 1) return [(list[3] as readonly unknown[])[0]];
      return list[0] === ERROR && list[2] === at + 1 ? [list[4]] : [];
    })).map((answers) => (answers.length === 1 ? answers[0] : answers));
  }

  call(policy: Policy, mood: Mood): void {
    this.#caller.send([CALL, ++this.#calls, {}, procedureOf(policy), [mood]]);
  }

  /** Calls so many times, one after the other, and gives the answers. */
  asked(policy: Policy, mood: Mood, times: number): readonly unknown[] {
    const before = this.#calls;
    for (let at = 0; at < times; at++) {
      this.call(policy, mood);
      this.run(100);
    }
    return this.answers.slice(before);
  }

  play(step: Step): void {
    if (step.kind === 'call') return this.call(step.policy, step.mood);
    const tab = this.tabs[step.tab]!;
    if (tab.isCut) return;
    if (step.kind === 'cut') tab.cut();
    else if (step.kind === 'register') tab.register(step.policy);
    else tab.unregister(step.policy);
  }

  /** Runs until nothing is under way, or for so long. */
  run(ms: number): void {
    this.scheduler.maxFrames = this.scheduler.frame + ms;
    this.scheduler.flush();
  }
}

const policy = fc.constantFrom(...POLICIES);
const tab = fc.constantFrom(...TABS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('register' as const), tab, policy }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('unregister' as const), tab, policy }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('call' as const), policy, mood: fc.constantFrom<Mood>('now', 'late', 'busy', 'picky') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut' as const), tab }) },
);

const REFUSALS = ['wamp.error.canceled', 'wamp.error.unavailable', 'wamp.error.no_available_callee', 'wamp.error.no_such_procedure'];

function expectTurns(scene: Scene, which: Policy, holders: readonly number[]): void {
  const answers = scene.asked(which, 'now', holders.length * 2);
  if (which === 'first' || which === 'single') expect(answers).toEqual(answers.map(() => holders[0]));
  else if (which === 'last') expect(answers).toEqual(answers.map(() => holders.at(-1)));
  else if (which === 'random') expect(holders).toEqual(expect.arrayContaining([...answers]));
  else for (let at = 0; at <= holders.length; at++) expect(new Set(answers.slice(at, at + holders.length))).toEqual(new Set(holders));
}

describe('SharedRegistrations, whatever tabs do and when', () => {
  it('has one registration for each procedure that a tab has, answers every call once, and keeps to the policies', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat({ max: 12 }), step), { maxLength: 30 }), (steps) => {
      const scene = new Scene();
      const { router, shared, scheduler, tabs, order } = scene;
      let at = 40;
      for (const [pause, each] of steps) {
        at += pause;
        scheduler.schedule(() => scene.play(each), at);
      }
      scene.run(at + 200);

      const held = POLICIES.filter((each) => order.get(each)!.length > 0);
      const sharedOnes = held.filter((each) => each !== 'single');
      expect(router.stats()).toMatchObject({ registrations: held.length, pendingCalls: 0 });
      expect(shared.hub.census()).toMatchObject({
        'registrations of tabs': held.length, 'shared registrations of tabs': sharedOnes.length, 'procedures asked for by tabs': 0, 'invocations of tabs': 0,
      });
      expect(order.get('single')!.length).toBeLessThan(2);
      expect(new Set(scene.refusals)).toEqual(new Set(scene.refusals.length > 0 ? ['wamp.error.procedure_already_exists'] : []));
      for (const answer of scene.answers) expect([...TABS, ...REFUSALS]).toContain(answer);

      for (const each of held) {
        const holders = order.get(each)!;
        expectTurns(scene, each, holders);
        expect(REFUSALS).toContain(scene.asked(each, 'busy', 1)[0]);
        expect(holders.includes(1) ? [1] : REFUSALS).toContain(scene.asked(each, 'picky', 1)[0]);
      }

      for (const each of tabs) if (!each.isCut) each.cut();
      scene.run(100);
      expect(router.stats()).toMatchObject({ registrations: 0, pendingCalls: 0 });
      expect(shared.hub.census()).toMatchObject({ tabs: 0, 'registrations of tabs': 0, 'shared registrations of tabs': 0, 'invocations of tabs': 0 });
    }), { numRuns: 100 });
  });

  it('shares among all tabs that ask, however close together', () => {
    fc.assert(fc.property(fc.array(fc.nat({ max: 12 }), { minLength: 3, maxLength: 3 }), fc.constantFrom<Policy>('first', 'last', 'roundrobin', 'random'), (pauses, which) => {
      const scene = new Scene();
      scene.run(40);
      pauses.forEach((pause, name) => scene.scheduler.schedule(() => scene.tabs[name]!.register(which), pause));
      scene.run(200);

      expect(new Set(scene.order.get(which))).toEqual(new Set(TABS));
      expect(scene.refusals).toEqual([]);
      expect(scene.router.stats().registrations).toBe(1);
    }), { numRuns: 50 });
  });
});
