import { asyncScheduler, config } from 'rxjs';
import { WampError } from '../../../lib/errors.ts';
import { leaksOf, wampMarbles, type LinkedClientOptions, type MarbleHelpers } from '../../../lib/testing/index.ts';
import { Faults } from './faults.ts';
import { PlayedClient } from './played-client.ts';
import type { ClientPlan, NetworkStep, SpoilStep, Timed, UserStep } from './plan.ts';
import type { Published } from './topic-witness.ts';

/** One run. */
export interface Plan<S> {
  readonly client: ClientPlan;
  readonly seed: number;
  readonly steps: readonly Timed<S | UserStep | NetworkStep | SpoilStep>[];
}

/** What a run needs besides of virtual time. */
export interface Stage extends Pick<MarbleHelpers, 'client' | 'router' | 'cold'> {
  readonly faults: Faults;
  readonly now: () => number;
  readonly after: (ms: number, act: () => void) => void;
}

/** Everybody but the client. */
export interface World<S> extends Pick<Published, 'missed'> {
  /** How the client gets there. */
  readonly options: LinkedClientOptions;
  /** Does a step of its own; `false` where it is none. */
  play(step: S | UserStep | NetworkStep | SpoilStep): step is S;
  /** From here on it does nothing that could disturb. */
  heal(): void;
  /** Says what is not as the client should have it by now. */
  compare(played: PlayedClient, faults: Faults): void;
  /** Lets go of what it wants of the client. */
  hangUp(): void;
  leave(): void;
}

/** Longer than all that is waited for. */
const SETTLED = 3000;
const RETRY = { initialDelay: 50, maxDelay: 400, stableAfter: 300 } as const;
const TIMEOUTS = { join: 200, leave: 100 } as const;
/** What there is of a client that stays connected and uses nothing. */
const OF_CONNECTED: ReadonlySet<string> = new Set(['sessions', 'held by connect()', 'lives']);

/** Plays a plan, then lets everything come to rest, then end, and gives back what may not be. */
export function playThrough<S>({ client, seed, steps }: Plan<S>, worldOf: (stage: Stage) => World<S>): readonly string[] {
  const faults = new Faults();
  // Consumer functions have no other way to hear of an error.
  config.onUnhandledError = (error: unknown) => { if (!(error instanceof WampError)) faults.add(String(error)); };
  // Of the many errors of a run nobody reads the stack.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    wampMarbles((helpers) => {
      const after = (ms: number, act: () => void): void => { helpers.cold(`${ms}ms |`).subscribe({ complete: act }); };
      const stage: Stage = { ...helpers, faults, after, now: () => asyncScheduler.now() };
      run(stage, worldOf(stage), client, steps);
      helpers.expectLeaks().toBeEmpty();
    }, { seed });
  } finally {
    config.onUnhandledError = null;
    Error.stackTraceLimit = stackTraceLimit;
  }
  return faults.list;
}

function run<S>({ client, cold, faults, now, after }: Stage, world: World<S>, plan: ClientPlan, steps: Plan<S>['steps']): void {
  const { offline, queueLimit, idleClose, maxAttempts, isHeld } = plan;
  const retry = { ...RETRY, maxAttempts };
  const user = client({ ...world.options, offline, idleClose, queue: { limit: queueLimit }, retry, stableAfter: RETRY.stableAfter, timeouts: TIMEOUTS });
  const played = new PlayedClient({ client: user, plan, retry, faults, published: world, now, play: (marbles) => cold(marbles) });
  let at = 0;
  for (const { step, wait } of steps) after(at += wait, () => { if (!world.play(step)) played.play(step as UserStep | NetworkStep | SpoilStep); });
  after(at, () => {
    user.link.latency(0, 0);
    user.link.restore();
    world.heal();
  });
  after(at += SETTLED, () => {
    played.judge();
    if (!faults.isSpoilt) world.compare(played, faults);
    if (plan.ends === 'by closing' || faults.isSpoilt) played.close();
    played.leave();
    world.hangUp();
  });
  after(at + SETTLED, () => {
    played.judgeEnd();
    const left = leaksOf({ clients: [user] }).filter(({ what }) => !isHeld || !OF_CONNECTED.has(what));
    for (const { what, count } of left) faults.add(`${what} left: ${count}`);
    if (!played.isGone && user.state.kind !== (isHeld ? 'joined' : 'idle')) faults.add(`${user.state.kind} when nothing is wanted`);
    played.close();
    world.leave();
  });
}
