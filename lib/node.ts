/** The entry for Node: everything of index.ts, and a createClient that dials with `ws`, `rawSocket` or `longPoll` and offers every serializer. */
import type { Subscription } from 'rxjs';
import { clientOf, type ClientRuntime } from './client/create-client.ts';
import type { Client } from './client/client.ts';
import { namedClients, type Known, type NamedClients, type NamedOptions } from './client/named-clients.ts';
import type { ClientOptions } from './client/options.ts';
import { runWith, type RunOptions } from './client/run.ts';
import type { ApiDefinition, NoApi } from './contract/api-types.ts';
import { SERIALIZERS_ON_DEMAND, withSerializerLoaded } from './serializers/on-demand.ts';
import { longPoll } from './transports/long-poll.ts';
import { isHttpUrl } from './transports/long-poll-url.ts';
import { rawSocket } from './transports/rawsocket.ts';
import { isRawUrl, parseNodeUrl } from './transports/rawsocket-url.ts';
import type { Transport } from './transports/transport.ts';
import { ws } from './transports/ws.ts';

export { drainOnSignal } from './client/drain-on-signal.ts';
export type { DrainOnSignalOptions } from './client/drain-on-signal.ts';
export type { ComponentWork } from './client/component.ts';
export type { RunOptions } from './client/run.ts';
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
  const { serializers = SERIALIZERS_ON_DEMAND, transport } = options;
  const loaded = (way: Transport): Transport => withSerializerLoaded(way, serializers);
  return clientOf(
    { ...options, serializers, transport: transport && loaded(transport) },
    { dial: (url, how) => loaded(dial(url, how)), checkUrl: parseNodeUrl, serializers: () => serializers },
  );
}

/**
 * Makes several clients at once: options of each by name, and what they have in common. Throws what {@link createClient} does; then none of them stays.
 *
 * ```ts
 * const { shop, audit } = createClients({ shop: { realm: 'shop', api: shopApi }, audit: { realm: 'audit' } }, { url: 'wss://example.com/ws' });
 * ```
 */
export function createClients<const C extends NamedOptions>(clients: C & Known<C>, defaults?: Partial<ClientOptions>): NamedClients<C> {
  return namedClients(createClient, clients, defaults);
}

/**
 * Runs a component: makes its clients, begins `main` when all of them are joined, and stops in order. Node only.
 *
 * It ends when `main` completes or fails, a client gives up, or the process gets one of `signals`. Then every client drains, up to `timeout`:
 * procedures are unregistered and topics unsubscribed, invocations and handlers come to their end, and the client leaves and disconnects. A second signal ends
 * the process at once. The exit code is
 *
 * - 0 where `main` came to its end, or all clients were closed
 * - 1 where `main` failed or a client gave up; the error is printed
 * - 128 + number of the signal (SIGTERM 143, SIGINT 130)
 *
 * After a signal the process exits, unless somebody else listens to the signal; in other cases the exit code is set, and the process ends when nothing
 * keeps it up. Gives a Subscription that stops it: the clients are closed, and the process is left alone.
 *
 * Throws TypeError, RangeError or InvalidUriError where an option cannot be right.
 *
 * ```ts
 * run({
 *   defaults: { url: 'wss://example.com/ws', auth: ticket({ authid: 'till', ticket: process.env['TICKET'] ?? '' }) },
 *   clients: { shop: { realm: 'shop', api: shopApi }, audit: { realm: 'audit' } },
 *   main: ({ shop, audit }) => merge(shop.serve(tills), shop.topic('com.shop.sold').pipe(publishTo(audit, 'com.audit.sold'))),
 * });
 * ```
 */
export function run<const C extends NamedOptions>(options: RunOptions<C>): Subscription {
  return runWith(createClient, options);
}
