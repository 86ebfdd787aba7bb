import { once } from 'node:events';
import { Agent, createServer, request as ask, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LongPollRequests } from '../../../lib/router/listeners/long-poll.ts';
import { listenLongPoll, type LongPollListenOptions } from '../../../lib/router/listeners/long-poll-listener.ts';
import type { BoundListener } from '../../../lib/router/listeners/listener.ts';
import { TransportLostError } from '../../../lib/errors.ts';
import type { Connection } from '../../../lib/transports/transport.ts';
import { longPoll } from '../../../lib/transports/long-poll.ts';
import type { Dict } from '../../../lib/types.ts';
import { CERTIFICATE } from '../../support/certificate.ts';
import { closeSockets, course, dial, onClose } from '../../support/sockets.ts';

afterEach(closeSockets);

interface Accepted {
  readonly connection: Connection;
  readonly transport: Dict;
}

/** A listener, and what it has accepted. */
async function listen(options: Partial<LongPollListenOptions> = {}, path = '/lp/'): Promise<{ listener: BoundListener; url: string; accepted: Accepted[] }> {
  const accepted: Accepted[] = [];
  const listener = await listenLongPoll(`http://127.0.0.1:0${path}`, {
    accept: (connection, transport) => void accepted.push({ connection, transport }), subprotocols: ['wamp.2.json', 'wamp.2.cbor', 'wamp.2.json.batched'], ...options,
  });
  onClose(() => {
    for (const { connection } of accepted) connection.error(undefined);
    return listener.close();
  });
  return { listener, url: listener.url.replace(/\/$/, ''), accepted };
}

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const agent = new Agent({ keepAlive: true });
onClose(() => agent.destroy());

async function send(url: string, body: string | Buffer = '', { method = 'POST', ...headers }: OutgoingHttpHeaders & { method?: string } = {}): Promise<Reply> {
  const asking = ask(url, { method, headers, agent });
  asking.end(body);
  const [response] = await once(asking, 'response') as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString('latin1') };
}

