import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, map, take, toArray } from 'rxjs';
import { cookie } from '../../lib/auth/cookie.ts';
import { ticket } from '../../lib/auth/ticket.ts';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/node.ts';
import { createRouter, type ListenOptions, type ListeningRouter } from '../../lib/router/node.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { longPoll } from '../../lib/transports/long-poll.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { CuttingProxy } from '../support/cutting-proxy.ts';
import { listening, registered, valueOf } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { closeSockets, onClose } from '../support/sockets.ts';

afterEach(closeSockets);

/** Calls of which one is answered in the end. */
const MAX_CALLS = 50;

/** A router with a listener, and clients of it. */
async function start(at: string, options: ListenOptions = {}): Promise<{ router: ListeningRouter; url: string; client: (url?: string | readonly string[]) => Client }> {
  const router = createRouter({ realms: { realm1: {} } });
  onClose(() => router.close({ drain: 0 }));
  const { url } = await router.listen(at, options);
  const client = (to: string | readonly string[] = url): Client => {
    const made = createClient({ url: to, realm: 'realm1', retry: { initialDelay: 5, jitter: 'none' } });
    onClose(async () => {
      await made.close();
      expectNoLeaks({ clients: [made] });
    });
    return made;
  };
  return { router, url, client };
}

const joined = (client: Client): Promise<unknown> => firstValueFrom(client.state$.pipe(filter(({ kind }) => kind === 'joined')));

