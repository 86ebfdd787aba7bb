// [node]
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { asyncScheduler, timer } from 'rxjs';
import { WebSocketServer, type WebSocket } from 'ws';
import { giveCookie } from '../../auth/connection-cookie.ts';
import { show } from '../../protocol/show.ts';
import { assertRange } from '../../transports/assert-range.ts';
import { assertSubprotocols } from '../../transports/subprotocols.ts';
import { perMessageDeflate, thresholdOf, type CompressionOptions } from '../../transports/ws-compression.ts';
import { WsConnection } from '../../transports/ws-connection.ts';
import { ListenerCookies, type ListenerCookieOptions } from './cookies.ts';
import { CLOSE_GRACE_MS, type ListenerOptions } from './listener.ts';
import { Origins } from './origins.ts';
import { requestDetails } from './request-details.ts';
import { assertPath, pathOf } from './request-path.ts';
import { TrustedProxies } from './trusted-proxies.ts';

/** Options of {@link WebSocketUpgrades}. */
export interface UpgradeOptions extends Omit<ListenerOptions, 'handshakeTimeout' | 'maxHandshakes'> {
  /** Other paths at which clients connect, and who takes their connections. @default {} */
  readonly paths?: { readonly [path: string]: ListenerOptions['accept'] } | undefined;
  /**
   * Has clients keep a cookie, by which realms with the method `cookie` know them again. It is HttpOnly and SameSite=Lax, and Secure over TLS; it holds 32 random bytes, and
   * nobody but the method sees it. @default false
   */
  readonly cookie?: boolean | ListenerCookieOptions | undefined;
  /**
   * The origins of pages that may connect; others get 403. `https://app.example.com`, `https://*.example.com` for all names below it, `http://localhost:*` for any
   * port, `*` for all, `self` for the host that the request is for, `null` for sandboxed frames and files, which `*` leaves out. Programs, which say no origin,
   * are not asked.
   *
   * Without it every page of the web that somebody has open may connect to what he can reach, the router on his own machine included, and with cookies of your
   * app, of which `cookie` has nothing but those of this listener. What a realm lets anonymous clients do is then open to them. @default all
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /**
   * Addresses and networks of the proxies in front, such as `['127.0.0.1', '10.0.0.0/8']`: what they say of the client in X-Forwarded-For and X-Forwarded-Proto is
   * believed, of nobody else. The client's address is then the `peer` of its session, and what limits are counted by. @default []
   */
  readonly trustProxy?: readonly string[] | undefined;
  /**
   * Whether messages are compressed where the client wants it too, and how. A client that cannot keep to `clientMaxWindowBits` is refused with 400. It makes most
   * connections slower, and holds memory for each. @default false
   */
  readonly compression?: boolean | CompressionOptions | undefined;
  /** Frames that a message may come in; more end the connection with code 1008. @default 16384 */
  readonly maxFragments?: number | undefined;
  /** Bytes of the longest frame that is sent; a longer message goes as several. `0` sends every message as one. @default 0 */
  readonly autoFragmentSize?: number | undefined;
  /** Milliseconds in which a client must answer our close, before the connection is cut. @default 5000 */
  readonly closeTimeout?: number | undefined;
  /** Milliseconds in which a ping must be answered, in the place of two intervals. @default none */
  readonly pingTimeout?: number | undefined;
  /** `false` has the system wait for more before it sends a little (Nagle's algorithm). @default true */
  readonly tcpNoDelay?: boolean | undefined;
}

/**
 * Makes connections of the requests for a WebSocket that a server of HTTP gets.
 *
 * A client gets the first of our subprotocols that it offers, and 400 where it offers none of them.
 */
export class WebSocketUpgrades {
  readonly #accepts: ReadonlyMap<string, ListenerOptions['accept']>;
  readonly #options: UpgradeOptions;
  readonly #maxConnections: number;
  readonly #cookies: ListenerCookies | undefined;
  readonly #origins: Origins | undefined;
  readonly #proxies: TrustedProxies;
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocket>();
  #isStopped = false;

