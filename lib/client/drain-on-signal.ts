import { Subscription, forkJoin } from 'rxjs';
import { isList } from '../protocol/fields.ts';
import { checkDuration } from '../session/checks.ts';
import type { Client } from './client.ts';
import type { DrainOptions } from './drain.ts';
import { STOPPING, checkSignals, endBy, exitCodeOfSignal, signalsOf } from './signals.ts';

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
export function drainOnSignal(clients: Client | readonly Client[], { signals = STOPPING, timeout }: DrainOnSignalOptions = {}): Subscription {
  checkDuration(timeout, 'timeout');
  checkSignals(signals);
  const all: readonly Client[] = isList(clients) ? clients : [clients];
  const listening = new Subscription();
  let draining = false;
  listening.add(signalsOf(signals).subscribe((signal) => {
    if (draining) process.exit(exitCodeOfSignal(signal));
    draining = true;
    listening.add(forkJoin(all.map((client) => client.drain({ timeout }))).subscribe({
      complete: () => {
        listening.unsubscribe();
        endBy(signal);
      },
    }));
  }));
  listening.add(forkJoin(all.map(({ state$ }) => state$)).subscribe({ complete: () => { if (!draining) listening.unsubscribe(); } }));
  return listening;
}
