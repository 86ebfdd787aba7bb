import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { NEVER, VirtualTimeScheduler, tap } from 'rxjs';
import { ConnectFailedError, TransportLostError } from '../../lib/errors.ts';
import { longPoll, type LongPollOptions } from '../../lib/transports/long-poll.ts';
import { closeSockets, closedPort, course, dial, onClose } from '../support/sockets.ts';

afterEach(closeSockets);

/** A request as the router sees it. */
interface Asked {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly response: ServerResponse;
}

type Answer = (asked: Asked) => unknown;

const opened = (protocol = 'wamp.2.json.batched'): Answer => ({ response }) => response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify({ protocol, transport: 'a/b' }));

/** A server of HTTP with nothing of ours in it. Requests for messages wait unless there is an answer for them; all others are taken. */
async function serve(answers: Partial<Record<'open' | 'receive' | 'send' | 'close', Answer>> = {}): Promise<{ url: string; asked: Asked[]; until: (what: string) => Promise<Asked> }> {
  const asked: Asked[] = [];
  const all: Record<string, Answer> = { open: opened(), receive: () => {}, send: ({ response }) => response.writeHead(204).end(), close: ({ response }) => response.writeHead(202).end(), ...answers };
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    void text(request).then((body) => {
      asked.push({ url, headers, body, response });
      all[url.split('?')[0]?.split('/').at(-1) ?? '']?.({ url, headers, body, response });
      server.emit('asked');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onClose(() => { server.close(); server.closeAllConnections(); });
  const find = (what: string): Asked | undefined => asked.find(({ url, body }) => `${url} ${body}`.includes(what));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/lp`, asked,
    until: async (what) => {
      while (find(what) === undefined) await once(server, 'asked');
      return find(what) as Asked;
    },
  };
}

async function failure(url: string, options?: LongPollOptions): Promise<Error> {
  const { end } = await course(longPoll(url, options));
  expect(end).toBeInstanceOf(ConnectFailedError);
  return end as Error;
}

describe('longPoll', () => {
  it('opens, sends, receives and closes', async () => {
    const welcome = ['[2,1,{}]\x1e'];
    const { url, asked, until } = await serve({ receive: ({ response }) => {
      for (const body of welcome.splice(0)) response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
    } });
    const { connection, end } = await dial(longPoll(`${url}?key=k`, { headers: { 'X-Key': 'k' } }));
    const heard = course(connection.pipe(tap(() => connection.complete())));

    connection.next('[1,"realm1",{}]');

    expect(await heard).toEqual({ values: ['[2,1,{}]'], end: 'complete' });
    expect((await until('send')).body).toBe('[1,"realm1",{}]\x1e');
    expect(await end).toBe('complete');
    expect(connection.subprotocol).toBe('wamp.2.json');
    expect(asked.map(({ url: asking }) => asking)).toEqual(expect.arrayContaining(['/lp/open?key=k', '/lp/a%2Fb/receive?key=k', '/lp/a%2Fb/send?key=k', '/lp/a%2Fb/close?key=k']));
    expect(asked[0]).toMatchObject({ url: '/lp/open?key=k', body: '{"protocols":["wamp.2.json","wamp.2.json.batched"]}', headers: { 'content-type': 'application/json' } });
    expect(asked.map(({ headers }) => headers['x-key'])).toEqual(asked.map(() => 'k'));
  });

  it('speaks what the router chose, with the batches that were asked for as they are', async () => {
    const plain = await serve({ open: opened('wamp.2.cbor') });
    const batched = await serve({ open: opened('wamp.2.json.batched') });
    const subprotocols = ['wamp.2.json.batched', 'wamp.2.cbor'];

    const first = await dial(longPoll(plain.url, { subprotocols }));
    const second = await dial(longPoll(batched.url, { subprotocols }));
    second.connection.next('[1]\x1e');

    expect(first.connection.subprotocol).toBe('wamp.2.cbor');
    expect(second.connection.subprotocol).toBe('wamp.2.json.batched');
    expect((await batched.until('[1]\x1e')).body).toBe('[1]\x1e');
    expect(plain.asked[0]?.body).toBe('{"protocols":["wamp.2.json.batched","wamp.2.cbor","wamp.2.cbor.batched"]}');
  });

  it('asks for headers once for each attempt', async () => {
    const { url, asked, until } = await serve();
    let count = 0;
    const transport = longPoll(url, { headers: async () => ({ Authorization: `Bearer ${++count}` }) });
    (await dial(transport)).dialling.unsubscribe();
    await until('close');
    await dial(transport);

    expect(asked.filter(({ url: asking }) => asking === '/lp/open').map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2']);
  });

  it('tells the router that it leaves when it is unsubscribed', async () => {
    const { url, until } = await serve();
    const { connection, dialling } = await dial(longPoll(url));
    const heard = course(connection);
    const { response } = await until('receive');
    const aborted = once(response, 'close');

    dialling.unsubscribe();

    expect((await heard).end).toBeInstanceOf(TransportLostError);
    await until('close');
    await aborted;
  });

  it.each<[string, Answer, string]>([
    ['says no', ({ response }) => response.writeHead(403).end(), 'open was answered with status 403'],
    ['sends its clients elsewhere', ({ response }) => response.writeHead(307, { Location: '/elsewhere' }).end(), 'unexpected redirect'],
    ['is a page', ({ response }) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>'), 'media type of the answer to open must be application/json, got "text/html"'],
    ['speaks something else', opened('wamp.2.msgpack'), 'protocol must be one of wamp.2.json, wamp.2.json.batched, got "wamp.2.msgpack"'],
    ['answers with something else', ({ response }) => response.writeHead(200, { 'Content-Type': 'application/json' }).end('[]'), 'body must be a JSON object, got a list'],
    ['answers without an end', ({ response }) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(' '.repeat(16_385)), 'answer to open must have at most 16384 bytes, got 16385'],
  ])('errors where the router %s', async (_, open, reason) => {
    const { url } = await serve({ open });

    expect((await failure(url)).message).toBe(`connection to ${url} cannot be opened: ${reason}`);
  });

  it('errors where nobody is there, and says why', async () => {
    const port = await closedPort();

    expect((await failure(`http://127.0.0.1:${port}/`)).message).toMatch(/^connection to http:\/\/127.0.0.1:\d+\/ cannot be opened: .*ECONNREFUSED/);
  });

  it('errors where headers cannot be had', async () => {
    expect((await failure('http://127.0.0.1/', { headers: () => { throw new Error('no token'); } })).message).toBe('connection to http://127.0.0.1/ cannot be opened: no token');
  });

  it('gives up an attempt that takes too long, and one that is unsubscribed', () => {
    const scheduler = new VirtualTimeScheduler();
    const signals: (AbortSignal | null | undefined)[] = [];
    const fetch = (_: unknown, init?: RequestInit): Promise<never> => { signals.push(init?.signal); return new Promise(() => {}); };
    const ends: unknown[] = [];
    longPoll('http://host/lp', { fetch, scheduler, openTimeout: 100 }).subscribe({ error: (error: unknown) => ends.push(error) });
    scheduler.flush();
    longPoll('http://host/lp', { fetch, scheduler }).subscribe().unsubscribe();
    longPoll('http://host/lp', { fetch, scheduler, headers: () => NEVER }).subscribe().unsubscribe();

    expect(ends).toEqual([new ConnectFailedError('connection to http://host/lp cannot be opened: it must open within 100 ms')]);
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
    expect(scheduler.actions).toEqual([]);
  });

  it('looks at no clock any more for its opening once it is open', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 500);
    const opening = new Response('{"protocol":"wamp.2.json","transport":"a"}', { headers: { 'Content-Type': 'application/json' } });
    const seen: unknown[] = [];
    const dialling = longPoll('http://host/lp', { scheduler, openTimeout: 100, fetch: async (to) => (to === 'http://host/lp/open' ? opening : new Promise(() => {})) })
      .subscribe({ next: () => seen.push('open'), error: (error: unknown) => seen.push(error) });
    while (seen.length === 0) await turn();

    scheduler.flush();

    expect(seen).toEqual(['open']);
    dialling.unsubscribe();
  });

  it.each<[string, LongPollOptions, Error]>([
    ['ws://localhost', {}, new RangeError('url must begin with http:// or https://, got "ws:"')],
    ['http://localhost', { subprotocols: [] }, new TypeError('subprotocols must have at least one name, got none')],
    ['http://localhost', { pollTimeout: -1 }, new RangeError('pollTimeout must be a number from 0 to 2147483647, got -1')],
    ['http://localhost', { headers: { 'X-Key': 1 } as never }, new TypeError('header "X-Key" must be a text, got 1')],
    ['http://localhost', { maxPayload: 0 }, new RangeError('maxPayload must be a number from 1 to 2147483647, got 0')],
    ['http://localhost', { fetch: 1 as unknown as typeof fetch }, new TypeError('fetch must be a function, got 1')],
  ])('refuses %s with %j', (url, options, error) => {
    expect(() => longPoll(url, options)).toThrow(error);
  });
});
