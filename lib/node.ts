/** The entry for Node: everything of index.ts, and a createClient that dials with `ws` and offers every serializer. */
import { clientOf } from './client/create-client.ts';
import type { Client } from './client/client.ts';
import type { ClientOptions } from './client/options.ts';
import { SERIALIZERS } from './serializers/all.ts';
import { ws } from './transports/ws.ts';

export { drainOnSignal } from './client/drain-on-signal.ts';
export type { DrainOnSignalOptions } from './client/drain-on-signal.ts';
export * from './index.ts';
export { ws } from './transports/ws.ts';

/**
 * Makes a {@link Client}: a WAMP session that comes back. Nothing is dialled before the first use, unless `lazy` is `false`.
 *
 * Throws TypeError, RangeError or InvalidUriError where an option cannot be right.
 */
export function createClient(options: ClientOptions): Client {
  return clientOf(options, { dial: ws, serializers: () => SERIALIZERS });
}
