import type { VirtualTimeScheduler } from 'rxjs';
import { addUp, type Census } from '../census.ts';
import type { Client } from '../client/client.ts';
import type { Router } from '../router/router.ts';

/** Something that was left behind. */
export interface Leak {
  /** Who has it: `client 1`, `client 2`, ... in the order they were given, `router`, or `timers`. */
  readonly owner: string;
  /** What it is: `topic keys`, `sessions`, `open CALL`, ...; of a timer when it is due, in milliseconds of its scheduler. */
  readonly what: string;
  /** How many of them, 1 or more. */
  readonly count: number;
}

/** Where {@link leaksOf} looks. What is left out is not looked at. */
export interface Suspects {
  readonly clients?: readonly Client[] | undefined;
  readonly router?: Router | undefined;
  /** The time of the test: what is still to happen on it is a timer that nobody stopped. */
  readonly scheduler?: VirtualTimeScheduler | undefined;
}

/** Something was left behind after a test, and is still there. */
export class LeaksError extends Error {
  override readonly name = 'LeaksError';
  readonly code = 'leaks';
  readonly leaks: readonly Leak[];

  constructor(leaks: readonly Leak[]) {
    const lines = leaks.map(({ owner, what, count }) => `\n  ${owner}: ${what}: expected 0, got ${count}`);
    super(`nothing must be left behind, got ${leaks.length} kinds of leaks${lines.join('')}`);
    this.leaks = leaks;
  }
}

/**
 * What is left in clients, in their router and on their scheduler: subscriptions, registrations, open requests, running invocations,
 * connections, sessions, timers, and whatever else stands in a table of theirs. Empty where there is nothing.
 *
 * Nothing is counted before this is called, and nothing is changed by it. Call it once time has passed for what was undone last:
 * an UNSUBSCRIBE takes a way there and back, and a lazy client hangs up `idleClose` after its last use. In `TestScheduler.run()` call it
 * in an action, since the run does not end before the last timer; in one of the TestScheduler itself, `scheduler.schedule(…)`, since a
 * timer of another scheduler is still entered there while it fires. A client that was told to `connect()` is a leak until it is closed, as
 * is a router that listens.
 *
 * ```ts
 * leaksOf({ clients: [client], router }); // => [{ owner: 'client 1', what: 'topic keys', count: 1 }, { owner: 'router', what: 'sessions', count: 1 }, ...]
 * ```
 */
export function leaksOf({ clients = [], router, scheduler }: Suspects): readonly Leak[] {
  return [
    ...clients.flatMap((client, at) => leaksIn(`client ${at + 1}`, client.census())),
    ...(router === undefined ? [] : leaksIn('router', router.census())),
    ...(scheduler === undefined ? [] : leaksIn('timers', timersOf(scheduler))),
  ];
}

/**
 * Throws {@link LeaksError} where anything is left: see {@link leaksOf}.
 *
 * ```ts
 * expectNoLeaks({ clients: [client], router, scheduler });
 * // LeaksError: nothing must be left behind, got 2 kinds of leaks
 * //   client 1: topic keys: expected 0, got 1
 * //   timers: due at 2000: expected 0, got 1
 * ```
 */
export function expectNoLeaks(suspects: Suspects): void {
  const leaks = leaksOf(suspects);
  if (leaks.length > 0) throw new LeaksError(leaks);
}

function leaksIn(owner: string, census: Census): readonly Leak[] {
  return Object.entries(census).filter(([, count]) => count !== 0).map(([what, count]) => ({ owner, what, count }));
}

// The delay of an action in virtual time is the time at which it is due.
function timersOf({ actions }: VirtualTimeScheduler): Census {
  return addUp(...actions.map(({ delay }) => ({ [`due at ${delay}`]: 1 })));
}
