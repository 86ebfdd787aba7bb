import { portCarrier } from '../transports/port-carrier.ts';
import { dialPort } from '../transports/port-line.ts';
import { readPortDialOptions, type MessagePortOptions } from '../transports/port-options.ts';
import type { Transport } from '../transports/transport.ts';

/** Options of {@link sharedWorker}. */
export type SharedWorkerOptions = Omit<MessagePortOptions, 'subprotocols'>;

/**
 * A transport to the session that a SharedWorker shares by `shareSession()`: all tabs of an origin that have it have one session together.
 *
 * While the worker has no session a tab waits to be welcomed, and tries again: it dials no network, so that a short `retry.maxDelay` costs nothing.
 *
 * A worker that is gone, as one that has crashed, is known by its Web Lock; the client comes back to the next one if the worker is made by a
 * function. Errors with ConnectFailedError where the script cannot be run, or shares nothing in time. Throws RangeError at once where an
 * option is none.
 *
 * ```ts
 * const worker = () => new SharedWorker(new URL('worker.js', import.meta.url), { type: 'module' });
 * const client = createClient({ transport: sharedWorker(worker), realm: 'shop', retry: { maxDelay: 1000 } });
 * ```
 */
export function sharedWorker(worker: SharedWorker | (() => SharedWorker), options: SharedWorkerOptions = {}): Transport {
  const settings = readPortDialOptions(options);
  return dialPort(() => {
    const isMade = typeof worker === 'function';
    const one = isMade ? worker() : worker;
    return portCarrier(one.port, { owned: isMade, worker: one, sameOrigin: true });
  }, settings);
}
