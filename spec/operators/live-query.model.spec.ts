import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Observable, Subject, VirtualTimeScheduler, type Subscriber } from 'rxjs';
import { liveQuery, type LiveSignal } from '../../lib/operators/live-query.ts';

/** What can happen, at any time: it does nothing where it cannot. */
type Step = 'publish' | 'deliver' | 'compute' | 'answer' | 'fail' | 'lose' | 'join' | 'skip' | 'tick';

const LIMIT = 3;

/** Versions 1, 2, 3, …: a state is the list of those that are in it. */
class World {
  readonly scheduler = new VirtualTimeScheduler();
  readonly emitted: (readonly number[])[] = [];
  readonly #topic = new Subject<LiveSignal<number>>();
  #version = 0;
  #subscribed = false;
  /** Events on their way. */
  #wire: number[] = [];
  /** The question that is open, and what is going to answer it. */
  #question: Subscriber<readonly number[]> | undefined;
  #answer: readonly number[] | undefined;
  /** Whether two questions have been open at once. */
  overlapped = false;

  constructor() {
    liveQuery({
      topic: this.#topic,
      snapshot: () => new Observable<readonly number[]>((subscriber) => {
        if (this.#question !== undefined) this.overlapped = true;
        this.#question = subscriber;
        this.#answer = undefined;
        subscriber.add(() => { if (this.#question === subscriber) this.#question = undefined; });
      }),
      reduce: (state, version) => [...state, version],
      versionOf: { state: (state) => state.length, event: (version) => version },
      limit: LIMIT,
      backoff: { initialDelay: 5, jitter: 'none' },
      scheduler: this.scheduler,
    }).subscribe((state) => this.emitted.push(state));
  }

  get truth(): readonly number[] { return Array.from({ length: this.#version }, (_, index) => index + 1); }

  step(step: Step): void {
    const steps: { readonly [S in Step]: () => void } = {
      publish: () => { this.#version += 1; if (this.#subscribed) this.#wire.push(this.#version); },
      deliver: () => { const event = this.#wire.shift(); if (event !== undefined) this.#topic.next({ kind: 'event', event }); },
      compute: () => { if (this.#question !== undefined) this.#answer ??= this.truth; },
      answer: () => { if (this.#answer !== undefined) this.#question?.next(this.#answer); },
      fail: () => this.#question?.error(new Error('refused')),
      lose: () => { if (this.#subscribed) this.#lose(); },
      join: () => { if (!this.#subscribed) this.#join(); },
      // An event is lost on the way, and somebody notices.
      skip: () => { if (this.#wire.shift() !== undefined) this.#topic.next({ kind: 'gap' }); },
      tick: () => this.scheduler.flush(),
    };
    steps[step]();
  }

  /** Everything that is due arrives. */
  settle(): void {
    this.step('join');
    for (const step of ['tick', 'compute', 'answer'] as const) this.step(step);
    // More held events than may be is a new question for each.
    while (this.#wire.length > 0 || this.#question !== undefined) for (const step of ['deliver', 'tick', 'compute', 'answer'] as const) this.step(step);
  }

  #lose(): void {
    this.#subscribed = false;
    this.#wire = [];
    this.#question?.error(new Error('lost'));
    this.#topic.next({ kind: 'suspended' });
  }

  #join(): void {
    this.#subscribed = true;
    this.#topic.next({ kind: 'subscribed' });
    if (this.emitted.length > 0) this.#topic.next({ kind: 'gap' });
  }
}

const steps = fc.array(fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<Step>('publish', 'deliver') },
  { weight: 2, arbitrary: fc.constantFrom<Step>('compute', 'answer', 'tick') },
  fc.constantFrom<Step>('fail', 'lose', 'join', 'skip'),
), { maxLength: 60 });

describe('liveQuery, by model', () => {
  it('shows the state of the publisher, whatever comes in between', () => {
    fc.assert(fc.property(steps, (drawn) => {
      const world = new World();
      for (const step of ['join', ...drawn] as const) world.step(step);

      world.settle();

      expect(world.emitted.at(-1)).toEqual(world.truth);
      expect(world.overlapped).toBe(false);
    }), { numRuns: 1000 });
  });

  it('shows no state that has never been, and none twice that is older', () => {
    fc.assert(fc.property(steps, (drawn) => {
      const world = new World();
      for (const step of ['join', ...drawn] as const) world.step(step);

      world.emitted.forEach((state, index) => {
        expect(state).toEqual(Array.from({ length: state.length }, (_, at) => at + 1));
        expect(state.length).toBeGreaterThanOrEqual(world.emitted[index - 1]?.length ?? 0);
      });
    }), { numRuns: 1000 });
  });
});
