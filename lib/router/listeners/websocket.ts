// [node]
import { STATUS_CODES, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { asyncScheduler, timer, type SchedulerLike } from 'rxjs';
import { WebSocketServer, type WebSocket } from 'ws';
import { giveCookie } from '../../auth/connection-cookie.ts';
import { show } from '../../protocol/show.ts';
import { assertRange } from '../../transports/assert-range.ts';
import { assertSubprotocols } from '../../transports/subprotocols.ts';
import type { Connection } from '../../transports/transport.ts';
import { parseUrl, type TransportUrl } from '../../transports/url.ts';
import { WsConnection } from '../../transports/ws-connection.ts';
import type { Dict } from '../../types.ts';
import { ListenerCookies, type ListenerCookieOptions } from './cookies.ts';
import { peerOf, requestDetails } from './request-details.ts';
import type { Answer } from './status-page.ts';

/** Options of {@link listenWebSocket}. */
export interface WebSocketListenOptions {
  /** Takes a connection that a client opened, and what is known of the way it came: see {@link requestDetails}. */
  readonly accept: (connection: Connection, transport: Dict) => void;
  /** Serializers that are spoken, by their WebSocket names, best first. */
  readonly subprotocols: readonly string[];
  /** Longest message that is taken, in bytes; a longer one ends the connection with code 1009. @default 16777216 */
  readonly maxPayload?: number | undefined;
  /** Milliseconds in which a client must have asked for its WebSocket. @default 10000 */
  readonly handshakeTimeout?: number | undefined;
  /**
   * Milliseconds of silence after which a ping is sent; after two without an answer the connection is lost. `0` sends none.
   *
   * @default 10000
   */
  readonly pingInterval?: number | undefined;
  /** Bytes of unsent data above which `writable$` of a connection turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /**
   * Sockets that may be open at a time and have not asked for their WebSocket; for one more the oldest of them is cut. Nothing is counted on a
   * `server` of yours. @default 1000
   */
  readonly maxHandshakes?: number | undefined;
  /** Open connections above which no other is accepted (503). @default 2147483647 */
  readonly maxConnections?: number | undefined;
  /**
   * The server to listen with: one of https for `wss:`, or one that answers requests of its own. It must not be listening yet, is
   * closed with the listener, and keeps its own timeouts.
   *
   * @default a new http.Server
   */
  readonly server?: Server | HttpsServer | undefined;
  /**
   * Answers requests for anything but a WebSocket; those for which it says `false` get 426, as all do without it. A server that answers
   * requests of its own must come without.
   */
  readonly answer?: Answer | undefined;
  /**
   * Has clients keep a cookie, by which realms with the method `cookie` know them again. It is HttpOnly and SameSite=Lax, and Secure over TLS; it holds 32 random bytes, and
   * nobody but the method sees it. @default false
   */
  readonly cookie?: boolean | ListenerCookieOptions | undefined;
  /** Where the pings run, and the grace at the end. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** A bound port that takes connections. */
export interface Listener {
  /** Where it listens, with the port that was bound. */
  readonly url: string;
  /**
   * Stops listening, and resolves when the last connection is gone. Connections are for their owner to close; one that is still open after
   * five seconds is cut.
   */
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 5000;

/** How often Node looks for requests that take too long. */
const CHECK_MS = 1000;

/** A {@link Listener} as the router has it. */
export interface BoundListener extends Listener {
  /** Stops listening; WebSockets that are open stay. */
  stop(): void;
}

/**
 * Listens for WebSockets on the host, port and path of `url`; port 0 takes a free one.
 *
 * A client gets the first of our subprotocols that it offers, and 400 where it offers none of them; other paths get 404. Rejects with
 * TypeError or RangeError where the URL or an option is none, and with an Error where the port cannot be had.
 */
export async function listenWebSocket(url: string, options: WebSocketListenOptions): Promise<BoundListener> {
  const target = parseUrl(url);
  const { subprotocols, maxPayload = 16 * 1024 * 1024, handshakeTimeout = 10_000, maxConnections = 2 ** 31 - 1 } = options;
  const { pingInterval = 10_000, highWaterMark = 65_536, maxHandshakes = 1_000, cookie = false, answer } = options;
  assertSubprotocols(subprotocols);
  assertRange({ maxPayload, handshakeTimeout, maxHandshakes }, 1);
  assertRange({ pingInterval, highWaterMark, maxConnections });
  const { server = serverFor(target, handshakeTimeout, maxHandshakes) } = options;
  const cookies = cookie === false ? undefined : new ListenerCookies(cookie === true ? {} : cookie);
  if (answer !== undefined && server.listenerCount('request') > 0) throw new TypeError('server must have no answers of its own where there is a status page');
  if (server.listening) throw new TypeError('server must not be listening yet, got one that is');

  await listen(server, target);
  return new WebSocketListener(target, server, { ...options, maxPayload, maxConnections, cookies });
}

type Settings = WebSocketListenOptions & { readonly maxPayload: number; readonly maxConnections: number; readonly cookies: ListenerCookies | undefined };

class WebSocketListener implements BoundListener {
  readonly url: string;
  readonly #path: string;
  readonly #server: Server | HttpsServer;
  readonly #options: Settings;
  readonly #upgrades: WebSocketServer;
  readonly #open = new Set<WebSocket>();
  #stopped: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;

  constructor({ scheme, hostname, path }: TransportUrl, server: Server | HttpsServer, options: Settings) {
    const { port } = server.address() as AddressInfo;
    this.url = `${scheme}://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}${path}`;
    this.#path = path;
    this.#server = server;
    this.#options = options;
    // Unknown to its types: how long it waits for the other end to close as well. A client that reads nothing would have half a minute.
    const closing = { closeTimeout: CLOSE_GRACE_MS };
    this.#upgrades = new WebSocketServer({
      ...closing, noServer: true, clientTracking: false, perMessageDeflate: false, skipUTF8Validation: true,
      maxPayload: options.maxPayload,
      handleProtocols: (offered) => this.#choose([...offered]) ?? false,
    });
    this.#upgrades.on('headers', (headers, request) => {
      const header = options.cookies?.headerFor(request);
      if (header !== undefined) headers.push(header);
    });
    server.on('upgrade', this.#upgrade);
    if (server.listenerCount('request') === 0) server.on('request', this.#answer);
  }

  stop(): void {
    if (this.#stopped !== undefined) return;
    this.#server.off('upgrade', this.#upgrade);
    this.#stopped = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections(); // those of HTTP; a WebSocket is none any more
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    const { scheduler = asyncScheduler } = this.#options;
    const grace = timer(CLOSE_GRACE_MS, scheduler).subscribe(() => {
      for (const ws of this.#open) ws.terminate();
    });
    this.stop();
    const gone = [...this.#open].map((ws) => new Promise((resolve) => ws.once('close', resolve)));
    await Promise.all([this.#stopped, ...gone]);
    grace.unsubscribe();
  }

  readonly #answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (this.#options.answer?.(request, response) === true) return;
    response.writeHead(426, { Connection: 'close, Upgrade', Upgrade: 'websocket', 'Content-Type': 'text/plain' });
    response.end('this is a WAMP router: connect with a WebSocket\n');
  };

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { subprotocols, maxConnections } = this.#options;
    const offered = request.headers['sec-websocket-protocol'] ?? '';
    if (pathOf(request) !== this.#path) {
      refuse(socket, 404, `no WebSocket at ${show(pathOf(request))}`);
    } else if (this.#open.size >= maxConnections) {
      refuse(socket, 503, `at most ${maxConnections} connections can be open`);
    } else if (this.#choose(offered.split(',').map((name) => name.trim())) === undefined) {
      refuse(socket, 400, `Sec-WebSocket-Protocol must name one of ${subprotocols.join(', ')}, got ${show(offered)}`);
    } else {
      this.#upgrades.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, socket, request));
    }
  };

  #choose(offered: readonly string[]): string | undefined {
    return this.#options.subprotocols.find((name) => offered.includes(name));
  }

  #accept(ws: WebSocket, socket: Duplex, request: IncomingMessage): void {
    const { accept, cookies, highWaterMark, pingInterval, scheduler } = this.#options;
    this.#open.add(ws);
    ws.once('close', () => this.#open.delete(ws));
    const connection = new WsConnection({ ws, socket, masked: false, label: peerOf(request.socket), highWaterMark, pingInterval, scheduler });
    const details = requestDetails(request, ws.protocol, cookies?.nameFor(request));
    const value = cookies?.valueFor(request);
    if (value !== undefined) giveCookie(details, value);
    accept(connection, details);
  }
}

function serverFor({ secure }: TransportUrl, handshakeTimeout: number, maxHandshakes: number): Server {
  if (secure) throw new RangeError('server must be an https.Server to listen on wss, got none');
  const options = { headersTimeout: handshakeTimeout, requestTimeout: handshakeTimeout, connectionsCheckingInterval: CHECK_MS };
  const server = createServer(options);
  boundHandshakes(server, maxHandshakes);
  return server;
}

/** Keeps sockets that ask for nothing from taking all the room: who asks at once is served while others wait. */
function boundHandshakes(server: Server, most: number): void {
  const waiting = new Set<Duplex>();
  server.on('connection', (socket) => {
    const [oldest] = waiting;
    if (oldest !== undefined && waiting.size >= most) {
      waiting.delete(oldest);
      oldest.destroy();
    }
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket));
  });
  server.on('upgrade', (_request, socket: Duplex) => waiting.delete(socket));
}

function listen(server: Server | HttpsServer, { hostname, port, label }: TransportUrl): Promise<void> {
  return new Promise((resolve, reject) => {
    // The code of Node goes with it: a program may have another port in mind for EADDRINUSE.
    const fail = (cause: NodeJS.ErrnoException): void => reject(Object.assign(new Error(`cannot listen on ${label}: ${cause.message}`, { cause }), { code: cause.code }));
    server.once('error', fail);
    server.listen({ host: hostname, port }, () => {
      server.off('error', fail);
      server.on('error', () => {}); // no descriptor left for one more connection: the client will try again
      resolve();
    });
  });
}

function refuse(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8`;
  socket.on('error', () => {}); // the client may be gone already
  socket.once('finish', () => socket.destroy());
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] as string;
}
