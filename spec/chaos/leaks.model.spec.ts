/**
 * Users do whatever they like to clients whose lines are cut and mended, and then let go of everything: nothing may be left, neither in the
 * clients, nor in any session they had, nor in the router, nor on the clock.
 *
 * The clock is given to everything by hand: TestScheduler.run() fails where one timer stops another that is due at the same time.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, Observable, Subscription, VirtualTimeScheduler, interval, map, of, take, throwError, timer, type SchedulerLike } from 'rxjs';
import { addUp, type Census } from '../../lib/census.ts';
import type { Client } from '../../lib/client/client.ts';
import type { MatchPolicy } from '../../lib/protocol/uri.ts';
import { createRouter } from '../../lib/router/index.ts';
import type { RouterOptions } from '../../lib/router/options.ts';
import type { RegisterOptions } from '../../lib/session/options.ts';
import type { Session } from '../../lib/session/session.ts';
import { expectNoLeaks, leaksOf } from '../../lib/testing/leaks.ts';
import { linkedClient, type LinkedClient } from '../../lib/testing/linked-client.ts';
import type { Uri } from '../../lib/types.ts';

const TOPICS: readonly (readonly [Uri, MatchPolicy])[] = [
  ['com.a', 'exact'], ['com.ab', 'exact'], ['com.refused', 'exact'], ['com.a', 'prefix'], ['com.ab', 'prefix'], ['', 'prefix'], ['com..x', 'wildcard'], ['com.a.', 'wildcard'],
];
const PROCEDURES: readonly (readonly [Uri, RegisterOptions])[] = [
  ['com.p', {}], ['com.p', { invoke: 'roundrobin' }], ['com.p', { match: 'prefix', onStop: 'interrupt' }], ['com..q', { match: 'wildcard' }], ['com.refused', {}],
];
/** What a procedure may answer with. All come to an end but the last, which has to be interrupted. */
const ANSWERS: readonly ((clock: SchedulerLike) => unknown)[] = [
  () => 1,
  (clock) => timer(20, clock).pipe(map(() => 1)),
  (clock) => interval(5, clock).pipe(take(4)),
  () => throwError(() => new Error('failed')),
  () => of(1n << 60n),
  () => NEVER,
];
const CALLED = ['com.p', 'com.p.more', 'com.x.q', 'com.nobody', 'com.refused'] as const;
/** What there is of a client that stays connected, in itself and in the router, and uses nothing. */
const OF_CONNECTED: ReadonlySet<string> = new Set(['sessions', 'held by connect()', 'lives', 'connections', 'session ids', 'callers and callees', 'counted sessions']);
/** Longer than everything that is waited for. */
const SETTLED = 40_000;

/** Allows everything but what is called refused; takes its time about some, and fails about others while it is out of sorts. */
const optionsOf = (scheduler: SchedulerLike, isOutOfSorts: () => boolean): RouterOptions => ({
  scheduler,
  realms: { realm1: { authorize: (_session, action, uri) => {
    if (action === 'subscribe' && isOutOfSorts()) throw new Error('out of sorts');
    if (uri === 'com.ab' || uri === 'com.p.more') return timer(7, scheduler).pipe(map(() => true));
    return uri !== 'com.refused';
  } } },
});

