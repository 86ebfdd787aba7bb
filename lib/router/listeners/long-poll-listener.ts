// [node]
import type { AddressInfo } from 'node:net';
import { assertRange } from '../../transports/assert-range.ts';
import { parseHttpUrl } from '../../transports/long-poll-url.ts';
import type { TransportUrl } from '../../transports/url.ts';
import { ListenerCookies, type ListenerCookieOptions } from './cookies.ts';
import { bind, type BoundListener } from './listener.ts';
import { LongPollRequests, type LongPollRequestsOptions } from './long-poll.ts';
import { answering, webServer, type Answer, type WebServer } from './web-server.ts';

/** Options of {@link listenLongPoll}. */
export interface LongPollListenOptions extends Omit<LongPollRequestsOptions, 'path' | 'cookies'> {
  /** Sockets that may be open at a time and wait for no answer; for one more the oldest of them is cut. @default 1000 */
  readonly maxHandshakes?: number | undefined;
  /** See {@link WebSocketListenOptions.cookie}. @default false */
  readonly cookie?: boolean | ListenerCookieOptions | undefined;
  /**
   * The server to listen with: one of https for `https:`, or one that answers requests of its own, which must leave alone what is under our path. It must not be
   * listening yet, is closed with the listener, and keeps its own timeouts. @default a new http.Server
   */
  readonly server?: WebServer | undefined;
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
  const { handshakeTimeout = 10_000, maxHandshakes = 1_000, answers = [], cookie = false } = options;
  assertRange({ handshakeTimeout, maxHandshakes }, 1);
  const cookies = cookie === false ? undefined : new ListenerCookies(cookie === true ? {} : cookie);
  const requests = new LongPollRequests({ ...options, path: target.path, cookies });
  if (options.server === undefined && target.secure) throw new RangeError('server must be an https.Server to listen on https, got none');
  if (options.server?.listening === true) throw new TypeError('server must not be listening yet, got one that is');

  const server = options.server ?? webServer({ handshakeTimeout, maxHandshakes });
  await bind(server, { host: target.hostname, port: target.port }, target.label);
  const hasAnswers = server.listenerCount('request') > 0 && options.server !== undefined;
  if (hasAnswers) server.on('request', requests.answer);
  else server.on('request', answering([requests.answer, ...answers]));
  return new LongPollListener(target, server, requests);
}

class LongPollListener implements BoundListener {
  readonly url: string;
  readonly #server: WebServer;
  readonly #requests: LongPollRequests;
  #stopped: Promise<void> | undefined;

  constructor({ scheme, hostname, path }: TransportUrl, server: WebServer, requests: LongPollRequests) {
    const { port } = server.address() as AddressInfo;
    this.url = `${scheme}://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}${path}`;
    this.#server = server;
    this.#requests = requests;
  }

  // Those who are there need new sockets for their next requests, so that the port stays until they are gone; who comes now gets 503.
  stop(): void {
    this.#stopped ??= this.#requests.stop().then(() => closed(this.#server));
  }

  async close(): Promise<void> {
    this.stop();
    await Promise.all([this.#requests.close(), this.#stopped]);
  }
}

async function closed(server: WebServer): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}
