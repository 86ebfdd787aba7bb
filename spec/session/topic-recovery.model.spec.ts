/**
 * A router publishes, forgets, answers late, wrongly or not at all, and is cut off again and again, while observers come and go. Each of them
 * sees every publication once and in order from when it came, or is told, at the very place, that there is a gap.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Subscription } from 'rxjs';
import type { TopicSignal } from '../../lib/session/options.ts';
import { HistoryRouter, type HistoryBehaviour } from '../support/history-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const REFUSALS = ['wamp.error.history_unavailable', 'wamp.error.no_such_procedure', 'wamp.error.not_authorized', 'wamp.error.runtime_error'] as const;
const NONSENSE = [[['text']], [[{}]], [[[{ publication: 0 }]]], [[{ publication: 5, args: 'x' }]], [[{ publication: 5, details: [] }]], [[7, null]]] as const;

const dialect = fc.constantFrom('specification' as const, 'crossbar' as const, 'limitless' as const);
const trouble: fc.Arbitrary<Partial<HistoryBehaviour>> = fc.oneof(
  fc.record({ refusal: fc.constantFrom(...REFUSALS) }),
  fc.record({ nonsense: fc.constantFrom(...NONSENSE) }),
  fc.record({ keep: fc.nat(6) }),
  fc.record({ delay: fc.constantFrom(0, 5, 30, 100_000), late: fc.boolean() }),
  fc.constant({ refusal: undefined, nonsense: undefined, keep: 1000, delay: 0, late: false }),
);
const harmless = [
  { weight: 12, arbitrary: fc.record({ do: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('mend' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('come' as const), recovers: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('go' as const), at: fc.nat(5) }) },
] as const;
const harmful = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), to: trouble }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unstored' as const) }) },
] as const;
const wait = fc.constantFrom(0, 0, 1, 4, 30, 150);
const recover = fc.record({ limit: fc.integer({ min: 1, max: 6 }), maxHold: fc.integer({ min: 1, max: 12 }), timeout: fc.constantFrom(20, 300) });
const planOf = <S>(step: fc.Arbitrary<S>, given: fc.Arbitrary<{ limit: number; maxHold: number; timeout: number }>) => fc.record({
  dialect, recover: given, latency: fc.constantFrom(0, 0, 3), steps: fc.array(fc.record({ step, wait }), { minLength: 1, maxLength: 40, size: 'max' }),
});
const roughPlan = planOf(fc.oneof(...harmless, ...harmful), recover);
const gentlePlan = planOf(fc.oneof(...harmless), fc.record({ limit: fc.integer({ min: 500, max: 500 }), maxHold: fc.constant(500), timeout: fc.constant(300) }));
type Plan = typeof roughPlan extends fc.Arbitrary<infer P> ? P : never;

/** One observer, and what it was told. */
interface Seen {
  readonly recovers: boolean;
  readonly log: TopicSignal[];
  readonly subscription: Subscription;
}

const numberOf = (signal: TopicSignal): number => (signal.kind === 'event' ? Number(signal.event.args[0]) : -1);

