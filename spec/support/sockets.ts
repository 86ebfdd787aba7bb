/** Real sockets for specs, on 127.0.0.1 and ports that the system chooses. `afterEach(closeSockets)` closes what a spec opened. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import type { Observable, Subscription } from 'rxjs';
import { WebSocket, WebSocketServer, type ClientOptions, type ServerOptions } from 'ws';
import type { Connection, Frame, Transport } from '../../lib/transports/transport.ts';

const closers: (() => unknown)[] = [];

/** Has something undone after the spec. */
export function onClose(closer: () => unknown): void {
  closers.push(closer);
}

export async function closeSockets(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close();
}

/** A WebSocket of `ws` and the socket it speaks through. */
export interface BareEnd {
  readonly ws: WebSocket;
  readonly socket: Socket;
}

export interface BareServer {
  readonly url: string;
  readonly http: Server;
  /** The next WebSocket that a client opens, or that has been opened and not been asked for. */
  accept(): Promise<BareEnd>;
}

/** A server of `ws` with nothing of ours in it. It takes the first subprotocol it is offered unless told otherwise. */
export async function startServer(options: ServerOptions = {}): Promise<BareServer> {
  const http = createServer();
  const upgrades = new WebSocketServer({ noServer: true, clientTracking: false, ...options });
  const opened: BareEnd[] = [];
  http.on('upgrade', (request, socket: Socket, head) => {
    upgrades.handleUpgrade(request, socket, head, (ws) => {
      ws.on('error', () => {});
      opened.push({ ws, socket });
      http.emit('opened');
    });
  });
  const port = await listen(http);
  return {
    url: `ws://127.0.0.1:${port}`,
    http,
    async accept() {
      if (opened.length === 0) await once(http, 'opened');
      return opened.shift()!;
    },
  };
}

/** A client of `ws` with nothing of ours in it, once it is open. */
export async function openClient(url: string, subprotocols: string[] = [], options: ClientOptions = {}): Promise<BareEnd> {
  const ws = new WebSocket(url, subprotocols, { perMessageDeflate: false, ...options });
  let socket: Socket | undefined;
  ws.once('upgrade', (response) => { socket = response.socket; });
  onClose(() => ws.terminate());
  await once(ws, 'open');
  ws.on('error', () => {});
  return { ws, socket: socket! };
}

/** The two ends of one WebSocket. */
export async function openPair(server: ServerOptions = {}, client: ClientOptions = {}): Promise<{ client: BareEnd; server: BareEnd }> {
  const { url, accept } = await startServer(server);
  const [clientEnd, serverEnd] = await Promise.all([openClient(url, [], client), accept()]);
  return { client: clientEnd, server: serverEnd };
}

/** A server of TCP that hands its sockets to `onSocket` and does nothing else. */
export async function startTcpServer(onSocket: (socket: Socket) => void): Promise<number> {
  return listen(createTcpServer((socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  }));
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function listen(server: ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  onClose(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The next `count` frames that arrive at a bare WebSocket. */
export function receive(ws: WebSocket, count: number): Promise<Frame[]> {
  return new Promise((resolve) => {
    const frames: Frame[] = [];
    const take = (data: Buffer, isBinary: boolean): void => {
      frames.push(isBinary ? new Uint8Array(data) : data.toString());
      if (frames.length < count) return;
      ws.off('message', take);
      resolve(frames);
    };
    if (count === 0) resolve(frames);
    else ws.on('message', take);
  });
}

/** Text, or bytes as text that no frame of text is: comparing long lists of numbers takes long. */
export function legible(frame: Frame): string {
  return typeof frame === 'string' ? `text ${frame}` : `bytes ${Buffer.from(frame).toString('latin1')}`;
}

/** How an observable went: what it emitted, and `'complete'` or its error. */
export interface Course<T> {
  readonly values: readonly T[];
  readonly end: unknown;
}

export function course<T>(source: Observable<T>): Promise<Course<T>> {
  const values: T[] = [];
  return new Promise((resolve) => {
    source.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => resolve({ values, end: error }),
      complete: () => resolve({ values, end: 'complete' }),
    });
  });
}

/** A transport that was dialled: its connection, and how the transport itself ends. */
export interface Dialled {
  readonly connection: Connection;
  readonly dialling: Subscription;
  readonly end: Promise<unknown>;
}

export function dial(transport: Transport): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    let settle: (end: unknown) => void;
    const end = new Promise((settled) => { settle = settled; });
    const dialling: Subscription = transport.subscribe({
      next: (connection) => queueMicrotask(() => resolve({ connection, dialling, end })),
      error: (error: Error) => {
        settle(error);
        reject(error);
      },
      complete: () => settle('complete'),
    });
    onClose(() => dialling.unsubscribe());
  });
}
