/** The entry for Node: everything of index.ts, and a createClient that dials with `ws` or `rawSocket` and offers every serializer. */
import { clientOf, type ClientRuntime } from './client/create-client.ts';
import type { Client } from './client/client.ts';
import type { ClientOptions } from './client/options.ts';
import { SERIALIZERS } from './serializers/all.ts';
import { rawSocket } from './transports/rawsocket.ts';
import { RAW_SOCKET_SCHEMES, WEB_SOCKET_SCHEMES, parseUrl } from './transports/url.ts';
import { ws } from './transports/ws.ts';

export { drainOnSignal } from './client/drain-on-signal.ts';
export type { DrainOnSignalOptions } from './client/drain-on-signal.ts';
export * from './index.ts';
export { rawSocket } from './transports/rawsocket.ts';
export type { RawSocketOptions } from './transports/rawsocket.ts';
export { ws } from './transports/ws.ts';

const SCHEMES = [...WEB_SOCKET_SCHEMES, ...RAW_SOCKET_SCHEMES];

const dial: ClientRuntime['dial'] = (url, options) => (RAW_SOCKET_SCHEMES.includes(parseUrl(url, SCHEMES).scheme) ? rawSocket : ws)(url, options);

/**
 * Makes a {@link Client}: a WAMP session that comes back. Nothing is dialled before the first use, unless `lazy` is `false`.
 *
 * Throws TypeError, RangeError or InvalidUriError where an option cannot be right.
 */
export function createClient(options: ClientOptions): Client {
  return clientOf(options, { dial, schemes: SCHEMES, serializers: () => SERIALIZERS });
}