describe('a router that listens at http', () => {
  it('routes calls, results that come bit by bit, and events', async () => {
    const { client, router } = await start('http://127.0.0.1:0/lp');
    const [callee, caller] = [client(), client()];
    await registered(callee, 'com.count', ({ args: [most] }) => Array.from({ length: Number(most) }, (_, n) => n));
    const heard = await listening(caller, 'com.news');

    expect(await Promise.all(Array.from({ length: 50 }, (_, n) => valueOf(caller.call('com.count', [n]))))).toHaveLength(50);
    for (let n = 1; n <= 20; n++) await firstValueFrom(callee.publish('com.news', [n], { acknowledge: true }));

    expect(await heard.until(20)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(router.stats()).toMatchObject({ sessions: 2, connections: 2 });
  });

  it('says what the transport is', async () => {
    const { client, router } = await start('http://127.0.0.1:0/lp');

    await joined(hold(client()));

    expect((await firstValueFrom(router.sessions$)).map(({ transport }) => transport)).toEqual([expect.objectContaining({ type: 'longpoll', protocol: 'wamp.2.json.batched', path: '/lp/open' })]);
  });

  it('says GOODBYE when it is closed, and is gone then', async () => {
    const { client, router, url } = await start('http://127.0.0.1:0/lp');
    const one = hold(client());
    await joined(one);
    const states = firstValueFrom(one.state$.pipe(filter(({ kind }) => kind === 'waiting')));

    await router.close({ drain: 5000 });

    expect(await states).toMatchObject({ cause: { name: 'GoodbyeError', reason: 'wamp.close.system_shutdown' } });
    await expect(fetch(`${url}/open`, { method: 'POST' })).rejects.toThrow('fetch failed');
    expect(router.census()).toMatchObject({ connections: 0, sessions: 0, listeners: 0 });
  });

  it('speaks TLS', async () => {
    const { client, url } = await start('https://127.0.0.1:0/lp', { tls: CERTIFICATE });
    expect(url).toMatch(/^https:/);

    // The runtime does not trust it, and has no option for it: the attempt fails with what TLS said.
    expect(await firstValueFrom(hold(client()).state$.pipe(filter(({ kind }) => kind === 'waiting')))).toMatchObject({ cause: { name: 'ConnectFailedError', message: expect.stringContaining('self-signed') } });
  });

  it.each<[string, string, ListenOptions, string]>([
    ['a server', 'http://127.0.0.1:0/lp', { server: createServer() }, 'server must not be there to listen on "http://127.0.0.1:0/lp"'],
    ['a second path', 'http://127.0.0.1:0/lp', { longPoll: '/lp' }, 'longPoll.path must not be there to listen on "http://127.0.0.1:0/lp"'],
    ['what is no path', 'ws://127.0.0.1:0/ws', { longPoll: 'lp' }, 'longPoll.path must be a path that begins with /, got "lp"'],
    ['a path that is missing', 'ws://127.0.0.1:0/ws', { longPoll: { holdTime: 1 } }, 'longPoll.path must be a path that begins with /, got ""'],
    ['requests of a server that is not its own', '/ws', { server: createServer(), longPoll: '/lp' }, 'longPoll must not be there to listen at the path "/ws": give longPollHandler() the requests of the server'],
  ])('refuses %s', async (_, at, options, message) => {
    await expect(createRouter({ realms: { realm1: {} } }).listen(at, options)).rejects.toThrow(message);
  });
});

describe('a router that listens at ws, with long-poll beside it', () => {
  it('has both at one port, and closes both', async () => {
    const { client, router, url } = await start('ws://127.0.0.1:0/ws', { longPoll: { path: '/lp', holdTime: 100 }, status: true });
    const base = url.replace('ws:', 'http:').replace('/ws', '');
    const [one, other] = [client(), client(`${base}/lp`)];
    await registered(one, 'com.add', ({ args: [a, b] }) => Number(a) + Number(b));

    expect(await valueOf(other.call('com.add', [1, 2]))).toBe(3);
    expect((await fetch(base)).status).toBe(200);
    expect((await fetch(`${base}/else`)).status).toBe(426);
    await router.close({ drain: 5000 });
    await expect(fetch(base)).rejects.toThrow('fetch failed');
  });
});

describe('longPollHandler', () => {
  it('answers beside an application of yours, which outlives the router', async () => {
    const { router, client } = await start('ws://127.0.0.1:0/ws');
    const wamp = router.longPollHandler('/lp', { realms: ['realm1'] });
    const server = createServer((request, response) => void (wamp(request, response) || response.end('app')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onClose(() => { server.close(); server.closeAllConnections(); });
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const one = client(`${base}/lp`);
    await joined(hold(one));

    await router.close({ drain: 5000 });

    expect(await (await fetch(`${base}/lpx`)).text()).toBe('app');
    expect((await fetch(`${base}/lp/open`, { method: 'POST', body: '{"protocols":["wamp.2.json"]}' })).status).toBe(503);
  });
});

describe('a client of Node whose login is remembered', () => {
  it.each([
    ['keeps the cookie for its next connections', 'same-origin', ['ticket', 'cookie']],
    ['keeps none where it is not to', 'omit', ['ticket', 'ticket']],
  ] as const)('%s', async (_, credentials, expected) => {
    const router = createRouter({ realms: { realm1: { auth: { cookie: {}, ticket: { users: { [PETER.authid]: { ticket: PETER.ticket, role: 'user' } } } } } } });
    onClose(() => router.close({ drain: 0 }));
    const { url } = await router.listen('http://127.0.0.1:0/lp', { cookie: true });
    const transport = longPoll(url, { credentials });

    const methods = [];
    for (let visit = 1; visit <= 2; visit++) {
      const client = createClient({ transport, realm: 'realm1', auth: [cookie(), ticket(PETER)] });
      methods.push((await client.connect()).authmethod);
      await client.close();
    }

    expect(methods).toEqual(expected);
  });
});

describe('a client with a list of URLs', () => {
  it('falls back to requests where no WebSocket gets through', async () => {
    const { url, client } = await start('http://127.0.0.1:0/lp');
    // A listener for requests alone takes no upgrades, as a proxy would not.
    const one = client([url.replace('http:', 'ws:'), url]);
    const states = lastValueFrom(one.state$.pipe(filter(({ kind }) => kind === 'connecting' || kind === 'joined'), map((state) => ('url' in state ? state.url : state.kind)), take(3), toArray()));

    hold(one);

    expect(await states).toEqual([url.replace('http:', 'ws:'), url, 'joined']);
  });
});

describe('a session by long-poll that is cut', () => {
  it.each<[number, 'client to router' | 'router to client']>([0, 40, 120, 200, 333, 500, 700].flatMap((after) => [[after, 'client to router'], [after, 'router to client']] as [number, 'client to router'][]))('after %i bytes, %s, is replaced or never noticed', async (after, stream) => {
    // What is left of the first one the router notices by its silence.
    const { router, url, client } = await start('http://127.0.0.1:0/lp', { longPoll: { silenceTimeout: 300 } });
    const proxy = await CuttingProxy.open(Number(new URL(url).port), [{ stream, after }]);
    onClose(() => proxy.close());
    // Beside the network: no silence on a busy machine ends this one.
    const callee = createClient({ transport: router.link(), realm: 'realm1' });
    const caller = client(`http://127.0.0.1:${proxy.port}/lp`);
    await registered(callee, 'com.echo', ({ args: [value] }) => value);

    // Any answer is its own; the first may be lost with its connection, and so may others where the machine is so busy that the router hears nothing.
    const answers: unknown[] = [];
    for (let n = 0; n < 6 || (n < MAX_CALLS && answers[n - 1] !== n - 1); n++) answers.push(await valueOf(caller.call('com.echo', [n])).catch((error: Error) => error.name));

    expect(answers.filter((answer, n) => answer !== n && answer !== 'TransportLostError')).toEqual([]);
    expect(answers.at(-1)).toBe(answers.length - 1);
    await caller.close();
    await callee.close();
    await firstValueFrom(router.stats$.pipe(filter(({ connections }) => connections === 0)));
    expect(router.census()).toMatchObject({ sessions: 0, 'open calls': 0, 'open invocations': 0 });
  });
});

/** Keeps a client joined until the end of the spec. */
function hold(client: Client): Client {
  const holding = client.topic('com.example.held').subscribe({ error: () => {} });
  onClose(() => holding.unsubscribe());
  return client;
}
