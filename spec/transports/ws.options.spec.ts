/** What a WebSocket in Node can be told: headers, redirects, proxies, TLS, compression, limits. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions as HttpsOptions } from 'node:https';
import { Socket, connect as connectTcp, type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { EMPTY, Observable, Subject, VirtualTimeScheduler, of, throwError } from 'rxjs';
import { WebSocketServer, type ServerOptions } from 'ws';
import { ConnectFailedError, TransportLostError } from '../../lib/errors.ts';
import { ws } from '../../lib/transports/ws.ts';
import type { CompressionOptions } from '../../lib/transports/ws-compression.ts';
import type { WsOptions } from '../../lib/transports/ws-options.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { closeSockets, course, dial, legible, onClose, receive, startServer, startTcpServer, type BareEnd, type Dialled } from '../support/sockets.ts';

afterEach(closeSockets);

async function connect(options: WsOptions = {}, server: ServerOptions = {}): Promise<Dialled & { peer: BareEnd; url: string }> {
  const { url, accept } = await startServer(server);
  const [dialled, peer] = await Promise.all([dial(ws(url, options)), accept()]);
  return { ...dialled, peer, url };
}

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  onClose(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that answers every request for a WebSocket with something else. */
async function answering(status: number, headers: OutgoingHttpHeaders = {}, body = ''): Promise<string> {
  const server = createServer();
  server.on('upgrade', (_, socket) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}\r\n`).join('');
    socket.end(`HTTP/1.1 ${status} Whatever\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${lines}\r\n${body}`);
  });
  return `ws://127.0.0.1:${await portOf(server)}/`;
}

async function failureOf(url: string, options: WsOptions = {}): Promise<Error> {
  const { end, values } = await course(ws(url, options));
  expect(values).toEqual([]);
  expect(end).toBeInstanceOf(ConnectFailedError);
  return end as Error;
}

describe('headers of ws', () => {
  it.each([
    ['a function', (count: number) => () => ({ 'X-Count': String(count) })],
    ['a promise', (count: number) => () => Promise.resolve({ 'X-Count': String(count) })],
    ['an Observable', (count: number) => () => of({ 'X-Count': String(count) }, { 'X-Count': 'later' })],
  ])('are what %s tells for each attempt', async (_, tell) => {
    const { url, http } = await startServer();
    const seen: unknown[] = [];
    http.on('upgrade', ({ headers }: IncomingMessage) => seen.push(headers['x-count']));
    let count = 0;
    const transport = ws(url, { headers: () => tell(++count)() });

    await dial(transport);
    await dial(transport);

    expect(seen).toEqual(['1', '2']);
  });

  it('may name the origin and the user agent', async () => {
    const { url, http } = await startServer();
    const [[request]] = await Promise.all([once(http, 'upgrade'), dial(ws(url, { headers: { 'Origin': 'https://example.com', 'User-Agent': 'spec/1' } }))]);
    expect((request as IncomingMessage).headers).toMatchObject({ 'origin': 'https://example.com', 'user-agent': 'spec/1' });
  });

  it.each([
    ['throws', () => { throw new Error('no token'); }, 'no token'],
    ['rejects', () => Promise.reject(new Error('no token')), 'no token'],
    ['errors', () => throwError(() => 'no token'), 'no token'],
    ['tells none', () => EMPTY, 'no elements in sequence'],
  ])('fail the attempt where the function %s', async (_, headers, why) => {
    expect((await failureOf('ws://127.0.0.1:9', { headers })).message).toBe(`connection to ws://127.0.0.1:9/ cannot be opened: headers cannot be had, ${why}`);
  });

  it('are not waited for once the attempt is given up, or late', async () => {
    const stopped: string[] = [];
    const headers = (name: string) => () => new Observable<Record<string, string>>(() => () => stopped.push(name));
    ws('ws://127.0.0.1:9', { headers: headers('unsubscribed') }).subscribe().unsubscribe();
    const scheduler = new VirtualTimeScheduler();
    const failing = failureOf('ws://127.0.0.1:9', { headers: headers('late'), scheduler });
    scheduler.flush();

    expect((await failing).message).toContain('it must open within 10000 ms');
    expect(stopped).toEqual(['unsubscribed', 'late']);
  });

  it('open no connection where they come behind the end of the attempt', async () => {
    const { url, http } = await startServer();
    const upgrade = jest.fn();
    http.on('connection', upgrade);
    const later = new Subject<Record<string, string>>();
    let tell: (headers: Record<string, string>) => void = () => {};
    for (const headers of [() => later, () => new Promise<Record<string, string>>((resolve) => { tell = resolve; })]) ws(url, { headers }).subscribe().unsubscribe();

    later.next({});
    tell({});
    await dial(ws(url));

    expect(upgrade).toHaveBeenCalledTimes(1);
  });
});