/** What of a log may not be. */
function faultsOf({ recovers, log }: Seen, published: number, isOpen: boolean): string[] {
  const faults: string[] = [];
  let last: number | undefined;
  let [told, resuming, recovered, promised]: [boolean, boolean, number, number | undefined] = [false, false, 0, undefined];
  for (const [at, signal] of log.entries()) {
    if (signal.kind === 'event') {
      const n = numberOf(signal);
      if (last !== undefined && n <= last) faults.push(`${n} behind ${last}`);
      if (last !== undefined && n > last + 1 && !told) faults.push(`silence between ${last} and ${n}`);
      if (!signal.event.recovered && resuming) faults.push(`${n} came before it was said what was missed`);
      if (signal.event.recovered && !recovers) faults.push(`${n} was recovered for one who did not ask`);
      if (signal.event.recovered) recovered += 1;
      [last, told] = [n, false];
      continue;
    }
    if (signal.kind === 'subscribed' || signal.kind === 'suspended') {
      if (signal.kind === 'suspended' && promised !== undefined && recovered > promised) faults.push(`${recovered} recovered of ${promised}`);
      if (signal.kind === 'subscribed') resuming = at > 0 && log.slice(0, at).some(({ kind }) => kind === 'subscribed');
      [recovered, promised] = [0, undefined];
      continue;
    }
    if (!resuming && log.slice(0, at).some(({ kind }) => kind === 'subscribed') && promised !== undefined) faults.push(`${signal.kind} twice`);
    if (signal.kind === 'recovered' && signal.count !== recovered) faults.push(`${recovered} recovered of ${signal.count}`);
    promised = signal.kind === 'recovered' ? signal.count : signal.recovered;
    resuming = false;
    if (signal.kind === 'gap') told = true;
  }
  if (!isOpen) return faults;
  if (resuming) faults.push('it was never said what was missed');
  if (promised !== undefined && recovered !== promised) faults.push(`${recovered} recovered of ${promised} in the end`);
  if (last !== undefined && last !== published - 1 && !told) faults.push(`silence behind ${last} of ${published}`);
  return faults;
}

function play({ dialect, recover, latency, steps }: Plan, check: (seen: readonly Seen[], router: HistoryRouter) => void): void {
  tidyMarbles(({ client: clientOf, at }) => {
    const router = new HistoryRouter({ dialect }, latency);
    const client = clientOf({ transport: router.transport, retry: { initialDelay: 10, maxDelay: 10 }, idleClose: 5 });
    const seen: Seen[] = [];
    const come = (recovers: boolean): void => {
      const log: TopicSignal[] = [];
      seen.push({ recovers, log, subscription: client.topicStatus('com.x', recovers ? { recover } : {}).subscribe((signal) => log.push(signal)) });
    };
    const act = (step: Plan['steps'][number]['step']): unknown => {
      switch (step.do) {
        case 'publish': return Array.from({ length: step.count }, () => router.publish());
        // What no history keeps nobody can tell of, unless it arrives.
        case 'unstored': return latency === 0 && router.subscribed && router.pending === 0 ? router.publish(false) : undefined;
        case 'cut': return router.cut();
        case 'mend': return router.mend();
        case 'restart': return router.restart();
        case 'come': return come(step.recovers);
        case 'go': return seen.filter(({ subscription }) => !subscription.closed)[step.at]?.subscription.unsubscribe();
        case 'change': return Object.assign(router.behaviour, step.to);
      }
    };
    come(true);
    let now = 0;
    for (const { step, wait: ms } of steps) at(now += ms, () => act(step));
    at(now += 1, () => {
      router.mend();
      Object.assign(router.behaviour, { delay: 0 });
    });
    at(now += 1000, () => router.publish());
    at(now += 20, () => {
      check(seen, router);
      void client.close();
    });
    at(now + 100, () => expect([router.open, router.pending]).toEqual([0, 0]));
  });
}

describe('Topics in front of a router with a history', () => {
  it('tells each observer of every publication, once and in order, or of the gap', () => {
    fc.assert(fc.property(roughPlan, (plan) => play(plan, (seen, router) => {
      const faults = seen.flatMap((one, at) => faultsOf(one, router.published, !one.subscription.closed).map((fault) => `observer ${at}: ${fault}`));
      expect(faults).toEqual([]);
      expect(router.pending).toBe(0);
    })), { numRuns: 300 });
  });

  it('has no gap where the history has everything', () => {
    fc.assert(fc.property(gentlePlan, (plan) => play(plan as Plan, (seen) => {
      for (const { recovers, log } of seen) {
        if (!recovers) continue;
        const gaps = log.filter((signal) => signal.kind === 'gap');
        expect(gaps.filter(({ reason }) => reason !== 'unanchored')).toEqual([]);
      }
    })), { numRuns: 100 });
  });
});
