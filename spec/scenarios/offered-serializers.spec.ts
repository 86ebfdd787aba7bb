/** What a transport of somebody's own offers: what its client speaks, where it was not told. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it } from '@jest/globals';
import { catchError, defer, firstValueFrom, map, throwError } from 'rxjs';
import { WebSocket, WebSocketServer } from 'ws';
import { createClient, join, rawSocket, webSocket, ws, type ClientOptions, type Serializer, type Transport } from '../../lib/node.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import { ipc, acceptIpc } from '../../lib/transports/ipc.ts';
import { longPoll } from '../../lib/transports/long-poll.ts';
import { acceptPort, messagePort, type PortLike } from '../../lib/transports/message-port.ts';
import { webSocketStream } from '../../lib/transports/websocket-stream.ts';
import { fakeProcesses } from '../support/port-pairs.ts';
import { closeSockets, onClose } from '../support/sockets.ts';

afterEach(closeSockets);

interface Offer {
  readonly subprotocols?: readonly string[];
}

const url = async (router: ListeningRouter, at: string): Promise<string> => (await router.listen(at)).url;

const WAYS: readonly (readonly [name: string, open: (router: ListeningRouter, offer: Offer) => Transport | Promise<Transport>])[] = [
  ['ws', async (router, offer) => ws(await url(router, 'ws://127.0.0.1:0/ws'), offer)],
  ['webSocket', async (router, offer) => webSocket(await url(router, 'ws://127.0.0.1:0/ws'), { ...offer, WebSocket })],
  ['webSocketStream', async (router, offer) => webSocketStream(await url(router, 'ws://127.0.0.1:0/ws'), { ...offer, WebSocket })],
  ['rawSocket', async (router, offer) => rawSocket(await url(router, 'rs://127.0.0.1:0'), offer)],
  ['longPoll', async (router, offer) => longPoll(await url(router, 'http://127.0.0.1:0/lp'), offer)],
  ['messagePort', (router, offer) => {
    const { port1, port2 } = new MessageChannel();
    onClose(() => port1.close());
    acceptPort(port2 as PortLike, { subprotocols: router.subprotocols }).subscribe((connection) => router.attach(connection, { type: 'port' }));
    return messagePort(port1 as PortLike, offer);
  }],
  ['ipc', (router, offer) => {
    const [parent, child] = fakeProcesses('advanced');
    acceptIpc(child, { subprotocols: router.subprotocols }).subscribe((connection) => router.attach(connection, { type: 'ipc' }));
    return ipc(parent, offer);
  }],
];

function routerOf(): ListeningRouter {
  const router = createRouter({ realms: { realm1: {} } });
  onClose(() => router.close({ drain: 0 }));
  return router;
}

/** What is spoken in a session over the transport. */
async function spoken(transport: Transport, options: Partial<ClientOptions> = {}): Promise<string> {
  const client = createClient({ transport, realm: 'realm1', retry: { maxAttempts: 0 }, ...options });
  onClose(() => client.close());
  return (await client.connect()).subprotocol;
}

/** A server of WebSockets that has none of what it is offered, and remembers it. */
async function refusing(): Promise<{ readonly at: string; readonly offers: readonly (readonly string[])[] }> {
  const offers: (readonly string[])[] = [];
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: (names) => { offers.push([...names]); return false; } });
  onClose(() => new Promise((resolve) => { server.close(resolve); }));
  await once(server, 'listening');
  return { at: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, offers };
}

describe.each(WAYS)('a transport made by %s', (_name, open) => {
  it.each<[string, Offer, readonly Serializer[]]>([
    ['wamp.2.cbor', {}, [cbor()]],
    ['wamp.2.msgpack', {}, [msgpack()]],
    ['wamp.2.cbor', { subprotocols: ['wamp.2.cbor'] }, [json(), cbor()]],
  ])('speaks %s where it is told %j', async (subprotocol, offer, serializers) => {
    expect(await spoken(await open(routerOf(), offer), { serializers })).toBe(subprotocol);
  });

  it('offers JSON to whoever asks for nothing else', async () => {
    const transport = await open(routerOf(), {});

    const spokenFirst = await firstValueFrom(transport.pipe(map(({ subprotocol }) => subprotocol)));

    expect(spokenFirst).toBe('wamp.2.json');
  });
});

describe('a transport that was not told what to offer', () => {
  it.each([[[cbor(), json()]], [[json(), msgpack()]]])('offers what its client speaks, best first (%#)', async (serializers) => {
    const { at, offers } = await refusing();

    await expect(spoken(ws(at), { serializers })).rejects.toThrow('subprotocol');

    expect(offers).toEqual([serializers.map(({ subprotocol }) => subprotocol)]);
  });

  it('offers all that createClient speaks by itself', async () => {
    const { at, offers } = await refusing();

    await expect(spoken(ws(at))).rejects.toThrow('subprotocol');

    expect(offers).toEqual([['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor', 'wamp.2.ubjson']]);
  });

  it('offers the serializers of join', async () => {
    const joined = join(rawSocket(await url(routerOf(), 'rs://127.0.0.1:0')), { realm: 'realm1', serializers: [cbor(), json()] });

    expect(await firstValueFrom(joined.pipe(map(({ details }) => details.subprotocol)))).toBe('wamp.2.cbor');
  });

  it('may serve two clients that speak different languages', async () => {
    const transport = ws(await url(routerOf(), 'ws://127.0.0.1:0/ws'));

    expect([await spoken(transport, { serializers: [msgpack()] }), await spoken(transport, { serializers: [cbor()] })]).toEqual(['wamp.2.msgpack', 'wamp.2.cbor']);
  });

  it('offers JSON behind operators, which know nothing of it', async () => {
    const at = await url(routerOf(), 'ws://127.0.0.1:0/ws');
    const transport = throwError(() => new Error('blocked')).pipe(catchError(() => ws(at)));

    expect(await spoken(transport, { serializers: [cbor(), json()] })).toBe('wamp.2.json');
    expect(await spoken(defer(() => ws(at, { subprotocols: ['wamp.2.cbor'] })), { serializers: [cbor(), json()] })).toBe('wamp.2.cbor');
  });

  it('ends the client where it can offer none of them', async () => {
    const transport = rawSocket(await url(routerOf(), 'rs://127.0.0.1:0'));
    const unknown: Serializer = { ...json(), subprotocol: 'wamp.2.smoke' };

    await expect(spoken(transport, { serializers: [unknown], retry: {} })).rejects.toMatchObject({ message: 'subprotocols must have one that RawSocket has a number for, got wamp.2.smoke' });
  });
});