describe('an answer to ws that is no WebSocket', () => {
  it.each([
    [401, {}, '', 'the router answered 401 Unauthorized', undefined],
    [403, { 'Content-Type': 'text/plain; charset=utf-8' }, 'Origin must be https://a.com\nmore', 'the router answered 403 Forbidden: Origin must be https://a.com', undefined],
    [404, { 'Content-Type': 'text/html' }, '<h1>no</h1>', 'the router answered 404 Not Found', undefined],
    [503, { 'Retry-After': '30' }, '', 'the router answered 503 Service Unavailable, and is to be asked again in 30 s', 30],
    [503, { 'Retry-After': 'Wed, 21 Oct 2015 07:28:00 GMT' }, '', 'the router answered 503 Service Unavailable', undefined],
    [503, { 'Retry-After': '86401' }, '', 'the router answered 503 Service Unavailable', undefined],
    [503, { 'Retry-After': '-1' }, '', 'the router answered 503 Service Unavailable', undefined],
    [500, { 'Content-Type': 'text/plain' }, '\u001b[31mred\u0007\u202e!', 'the router answered 500 Internal Server Error: [31mred!', undefined],
    [500, { 'Content-Type': 'text/plain' }, '', 'the router answered 500 Internal Server Error', undefined],
    [299, {}, '', 'the router answered 299', undefined],
    [301, { Location: 'wss://other.example/ws?token=secret' }, '', 'the router answered 301 Moved Permanently to wss://other.example/ws', undefined],
  ])('is told: %d %j %j', async (status, headers, body, reason, retryAfter) => {
    const url = await answering(status, headers, body);

    const failure = await failureOf(url);

    expect(failure.message).toBe(`connection to ${url} cannot be opened: ${reason}`);
    expect(failure.cause).toMatchObject({ status, retryAfter });
  });

  it('is told in time where its text does not come, and leaves nothing open', async () => {
    let closed: Promise<unknown> | undefined;
    const port = await startTcpServer((socket) => {
      closed = once(socket, 'close');
      socket.resume().write('HTTP/1.1 403 No\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n');
    });
    const failure = await failureOf(`ws://127.0.0.1:${port}`, { openTimeout: 100 });
    await closed;

    expect(failure.message).toContain('it must open within 100 ms');
  });
});

