/** The roads from a client to a router: one for each transport. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { defer, last, takeUntil } from 'rxjs';
import { WebSocket } from 'ws';
import type { ListenOptions, ListeningRouter } from '../../lib/router/node.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { longPoll } from '../../lib/transports/long-poll.ts';
import { acceptIpc, ipc } from '../../lib/transports/ipc.ts';
import { acceptPort, messagePort } from '../../lib/transports/message-port.ts';
import { rawSocket } from '../../lib/transports/rawsocket.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import { webSocket } from '../../lib/transports/websocket.ts';
import { ws } from '../../lib/transports/ws.ts';
import { CERTIFICATE } from './certificate.ts';
import { FORMATS, SINGLE_FORMATS, type Format, type FormatName } from './formats.ts';
import { fakeProcesses } from './port-pairs.ts';

export interface Road {
  readonly name: string;
  /** What the router calls it. */
  readonly type: string;
  /** How the router names who comes over it; `undefined` where it has no name for him. */
  readonly peer: RegExp | undefined;
  /** What can be spoken on it. */
  readonly formats: readonly Format[];
  /** What is spoken on it in `npm test`: enough that each road and each format is in it once. */
  readonly everyday: readonly FormatName[];
  /** Has a router take connections over it, and gives what dials it. Everything that it opens is gone when the router has closed. */
  open(router: ListeningRouter, serializer: Serializer): Promise<Transport>;
  /** The same in two steps, for roads of a network. */
  readonly network?: Network;
}

/** What goes through sockets. */
export interface Network {
  /** That of its URLs, with the colon. */
  readonly scheme: string;
  /** Has a router listen on this machine, and gives the URL. */
  readonly listen: (router: ListeningRouter) => Promise<string>;
  readonly dial: (url: string, subprotocols: readonly string[]) => Transport;
}

interface NetworkRoad extends Pick<Road, 'name' | 'type' | 'everyday'> {
  readonly peer?: RegExp;
  readonly formats?: readonly Format[];
  /** Where a router listens; asked anew each time. */
  readonly at: () => string;
  readonly listening?: () => ListenOptions;
  readonly dial: Network['dial'];
}

const TCP = /^tcp4:127\.0\.0\.1:\d+$/;

function network({ at, listening, dial, peer = TCP, formats = FORMATS, ...road }: NetworkRoad): Road {
  const listen: Network['listen'] = async (router) => (await router.listen(at(), listening?.())).url;
  return {
    ...road, peer, formats,
    network: { scheme: new URL(at()).protocol, listen, dial },
    open: async (router, { subprotocol }) => dial(await listen(router), [subprotocol]),
  };
}

/** No network at all. */
export const MEMORY: Road = {
  name: 'memory', type: 'memory', peer: undefined, formats: FORMATS,
  everyday: ['json', 'flatbuffers', 'cbor.batched', 'ubjson.batched', 'bjdata.batched'],
  open: async (router, { subprotocol }) => defer(() => router.link({ serializer: subprotocol })),
};

const trusting = { tls: { ca: CERTIFICATE.cert } };

// Its handshake has numbers for serializers, and none for those that batch.
const raw = { type: 'rawsocket', formats: SINGLE_FORMATS } as const;

/** Threads, whose router stands at the other end of a port. */
const PORT: Road = {
  name: 'messagePort', type: 'port', peer: undefined, formats: FORMATS, everyday: ['msgpack'],
  open: async (router, { subprotocol }) => messagePort(() => {
    const { port1, port2 } = new MessageChannel();
    if (router.isClosing) port2.close();
    else acceptPort(port2, { subprotocols: router.subprotocols }).subscribe((connection) => router.attach(connection, { type: 'port' }));
    return port1;
  }, { subprotocols: [subprotocol] }),
};

/** Processes, with JSON between them. */
const IPC: Road = {
  name: 'ipc', type: 'ipc', peer: undefined, formats: FORMATS, everyday: ['cbor'],
  open: async (router, { subprotocol }) => {
    const [parent, child] = fakeProcesses('json');
    const isClosed$ = router.sessions$.pipe(last());
    acceptIpc(parent, { subprotocols: router.subprotocols }).pipe(takeUntil(isClosed$)).subscribe((connection) => router.attach(connection, { type: 'ipc' }));
    return ipc(child, { subprotocols: [subprotocol], openTimeout: 1000 });
  },
};

let files = 0;

export const ROADS: readonly Road[] = [
  MEMORY,
  PORT,
  IPC,
  network({
    name: 'ws', type: 'websocket', everyday: ['json', 'json.batched'],
    at: () => 'ws://127.0.0.1:0/ws', dial: (url, subprotocols) => ws(url, { subprotocols }),
  }),
  network({
    name: 'ws over TLS', type: 'websocket', everyday: ['msgpack.batched', 'flatbuffers.batched'],
    at: () => 'wss://127.0.0.1:0/ws', listening: () => ({ tls: CERTIFICATE }), dial: (url, subprotocols) => ws(url, { subprotocols, ...trusting }),
  }),
  network({
    name: 'ws, compressed and in fragments', type: 'websocket', everyday: ['cbor'],
    at: () => 'ws://127.0.0.1:0/ws', listening: () => ({ compression: { threshold: 100 }, autoFragmentSize: 150 }),
    dial: (url, subprotocols) => ws(url, { subprotocols, compression: { threshold: 100, clientNoContextTakeover: true }, autoFragmentSize: 150 }),
  }),
  network({
    name: 'webSocket', type: 'websocket', everyday: ['cbor'],
    at: () => 'ws://127.0.0.1:0/ws', dial: (url, subprotocols) => webSocket(url, { subprotocols, WebSocket: WebSocket as unknown as typeof globalThis.WebSocket }),
  }),
  network({
    name: 'longPoll', type: 'longpoll', everyday: ['json.batched'],
    at: () => 'http://127.0.0.1:0/lp', listening: () => ({ longPoll: { silenceTimeout: 1000 } }), dial: (url, subprotocols) => longPoll(url, { subprotocols }),
  }),
  network({
    ...raw, name: 'rawSocket', everyday: ['msgpack'],
    at: () => 'rs://127.0.0.1:0', dial: (url, subprotocols) => rawSocket(url, { subprotocols }),
  }),
  network({
    ...raw, name: 'rawSocket over TLS', everyday: ['bjdata'],
    at: () => 'rss://127.0.0.1:0', listening: () => ({ tls: CERTIFICATE }), dial: (url, subprotocols) => rawSocket(url, { subprotocols, ...trusting }),
  }),
  network({
    ...raw, name: 'rawSocket of Unix', everyday: ['ubjson'], peer: /^unix:/,
    at: () => `rs+unix://${join(tmpdir(), `rxwamp-${process.pid}-${++files}.sock`)}`, dial: (url, subprotocols) => rawSocket(url, { subprotocols }),
  }),
];