/** Requests on a server of the spec, which may do something with each response before it is used. */
async function serve(onResponse: (path: string, response: ServerResponse) => unknown, accept: (connection: Connection) => void = () => {}): Promise<{ url: string; requests: LongPollRequests; accepted: Connection[] }> {
  const accepted: Connection[] = [];
  const requests = new LongPollRequests('/lp', { subprotocols: ['wamp.2.json'], accept: (connection) => { accepted.push(connection); accept(connection); } });
  const server = createServer((request, response) => {
    onResponse(request.url ?? '', response);
    requests.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onClose(() => {
    for (const connection of accepted) connection.error(undefined);
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/lp`, requests, accepted };
}

/** Opens a transport by hand, and gives the URL of its requests. */
async function open(url: string, ...protocols: readonly string[]): Promise<string> {
  const { body } = await send(`${url}/open?x=1`, JSON.stringify({ protocols }));
  return `${url}/${(JSON.parse(body) as { transport: string }).transport}`;
}

describe('listenLongPoll', () => {
  it('opens with the best serializer that both have, one that batches before others', async () => {
    const { url, accepted } = await listen();

    const first = await send(`${url}/open`, '{"protocols":["wamp.2.cbor","wamp.2.json","wamp.2.json.batched"]}', { Cookie: 'a=b' });
    const second = await send(`${url}/open`, '{"protocols":["wamp.2.cbor","wamp.2.json"]}');

    expect(JSON.parse(first.body)).toEqual({ protocol: 'wamp.2.json.batched', transport: expect.stringMatching(/^[\w-]{32}$/) });
    expect(first).toMatchObject({ status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });
    expect(JSON.parse(second.body)).toMatchObject({ protocol: 'wamp.2.json' });
    expect(accepted[0]?.connection.subprotocol).toBe('wamp.2.json.batched');
    expect(accepted[0]?.transport).toMatchObject({ type: 'longpoll', protocol: 'wamp.2.json.batched', peer: expect.stringMatching(/^tcp4:127/), path: '/lp/open', cookies: { a: 'b' } });
  });

  it('takes what is sent, and gives what waits, until it is over', async () => {
    const { url, accepted } = await listen();
    const base = await open(url, 'wamp.2.json.batched');
    const { connection } = accepted[0]!;
    const heard = course(connection);

    expect(await send(`${base}/send`, '[1]\x1e[2]\x1e')).toMatchObject({ status: 204, body: '' });
    connection.next('[3]\x1e');
    connection.next('[4]\x1e');
    expect(connection.bufferedAmount).toBe(8);
    expect(await send(`${base}/receive`)).toMatchObject({ status: 200, body: '[3]\x1e[4]\x1e', headers: { 'content-type': 'application/json' } });
    expect(connection.bufferedAmount).toBe(0);
    const waiting = send(`${base}/receive`);
    connection.complete();

    expect(await waiting).toMatchObject({ status: 410 });
    expect(await heard).toEqual({ values: ['[1]\x1e[2]\x1e'], end: 'complete' });
    expect(connection.bufferedAmount).toBe(0);
    expect(await send(`${base}/receive`)).toMatchObject({ status: 404 });
  });

  it('carries bytes as they are', async () => {
    const { url, accepted } = await listen();
    const base = await open(url, 'wamp.2.cbor');
    const { connection } = accepted[0]!;
    const heard = course(connection);
    await send(`${base}/send`, Buffer.from([0x81, 0xff]));
    connection.next(new Uint8Array([0x80, 0xfe]));

    expect(await send(`${base}/receive`)).toMatchObject({ body: '\x80\xfe', headers: { 'content-type': 'application/cbor' } });
    await send(`${base}/close`);

    expect(await heard).toEqual({ values: [new Uint8Array([0x81, 0xff])], end: 'complete' });
  });

  it('answers with nothing when it has held a request for long enough', async () => {
    const { url } = await listen({ holdTime: 5 });
    const base = await open(url, 'wamp.2.json');

    expect(await send(`${base}/receive`)).toMatchObject({ status: 204, body: '' });
  });

  it('is closed by the client', async () => {
    const { url, accepted } = await listen();
    const base = await open(url, 'wamp.2.json');
    const heard = course(accepted[0]!.connection);
    const waiting = send(`${base}/receive`);

    expect(await send(`${base}/close`)).toMatchObject({ status: 204 });
    expect((await heard).end).toBe('complete');
    expect((await waiting).status).toBe(204);
    expect((await send(`${base}/close`)).status).toBe(404);
  });

  it('is lost with text that is none', async () => {
    const { url, accepted } = await listen();
    const base = await open(url, 'wamp.2.json');
    const heard = course(accepted[0]!.connection);

    expect(await send(`${base}/send`, Buffer.from([0x5b, 0xff]))).toMatchObject({ status: 400, body: 'body must be valid UTF-8\n' });
    expect((await heard).end).toBeInstanceOf(TransportLostError);
  });

  it('is lost where a client that silence is expected of says nothing', async () => {
    const { url, accepted } = await listen({ silenceTimeout: 10 });
    await open(url, 'wamp.2.json');

    expect((await course(accepted[0]!.connection)).end).toBeInstanceOf(TransportLostError);
  });

  it.each<[string, string, OutgoingHttpHeaders & { method?: string }, string, number]>([
    ['a body that is no JSON', '/open', {}, '{', 400],
    ['a body without protocols', '/open', {}, '{}', 400],
    ['protocols that nobody speaks', '/open', {}, '{"protocols":["wamp.2.xml"]}', 400],
    ['a body that is too long', '/open', {}, JSON.stringify({ protocols: ['x'.repeat(16_384)] }), 413],
    ['another method', '/open', { method: 'GET' }, '', 405],
    ['another method', '/nobody/receive', { method: 'PUT' }, '', 405],
    ['a transport that does not exist', '/nobody/receive', {}, '', 404],
    ['a transport that objects have', '/__proto__/receive', {}, '', 404],
    ['what transports do not have', '/nobody/open', {}, '', 426],
    ['what is further down', '/nobody/send/more', {}, '', 426],
    ['nothing', '/', {}, '', 426],
    ['what is elsewhere', 'elsewhere', {}, '', 426],
  ])('refuses %s (%#)', async (_, path, headers, body, status) => {
    const { url, accepted } = await listen();

    expect((await send(`${url}${path}`, body, headers)).status).toBe(status);
    expect(accepted).toEqual([]);
  });

  it('refuses a body that is longer than a message may be, whether it says so or not', async () => {
    const { url, accepted } = await listen({ maxPayload: 100 });
    const base = await open(url, 'wamp.2.json');

    expect((await send(`${base}/send`, 'x'.repeat(101))).status).toBe(413);
    expect((await send(`${base}/send`, 'x'.repeat(101), { 'Transfer-Encoding': 'chunked' })).status).toBe(413);
    expect((await send(`${base}/send`, 'x'.repeat(100))).status).toBe(204);
    accepted[0]!.connection.error(undefined);
  });

  it('says so to who sends too late', async () => {
    const { url, accepted } = await listen();
    const base = await open(url, 'wamp.2.json');
    const asking = ask(`${base}/send`, { method: 'POST' });
    asking.write('[');
    await send(`${base}/close`);
    asking.end('1]');
    const [response] = await once(asking, 'response') as [IncomingMessage];

    expect(response.statusCode).toBe(404);
    expect(accepted).toHaveLength(1);
  });

  it('leaves what is none of its own to other answers, also where its path is all there is', async () => {
    const { listener, accepted } = await listen({ answers: [(request, response) => {
      if (request.url !== '/') return false;
      response.end('status');
      return true;
    }] }, '/');

    expect((await send(listener.url, '', { method: 'GET' })).body).toBe('status');
    expect((await send(`${listener.url}open`, '{"protocols":["wamp.2.json"]}')).status).toBe(200);
    expect(accepted).toHaveLength(1);
  });

  it('does not wait for ever for a body', async () => {
    const { url } = await listen({ handshakeTimeout: 50 });
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('POST /lp/open HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{');

    const [head] = await once(socket, 'data') as [Buffer];

    expect(head.toString()).toMatch(/^HTTP\/1.1 408 /);
    await once(socket, 'close');
  });

  it('takes no more than so many', async () => {
    const { url } = await listen({ maxConnections: 1 });
    const base = await open(url, 'wamp.2.json');

    expect((await send(`${url}/open`, '{"protocols":["wamp.2.json"]}')).status).toBe(503);
    await send(`${base}/close`);
    expect((await send(`${url}/open`, '{"protocols":["wamp.2.json"]}')).status).toBe(200);
  });

  it('loses nothing with a request that goes away before it is answered', async () => {
    const { url, accepted } = await listen();
    const base = await open(url, 'wamp.2.json');
    const { connection } = accepted[0]!;
    const asking = ask(`${base}/receive`, { method: 'POST' });
    asking.on('error', () => {});
    asking.end();
    // The answer to a later request says that what came before has been seen.
    await send(`${base}/send`, 'x');
    const gone = new Promise((resolve) => { asking.once('close', resolve); });
    asking.destroy();
    await gone;
    await send(`${base}/send`, 'y');
    connection.next('[1]');
    await send(`${base}/send`, 'z');

    expect((await send(`${base}/receive`)).body).toBe('[1]');
  });

  it('is lost with messages that were under way', async () => {
    const { url, accepted } = await serve((path, response) => {
      if (path.endsWith('receive')) response.end = () => response.destroy();
    });
    const base = await open(url, 'wamp.2.json');
    const heard = course(accepted[0]!);
    accepted[0]!.next('[1]');

    await expect(send(`${base}/receive`)).rejects.toThrow('socket hang up');
    expect((await heard).end).toMatchObject({ name: 'TransportLostError', message: expect.stringMatching(/it went away while messages were sent to it$/) });
  });

  it.each<[string, (response: ServerResponse) => void, (last: ServerResponse | undefined) => unknown]>([
    ['before it is answered', () => {}, (last) => last?.destroy()],
    ['while it is answered', (response) => { response.end = () => response.destroy(); }, () => {}],
  ])('is lost where its client goes away %s, and does not hear what it is called', async (_, before, then) => {
    let last: ServerResponse | undefined;
    const { url, accepted } = await serve((_path, response) => {
      last = response;
      before(response);
    }, () => then(last));

    await expect(open(url, 'wamp.2.json')).rejects.toThrow('socket hang up');

    expect((await course(accepted[0]!)).end).toMatchObject({ name: 'TransportLostError', message: expect.stringMatching(/the client went away$/) });
  });

  it('has not stopped before its last answer is out', async () => {
    let answer: (() => unknown) | undefined;
    const { url, requests, accepted } = await serve((path, response) => {
      const end = response.end.bind(response);
      if (path.endsWith('receive')) response.end = (body?: unknown) => { answer = () => end(body); return response; };
    });
    const base = await open(url, 'wamp.2.json');
    const waiting = send(`${base}/receive`);
    let isStopped = false;
    const stopped = requests.stop().then(() => { isStopped = true; });
    accepted[0]!.complete();
    expect((await course(accepted[0]!)).end).toBe('complete');
    await turn();
    expect(isStopped).toBe(false);

    while (answer === undefined) await turn();
    answer();

    expect((await waiting).status).toBe(410);
    await stopped;
  });

  it('lets pages of other origins in, and says so to their browsers', async () => {
    const { url } = await listen();
    const origin = 'https://app.example.com';

    const asked = await send(`${url}/open`, '', { method: 'OPTIONS', Origin: origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization,content-type' });
    const opened = await send(`${url}/open`, '{"protocols":["wamp.2.json"]}', { Origin: origin });

    expect(asked).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', 'access-control-allow-methods': 'POST', 'access-control-allow-headers': 'authorization,content-type', 'access-control-max-age': '7200', vary: 'Origin' } });
    expect(opened).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': origin } });
  });

  it('keeps pages out that are not allowed', async () => {
    const { url, accepted } = await listen({ allowedOrigins: ['https://app.example.com'] });

    const refused = await send(`${url}/open`, '{"protocols":["wamp.2.json"]}', { Origin: 'https://evil.example.com' });

    expect(refused).toMatchObject({ status: 403, body: 'Origin must be one of https://app.example.com, got "https://evil.example.com"\n' });
    expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
    expect(accepted).toEqual([]);
    expect((await send(`${url}/open`, '{"protocols":["wamp.2.json"]}')).status).toBe(200);
  });

  it('believes a proxy that it trusts', async () => {
    const { url, accepted } = await listen({ trustProxy: ['127.0.0.1'] });

    await send(`${url}/open`, '{"protocols":["wamp.2.json"]}', { 'X-Forwarded-For': '203.0.113.7' });

    expect(accepted[0]?.transport['peer']).toMatch(/^tcp4:203\.0\.113\.7:/);
  });

  it('has clients keep a cookie', async () => {
    const { url } = await listen({ cookie: true });

    const { headers } = await send(`${url}/open`, '{"protocols":["wamp.2.json"]}');

    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^rxwamp=[0-9a-f]{64}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/)]);
  });

  it('closes when those who are there have left, and lets nobody in meanwhile', async () => {
    const { listener, url, accepted } = await listen();
    const { connection } = await dial(longPoll(url));
    const heard = course(connection);
    listener.stop();

    expect((await send(`${url}/open`, '{"protocols":["wamp.2.json"]}')).status).toBe(503);
    accepted[0]!.connection.next('[6]\x1e');
    accepted[0]!.connection.complete();
    await listener.close();

    expect(await heard).toEqual({ values: ['[6]'], end: 'complete' });
    await expect(send(`${url}/open`)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/);
  });

  it.each<[string, string, Partial<LongPollListenOptions>, Error]>([
    ['another scheme', 'ws://127.0.0.1:0/', {}, new RangeError('url must begin with http:// or https://, got "ws:"')],
    ['TLS without a server for it', 'https://127.0.0.1:0/', {}, new RangeError('tls must be there to listen on https, got none')],
    ['a certificate without TLS', 'http://127.0.0.1:0/', { tls: CERTIFICATE }, new RangeError('tls must not be there to listen on http, got one')],
    ['a bound that is none', 'http://127.0.0.1:0/', { maxPayload: 0 }, new RangeError('maxPayload must be a number from 1 to 2147483647, got 0')],
  ])('refuses %s', async (_, url, options, error) => {
    await expect(listenLongPoll(url, { accept: () => {}, subprotocols: ['wamp.2.json'], ...options })).rejects.toThrow(error);
  });
});