  /** Throws TypeError or RangeError over options. */
  constructor(path: string, options: UpgradeOptions) {
    const { subprotocols, maxPayload = 16 * 1024 * 1024, maxConnections = 2 ** 31 - 1, pingInterval = 10_000, highWaterMark = 65_536, cookie = false } = options;
    const { allowedOrigins, trustProxy = [], compression = false, maxFragments = 16_384, autoFragmentSize = 0, closeTimeout = CLOSE_GRACE_MS, pingTimeout = 1 } = options;
    assertSubprotocols(subprotocols);
    assertRange({ maxPayload, maxFragments, closeTimeout, pingTimeout }, 1);
    assertRange({ pingInterval, highWaterMark, maxConnections, autoFragmentSize });
    this.#accepts = new Map([[path, options.accept], ...Object.entries(options.paths ?? {})]);
    for (const each of this.#accepts.keys()) assertPath(each, 'path');
    this.#options = options;
    this.#maxConnections = maxConnections;
    this.#origins = allowedOrigins && new Origins(allowedOrigins, 'allowedOrigins');
    this.#proxies = new TrustedProxies(trustProxy);
    this.#cookies = cookie === false ? undefined : new ListenerCookies(cookie === true ? {} : cookie, (request) => this.#proxies.sourceOf(request).isSecure);
    // Unknown to its types: how long it waits for the other end to close, and how many frames a message may have.
    const closing = { closeTimeout, maxFragments };
    this.#server = new WebSocketServer({
      ...closing, noServer: true, clientTracking: false, perMessageDeflate: perMessageDeflate(compression), skipUTF8Validation: true, maxPayload,
      handleProtocols: (offered) => this.#choose([...offered]) ?? false,
    });
    this.#server.on('headers', (headers, request) => {
      const header = this.#cookies?.headerFor(request);
      if (header !== undefined) headers.push(header);
    });
  }

  /** Where connections are made. */
  get paths(): readonly string[] {
    return [...this.#accepts.keys()];
  }

  /** Whether a request is for a path of ours. */
  has(request: IncomingMessage): boolean {
    return this.#accepts.has(pathOf(request));
  }

  /** Refuses each request from now on. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Makes a connection of a request for a path of ours, or refuses it. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { 'sec-websocket-protocol': offered = '', origin, host } = request.headers;
    if (this.#isStopped) {
      refuseUpgrade(socket, 503, 'the router is closing');
    } else if (this.#origins?.allows(origin, host) === false) {
      refuseUpgrade(socket, 403, `Origin must be one of ${this.#origins.toString()}, got ${show(origin)}`);
    } else if (this.#open.size >= this.#maxConnections) {
      refuseUpgrade(socket, 503, `at most ${this.#maxConnections} connections can be open`);
    } else if (this.#choose(offered.split(',').map((name) => name.trim())) === undefined) {
      refuseUpgrade(socket, 400, `Sec-WebSocket-Protocol must name one of ${this.#options.subprotocols.join(', ')}, got ${show(offered)}`);
    } else {
      this.#server.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, socket, request));
    }
  }

  /** Resolves when the last connection is gone, and cuts those that nobody has closed after five seconds. */
  async close(): Promise<void> {
    const { scheduler = asyncScheduler } = this.#options;
    const grace = timer(CLOSE_GRACE_MS, scheduler).subscribe(() => {
      for (const ws of this.#open) ws.terminate();
    });
    await Promise.all([...this.#open].map((ws) => new Promise((resolve) => ws.once('close', resolve))));
    grace.unsubscribe();
  }

  #choose(offered: readonly string[]): string | undefined {
    return this.#options.subprotocols.find((name) => offered.includes(name));
  }

  #accept(ws: WebSocket, socket: Duplex, request: IncomingMessage): void {
    const { highWaterMark, pingInterval, pingTimeout, compression = false, autoFragmentSize, tcpNoDelay, scheduler } = this.#options;
    const { peer } = this.#proxies.sourceOf(request);
    this.#open.add(ws);
    ws.once('close', () => this.#open.delete(ws));
    const connection = new WsConnection({
      ws, socket, masked: false, label: peer, highWaterMark, pingInterval, pingTimeout, threshold: thresholdOf(compression), autoFragmentSize, tcpNoDelay, scheduler,
    });
    const details = requestDetails(request, ws.protocol, this.#cookies?.nameFor(request), peer);
    const value = this.#cookies?.valueFor(request);
    if (value !== undefined) giveCookie(details, value);
    this.#accepts.get(pathOf(request))?.(connection, details);
  }
}

/** Answers a request for a WebSocket with an error. */
export function refuseUpgrade(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8`;
  socket.on('error', () => {}); // the client may be gone already
  socket.once('finish', () => socket.destroy());
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