describe('redirects of ws', () => {
  it('are followed where they are asked for, so many', async () => {
    const { url, accept } = await startServer();
    const first = await answering(302, { 'Location': url, 'Set-Cookie': 'a=b' });
    expect((await failureOf(first)).message).toContain('the router answered 302 Found to ws://127.0.0.1');

    const [{ connection }] = await Promise.all([dial(ws(first, { maxRedirects: 1 })), accept()]);
    expect(connection.subprotocol).toBe('wamp.2.json');
    const second = await answering(307, { Location: first });
    expect((await failureOf(second, { maxRedirects: 1 })).message).toContain('Maximum redirects exceeded');
  });

  it('bring no cookies of another router back', async () => {
    const target = createServer();
    const server = new WebSocketServer({ server: target });
    const cookies: unknown[] = [];
    server.on('headers', (headers) => headers.push('Set-Cookie: other=secret'));
    const first = createServer();
    first.on('upgrade', ({ headers: { cookie } }: IncomingMessage, socket) => {
      cookies.push(cookie);
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:${(target.address() as AddressInfo).port}/\r\nContent-Length: 0\r\n\r\n`);
    });
    await portOf(target);
    const transport = ws(`ws://127.0.0.1:${await portOf(first)}`, { maxRedirects: 1 });

    await dial(transport);
    await dial(transport);

    expect(cookies).toStrictEqual([undefined, undefined]);
  });

  it('do not lead from wss to ws', async () => {
    const { url, accept } = await startServer();
    const secure = createHttpsServer(CERTIFICATE);
    secure.on('upgrade', (_, socket) => socket.end(`HTTP/1.1 302 Found\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n`));
    const from = `wss://127.0.0.1:${await portOf(secure)}`;

    const [failure, peer] = await Promise.all([failureOf(from, { maxRedirects: 1, tls: { ca: CERTIFICATE.cert } }), accept()]);
    if (peer.ws.readyState !== peer.ws.CLOSED) await once(peer.ws, 'close');

    expect(failure.message).toContain('it must not be redirected from wss to ws');
  });
});

describe('ws through a proxy', () => {
  /** A proxy that connects whoever has the right credentials, where any are asked for. */
  async function startProxy(credentials?: string): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const proxy = createServer((_, response) => response.writeHead(400).end());
    proxy.on('connect', ({ url = '', headers }: IncomingMessage, socket: Socket, head: Buffer) => {
      asked.push(url);
      socket.on('error', () => {});
      if (credentials !== undefined && headers['proxy-authorization'] !== `Basic ${Buffer.from(credentials).toString('base64')}`) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="spec"\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      const { hostname, port } = new URL(`http://${url}`);
      const far = connectTcp(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 Connected\r\n\r\n');
        far.write(head);
        far.pipe(socket).pipe(far);
      });
      far.on('error', () => socket.destroy());
    });
    return { url: `http://${credentials === undefined ? '' : `${credentials}@`}127.0.0.1:${await portOf(proxy)}`, asked };
  }

  it('reaches the router, which sees nothing of the proxy', async () => {
    const { url, accept } = await startServer();
    const proxy = await startProxy('peter:sesame');
    const [{ connection }, peer] = await Promise.all([dial(ws(url, { agent: new HttpsProxyAgent(proxy.url) })), accept()]);
    const arrived = receive(peer.ws, 1);

    connection.next('through');

    expect(await arrived).toEqual(['through']);
    expect(proxy.asked).toEqual([new URL(url).host]);
  });

  it('reaches a router with TLS, and looks at its certificate', async () => {
    const server = createHttpsServer(CERTIFICATE);
    new WebSocketServer({ server });
    const url = `wss://127.0.0.1:${await portOf(server)}`;
    const { url: proxy } = await startProxy();

    await dial(ws(url, { agent: new HttpsProxyAgent(proxy), tls: { ca: CERTIFICATE.cert } }));

    expect((await failureOf(url, { agent: new HttpsProxyAgent(proxy) })).message).toMatch(/self-signed certificate/);
  });

  it('says so where the proxy refuses', async () => {
    const { url } = await startServer();
    const proxy = new URL((await startProxy('peter:sesame')).url);
    proxy.password = 'wrong';

    const failure = await failureOf(url, { agent: new HttpsProxyAgent(proxy) });

    expect(failure.message).toBe(`connection to ${url}/ cannot be opened: the proxy answered 407 Proxy Authentication Required`);
    expect(failure.cause).toMatchObject({ status: 407 });
  });
});

