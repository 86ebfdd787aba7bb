// [node]
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { asyncScheduler, timer } from 'rxjs';
import { WebSocketServer, type WebSocket } from 'ws';
import { giveCookie } from '../../auth/connection-cookie.ts';
import { show } from '../../protocol/show.ts';
import { assertRange } from '../../transports/assert-range.ts';
import { assertSubprotocols } from '../../transports/subprotocols.ts';
import { WsConnection } from '../../transports/ws-connection.ts';
import { ListenerCookies, type ListenerCookieOptions } from './cookies.ts';
import { CLOSE_GRACE_MS, type ListenerOptions } from './listener.ts';
import { peerOf, requestDetails } from './request-details.ts';
import { assertPath, pathOf } from './request-path.ts';

/** Options of {@link WebSocketUpgrades}. */
export interface UpgradeOptions extends Omit<ListenerOptions, 'handshakeTimeout' | 'maxHandshakes'> {
  /** Other paths at which clients connect, and who takes their connections. @default {} */
  readonly paths?: { readonly [path: string]: ListenerOptions['accept'] } | undefined;
  /**
   * Has clients keep a cookie, by which realms with the method `cookie` know them again. It is HttpOnly and SameSite=Lax, and Secure over TLS; it holds 32 random bytes, and
   * nobody but the method sees it. @default false
   */
  readonly cookie?: boolean | ListenerCookieOptions | undefined;
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
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocket>();
  #isStopped = false;

  /** Throws TypeError or RangeError over options. */
  constructor(path: string, options: UpgradeOptions) {
    const { subprotocols, maxPayload = 16 * 1024 * 1024, maxConnections = 2 ** 31 - 1, pingInterval = 10_000, highWaterMark = 65_536, cookie = false } = options;
    assertSubprotocols(subprotocols);
    assertRange({ maxPayload }, 1);
    assertRange({ pingInterval, highWaterMark, maxConnections });
    this.#accepts = new Map([[path, options.accept], ...Object.entries(options.paths ?? {})]);
    for (const each of this.#accepts.keys()) assertPath(each, 'path');
    this.#options = options;
    this.#maxConnections = maxConnections;
    this.#cookies = cookie === false ? undefined : new ListenerCookies(cookie === true ? {} : cookie);
    // Unknown to its types: how long it waits for the other end to close as well. A client that reads nothing would have half a minute.
    const closing = { closeTimeout: CLOSE_GRACE_MS };
    this.#server = new WebSocketServer({
      ...closing, noServer: true, clientTracking: false, perMessageDeflate: false, skipUTF8Validation: true, maxPayload,
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
    const offered = request.headers['sec-websocket-protocol'] ?? '';
    if (this.#isStopped) {
      refuseUpgrade(socket, 503, 'the router is closing');
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
    const { highWaterMark, pingInterval, scheduler } = this.#options;
    this.#open.add(ws);
    ws.once('close', () => this.#open.delete(ws));
    const connection = new WsConnection({ ws, socket, masked: false, label: peerOf(request.socket), highWaterMark, pingInterval, scheduler });
    const details = requestDetails(request, ws.protocol, this.#cookies?.nameFor(request));
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
