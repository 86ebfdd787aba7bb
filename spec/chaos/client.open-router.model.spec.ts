/**
 * A client before a router that answers late, out of turn, twice, wrongly or not at all, takes back what it gave, babbles, breaks the protocol,
 * and says GOODBYE and ABORT for every reason, while the line fails and the user goes on as in client.model.spec.ts. The router knows
 * what it did, and the client has to know as much.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LinkedClientOptions } from '../../lib/testing/index.ts';
import type { Uri } from '../../lib/types.ts';
import type { Faults } from '../support/client-model/faults.ts';
import { matches } from '../support/client-model/matching.ts';
import { OpenRouter, type OpenRouterOptions } from '../support/client-model/open-router.ts';
import {
  TOPICS, clientPlan, greetings, networkStep, routerStep, stepsOf, userStep, whims, type NetworkStep, type RouterStep, type SpoilStep, type UserStep,
} from '../support/client-model/plan.ts';
import { playThrough, type Plan, type Stage, type World } from '../support/client-model/play-through.ts';
import type { PlayedClient } from '../support/client-model/played-client.ts';

const RUNS = Number(process.env['CLIENT_RUNS'] ?? 1000);
const SEED = Number(process.env['CLIENT_SEED'] ?? 20261121);

interface OpenPlan extends Plan<RouterStep> {
  readonly router: Pick<OpenRouterOptions, 'whims' | 'greetings' | 'dialect'>;
}

/** A router with one client and a mind of its own. */
class Whimsy implements World<RouterStep> {
  readonly options: LinkedClientOptions;
  readonly #router: OpenRouter;
  readonly #faults: Faults;
  readonly #topics: Uri[] = [];

  constructor({ after, now, faults }: Stage, options: OpenPlan['router']) {
    this.#router = new OpenRouter({ ...options, after, now, meanwhile: () => { for (const topic of TOPICS) this.#publish(topic, 2); } });
    this.#faults = faults;
    this.options = { transport: this.#router.transport, realm: 'realm1' };
    faults.isProvoked = options.greetings.some(({ answer }) => answer === 'nonsense');
  }

  play(step: RouterStep | UserStep | NetworkStep | SpoilStep): step is RouterStep {
    const router = this.#router;
    switch (step.do) {
      case 'router publishes':
        this.#publish(step.topic, step.count, step.retained);
        return true;
      case 'router fails':
        router.drop();
        this.#publish(step.topic, step.count);
        return true;
      case 'router dismisses':
        router.dismiss(step.type, step.reason, step.details);
        return true;
      case 'router revokes':
        router.revoke(step.what, step.at);
        return true;
      case 'router invokes':
        for (let count = 0; count < step.count; count++) router.invoke(step.at, step.progress);
        return true;
      case 'router interrupts':
        router.interrupt(step.at);
        return true;
      case 'router babbles':
        router.say(...step.list);
        return true;
      case 'router errs':
        this.#faults.isProvoked = true;
        router.raw(typeof step.what === 'string' ? step.what : JSON.stringify(step.what));
        return true;
      default: return false;
    }
  }

  missed(key: string, source: string, from: number, to: number): number | undefined {
    const at = source === 'others' ? this.#topics.slice(from + 1, to).findIndex((topic) => matches(key, topic)) : -1;
    return at < 0 ? undefined : from + 1 + at;
  }

  heal(): void {
    this.#router.isSober = true;
    // What will never be answered ends with its session.
    if (this.#router.owes) this.#router.drop();
  }

  compare({ client, isGone, wanted, ledger }: PlayedClient, faults: Faults): void {
    const { subscriptions, registrations, calls, open } = this.#router;
    const state = client.state.kind;
    if (!isGone && wanted.isAnything && state !== 'joined') faults.add(`${state} while something is wanted`);
    const has = `${open} open, subscribed to ${[...subscriptions].sort().join()}, ${registrations.length} registrations, ${calls} calls`;
    const should = isGone ? '0 open, subscribed to , 0 registrations, 0 calls' : `${Number(state === 'joined')} open, subscribed to ${wanted.subscriptions.join()}, ${wanted.registrations} registrations, 0 calls`;
    if (has !== should) faults.add(`router has ${has}, and should have ${should}`);
    if (!isGone && ledger.unanswered.length > 0) faults.add(`unanswered: ${ledger.unanswered.join()}`);
  }

  hangUp(): void {
    for (let at = 0; at < 100; at++) this.#router.interrupt(0);
  }

  leave(): void {}

  #publish(topic: Uri, count: number, isRetained = false): void {
    for (let n = 0; n < count; n++) this.#router.publish(topic, [this.#topics.push(topic) - 1, 'others'], isRetained);
  }
}

const plan: fc.Arbitrary<OpenPlan> = fc.record({
  client: clientPlan, seed: fc.nat(1000), router: fc.record({ whims, greetings, dialect: fc.constantFrom('specification', 'crossbar') }),
  steps: stepsOf(fc.oneof({ weight: 10, arbitrary: userStep }, { weight: 2, arbitrary: networkStep }, { weight: 6, arbitrary: routerStep })),
}) as fc.Arbitrary<OpenPlan>;

const play = (given: OpenPlan): void => expect(playThrough(given, (stage) => new Whimsy(stage, given.router))).toEqual([]);

describe('a client before a router that does as it likes', () => {
  it('is not misled, tells every loss and every end, once, and comes back as the table of reasons says', () => {
    fc.assert(fc.property(plan, play), { numRuns: RUNS, seed: SEED });
  });
});