describe('TLS of ws', () => {
  /** Where a server listens that has TLS, and the certificates that clients have shown it. */
  async function start(options: HttpsOptions = {}): Promise<{ url: string; shown: unknown[] }> {
    const server = createHttpsServer({ ...CERTIFICATE, ...options });
    const shown: unknown[] = [];
    server.on('secureConnection', (socket) => shown.push(socket.getPeerCertificate().subject?.CN));
    new WebSocketServer({ server });
    return { url: `wss://127.0.0.1:${await portOf(server)}`, shown };
  }

  it('takes no certificate of an unknown issuer, unless it is told to', async () => {
    const { url } = await start();
    expect((await failureOf(url)).message).toMatch(/self-signed certificate/);

    await dial(ws(url, { tls: { ca: CERTIFICATE.cert } }));
    await dial(ws(url, { tls: { rejectUnauthorized: false } }));
  });

  it('holds the certificate against the name it is told', async () => {
    const { url } = await start();
    const ca = CERTIFICATE.cert;
    await dial(ws(url, { tls: { ca, servername: 'localhost' } }));

    expect((await failureOf(url, { tls: { ca, servername: 'example.com' } })).message).toMatch(/does not match certificate's altnames/);
  });

  it('shows the router a certificate of its own', async () => {
    const { url, shown } = await start({ requestCert: true, rejectUnauthorized: true, ca: CERTIFICATE.cert });
    const ca = CERTIFICATE.cert;
    await dial(ws(url, { tls: { ca, ...CERTIFICATE } }));
    expect(shown).toEqual(['localhost']);

    await failureOf(url, { tls: { ca } });
  });
});

describe('compression of ws', () => {
  const DEFLATE: ServerOptions = { perMessageDeflate: { threshold: 0 } };
  const extensionsOf = async (compression: boolean | CompressionOptions): Promise<string | undefined> => {
    const { url, http } = await startServer();
    const [[request]] = await Promise.all([once(http, 'upgrade'), dial(ws(url, { compression }))]);
    return (request as IncomingMessage).headers['sec-websocket-extensions'];
  };

  it.each([
    [false, undefined],
    [true, 'permessage-deflate; client_max_window_bits'],
    [{ serverMaxWindowBits: 10, clientMaxWindowBits: 11, serverNoContextTakeover: true, clientNoContextTakeover: true },
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10; client_max_window_bits=11'],
    [{ serverNoContextTakeover: false, clientNoContextTakeover: false, level: 1, memLevel: 1, concurrency: 10, threshold: 0 }, 'permessage-deflate; client_max_window_bits'],
  ])('%j offers %p', async (compression, header) => {
    expect(await extensionsOf(compression)).toBe(header);
  });

  it('carries any frames in order, small ones between those that are compressed', async () => {
    const { connection, peer } = await connect({ compression: { threshold: 50 } }, DEFLATE);
    expect(peer.ws.extensions).toBe('permessage-deflate');
    const frame = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 120 }), fc.uint8Array({ maxLength: 120 }), fc.constantFrom('z'.repeat(70_000), 'é'.repeat(20_000)));
    await fc.assert(fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 12 }), async (sent) => {
      const there = receive(peer.ws, sent.length);
      for (const each of sent) connection.next(each);

      expect((await there).map(legible)).toEqual(sent.map(legible));
    }), { numRuns: 60 });
  });

  it('compresses what is long enough, and nothing else', async () => {
    const { connection, peer } = await connect({ compression: { threshold: 100 } }, DEFLATE);
    const bytes: Buffer[] = [];
    peer.socket.on('data', (chunk: Buffer) => bytes.push(chunk));
    const arrived = receive(peer.ws, 3);
    for (const text of ['x'.repeat(99), 'x'.repeat(10_000), 'y'.repeat(99)]) connection.next(text);
    await arrived;

    expect(framesIn(Buffer.concat(bytes))).toEqual([[0x81, 99], [0xc1, expect.any(Number)], [0x81, 99]]);
    expect(Buffer.concat(bytes).length).toBeLessThan(400);
  });

  it('writes small messages together again once what was compressed has gone', async () => {
    const { connection, peer } = await connect({ compression: { threshold: 100 } }, DEFLATE);
    const first = receive(peer.ws, 1);
    connection.next('x'.repeat(10_000));
    await first;
    // What was compressed is written before its callback comes.
    while (connection.bufferedAmount > 0) await turn();
    await turn();
    const write = jest.spyOn(Socket.prototype, 'write');
    onClose(() => write.mockRestore());
    const arrived = receive(peer.ws, 50);
    for (let n = 0; n < 50; n++) connection.next('small');
    await arrived;

    expect(write).toHaveBeenCalledTimes(1);
  });

  it('closes in order behind what is still being compressed', async () => {
    const { connection, peer, end } = await connect({ compression: { threshold: 1 } }, DEFLATE);
    const arrived = receive(peer.ws, 3);
    for (const each of ['x'.repeat(100_000), 'y', 'goodbye']) connection.next(each);
    connection.complete();

    expect((await arrived).map((each) => each.at(-1))).toEqual(['x', 'y', 'e']);
    expect(await end).toBe('complete');
  });

  it('is no way around maxPayload', async () => {
    const { connection, peer } = await connect({ compression: true, maxPayload: 1000 }, DEFLATE);
    const heard = course(connection);
    const closed = once(peer.ws, 'close');
    peer.ws.send('x'.repeat(100_000));

    expect((await closed)[0]).toBe(1009);
    expect((await heard).end).toBeInstanceOf(TransportLostError);
  });

  it.each([
    ['yes', TypeError], [null, TypeError], [{ windowBits: 9 }, TypeError], [{ serverMaxWindowBits: 8 }, RangeError], [{ clientMaxWindowBits: 16 }, RangeError],
    [{ level: 10 }, RangeError], [{ memLevel: 0 }, RangeError], [{ concurrency: 0 }, RangeError], [{ threshold: -1 }, RangeError], [{ serverNoContextTakeover: 1 }, TypeError],
  ])('refuses %j at once', (compression, error) => {
    expect(() => ws('ws://127.0.0.1', { compression: compression as unknown as boolean })).toThrow(error);
  });
});

