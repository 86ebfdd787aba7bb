import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler } from 'rxjs';
import { WebSocket } from 'ws';
import type { Listener } from '../../../lib/router/listeners/listener.ts';
import { listenWebSocket, type WebSocketListenOptions } from '../../../lib/router/listeners/websocket.ts';
import { HeartbeatLostError, TransportLostError } from '../../../lib/errors.ts';
import type { Connection } from '../../../lib/transports/transport.ts';
import { ws } from '../../../lib/transports/ws.ts';
import type { Dict } from '../../../lib/types.ts';
import { closeSockets, course, dial, onClose, openClient, receive } from '../../support/sockets.ts';

afterEach(closeSockets);

interface Accepted {
  readonly connection: Connection;
  readonly transport: Dict;
}

interface Started extends Pick<Listener, 'url' | 'close'> {
  readonly accepted: readonly Accepted[];
  accept(): Promise<Accepted>;
}

/** A listener on a free port, and the connections it accepts. */
async function start(options: Partial<WebSocketListenOptions> = {}, path = '/ws'): Promise<Started> {
  const accepted: Accepted[] = [];
  const waiting: ((next: Accepted) => void)[] = [];
  const listener = await listenWebSocket(`ws://127.0.0.1:0${path}`, {
    subprotocols: ['wamp.2.cbor', 'wamp.2.json'],
    accept: (connection, transport) => {
      accepted.push({ connection, transport });
      waiting.shift()?.({ connection, transport });
    },
    ...options,
  });
  onClose(() => {
    for (const { connection } of accepted) connection.error('the spec is over');
    return listener.close();
  });
  return {
    url: listener.url,
    close: () => listener.close(),
    accepted,
    accept: () => new Promise((resolve) => { waiting.push(resolve); }),
  };
}

/** The answer to an upgrade that is refused, or to a plain request. */
async function answerOf(url: string, headers: Record<string, string> = {}): Promise<{ status: number | undefined; body: string }> {
  const asking = request(url.replace('ws:', 'http:'), { headers });
  asking.end();
  const [response] = await once(asking, 'response') as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, body };
}

const upgrade = (subprotocol?: string) => ({
  Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  ...(subprotocol === undefined ? {} : { 'Sec-WebSocket-Protocol': subprotocol }),
});

