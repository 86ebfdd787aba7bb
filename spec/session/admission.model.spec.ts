import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Admission, type AdmissionOptions, type Applicant, type Strategy } from '../../lib/session/admission.ts';

const KEYS = 3;

const options: fc.Arbitrary<AdmissionOptions> = fc.record({
  strategy: fc.constantFrom<Strategy>('merge', 'concat', 'switch', 'exhaust'),
  concurrency: fc.constantFrom(1, 2, 3, Infinity),
  queue: fc.constantFrom(0, 1, 3, 100),
});

/** An invocation that is asked for. Its answer may come at once, and may bring another one along. */
interface Ask {
  readonly key: number;
  readonly isBrief: boolean;
  readonly follower: Ask | undefined;
}

const ask: fc.Arbitrary<Ask> = fc.letrec<{ ask: Ask }>((tie) => ({
  ask: fc.record({ key: fc.nat(KEYS - 1), isBrief: fc.boolean(), follower: fc.option(tie('ask'), { nil: undefined, maxDepth: 2 }) }),
})).ask;
const which = fc.nat(20);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ask' as const), ask }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('interrupt' as const), which }) },
);

type State = 'new' | 'waiting' | 'running' | 'leaving' | 'answered' | 'superseded' | 'interrupted' | 'refused';

/** One that was asked for, and what becomes of it. Every change of state is a legal one. */
class Job implements Applicant {
  state: State = 'new';
  readonly ask: Ask;
  readonly #world: World;

  constructor(world: World, given: Ask) {
    this.#world = world;
    this.ask = given;
  }

  start(): void {
    expect(['new', 'waiting']).toContain(this.state);
    this.#world.expectTurnOf(this);
    this.state = 'running';
    this.#world.expectLimits();
    if (this.ask.isBrief) this.end('answered');
  }

  supersede(): void {
    expect(this.#world.options.strategy).toBe('switch');
    this.end('superseded');
  }

  refuse(): void {
    expect(this.state).toBe('new');
    this.state = 'refused';
    this.#world.expectNoRoomFor(this);
  }

  /** As an invocation ends: it leaves, the answer goes out and may bring another one along, it is cleaned up, those that wait move up. */
  end(how: 'answered' | 'superseded' | 'interrupted'): void {
    expect(['waiting', 'running', 'new']).toContain(this.state);
    const runs = this.state === 'running';
    // A superseded one has been stopped, and only owes its answer.
    this.state = runs && how !== 'superseded' ? 'leaving' : how;
    this.#world.admission.leave(this);
    if (this.ask.follower !== undefined) this.#world.admit(this.ask.follower);
    this.state = how;
    this.#world.admission.left(this);
  }
}

/** All that were asked for, in the order they came: the admission is held to what can be read from this list alone. */
class World {
  readonly options: AdmissionOptions;
  readonly admission: Admission<Job>;
  readonly jobs: Job[] = [];

  constructor(given: AdmissionOptions) {
    this.options = given;
    this.admission = new Admission(given);
  }

  admit(given: Ask): void {
    const job = new Job(this, given);
    this.jobs.push(job);
    this.admission.admit(job, given.key);
    if (job.state === 'new') job.state = 'waiting';
  }

  in(...states: readonly State[]): readonly Job[] {
    return this.jobs.filter(({ state }) => states.includes(state));
  }

  expectLimits(): void {
    // A superseded one has been stopped, and only owes its answer.
    const running = this.in('running', 'leaving').map(({ ask: { key } }) => key);
    expect(running.length).toBeLessThanOrEqual(this.options.concurrency);
    if (this.options.strategy !== 'merge') expect(new Set(running).size).toBe(running.length);
    expect(this.in('waiting').length).toBeLessThanOrEqual(this.options.queue + this.in('leaving').length);
  }

  /** Whoever waits and came before either has a key that is taken, or has had its turn. */
  expectTurnOf(job: Job): void {
    const taken = new Set(this.in('running', 'leaving').map(({ ask: { key } }) => key));
    const before = this.jobs.slice(0, this.jobs.indexOf(job)).filter(({ state }) => state === 'waiting');
    // With switch a newer one takes the place of its older one.
    if (this.options.strategy === 'switch' && this.in('superseded').some(({ ask: { key } }) => key === job.ask.key)) return;
    expect(before.filter(({ ask: { key } }) => this.options.strategy === 'merge' || !taken.has(key))).toEqual([]);
  }

  expectNoRoomFor(job: Job): void {
    const { strategy, concurrency, queue } = this.options;
    const same = this.in('running', 'waiting').some(({ ask: { key } }) => key === job.ask.key);
    if (strategy === 'exhaust' && same) return;
    // A newer one has the place of its older one already while that is being answered: it cannot be told here whether it runs or waits.
    if (this.in('new').some((other) => other !== job)) return;
    const isBlocked = (strategy === 'concat' && same) || this.in('running').length >= concurrency || this.in('waiting', 'leaving').length > 0;
    expect([isBlocked, this.in('waiting').length >= queue]).toEqual([true, true]);
  }

  /** Nobody waits for nothing, and nothing is remembered of those who have left. */
  expectSettled(): void {
    this.expectLimits();
    const [running, waiting] = [this.in('running'), this.in('waiting')];
    const keys = new Set(running.map(({ ask: { key } }) => key));
    if (running.length < this.options.concurrency) expect(waiting.filter(({ ask: { key } }) => this.options.strategy !== 'concat' || !keys.has(key))).toEqual([]);
    expect(this.admission.sizes).toMatchObject({ running: running.length, waiting: waiting.length });
    expect(this.admission.sizes.keys).toBeLessThanOrEqual(running.length + waiting.length);
  }
}

describe('Admission', () => {
  it('keeps its limits and its order, whatever is asked for and ends, and remembers nothing in the end', () => {
    fc.assert(fc.property(options, fc.array(step, { maxLength: 60 }), (given, steps) => {
      const world = new World(given);

      for (const current of steps) {
        const open = world.in('running', 'waiting');
        if (current.do === 'ask') world.admit(current.ask);
        else if (current.do === 'interrupt') open[current.which % open.length]?.end('interrupted');
        else world.in('running')[current.which % world.in('running').length]?.end('answered');
        world.expectSettled();
      }
      for (let left = world.in('running', 'waiting'); left.length > 0; left = world.in('running', 'waiting')) left[0]?.end('interrupted');

      expect(world.admission.sizes).toEqual({ running: 0, waiting: 0, keys: 0 });
      expect(world.in('new')).toEqual([]);
    }), { numRuns: 500 });
  });
});
