// [node]
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions, TlsOptions } from 'node:tls';
import { assertRange } from '../../transports/assert-range.ts';
import { parseHttpUrl } from '../../transports/long-poll-url.ts';
import { bracketed, type TransportUrl } from '../../transports/url.ts';
import { bind, setSecureContext, type BoundListener } from './listener.ts';
import { LongPollRequests, type LongPollRequestsOptions } from './long-poll.ts';
import { WaitingSockets } from './waiting-sockets.ts';
import { answering, closeServer, webServer, type Answer, type WebServer } from './web-server.ts';

/** Options of {@link listenLongPoll}. */
export interface LongPollListenOptions extends LongPollRequestsOptions {
  /** Sockets that may be open at a time and wait for no answer; for one more the oldest of them is cut. @default 1000 */
  readonly maxHandshakes?: number | undefined;
  /** For `https:`, which must have it: the certificate and its key, and whatever else tls.createServer() takes. */
  readonly tls?: TlsOptions | undefined;
  /** Answer requests that are none of ours; those for which all say `false` get 426. @default [] */
  readonly answers?: readonly Answer[] | undefined;
}

/**
 * Listens for clients that have nothing but HTTP requests, under the path of `url`: `http://127.0.0.1:8080/lp`. Port 0 takes a free one.
 *
 * Rejects with TypeError or RangeError where the URL or an option is none, and with an Error where the port cannot be had.
 */
export async function listenLongPoll(url: string, options: LongPollListenOptions): Promise<BoundListener> {
  const target = parseHttpUrl(url);
  const { handshakeTimeout = 10_000, maxHandshakes = 1_000, answers = [], tls } = options;
  assertRange({ handshakeTimeout, maxHandshakes }, 1);
  const requests = new LongPollRequests(target.path, options);
  if (target.secure !== (tls !== undefined)) throw new RangeError(target.secure ? 'tls must be there to listen on https, got none' : 'tls must not be there to listen on http, got one');

  const waiting = new WaitingSockets(maxHandshakes);
  const server = webServer({ handshakeTimeout, waiting, tls });
  await bind(server, { host: target.hostname, port: target.port }, target.label);
  server.on('request', answering([requests.answer, ...answers]));
  return new LongPollListener(target, server, requests, waiting);
}

class LongPollListener implements BoundListener {
  readonly url: string;
  readonly #server: WebServer;
  readonly #requests: LongPollRequests;
  readonly #waiting: WaitingSockets;
  #stopped: Promise<void> | undefined;

  constructor({ scheme, hostname, path }: TransportUrl, server: WebServer, requests: LongPollRequests, waiting: WaitingSockets) {
    const { port } = server.address() as AddressInfo;
    this.url = `${scheme}://${bracketed(hostname)}:${port}${path}`;
    this.#server = server;
    this.#requests = requests;
    this.#waiting = waiting;
  }

  setSecureContext(options: SecureContextOptions): void {
    setSecureContext(this.#server, options);
  }

  // Who is there needs new sockets for the next requests, so that the port stays until the last one is gone; who comes now gets 503.
  stop(): void {
    this.#stopped ??= this.#shutDown();
  }

  async close(): Promise<void> {
    this.stop();
    await Promise.all([this.#requests.close(), this.#stopped]);
  }

  async #shutDown(): Promise<void> {
    await this.#requests.stop();
    const closed = closeServer(this.#server);
    this.#waiting.cut();
    await closed;
  }
}
