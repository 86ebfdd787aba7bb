/** The entry for Node: everything of index.ts, and a createClient that dials with `ws`, `rawSocket` or `longPoll` and offers every serializer. */
import { clientOf, type ClientRuntime } from './client/create-client.ts';
import type { Client } from './client/client.ts';
import type { ClientOptions } from './client/options.ts';
import type { ApiDefinition, NoApi } from './contract/api-types.ts';
import { SERIALIZERS } from './serializers/all.ts';
import { longPoll } from './transports/long-poll.ts';
import { isHttpUrl } from './transports/long-poll-url.ts';
import { rawSocket } from './transports/rawsocket.ts';
import { isRawUrl, parseNodeUrl } from './transports/rawsocket-url.ts';
import { ws } from './transports/ws.ts';

export { drainOnSignal } from './client/drain-on-signal.ts';
export type { DrainOnSignalOptions } from './client/drain-on-signal.ts';
export * from './index.ts';
export { rawSocket } from './transports/rawsocket.ts';
export type { RawSocketOptions } from './transports/rawsocket.ts';
export type { HeadersOption } from './transports/request-headers.ts';
export { ws } from './transports/ws.ts';
export type { CompressionOptions } from './transports/ws-compression.ts';
export type { WsOptions } from './transports/ws-options.ts';
export type { UnexpectedResponse } from './transports/ws-refusal.ts';

const dial: ClientRuntime['dial'] = (url, options) => (isRawUrl(url) ? rawSocket : isHttpUrl(url) ? longPoll : ws)(url, options);

/**
 * Makes a {@link Client}: a WAMP session that comes back. Nothing is dialled before the first use, unless `lazy` is `false`.
 *
 * Throws TypeError, RangeError or InvalidUriError where an option cannot be right.
 */
export function createClient<D extends ApiDefinition = NoApi>(options: ClientOptions<D>): Client<D> {
  return clientOf(options, { dial, checkUrl: parseNodeUrl, serializers: () => SERIALIZERS });
}
