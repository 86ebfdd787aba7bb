/** Routers on servers of HTTP that belong to somebody else's app. */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { WebSocket, WebSocketServer } from 'ws';
import { createClient, rawSocket, ws, type Client } from '../../lib/node.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { CERTIFICATE } from '../support/certificate.ts';
import { closeSockets, onClose } from '../support/sockets.ts';

afterEach(closeSockets);

function routerOf(...realms: readonly string[]): ListeningRouter {
  const router = createRouter({ realms: Object.fromEntries(realms.map((name) => [name, {}])) });
  onClose(() => router.close({ drain: 0 }));
  return router;
}

/** A server of an app that answers everything with `app`, and where it is. */
async function appServer(): Promise<{ server: Server; at: string }> {
  const server = createServer((_, response) => response.end('app'));
  return { server, at: await listening(server) };
}

async function listening(server: Pick<Server, 'once' | 'address' | 'close' | 'closeAllConnections' | 'listen'>): Promise<string> {
  onClose(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server as Server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(url: string, realm = 'realm1'): Client {
  const client = createClient({ transport: ws(url), realm, retry: { maxAttempts: 0 } });
  onClose(() => client.close());
  return client;
}

async function bodyOf(at: string, path = '/', headers: Record<string, string> = {}): Promise<{ status: number | undefined; body: string }> {
  const asking = request(`http://${at}${path}`, { agent: false, headers });
  asking.end();
  const [response] = await once(asking, 'response') as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, body };
}

const UPGRADE = {
  Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol': 'wamp.2.json',
};

/** Starts an app that says `hello` at `/hello`, and tells its server once that listens. */
const APPS: readonly (readonly [name: string, start: () => Promise<Server>])[] = [
  ['express', async () => {
    const server = express().get('/hello', (_, response) => void response.send('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onClose(() => server.close());
    return server;
  }],
  ['fastify', async () => {
    const app = fastify();
    app.get('/hello', () => 'hello');
    await app.listen({ port: 0, host: '127.0.0.1' });
    onClose(() => app.close());
    return app.server;
  }],
  ['hono', async () => {
    const app = new Hono().get('/hello', (context) => context.text('hello'));
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    if (!server.listening) await once(server, 'listening');
    onClose(() => server.close());
    return server;
  }],
];

describe('listen() at a path', () => {
  it.each(APPS)('shares the server of %s', async (_, start) => {
    const server = await start();
    const at = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const router = routerOf('realm1');

    const listener = await router.listen('/ws', { server });
    const client = clientOf(listener.url);
    await client.connect();

    expect(listener.url).toBe(`ws://${at}/ws`);
    expect(await bodyOf(at, '/hello')).toEqual({ status: 200, body: 'hello' });
    await router.close();
    expect(await bodyOf(at, '/hello')).toEqual({ status: 200, body: 'hello' });
    expect(router.stats()).toMatchObject({ sessions: 0, connections: 0 });
  });

  it('may be given the server before that listens', async () => {
    const server = createServer();
    const listener = await routerOf('realm1').listen('/ws', { server });
    expect(listener.url).toBe('/ws');

    const at = await listening(server);

    expect(listener.url).toBe(`ws://${at}/ws`);
    await clientOf(listener.url).connect();
  });

  it('speaks TLS where the server does', async () => {
    const server = createHttpsServer(CERTIFICATE);
    await listening(server);
    const { url } = await routerOf('realm1').listen('/ws', { server });
    const client = createClient({ transport: ws(url, { tls: { ca: CERTIFICATE.cert } }), realm: 'realm1' });
    onClose(() => client.close());

    await client.connect();

    expect(url).toMatch(/^wss:/);
  });

  it('lets several routers share one server, each with its own paths and realms', async () => {
    const { server, at } = await appServer();
    const [one, other] = [routerOf('realm1', 'admin'), routerOf('realm1')];
    await one.listen('/ws', { server, realms: ['realm1'], paths: { '/admin': { realms: ['admin'] }, '/all': {} } });
    await other.listen('/other', { server });

    await Promise.all([clientOf(`ws://${at}/ws`), clientOf(`ws://${at}/all`, 'admin'), clientOf(`ws://${at}/admin?a=b`, 'admin'), clientOf(`ws://${at}/other`)].map((client) => client.connect()));
    const [wrong, unknown] = [clientOf(`ws://${at}/ws`, 'admin'), clientOf(`ws://${at}/other`, 'admin')];

    await expect(wrong.connect()).rejects.toMatchObject({ reason: 'wamp.error.no_such_realm', message: expect.stringContaining('realm "admin" does not exist') });
    await expect(unknown.connect()).rejects.toMatchObject({ reason: 'wamp.error.no_such_realm' });
    expect([one.stats().sessions, other.stats().sessions]).toEqual([3, 1]);
  });

  it('answers 404 at paths that nobody has, and leaves them to whoever else listens to upgrades', async () => {
    const { server, at } = await appServer();
    await routerOf('realm1').listen('/ws', { server });
    expect(await bodyOf(at, '/hmr', UPGRADE)).toEqual({ status: 404, body: 'no WebSocket at "/hmr"\n' });

    const hmr = new WebSocketServer({ noServer: true });
    server.on('upgrade', (asked, socket, head) => {
      if (asked.url === '/hmr') hmr.handleUpgrade(asked, socket, head, (socketOfApp) => socketOfApp.close(4000));
    });
    const [code] = await once(new WebSocket(`ws://${at}/hmr`, ['vite-hmr']), 'close');

    expect(code).toBe(4000);
    await clientOf(`ws://${at}/ws`).connect();
  });

  it('gives the path back when it is closed, and cuts nothing of others', async () => {
    const { server, at } = await appServer();
    const [one, other] = [routerOf('realm1'), routerOf('realm1')];
    const listener = await one.listen('/ws', { server });
    await expect(other.listen('/ws', { server })).rejects.toThrow('path must be one that no router has on this server, got "/ws"');
    const staying = await other.listen('/other', { server });
    await clientOf(staying.url).connect();

    await listener.close();
    expect(await bodyOf(at, '/ws', UPGRADE)).toEqual({ status: 404, body: 'no WebSocket at "/ws"\n' });
    await other.listen('/ws', { server });
    await listener.close();

    await clientOf(`ws://${at}/ws`).connect();
    expect(other.stats().sessions).toBe(2);
    await other.close();
    expect(server.listenerCount('upgrade')).toBe(0);
  });

  it('joins a server that a URL has made to listen', async () => {
    const server = createServer();
    const router = routerOf('realm1', 'admin');
    const { url } = await router.listen('ws://127.0.0.1:0/ws', { server, realms: ['realm1'] });
    await router.listen('/admin', { server, realms: ['admin'] });

    await Promise.all([clientOf(url), clientOf(new URL('/admin', url).href, 'admin')].map((client) => client.connect()));
    await router.close();

    expect(server.listening).toBe(false);
  });

  it.each([
    ['no server', {}, 'server must be there to listen at the path "/ws", got none'],
    ['TLS', { server: createServer(), tls: {} }, 'tls must not be there to listen at the path "/ws": it is for the server'],
    ['a status page', { server: createServer(), status: true }, 'status must not be there to listen at the path "/ws": it is for the server'],
    ['a realm that is none', { server: createServer(), realms: ['realm2'] }, 'realms must be realms of the router, got "realm2"'],
    ['realms that are no list', { server: createServer(), realms: 'realm1' as unknown as [] }, 'realms must be a list of realms, got "realm1"'],
    ['a path that is none', { server: createServer(), paths: { admin: {} } }, 'path must be a path that begins with /, got "admin"'],
  ])('rejects %s', async (_, options, message) => {
    await expect(routerOf('realm1').listen('/ws', options)).rejects.toThrow(message);
  });
});

describe('listen() at a URL', () => {
  it.each([['wss://127.0.0.1:0/ws', ws], ['rss://127.0.0.1:0', rawSocket]])('makes a server with TLS for %s, and shows another certificate where it is given one', async (at, dial) => {
    const router = routerOf('realm1');
    const listener = await router.listen(at, { tls: CERTIFICATE });
    const connect = (): Promise<unknown> => {
      const client = createClient({ transport: dial(listener.url, { tls: { ca: CERTIFICATE.cert } }), realm: 'realm1', retry: { maxAttempts: 0 } });
      onClose(() => client.close());
      return client.connect();
    };
    await connect();

    listener.setSecureContext({});
    await expect(connect()).rejects.toMatchObject({ code: 'connect-failed' });
    listener.setSecureContext(CERTIFICATE);
    await connect();

    expect(router.stats().sessions).toBe(2);
  });

  it('cuts clients that begin with TLS and do not end it, when it is closed', async () => {
    const listener = await routerOf('realm1').listen('wss://127.0.0.1:0/ws', { tls: CERTIFICATE });
    const socket = connectTcp(Number(new URL(listener.url).port), '127.0.0.1').on('error', () => {}).resume();
    await once(socket, 'connect');
    const client = createClient({ transport: ws(listener.url, { tls: { ca: CERTIFICATE.cert } }), realm: 'realm1' });
    await client.connect();
    await client.close();

    await listener.close();

    if (!socket.closed) await once(socket, 'close');
    expect(socket.destroyed).toBe(true);
  });

  it('serves several paths, each with its realms', async () => {
    const router = routerOf('realm1', 'admin');
    const { url } = await router.listen('ws://127.0.0.1:0/ws', { realms: ['realm1'], paths: { '/admin': { realms: ['admin'] } } });

    await clientOf(url).connect();
    await clientOf(new URL('/admin', url).href, 'admin').connect();

    await expect(clientOf(url, 'admin').connect()).rejects.toMatchObject({ reason: 'wamp.error.no_such_realm' });
  });

  it('holds a RawSocket to the realms that may be joined there', async () => {
    const { url } = await routerOf('realm1', 'admin').listen('rs://127.0.0.1:0', { realms: ['realm1'] });
    const client = createClient({ url, realm: 'admin', retry: { maxAttempts: 0 } });
    onClose(() => client.close());

    await expect(client.connect()).rejects.toMatchObject({ reason: 'wamp.error.no_such_realm' });
  });

  it.each([
    ['wss without TLS', 'wss://127.0.0.1:0', {}, 'tls or an https.Server must be there to listen on wss, got neither'],
    ['ws with TLS', 'ws://127.0.0.1:0', { tls: CERTIFICATE }, 'tls must not be there to listen on ws, got one'],
    ['TLS beside a server', 'wss://127.0.0.1:0', { tls: CERTIFICATE, server: createServer() }, 'tls must not be there beside a server, which has its own'],
    ['paths of a RawSocket', 'rs://127.0.0.1:0', { paths: { '/a': {} } }, 'paths must not be there to listen on "rs://127.0.0.1:0": a RawSocket has no HTTP'],
  ])('rejects %s', async (_, url, options, message) => {
    await expect(routerOf('realm1').listen(url, options)).rejects.toThrow(message);
  });

  it('has no other certificate for who has none', async () => {
    const router = routerOf('realm1');
    const { server } = await appServer();
    const [plain, raw, shared] = [await router.listen('ws://127.0.0.1:0'), await router.listen('rs://127.0.0.1:0'), await router.listen('/ws', { server })];

    for (const listener of [plain, raw]) expect(() => listener.setSecureContext(CERTIFICATE)).toThrow('listener must have TLS to be given another certificate');
    expect(() => shared.setSecureContext(CERTIFICATE)).toThrow('listener must have a server of its own to be given another certificate');
  });
});

describe('upgradeHandler', () => {
  it('takes what is for its paths, tells of the rest, and answers 503 once the router closes', async () => {
    const { server, at } = await appServer();
    const router = routerOf('realm1', 'admin');
    const wamp = router.upgradeHandler('/ws', { realms: ['realm1'], paths: { '/admin': {} } });
    const others: unknown[] = [];
    server.on('upgrade', (asked, socket, head) => {
      if (wamp(asked, socket, head)) return;
      others.push(asked.url);
      socket.destroy();
    });

    await clientOf(`ws://${at}/ws`).connect();
    await clientOf(`ws://${at}/admin`, 'admin').connect();
    await expect(bodyOf(at, '/else', UPGRADE)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await router.close();

    expect(others).toEqual(['/else']);
    expect(await bodyOf(at, '/ws', UPGRADE)).toEqual({ status: 503, body: 'the router is closing\n' });
    expect(await bodyOf(at)).toEqual({ status: 200, body: 'app' });
    expect(router.census()).toMatchObject({ listeners: 0 });
  });

  it('refuses realms that the router has not', () => {
    expect(() => routerOf('realm1').upgradeHandler('/ws', { realms: ['realm2'] })).toThrow(TypeError);
  });
});

describe('statusPage', () => {
  it('answers for its path, and says false to others', async () => {
    const status = routerOf('realm1').statusPage({ path: '/status' });
    const server = createServer((asked, response) => {
      if (!status(asked, response)) response.end('app');
    });
    const at = await listening(server);

    const { body } = await bodyOf(at, '/status', { Accept: 'application/json' });

    expect(JSON.parse(body)).toMatchObject({ sessions: 0 });
    expect(await bodyOf(at, '/')).toEqual({ status: 200, body: 'app' });
  });
});
