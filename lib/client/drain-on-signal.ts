import { constants } from 'node:os';
import { Subscription, forkJoin } from 'rxjs';
import { isList } from '../protocol/fields.ts';
import { checkDuration } from '../session/checks.ts';
import type { Client } from './client.ts';
import type { DrainOptions } from './drain.ts';

/** Options of {@link drainOnSignal}. */
export interface DrainOnSignalOptions extends DrainOptions {
  /** @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
}

/**
 * Drains clients when the process is told to end, then ends it: with the exit code 128 + number of the signal (SIGTERM 143, SIGINT 130), as
 * shells and supervisors know it. A second signal ends it at once. Node only.
 *
 * Where somebody else listens to the signal the process is left to them: the exit code is set, and it ends when nothing keeps it up. It
 * exits instead of sending itself the signal once more, which in a container has no effect on the first process.
 *
 * Gives a Subscription that removes the listeners; they are also removed when all the clients are closed in another way.
 *
 * ```
 * signals          ----T-------------
 * client.drain()       a--b--|            a, b what remains
 * process          ----------x            exit code 143
 * ```
 *
 * ```ts
 * const client = createClient({ url, realm });
 * client.register('com.shop.order', order).subscribe();
 * drainOnSignal(client, { timeout: 10_000 });
 * ```
 */
export function drainOnSignal(clients: Client | readonly Client[], { signals = ['SIGTERM', 'SIGINT'], timeout }: DrainOnSignalOptions = {}): Subscription {
  checkDuration(timeout, 'timeout');
  for (const signal of signals) if (!(signal in constants.signals)) throw new TypeError(`signals must be names of signals, got ${String(signal)}`);
  const all: readonly Client[] = isList(clients) ? clients : [clients];
  const listening = new Subscription();
  let draining = false;
  const drain = (signal: NodeJS.Signals): void => {
    const code = 128 + constants.signals[signal];
    if (draining) process.exit(code);
    draining = true;
    listening.add(forkJoin(all.map((client) => client.drain({ timeout }))).subscribe({ complete: () => end(signal, code, listening) }));
  };
  for (const signal of signals) process.on(signal, drain);
  listening.add(() => { for (const signal of signals) process.off(signal, drain); });
  listening.add(forkJoin(all.map(({ state$ }) => state$)).subscribe({ complete: () => { if (!draining) listening.unsubscribe(); } }));
  return listening;
}

function end(signal: NodeJS.Signals, code: number, listening: Subscription): void {
  listening.unsubscribe();
  if (process.listenerCount(signal) > 0) process.exitCode = code;
  else process.exit(code);
}
