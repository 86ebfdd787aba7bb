import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ReplaySubject, VirtualTimeScheduler, filter, firstValueFrom, take, toArray } from 'rxjs';
import { WebSocket, WebSocketServer } from 'ws';
import { createClient, type Client, type ClientOptions, type ClientState } from '../../lib/core/index.ts';
import { ConnectFailedError, TransportLostError } from '../../lib/errors.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';

/** Who stands at the door of a server that lets nobody in. */
let knocking$ = new ReplaySubject<Socket>();
const NEVER_OPENS = { verifyClient: ({ req: { socket } }: { req: { socket: Socket } }, _decide: unknown) => { knocking$.next(socket.resume()); } };

const clients: Client[] = [];
const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');

beforeAll(() => { Object.defineProperty(globalThis, 'WebSocket', { configurable: true, writable: true, value: WebSocket }); });
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));
afterAll(() => {
  if (before === undefined) Reflect.deleteProperty(globalThis, 'WebSocket');
  else Object.defineProperty(globalThis, 'WebSocket', before);
});

function clientOf(url: string, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ url, realm: 'realm1', retry: { initialDelay: 5, jitter: 'none' }, ...options });
  clients.push(client);
  return client;
}

/** Why the first attempt failed. */
async function failureOf(client: Client): Promise<unknown> {
  client.connect().catch(() => {});
  const state = await firstValueFrom(client.state$.pipe(filter((each): each is Extract<ClientState, { kind: 'waiting' }> => each.kind === 'waiting')));
  return state.cause;
}