describe('listenWebSocket', () => {
  it('accepts connections on the port it tells, with the first of its subprotocols that the client offers', async () => {
    const { url, accept } = await start();
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d*\/ws$/);

    const [{ connection, transport }, client] = await Promise.all([
      accept(),
      openClient(url, ['wamp.2.json', 'wamp.2.cbor', 'soap'], { headers: { Cookie: 'secret', Authorization: 'secret', 'X-Test': 'yes' } }),
    ]);

    expect(client.ws.protocol).toBe('wamp.2.cbor');
    expect(connection.subprotocol).toBe('wamp.2.cbor');
    expect(transport).toMatchObject({
      type: 'websocket', protocol: 'wamp.2.cbor', peer: `tcp4:127.0.0.1:${client.socket.localPort}`, path: '/ws', headers: { 'x-test': 'yes' },
    });
  });

  it('carries frames in both directions, those that came with the handshake included', async () => {
    const { url, accept } = await start({}, '/');
    const { port } = new URL(url);
    const socket = connectTcp(Number(port), '127.0.0.1');
    onClose(() => socket.destroy());
    const head = Object.entries({ Host: 'x', ...upgrade('wamp.2.json') }).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const hello = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
    socket.write(Buffer.concat([Buffer.from(`GET /?a=b HTTP/1.1\r\n${head}\r\n`), hello]));
    const { connection } = await accept();
    connection.subscribe({ next: (frame) => connection.next(`re ${String(frame)}`), error: () => {} });
    let received = '';
    for await (const chunk of socket) {
      received += (chunk as Buffer).toString('latin1');
      if (received.endsWith('re hi')) break;
    }

    expect(received).toMatch(/^HTTP\/1.1 101 /);
    expect(received.endsWith('\x81\x05re hi')).toBe(true);
  });

  it('serves the transport of the client', async () => {
    const { url, accept } = await start();
    const [{ connection: router }, { connection: client, end }] = await Promise.all([accept(), dial(ws(url))]);
    const heard = { router: course(router), client: course(client) };
    client.next('up');
    router.next('down');
    router.next(new Uint8Array([1, 2]));
    router.complete();

    expect(await heard.client).toEqual({ values: ['down', new Uint8Array([1, 2])], end: 'complete' });
    expect(await heard.router).toEqual({ values: ['up'], end: 'complete' });
    expect(await end).toBe('complete');
  });

  it.each([
    ['a subprotocol it does not speak', '/ws', upgrade('soap, wamp.2.xml'), 400,
      'Sec-WebSocket-Protocol must name one of wamp.2.cbor, wamp.2.json, got "soap, wamp.2.xml"\n'],
    ['no subprotocol', '/ws', upgrade(), 400, 'Sec-WebSocket-Protocol must name one of wamp.2.cbor, wamp.2.json, got ""\n'],
    ['another path', '/other', upgrade('wamp.2.json'), 404, 'no WebSocket at "/other"\n'],
    ['a handshake without a key', '/ws', { ...upgrade('wamp.2.json'), 'Sec-WebSocket-Key': 'short' }, 400,
      'Missing or invalid Sec-WebSocket-Key header'],
    ['a plain request', '/ws', {}, 426, 'this is a WAMP router: connect with a WebSocket\n'],
  ])('refuses %s', async (_, path, headers, status, body) => {
    const { url, accepted } = await start();
    expect(await answerOf(new URL(path, url).href, headers)).toEqual({ status, body });
    expect(accepted).toEqual([]);
  });

  it('holds pages to the origins that are allowed, and asks no program', async () => {
    const { url, accepted } = await start({ allowedOrigins: ['https://*.example.com', 'self'] });
    const answer = (origin: string) => answerOf(url, { ...upgrade('wamp.2.json'), Origin: origin });

    for (const origin of ['https://evil.org', 'null']) {
      expect(await answer(origin)).toEqual({ status: 403, body: `Origin must be one of https://*.example.com, self, got "${origin}"\n` });
    }
    expect(accepted).toEqual([]);
    for (const headers of [{}, { Origin: 'https://a.example.com' }, { Origin: url.replace('ws:', 'http:').replace('/ws', '') }]) {
      expect((await openClient(url, ['wamp.2.json'], { headers })).ws.readyState).toBe(WebSocket.OPEN);
    }
    expect((await openClient((await start()).url, ['wamp.2.json'], { headers: { Origin: 'null' } })).ws.readyState).toBe(WebSocket.OPEN);
  });

  it('believes proxies that it trusts about who the client is, and nobody else', async () => {
    const headers = { 'X-Forwarded-For': '6.6.6.6, 203.0.113.7:4711', 'X-Forwarded-Proto': 'https' };
    const [trusting, other] = [await start({ trustProxy: ['127.0.0.0/8'], cookie: true }), await start({ trustProxy: ['10.0.0.0/8'], cookie: true })];
    const cookieOf = async (url: string): Promise<string | undefined> => {
      const client = new WebSocket(url, ['wamp.2.json'], { headers });
      onClose(() => client.terminate());
      const [[response]] = await Promise.all([once(client, 'upgrade') as Promise<[IncomingMessage]>, once(client, 'open')]);
      return response.headers['set-cookie']?.[0];
    };

    const [secure, plain] = [await cookieOf(trusting.url), await cookieOf(other.url)];

    expect(trusting.accepted[0]?.transport['peer']).toBe('tcp4:203.0.113.7:4711');
    expect(secure).toMatch(/^__Host-rxwamp=.*; Secure$/);
    expect(other.accepted[0]?.transport['peer']).toMatch(/^tcp4:127\.0\.0\.1:/);
    expect(plain).toMatch(/^rxwamp=(?!.*Secure)/);
    const heard = course(trusting.accepted[0]!.connection);
    trusting.accepted[0]!.connection.error('why');
    expect((await heard).end).toMatchObject({ message: 'connection to tcp4:203.0.113.7:4711 was dropped' });
  });

  it.each([
    ['as it likes', true, true, /^permessage-deflate$/],
    ['within its bounds', { serverMaxWindowBits: 10, clientMaxWindowBits: 11, serverNoContextTakeover: true, clientNoContextTakeover: true }, true,
      /^permessage-deflate; (?=.*server_no_context_takeover)(?=.*client_no_context_takeover)(?=.*server_max_window_bits=10)(?=.*client_max_window_bits=11)/],
    ['not at all', false, true, undefined],
    ['not with a client that does not', true, false, undefined],
  ] as const)('compresses %s', async (_, compression, perMessageDeflate, header) => {
    const { url, accept } = await start({ compression });
    const client = new WebSocket(url, ['wamp.2.json'], { perMessageDeflate });
    onClose(() => client.terminate());
    const [[response], { connection }] = await Promise.all([once(client, 'upgrade') as Promise<[IncomingMessage]>, accept()]);
    const arrived = receive(client, 3);
    for (const text of ['short', 'x'.repeat(5000), 'short again']) connection.next(text);

    expect(await arrived).toEqual(['short', 'x'.repeat(5000), 'short again']);
    if (header === undefined) expect(response.headers).not.toHaveProperty('sec-websocket-extensions');
    else expect(response.headers['sec-websocket-extensions']).toMatch(header);
  });

  it('holds frames and the end of a connection to its limits', async () => {
    const { url, accept } = await start({ maxFragments: 2, autoFragmentSize: 10, closeTimeout: 50, tcpNoDelay: false });
    const [{ connection }, client] = await Promise.all([accept(), openClient(url, ['wamp.2.json'])]);
    const bytes: Buffer[] = [];
    client.socket.on('data', (chunk: Buffer) => bytes.push(chunk));
    const arrived = receive(client.ws, 1);
    connection.next('0123456789abcde');
    expect(await arrived).toEqual(['0123456789abcde']);
    expect(Buffer.concat(bytes).toString('latin1')).toBe('\x01\x0a0123456789\x80\x05abcde');
    const closed = once(client.ws, 'close');
    for (const part of ['a', 'b', 'c']) client.ws.send(part, { fin: false });
    expect((await closed)[0]).toBe(1008);

    const [{ connection: other }, deaf] = await Promise.all([accept(), openClient(url, ['wamp.2.json'])]);
    const heard = course(other);
    deaf.ws.pause();
    other.complete();
    expect((await heard).end).toBeInstanceOf(TransportLostError);
  });

  it('gives a client up that answers no ping in time', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 10_500);
    const { url, accept } = await start({ scheduler, pingTimeout: 500 });
    const [{ connection }] = await Promise.all([accept(), openClient(url, ['wamp.2.json'], { autoPong: false })]);
    const heard = course(connection);
    scheduler.flush();
    expect((await heard).end).toBeInstanceOf(HeartbeatLostError);
    expect(scheduler.actions).toEqual([]);
  });

  it('refuses more connections than it may have, until one is closed', async () => {
    const { url } = await start({ maxConnections: 1 });
    const first = await openClient(url, ['wamp.2.json']);
    expect(await answerOf(url, upgrade('wamp.2.json'))).toEqual({ status: 503, body: 'at most 1 connections can be open\n' });

    first.ws.close();
    await once(first.ws, 'close');
    const second = await openClient(url, ['wamp.2.json']);
    expect(second.ws.readyState).toBe(WebSocket.OPEN);
  });

  it.each([
    ['nothing', ''],
    ['half a request', 'GET /ws HTTP/1.1\r\nHost: x\r\nUpgr'],
  ])('hangs up on a client that sends %s', async (_, sent) => {
    const { url } = await start({ handshakeTimeout: 50 });
    const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
    onClose(() => socket.destroy());
    socket.on('error', () => {}).resume();
    socket.write(sent);
    await once(socket, 'close');
    expect(socket.destroyed).toBe(true);
  });

  it('cuts the oldest of too many sockets that ask for nothing, and serves who asks', async () => {
    const { url } = await start({ maxHandshakes: 2 });
    const idle = [];
    for (let n = 0; n < 3; n++) {
      const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
      onClose(() => socket.destroy());
      socket.on('error', () => {}).resume();
      await once(socket, 'connect');
      idle.push(socket);
    }
    await once(idle[0]!, 'close');

    const clients = [await openClient(url, ['wamp.2.json']), await openClient(url, ['wamp.2.json']), await openClient(url, ['wamp.2.json'])];

    expect(clients.map(({ ws: { readyState } }) => readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN, WebSocket.OPEN]);
    if (!idle[1]!.closed) await once(idle[1]!, 'close');
    expect(idle[2]!.destroyed).toBe(false);
  });

  it('cuts none that waits for an answer, and those again that have got one', async () => {
    const answered: ServerResponse[] = [];
    const { url } = await start({ maxHandshakes: 1, answers: [(_, response) => answered.push(response) > 0] });
    const agent = new Agent({ keepAlive: true });
    onClose(() => agent.destroy());
    const asking = request(url.replace('ws:', 'http:'), { agent }).end();
    const [socket] = await once(asking, 'socket') as [Socket];
    while (answered.length === 0) await turn();
    const idle = connectTcp(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    onClose(() => idle.destroy());
    await once(idle, 'connect');
    await openClient(url, ['wamp.2.json']);

    answered[0]!.end('late');
    const [response] = await once(asking, 'response') as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    expect(socket.destroyed).toBe(false);
    const last = connectTcp(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    onClose(() => last.destroy());
    if (!socket.destroyed) await once(socket, 'close');

    expect(response.statusCode).toBe(200);
  });

  it('ends a connection that sends too long a message with 1009, one that sends no UTF-8 with 1007', async () => {
    const { url, accept } = await start({ maxPayload: 100 });
    for (const [code, send] of [
      [1009, (client: WebSocket) => client.send('x'.repeat(101))],
      [1007, (client: WebSocket) => client.send(Buffer.from([0xff]), { binary: false })],
    ] as const) {
      const [{ connection }, client] = await Promise.all([accept(), openClient(url, ['wamp.2.json'])]);
      const heard = course(connection);
      const closed = once(client.ws, 'close');
      send(client.ws);
      expect((await closed)[0]).toBe(code);
      expect(await heard).toEqual({ values: [], end: expect.any(TransportLostError) });
    }
  });

  it('survives a client that is cut in the middle of a frame', async () => {
    const { url, accept } = await start();
    const [{ connection }, client] = await Promise.all([accept(), openClient(url, ['wamp.2.json'])]);
    const heard = course(connection);
    client.socket.write(Buffer.from([0x81, 0xfe, 0x40]));
    client.socket.destroySoon();
    expect((await heard).end).toBeInstanceOf(TransportLostError);
    expect((await openClient(url, ['wamp.2.json'])).ws.protocol).toBe('wamp.2.json');
  });

  it('gives a client up that answers no ping', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 40_000);
    const { url, accept } = await start({ scheduler });
    const [{ connection }] = await Promise.all([accept(), openClient(url, ['wamp.2.json'], { autoPong: false })]);
    const heard = course(connection);
    scheduler.flush();
    expect((await heard).end).toBeInstanceOf(HeartbeatLostError);
    expect(scheduler.actions).toEqual([]);
  });

  it('stops listening on close(), and waits until the router has closed the connections', async () => {
    const { url, close, accept } = await start();
    const [{ connection }, client] = await Promise.all([accept(), openClient(url, ['wamp.2.json'])]);
    const arrived = receive(client.ws, 1);
    const order: string[] = [];
    connection.subscribe({ complete: () => order.push('connection') });
    const closing = close().then(() => order.push('listener'));
    await expect(openClient(url, ['wamp.2.json'])).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(order).toEqual([]);

    connection.next('goodbye');
    connection.complete();
    await closing;

    expect(await arrived).toEqual(['goodbye']);
    expect(order).toEqual(['connection', 'listener']);
    await close();
  });

  it('cuts connections that nobody closes, and those that never became one', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 5000);
    const { url, close } = await start({ scheduler, pingInterval: 0 });
    const client = await openClient(url, ['wamp.2.json']);
    const idle = connectTcp(Number(new URL(url).port), '127.0.0.1');
    await once(idle, 'connect');
    const cut = once(client.ws, 'close');
    const closing = close();
    scheduler.flush();
    await closing;

    expect((await cut)[0]).toBe(1006);
    expect(scheduler.actions).toEqual([]);
    if (!idle.closed) await once(idle, 'close');
  });

  it('listens with a server that has requests of its own', async () => {
    const server = createServer((_, response) => response.end('status'));
    const { url } = await start({ server });
    expect((await openClient(url, ['wamp.2.json'])).ws.protocol).toBe('wamp.2.json');
    expect(await answerOf(url)).toEqual({ status: 200, body: 'status' });
  });

  it('rejects where the port is taken', async () => {
    const { url } = await start();
    await expect(listenWebSocket(url, { accept: () => {}, subprotocols: ['wamp.2.json'] })).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^cannot listen on ${url}: .*EADDRINUSE`)), cause: { code: 'EADDRINUSE' },
    });
  });

  it.each([
    ['no url', 'nowhere', {}, TypeError],
    ['another scheme', 'http://127.0.0.1:0', {}, RangeError],
    ['wss without TLS', 'wss://127.0.0.1:0', {}, RangeError],
    ['no subprotocol', 'ws://127.0.0.1:0', { subprotocols: [] }, TypeError],
    ['no handshake', 'ws://127.0.0.1:0', { handshakeTimeout: 0 }, RangeError],
    ['no room for handshakes', 'ws://127.0.0.1:0', { maxHandshakes: 0 }, RangeError],
    ['a negative bound', 'ws://127.0.0.1:0', { maxConnections: -1 }, RangeError],
    ['no time to close', 'ws://127.0.0.1:0', { closeTimeout: 0 }, RangeError],
    ['frames of less than nothing', 'ws://127.0.0.1:0', { autoFragmentSize: -1 }, RangeError],
    ['an origin that is none', 'ws://127.0.0.1:0', { allowedOrigins: ['example.com'] }, TypeError],
    ['a proxy that is none', 'ws://127.0.0.1:0', { trustProxy: ['proxy'] }, TypeError],
    ['a window that is none', 'ws://127.0.0.1:0', { compression: { serverMaxWindowBits: 7 } }, RangeError],
  ])('rejects %s', async (_, url, options, error) => {
    await expect(listenWebSocket(url, { accept: () => {}, subprotocols: ['wamp.2.json'], ...options })).rejects.toBeInstanceOf(error);
  });

  it('rejects a server that listens already', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onClose(() => server.close());
    const listening = listenWebSocket('ws://127.0.0.1:0', { accept: () => {}, subprotocols: ['wamp.2.json'], server });
    await expect(listening).rejects.toThrow('server must not be listening yet, got one that is');
  });
});