describe('limits of ws', () => {
  it('sends a long message in frames of autoFragmentSize, and a short one as it is', async () => {
    const { connection, peer } = await connect({ autoFragmentSize: 1000 });
    const bytes: Buffer[] = [];
    peer.socket.on('data', (chunk: Buffer) => bytes.push(chunk));
    const arrived = receive(peer.ws, 4);
    const sent = ['é'.repeat(1250), 'short', new Uint8Array(1001).fill(7), 'é'.repeat(501)];
    for (const each of sent) connection.next(each);

    expect((await arrived).map(legible)).toEqual(sent.map(legible));
    expect(framesIn(Buffer.concat(bytes))).toEqual([[0x01, 1000], [0x00, 1000], [0x80, 500], [0x81, 5], [0x02, 1000], [0x80, 1], [0x01, 1000], [0x80, 2]]);
  });

  it('fragments what is compressed, too', async () => {
    const { connection, peer } = await connect({ autoFragmentSize: 100, compression: { threshold: 0 } }, { perMessageDeflate: true });
    const arrived = receive(peer.ws, 2);
    const sent = ['é'.repeat(1250), 'short'];
    for (const each of sent) connection.next(each);

    expect(await arrived).toEqual(sent);
  });

  it('closes with 1008 where a message comes in too many frames', async () => {
    const { connection, peer } = await connect({ maxFragments: 2 });
    const heard = course(connection);
    const closed = once(peer.ws, 'close');
    for (const part of ['a', 'b', 'c']) peer.ws.send(part, { fin: false });

    expect((await closed)[0]).toBe(1008);
    expect((await heard).end).toBeInstanceOf(TransportLostError);
  });

  it('cuts a router that does not answer our close in closeTimeout', async () => {
    const { connection, peer, end } = await connect({ closeTimeout: 50 });
    const heard = course(connection);
    peer.ws.pause();
    connection.complete();

    expect((await heard).end).toBeInstanceOf(TransportLostError);
    expect(await end).toBe('complete');
  });

  it.each([[undefined, [true]], [true, [true]], [false, [true, false]]])('with tcpNoDelay %p tells the socket %j', async (tcpNoDelay, expected) => {
    const { url } = await startServer();
    const told = jest.spyOn(Socket.prototype, 'setNoDelay');
    onClose(() => told.mockRestore());
    const { connection } = await dial(ws(url, { tcpNoDelay }));
    const isOwn = (socket: unknown): boolean => `ws://127.0.0.1:${(socket as Socket).remotePort}` === url;
    const calls = told.mock.calls.filter((_, at) => isOwn(told.mock.contexts[at])).map(([noDelay = true]) => noDelay);

    expect(calls.slice(-expected.length)).toEqual(expected);
    connection.complete();
  });

  it.each([
    ['maxRedirects', -1], ['maxFragments', 0], ['autoFragmentSize', -1], ['closeTimeout', 0], ['pingTimeout', 0],
  ])('refuses %s of %d at once', (name, value) => {
    expect(() => ws('ws://127.0.0.1', { [name]: value })).toThrow(RangeError);
  });
});

/** First byte and length of the payload of each frame that a client has sent. */
function framesIn(bytes: Buffer): readonly (readonly [number, number])[] {
  const frames: [number, number][] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes.readUInt8(at + 1) & 0x7f;
    const length = short === 126 ? bytes.readUInt16BE(at + 2) : short;
    frames.push([bytes.readUInt8(at), length]);
    at += (short === 126 ? 4 : 2) + 4 + length;
  }
  return frames;
}