describe('createClient, over the WebSocket of the runtime', () => {
  let router: ListeningRouter;
  let url: string;

  beforeEach(async () => {
    router = createRouter({ realms: { realm1: {} } });
    ({ url } = await router.listen('ws://127.0.0.1:0/ws'));
  });
  afterEach(() => router.close());

  it('joins, calls, listens, publishes and registers, and closes in order', async () => {
    const [server, user] = [clientOf(url), clientOf(`${url}?token=hunter2`)];
    await new Promise((resolve) => { server.register('com.add', ({ args: [a, b] }) => (typeof b === 'number' ? (a as number) + b : b)).subscribe(resolve); });
    const heard = firstValueFrom(user.topic<[number]>('com.sum').pipe(take(2), toArray()));
    await user.connect();
    const { args: [sum] } = await firstValueFrom(user.call<number>('com.add', [2, 3]));
    const { args: [text] } = await firstValueFrom(user.call('com.add', [new Uint8Array([1]), 'ü€😀']));
    for (const value of [sum, 6]) await firstValueFrom(server.publish('com.sum', [value], { acknowledge: true }));

    expect((await heard).map(({ args }) => args)).toEqual([[5], [6]]);
    expect(text).toBe('ü€😀');
    await Promise.all([user.close(), server.close()]);
    await firstValueFrom(router.sessions$.pipe(filter((sessions) => sessions.length === 0)));
    expect(router.stats()).toMatchObject({ sessions: 0, subscriptions: 0, registrations: 0 });
  });

  it('sends what an async generator yields, at the pace of the socket', async () => {
    const [server, user] = [clientOf(url), clientOf(url)];
    server.register('com.count', async function* count() { for (let n = 0; n < 50; n++) yield n; }).subscribe();
    await server.connect();
    const values = await firstValueFrom(user.call<number, number>('com.count', [], { progress: true }).pipe(toArray()));

    expect(values.map(({ args: [n] }) => n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('comes back when the router does', async () => {
    const user = clientOf(url);
    await user.connect();
    const events = firstValueFrom(user.topic<[string]>('com.x'));
    const { port } = new URL(url);
    const lost = firstValueFrom(user.state$.pipe(filter(({ kind }) => kind === 'waiting')));
    await router.close();
    await lost;
    router = createRouter({ realms: { realm1: {} } });
    await router.listen(`ws://127.0.0.1:${port}/ws`);
    user.reconnectNow();
    await user.connect();
    const press = clientOf(url);
    await firstValueFrom(press.publish('com.x', ['back'], { acknowledge: true }));

    expect((await events).args).toEqual(['back']);
  });

  it('fails where the router does not speak JSON', async () => {
    const other = createRouter({ realms: { realm1: {} }, serializers: [msgpack()] });
    const { url: elsewhere } = await other.listen('ws://127.0.0.1:0/ws');

    expect(await failureOf(clientOf(elsewhere))).toBeInstanceOf(ConnectFailedError);
    await other.close();
  });

  it('says where it could not connect, without what may be secret', async () => {
    const { port } = new URL(url);
    await router.close();
    const failure = await failureOf(clientOf(`ws://ann:hunter2@127.0.0.1:${port}/ws?token=hunter2`));

    expect(failure).toBeInstanceOf(ConnectFailedError);
    expect(String(failure)).toBe(`ConnectFailedError: connection to ws://127.0.0.1:${port}/ws cannot be opened with code 1006`);
  });
});

describe('createClient, in front of what is no router', () => {
  let server: WebSocketServer;
  let url: string;
  let closed$ = new ReplaySubject<number>();

  async function listen(options: object = {}): Promise<void> {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'wamp.2.json', ...options });
    await new Promise((resolve) => { server.on('listening', resolve); });
    const address = server.address();
    url = `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/ws`;
    closed$ = new ReplaySubject();
    server.on('connection', (socket) => socket.on('close', (code) => closed$.next(code)));
  }
  const greeting = (greet: (socket: WebSocket) => void): void => {
    server.on('connection', (socket) => { socket.once('message', () => greet(socket)); });
  };
  afterEach(() => new Promise<void>((resolve) => {
    for (const socket of server.clients) socket.terminate();
    knocking$.subscribe((socket) => socket.destroy());
    knocking$ = new ReplaySubject();
    server.close(() => resolve());
  }));

  it('fails where no subprotocol was agreed on', async () => {
    await listen({ handleProtocols: () => false });

    expect(await failureOf(clientOf(url))).toBeInstanceOf(ConnectFailedError);
  });

  it('fails where it does not open in time, and hangs up', async () => {
    await listen(NEVER_OPENS);
    const failure = await failureOf(clientOf(url, { timeouts: { open: 30 } }));

    expect(failure).toBeInstanceOf(ConnectFailedError);
    expect(String(failure)).toContain('it must open within 30 ms');
    const knocking = await firstValueFrom(knocking$);
    if (!knocking.readableEnded) await once(knocking, 'end');
    expect(knocking.readableEnded).toBe(true);
  });

  it.each([['text that is no JSON', 'hello', /protocol_violation/], ['a list that is no message', '[99]', /protocol_violation/], ['bytes', new Uint8Array([91, 93]), /protocol_violation/]] as const)('answers %s with ABORT, and closes', async (_, frame, abort) => {
    await listen();
    const answers: string[] = [];
    greeting((socket) => { socket.on('message', (data: Buffer) => answers.push(data.toString())); socket.send(frame); });
    const client = clientOf(url, { retry: { maxAttempts: 0 } });
    await client.connect().catch(() => {});

    expect(await firstValueFrom(closed$)).toBe(1000);
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatch(abort);
  });

  it('tells why a connection was lost', async () => {
    await listen();
    greeting((socket) => socket.send('[2,1,{}]'));
    const client = clientOf(url);
    await client.connect();
    for (const socket of server.clients) socket.close(1011, 'broken');
    const failure = await failureOf(client);

    expect(failure).toBeInstanceOf(TransportLostError);
    expect(String(failure)).toBe(`TransportLostError: connection to ${url} was lost: broken`);
  });

  it('stays open once it was open in time', async () => {
    await listen();
    greeting((socket) => socket.send('[2,1,{}]'));
    const scheduler = new VirtualTimeScheduler(undefined, 60_000);
    const client = clientOf(url, { timeouts: { open: 50, leave: 0 }, scheduler });
    await client.connect();
    scheduler.flush();

    expect(client.state.kind).toBe('joined');
    const left = client.close();
    scheduler.flush();
    await left;
  });

  it('loses a connection that is cut', async () => {
    await listen();
    greeting((socket) => socket.send('[2,1,{}]'));
    const client = clientOf(url);
    await client.connect();
    for (const socket of server.clients) socket.terminate();

    expect(String(await failureOf(client))).toBe(`TransportLostError: connection to ${url} was lost with code 1006`);
  });

  it('hangs up where it is closed while it dials', async () => {
    await listen(NEVER_OPENS);
    const client = clientOf(url);
    client.connect().catch(() => {});
    const knocking = await firstValueFrom(knocking$);
    expect(client.state.kind).toBe('connecting');
    await client.close();

    if (!knocking.readableEnded) await once(knocking, 'end');
    expect([client.state, knocking.readableEnded]).toEqual([{ kind: 'closed', cause: undefined }, true]);
  });
});
