// [node]
import type { AddressInfo, Socket } from 'node:net';
import { Server as TlsServer, type SecureContextOptions, type TlsOptions } from 'node:tls';
import { assertRange } from '../../transports/assert-range.ts';
import { bracketed, parseUrl, type TransportUrl } from '../../transports/url.ts';
import { bind, setSecureContext, type BoundListener, type ListenerOptions } from './listener.ts';
import type { LongPollRequests } from './long-poll.ts';
import { peerOf } from './request-details.ts';
import { takeUpgrades } from './upgrade-table.ts';
import { WaitingSockets } from './waiting-sockets.ts';
import { answering, closeServer, webServer, type Answer, type WebServer } from './web-server.ts';
import { WebSocketUpgrades, type UpgradeOptions } from './websocket-upgrades.ts';

/** Options of {@link listenWebSocket}. */
export interface WebSocketListenOptions extends ListenerOptions, UpgradeOptions {
  /**
   * The server to listen with, with TLS for `wss:`. It must not be listening yet, is closed with the listener, and keeps its own timeouts; its handshakes
   * are not counted. @default a new one
   */
  readonly server?: WebServer | undefined;
  /** For `wss:` without a `server`: the certificate and its key, and whatever else tls.createServer() takes. */
  readonly tls?: TlsOptions | undefined;
  /**
   * Answer requests for anything but a WebSocket; those for which all say `false` get 426. A server that answers requests of its own must
   * come without. @default []
   */
  readonly answers?: readonly Answer[] | undefined;
  /** Answers requests before all others, and is closed with the listener. */
  readonly longPoll?: LongPollRequests | undefined;
}

/**
 * Listens for WebSockets on the host, port and path of `url`; port 0 takes a free one.
 *
 * A client gets the first of our subprotocols that it offers, and 400 where it offers none of them; other paths get 404. Rejects with
 * TypeError or RangeError where the URL or an option is none, and with an Error where the port cannot be had.
 */
export async function listenWebSocket(url: string, options: WebSocketListenOptions): Promise<BoundListener> {
  const target = parseUrl(url);
  const { handshakeTimeout = 10_000, maxHandshakes = 1_000, answers = [], tls, server: given, longPoll } = options;
  assertRange({ handshakeTimeout, maxHandshakes }, 1);
  const upgrades = new WebSocketUpgrades(target.path, options);
  if (given === undefined) checkTls(target, tls);
  else checkServer(given, options);

  const waiting = new WaitingSockets(maxHandshakes);
  const server = given ?? webServer({ handshakeTimeout, waiting, tls });
  const hasAnswers = given !== undefined && given.listenerCount('request') > 0;
  const leave = takeUpgrades(server, upgrades, (socket) => waiting.end(peerOf(socket as Socket)));
  try {
    await bind(server, { host: target.hostname, port: target.port }, target.label);
  } catch (error) {
    leave();
    throw error;
  }
  if (!hasAnswers) server.on('request', answering(longPoll === undefined ? answers : [longPoll.answer, ...answers]));
  else if (longPoll !== undefined) server.on('request', longPoll.answer);
  return new WebSocketListener(target, { server, upgrades, waiting, leave, longPoll });
}

/** Takes the upgrades at a path of a server that somebody else has listen, and close. */
export function joinServer(server: WebServer, path: string, options: UpgradeOptions): BoundListener {
  return new SharedListener(server, path, new WebSocketUpgrades(path, options));
}

function checkTls({ secure }: TransportUrl, tls: TlsOptions | undefined): void {
  if (secure === (tls !== undefined)) return;
  throw new RangeError(secure ? 'tls or an https.Server must be there to listen on wss, got neither' : 'tls must not be there to listen on ws, got one');
}

function checkServer(server: WebServer, { tls, answers = [] }: WebSocketListenOptions): void {
  if (tls !== undefined) throw new TypeError('tls must not be there beside a server, which has its own');
  if (answers.length > 0 && server.listenerCount('request') > 0) throw new TypeError('server must have no answers of its own where there is a status page');
  if (server.listening) throw new TypeError('server must not be listening yet, got one that is: name a path instead of a URL to share it');
}

interface Parts {
  readonly server: WebServer;
  readonly upgrades: WebSocketUpgrades;
  readonly waiting: WaitingSockets;
  /** Has it take no more upgrades. */
  readonly leave: () => void;
  readonly longPoll: LongPollRequests | undefined;
}

class WebSocketListener implements BoundListener {
  readonly url: string;
  readonly #parts: Parts;
  #stopped: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;

  constructor({ scheme, hostname, path }: TransportUrl, parts: Parts) {
    const { port } = parts.server.address() as AddressInfo;
    this.url = `${scheme}://${bracketed(hostname)}:${port}${path}`;
    this.#parts = parts;
  }

  setSecureContext(options: SecureContextOptions): void {
    setSecureContext(this.#parts.server, options);
  }

  stop(): void {
    if (this.#stopped !== undefined) return;
    const { server, waiting, leave, longPoll } = this.#parts;
    leave();
    const end = (): Promise<unknown> => {
      const closed = closeServer(server);
      waiting.cut();
      return closed;
    };
    // Who is there by long-poll needs new sockets for the next requests, so that the port stays until the last one is gone.
    this.#stopped = longPoll === undefined ? end() : longPoll.stop().then(end);
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    return this.#closed;
  }

  async #shutDown(): Promise<void> {
    this.stop();
    await Promise.all([this.#parts.upgrades.close(), this.#parts.longPoll?.close(), this.#stopped]);
  }
}

class SharedListener implements BoundListener {
  readonly #server: WebServer;
  readonly #path: string;
  readonly #upgrades: WebSocketUpgrades;
  readonly #leave: () => void;
  #closed: Promise<void> | undefined;

  constructor(server: WebServer, path: string, upgrades: WebSocketUpgrades) {
    this.#server = server;
    this.#path = path;
    this.#upgrades = upgrades;
    this.#leave = takeUpgrades(server, upgrades);
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') return this.#path;
    const host = address.address === '::' || address.address === '0.0.0.0' ? 'localhost' : bracketed(address.address);
    return `${this.#server instanceof TlsServer ? 'wss' : 'ws'}://${host}:${address.port}${this.#path}`;
  }

  setSecureContext(): never {
    throw new TypeError('listener must have a server of its own to be given another certificate');
  }

  stop(): void {
    this.#leave();
  }

  close(): Promise<void> {
    this.stop();
    this.#closed ??= this.#upgrades.close();
    return this.#closed;
  }
}