const who = { client: fc.nat(1) };
const onSession = fc.boolean();
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('subscribe' as const), ...who, topic: fc.nat(TOPICS.length - 1), grace: fc.constantFrom(0, 0, 25), status: fc.boolean(), onSession }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('register' as const), ...who, procedure: fc.nat(PROCEDURES.length - 1), answer: fc.nat(ANSWERS.length - 1), onSession }) },
  { weight: 6, arbitrary: fc.record({
    do: fc.constant('call' as const), ...who, procedure: fc.constantFrom(...CALLED), progress: fc.boolean(), timeout: fc.constantFrom(0, 0, 10, 60),
    mode: fc.constantFrom('kill' as const, 'killnowait' as const), onSession, unwritable: fc.constantFrom(false, false, false, true),
  }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('publish' as const), ...who, acknowledge: fc.boolean(), topic: fc.constantFrom('com.a', 'com.ab', 'com.refused', 'com.c.x'), onSession }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('watch' as const), ...who }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('undo' as const), at: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('connect' as const), ...who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), ...who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const), ...who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('mend' as const), ...who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), ...who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('mood' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const steps = fc.array(fc.record({ step, wait: fc.constantFrom(0, 0, 0, 1, 4, 11, 40, 160) }), { minLength: 1, maxLength: 40 });
const plan = fc.record({
  latencies: fc.tuple(fc.constantFrom(0, 3), fc.constantFrom(0, 3)),
  offline: fc.constantFrom('wait' as const, 'fail' as const),
  idleClose: fc.constantFrom(0, 30),
  queue: fc.constantFrom({ limit: 2 }, {}),
  steps,
  // What is done from within the news of a state, and how often at most.
  onState: fc.array(fc.record({ kind: fc.constantFrom('idle', 'connecting', 'joined', 'waiting', 'draining'), step }), { maxLength: 4 }),
  // What is done from within the end of something else.
  onEnd: fc.array(step, { maxLength: 4 }),
  end: fc.constantFrom('unsubscribe' as const, 'close clients' as const, 'close router' as const),
});
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never;

/** Plays the steps of a plan, and remembers what is to be undone. */
class Users {
  readonly #clock: SchedulerLike;
  readonly #clients: readonly LinkedClient[];
  readonly #opened: Subscription[] = [];
  readonly #sessions = new Set<Session>();
  readonly #held = new Set<Client>();
  readonly #onEnd: Step[];
  isOutOfSorts = false;
  isOver = false;

  constructor(clock: SchedulerLike, clients: readonly LinkedClient[], { onState, onEnd }: Plan) {
    this.#clock = clock;
    this.#clients = clients;
    this.#onEnd = [...onEnd];
    const left = [...onState];
    for (const client of clients) {
      client.errors$.subscribe();
      client.state$.subscribe((state) => {
        if (state.kind === 'joined') this.#sessions.add(state.session);
        const at = left.findIndex(({ kind }) => kind === state.kind);
        if (at >= 0 && !this.isOver) this.play(left.splice(at, 1)[0]!.step);
      });
    }
  }

  /** Clients that were told to stay connected, and do. */
  get connected(): readonly Client[] {
    return [...this.#held].filter(({ state: { kind } }) => kind === 'joined');
  }

  holds(client: Client): boolean {
    return this.#held.has(client);
  }

  /** What is in the sessions there were: how many there still are, and nothing else. */
  get sessions(): Census {
    const sum = addUp({ sessions: 0 }, ...[...this.#sessions].map((session) => session.census()));
    return Object.fromEntries(Object.entries(sum).filter(([what, count]) => what === 'sessions' || count !== 0));
  }

  play(step: Step): void {
    if (step.do === 'undo') return this.#opened.splice(step.at % Math.max(1, this.#opened.length), 1)[0]?.unsubscribe();
    if (step.do === 'mood') {
      this.isOutOfSorts = !this.isOutOfSorts;
      return;
    }
    const client = this.#clients[step.client]!;
    const verbs = 'onSession' in step && step.onSession && client.state.kind === 'joined' ? client.state.session : client;
    switch (step.do) {
      case 'subscribe': {
        const [uri, match] = TOPICS[step.topic]!;
        const { grace } = step;
        return this.#open(step.status ? verbs.topicStatus(uri, { match, grace }) : verbs.topic(uri, { match, grace }));
      }
      case 'register': {
        const [uri, options] = PROCEDURES[step.procedure]!;
        return this.#open(verbs.register(uri, () => ANSWERS[step.answer]!(this.#clock), options));
      }
      case 'call': {
        const { progress, timeout, mode } = step;
        return this.#open(verbs.call(step.procedure, step.unwritable ? [1n << 60n] : [], { progress, timeout, cancelMode: mode }));
      }
      case 'publish': return this.#open(verbs.publish(step.topic, [], { acknowledge: step.acknowledge }));
      case 'watch': return this.#open(client.session$);
      case 'connect':
        this.#held.add(client);
        return void client.connect().catch(() => {});
      case 'close': return void client.close();
      case 'cut': return client.link.cut();
      case 'mend': return client.link.restore();
      case 'leave': return client.state.kind === 'joined' ? this.#open(client.state.session.leave()) : undefined;
    }
  }

  /** Lets go of everything. */
  finish(): void {
    this.isOver = true;
    this.isOutOfSorts = false;
    for (const { link } of this.#clients) link.restore();
    for (const opened of this.#opened.splice(0)) opened.unsubscribe();
  }

  #open(source: Observable<unknown>): void {
    const ended = (): void => {
      const next = this.isOver ? undefined : this.#onEnd.shift();
      if (next !== undefined) this.play(next);
    };
    this.#opened.push(source.subscribe({ error: ended, complete: ended }));
  }
}

function play(plan: Plan): void {
  const { latencies, offline, idleClose, queue, steps, end } = plan;
  const scheduler = new VirtualTimeScheduler();
  const router = createRouter(optionsOf(scheduler, () => users.isOutOfSorts));
  const retry = { initialDelay: 50, maxDelay: 400 };
  const clients = latencies.map((latency) => linkedClient(
    { retry, offline, idleClose, queue }, { realm: 'realm1', transport: router.link({ latency }), scheduler, chance: () => Math.random },
  ));
  const users = new Users(scheduler, clients, plan);
  let now = 0;
  const at = (ms: number, act: () => void): void => { scheduler.schedule(act, ms); };
  for (const { step, wait } of steps) at(now += wait, () => users.play(step));
  at(now += 5, () => {
    if (end === 'close clients') for (const client of clients) void client.close();
    if (end === 'close router') void router.close();
  });
  at(now += 5, () => users.finish());

  at(now + SETTLED, () => {
    const { connected } = users;
    expect(users.sessions).toEqual({ sessions: connected.length });
    expect(leaksOf({ clients: connected }).every(({ what }) => OF_CONNECTED.has(what))).toBe(true);
    expect(leaksOf({ router }).filter(({ what }) => connected.length === 0 || !OF_CONNECTED.has(what))).toEqual([]);
    // Where the router is gone, who was told to stay connected tries for ever.
    const left = clients.filter((client) => !connected.includes(client) && !(end === 'close router' && users.holds(client)));
    expectNoLeaks({ clients: left });
    if (end !== 'close router') expectNoLeaks({ scheduler });
    for (const client of clients) void client.close();
    at(10, () => expectNoLeaks({ clients, router, scheduler }));
  });
  scheduler.flush();
}

describe('clients that are used, cut and let go of', () => {
  it('leave nothing behind, in themselves, in their sessions, in the router or on the clock', () => {
    fc.assert(fc.property(plan, play), { numRuns: Number(process.env['LEAK_RUNS'] ?? 300) });
  });
});
