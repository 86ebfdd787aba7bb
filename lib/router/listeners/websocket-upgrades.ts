// [node]
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { asyncScheduler, timer } from 'rxjs';
import { WebSocketServer, type WebSocket } from 'ws';
import { show } from '../../protocol/show.ts';
import { assertRange } from '../../transports/assert-range.ts';
import type { KeepaliveOptions } from '../../transports/keepalive.ts';
import { Rounds } from '../../transports/rounds.ts';
import { assertSubprotocols } from '../../transports/subprotocols.ts';
import { perMessageDeflate, thresholdOf, type CompressionOptions } from '../../transports/ws-compression.ts';
import { WsConnection } from '../../transports/ws-connection.ts';
import { CLOSE_GRACE_MS, type ListenerOptions } from './listener.ts';
import { assertPath, pathOf } from './request-path.ts';
import { Visitors, type VisitorOptions } from './visitors.ts';

/** Options of {@link WebSocketUpgrades}. */
export interface UpgradeOptions extends Omit<ListenerOptions, 'handshakeTimeout' | 'maxHandshakes'>, VisitorOptions {
  /** Other paths at which clients connect, and who takes their connections. @default {} */
  readonly paths?: { readonly [path: string]: ListenerOptions['accept'] } | undefined;
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
  readonly #visitors: Visitors;
  readonly #server: WebSocketServer;
  readonly #keepalive: KeepaliveOptions;
  readonly #open = new Set<WebSocket>();
  readonly #forget = (ws: WebSocket): void => void this.#open.delete(ws);
  #isStopped = false;

  /** Throws TypeError or RangeError over options. */
  constructor(path: string, options: UpgradeOptions) {
    const { subprotocols, maxPayload = 16 * 1024 * 1024, maxConnections = 2 ** 31 - 1, pingInterval = 10_000, highWaterMark = 65_536 } = options;
    const { compression = false, maxFragments = 16_384, autoFragmentSize = 0, closeTimeout = CLOSE_GRACE_MS, pingTimeout = 1, scheduler = asyncScheduler } = options;
    assertSubprotocols(subprotocols);
    assertRange({ maxPayload, maxFragments, closeTimeout, pingTimeout }, 1);
    assertRange({ pingInterval, highWaterMark, maxConnections, autoFragmentSize });
    this.#accepts = new Map([[path, options.accept], ...Object.entries(options.paths ?? {})]);
    for (const each of this.#accepts.keys()) assertPath(each, 'path');
    this.#options = options;
    this.#maxConnections = maxConnections;
    this.#visitors = new Visitors(options);
    this.#keepalive = { rounds: new Rounds(pingInterval, scheduler), pingTimeout: options.pingTimeout };
    // Unknown to its types: how long it waits for the other end to close, and how many frames a message may have.
    const closing = { closeTimeout, maxFragments };
    this.#server = new WebSocketServer({
      ...closing, noServer: true, clientTracking: false, perMessageDeflate: perMessageDeflate(compression), skipUTF8Validation: true, maxPayload,
      handleProtocols: (offered) => this.#choose([...offered]) ?? false,
    });
    this.#server.on('headers', (headers, request) => {
      const header = this.#visitors.cookieHeaderFor(request);
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
    const refusal = this.#visitors.refusalOf(request);
    if (this.#isStopped) {
      refuseUpgrade(socket, 503, 'the router is closing');
    } else if (refusal !== undefined) {
      refuseUpgrade(socket, 403, refusal);
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
    const { highWaterMark, compression = false, autoFragmentSize, tcpNoDelay } = this.#options;
    const details = this.#visitors.detailsOf(request, ws.protocol);
    this.#open.add(ws);
    const connection = new WsConnection({
      ws, socket, masked: false, label: details['peer'] as string, highWaterMark, keepalive: this.#keepalive, threshold: thresholdOf(compression), autoFragmentSize, tcpNoDelay, onClosed: this.#forget,
    });
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
