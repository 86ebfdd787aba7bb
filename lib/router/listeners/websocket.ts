// [node]
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { assertRange } from '../../transports/assert-range.ts';
import { parseUrl, type TransportUrl } from '../../transports/url.ts';
import { bind, type BoundListener, type ListenerOptions } from './listener.ts';
import { answering, webServer, type Answer, type WebServer } from './web-server.ts';
import { WebSocketUpgrades, refuseUnknown, type UpgradeOptions } from './websocket-upgrades.ts';

/** Options of {@link listenWebSocket}. Too many connections are answered with 503. */
export interface WebSocketListenOptions extends ListenerOptions, UpgradeOptions {
  /**
   * The server to listen with: one of https for `wss:`, or one that answers requests of its own. It must not be listening yet, is
   * closed with the listener, and keeps its own timeouts; its handshakes are not counted.
   *
   * @default a new http.Server
   */
  readonly server?: WebServer | undefined;
  /**
   * Answer requests for anything but a WebSocket; those for which all say `false` get 426. A server that answers requests of its own must
   * come without. @default []
   */
  readonly answers?: readonly Answer[] | undefined;
}

/**
 * Listens for WebSockets on the host, port and path of `url`; port 0 takes a free one.
 *
 * A client gets the first of our subprotocols that it offers, and 400 where it offers none of them; other paths get 404. Rejects with
 * TypeError or RangeError where the URL or an option is none, and with an Error where the port cannot be had.
 */
export async function listenWebSocket(url: string, options: WebSocketListenOptions): Promise<BoundListener> {
  const target = parseUrl(url);
  const { handshakeTimeout = 10_000, maxHandshakes = 1_000, answers = [] } = options;
  assertRange({ handshakeTimeout, maxHandshakes }, 1);
  const upgrades = new WebSocketUpgrades(target.path, options);
  if (options.server === undefined && target.secure) throw new RangeError('server must be an https.Server to listen on wss, got none');
  const hasAnswers = options.server !== undefined && options.server.listenerCount('request') > 0;
  if (answers.length > 0 && hasAnswers) throw new TypeError('server must have no answers of its own where there is a status page');
  if (options.server?.listening === true) throw new TypeError('server must not be listening yet, got one that is');

  const server = options.server ?? webServer({ handshakeTimeout, maxHandshakes });
  await bind(server, { host: target.hostname, port: target.port }, target.label);
  if (!hasAnswers) server.on('request', answering(answers));
  return new WebSocketListener(target, server, upgrades);
}

class WebSocketListener implements BoundListener {
  readonly url: string;
  readonly #server: WebServer;
  readonly #upgrades: WebSocketUpgrades;
  #stopped: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;

  constructor({ scheme, hostname, path }: TransportUrl, server: WebServer, upgrades: WebSocketUpgrades) {
    const { port } = server.address() as AddressInfo;
    this.url = `${scheme}://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}${path}`;
    this.#server = server;
    this.#upgrades = upgrades;
    server.on('upgrade', this.#upgrade);
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
    this.stop();
    await Promise.all([this.#upgrades.close(), this.#stopped]);
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (this.#upgrades.has(request)) this.#upgrades.take(request, socket, head);
    else refuseUnknown(request, socket);
  };
}
