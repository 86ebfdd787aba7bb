/**
 * A user does whatever comes to mind, in whatever frame, to a client whose line is cut, mended, stalled, slow and jittery, and who may do more of
 * it from within every piece of news. Witnesses hold all of it to what went over the wire, and nothing may be left at the end.
 *
 * CLIENT_RUNS plays so many plans, CLIENT_SEED other ones.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, throwError } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import type { LinkedClient } from '../../lib/testing/index.ts';
import type { Uri } from '../../lib/types.ts';
import type { Faults } from '../support/client-model/faults.ts';
import { matches } from '../support/client-model/matching.ts';
import { OWN, clientPlan, networkStep, othersStep, spoilStep, stepsOf, userStep, type NetworkStep, type OthersStep, type SpoilStep, type UserStep } from '../support/client-model/plan.ts';
import { playThrough, type Plan, type Stage, type World } from '../support/client-model/play-through.ts';
import type { PlayedClient } from '../support/client-model/played-client.ts';

const RUNS = Number(process.env['CLIENT_RUNS'] ?? 800);
const SEED = Number(process.env['CLIENT_SEED'] ?? 20261121);

type Step = UserStep | NetworkStep | SpoilStep | OthersStep;

/** The embedded router with others who have joined it: they publish in the order of their numbers, and call and answer. */
class Realm implements World<OthersStep> {
  readonly options = {};
  readonly #router: Stage['router'];
  readonly #others: LinkedClient;
  readonly #topics: Uri[] = [];
  readonly #registrations: { unsubscribe(): void }[];
  readonly #calls: { unsubscribe(): void }[] = [];

  constructor({ client, router, cold }: Stage) {
    const others = client();
    const procedures: { readonly [uri: Uri]: () => unknown } = {
      'com.echo': () => 1, 'com.slow': () => cold('12ms (a|)'), 'com.count': () => cold('a 3ms b 3ms c 3ms |'), 'com.never': () => NEVER,
      'com.fails': () => throwError(() => new ApplicationError('com.refused')),
    };
    this.#router = router;
    this.#others = others;
    this.#registrations = Object.entries(procedures).map(([uri, procedure]) => others.register(uri, procedure).subscribe());
  }

  play(step: Step): step is OthersStep {
    switch (step.do) {
      case 'others publish':
        for (let count = 0; count < step.count; count++) this.#others.publish(step.topic, [this.#topics.push(step.topic) - 1, 'others']).subscribe();
        return true;
      case 'others call': {
        const [uri] = OWN[step.at % OWN.length]!;
        for (let count = 0; count < step.count; count++) this.#calls.push(this.#others.call(uri.endsWith('.') ? `${uri}x` : uri, [], { progress: step.progress }).subscribe({ error: () => {} }));
        return true;
      }
      case 'others abandon':
        this.#calls.at(step.at)?.unsubscribe();
        return true;
      default: return false;
    }
  }

  missed(key: string, source: string, from: number, to: number): number | undefined {
    const at = source === 'others' ? this.#topics.slice(from + 1, to).findIndex((topic) => matches(key, topic)) : -1;
    return at < 0 ? undefined : from + 1 + at;
  }

  heal(): void {}

  compare({ client, isGone, wanted, ledger }: PlayedClient, faults: Faults): void {
    const { sessions, subscriptions, registrations } = this.#router.stats();
    const state = client.state.kind;
    const theirs = this.#registrations.length;
    if (!isGone && wanted.isAnything && state !== 'joined') faults.add(`${state} while something is wanted`);
    const should = isGone ? [1, 0, theirs] : [1 + Number(state === 'joined'), wanted.subscriptions.length, theirs + wanted.registrations];
    if (`${sessions},${subscriptions},${registrations}` !== should.join()) faults.add(`router has ${sessions} sessions, ${subscriptions} subscriptions, ${registrations} registrations, and should have ${should.join()}`);
    const keys = [...ledger.subscriptions.values()].sort().join();
    if (keys !== (isGone ? '' : wanted.subscriptions.join())) faults.add(`subscribed to ${keys}, and should be to ${wanted.subscriptions.join()}`);
  }

  hangUp(): void {
    for (const call of this.#calls) call.unsubscribe();
  }

  leave(): void {
    for (const registration of this.#registrations) registration.unsubscribe();
    void this.#others.close();
  }
}

const planOf = (step: fc.Arbitrary<Step>): fc.Arbitrary<Plan<OthersStep>> => fc.record({ client: clientPlan, seed: fc.nat(1000), steps: stepsOf(step) });
const smooth = planOf(fc.oneof({ weight: 5, arbitrary: userStep }, { weight: 2, arbitrary: networkStep }, { weight: 2, arbitrary: othersStep }));
const rough = planOf(fc.oneof({ weight: 10, arbitrary: userStep }, { weight: 4, arbitrary: networkStep }, { weight: 4, arbitrary: othersStep }, { weight: 1, arbitrary: spoilStep }));

const play = (plan: Plan<OthersStep>): void => expect(playThrough(plan, (stage) => new Realm(stage))).toEqual([]);

describe('a client in the hands of its user', () => {
  it('has exactly that on the wire which is wanted, tells all that happened, once, and leaves nothing', () => {
    fc.assert(fc.property(smooth, play), { numRuns: RUNS, seed: SEED });
  });

  it('survives spoilt frames, and still tells each end once and leaves nothing', () => {
    fc.assert(fc.property(rough, play), { numRuns: Math.ceil(RUNS / 4), seed: SEED });
  });
});
