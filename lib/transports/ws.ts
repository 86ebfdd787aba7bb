// [node]
import type { Agent } from 'node:http';
import type { Duplex as Socket } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { NEVER, Observable, asyncScheduler, timer, type SchedulerLike } from 'rxjs';
import { WebSocket } from 'ws';
import { assertRange } from './assert-range.ts';
import { CookieJar } from './cookie-jar.ts';
import { DEFAULT_SUBPROTOCOLS, assertSubprotocols } from './subprotocols.ts';
import type { DialOptions, Transport } from './transport.ts';
import { parseUrl } from './url.ts';
import { failureOf } from './websocket-close.ts';
import { WsConnection } from './ws-connection.ts';

/** Options of {@link ws}. */
export interface WsOptions extends DialOptions {
  /** Headers of the HTTP request that opens the connection. */
  readonly headers?: { readonly [name: string]: string } | undefined;
  /** Makes the sockets: for a proxy, https-proxy-agent. @default none */
  readonly agent?: Agent | undefined;
  /** Certificates and keys for `wss:`, as tls.connect() takes them. */
  readonly tls?: (SecureContextOptions & { readonly rejectUnauthorized?: boolean | undefined }) | undefined;
  /** Longest message that is taken, in bytes; a longer one ends the connection with code 1009. @default 16777216 */
  readonly maxPayload?: number | undefined;
  /** Milliseconds until the connection must be open. `0` waits as long as the system does. @default 10000 */
  readonly openTimeout?: number | undefined;
  /**
   * Milliseconds of silence after which a ping is sent; after two without an answer the connection is lost. `0` sends none.
   *
   * @default 10000
   */
  readonly pingInterval?: number | undefined;
  /** Bytes of unsent data above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** Where the timeouts run. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * A transport over a WebSocket of the `ws` package, for Node: with headers, proxies, TLS, pings, and back-pressure from the socket. Cookies that the router sets are
 * sent with the next connections, as browsers do; this transport alone has them.
 *
 * Each subscription dials once. Unsubscribing gives the attempt up, or drops the connection; one that `complete()` is closing goes on to
 * close in order. Errors with ConnectFailedError where no connection comes about: refused, not in time, or the router speaks none of the
 * subprotocols. Throws TypeError or RangeError at once where the URL or an option is none.
 */
export function ws(url: string, options: WsOptions = {}): Transport {
  const { subprotocols = DEFAULT_SUBPROTOCOLS, maxPayload = 16 * 1024 * 1024, openTimeout = 10_000, scheduler = asyncScheduler } = options;
  const { pingInterval = 10_000, highWaterMark = 65_536 } = options;
  const { href, label } = parseUrl(url);
  assertSubprotocols(subprotocols);
  assertRange({ openTimeout, pingInterval, highWaterMark });
  assertRange({ maxPayload }, 1);

  const cookies = new CookieJar(() => scheduler.now());

  return new Observable((subscriber) => {
    let socket: WebSocket;
    let wire: Socket | undefined;
    let connection: WsConnection | undefined;
    const fail = (reason: string, cause?: unknown): void => subscriber.error(failureOf(label, reason, cause));
    try {
      socket = dial(href, { ...options, subprotocols, maxPayload, headers: withCookies(options.headers, cookies.header) });
    } catch (error) {
      fail('', error); // a header that HTTP does not allow
      return undefined;
    }

    const late = openTimeout === 0 ? NEVER : timer(openTimeout, scheduler);
    const deadline = late.subscribe(() => fail(`it must open within ${openTimeout} ms`));
    socket.once('upgrade', (response) => {
      wire = response.socket;
      cookies.take(response.headers['set-cookie'] ?? []);
    });
    // An attempt that was given up still errors, and Node would throw where nobody listens.
    socket.on('error', (error) => fail('', error));
    socket.once('close', () => socket.removeAllListeners());
    socket.once('open', () => {
      deadline.unsubscribe();
      socket.removeAllListeners();
      const onEnd = (): void => subscriber.complete();
      connection = new WsConnection({ ws: socket, socket: wire, masked: true, label, highWaterMark, pingInterval, scheduler, onEnd });
      subscriber.next(connection);
    });

    return () => {
      deadline.unsubscribe();
      if (connection === undefined) socket.terminate();
      else connection.release();
    };
  });
}

function withCookies(headers: WsOptions['headers'], cookies: string | undefined): WsOptions['headers'] {
  if (cookies === undefined) return headers;
  const name = Object.keys(headers ?? {}).find((each) => each.toLowerCase() === 'cookie') ?? 'Cookie';
  const given = headers?.[name];
  return { ...headers, [name]: given === undefined ? cookies : `${given}; ${cookies}` };
}

function dial(href: string, { subprotocols = [], maxPayload, headers, agent, tls }: WsOptions): WebSocket {
  return new WebSocket(href, [...subprotocols], {
    ...tls,
    ...(headers && { headers: { ...headers } }),
    agent,
    maxPayload,
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
}
