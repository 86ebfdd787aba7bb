// [node]
import type { IncomingMessage } from 'node:http';
import type { Duplex as Socket } from 'node:stream';
import { NEVER, Subscription, timer, type Subscriber } from 'rxjs';
import { WebSocket } from 'ws';
import type { CookieJar } from './cookie-jar.ts';
import { headersOf, withCookies, type Headers } from './request-headers.ts';
import { Rounds } from './rounds.ts';
import type { Connection } from './transport.ts';
import type { TransportUrl } from './url.ts';
import { failureOf } from './websocket-close.ts';
import { perMessageDeflate, thresholdOf } from './ws-compression.ts';
import { WsConnection } from './ws-connection.ts';
import type { WsSettings } from './ws-options.ts';
import { refusalOf } from './ws-refusal.ts';

/** How to open one, and what to offer. */
interface AttemptSettings extends WsSettings {
  readonly subprotocols: readonly string[];
}

/** One attempt to open a WebSocket of the `ws` package, and the connection that comes of it. */
export class WsAttempt {
  readonly #target: TransportUrl;
  readonly #settings: AttemptSettings;
  readonly #cookies: CookieJar;
  readonly #subscriber: Subscriber<Connection>;
  /** What is waited for until it is open. */
  readonly #waiting = new Subscription();
  #ws: WebSocket | undefined;
  #socket: Socket | undefined;
  #connection: WsConnection | undefined;

  /** Begins. What becomes of it is told to `subscriber`. */
  constructor(target: TransportUrl, settings: AttemptSettings, cookies: CookieJar, subscriber: Subscriber<Connection>) {
    this.#target = target;
    this.#settings = settings;
    this.#cookies = cookies;
    this.#subscriber = subscriber;
    const { openTimeout, scheduler, headers = {} } = settings;
    this.#waiting.add((openTimeout === 0 ? NEVER : timer(openTimeout, scheduler)).subscribe(() => this.#fail(`it must open within ${openTimeout} ms`)));
    this.#waiting.add(headersOf(headers).subscribe({ next: (each) => this.#dial(each), error: (error) => this.#fail(`headers cannot be had, ${textOf(error)}`, error) }));
  }

  /** Gives the attempt up, or drops its connection, unless that is being closed already. */
  release(): void {
    this.#waiting.unsubscribe();
    if (this.#connection === undefined) this.#ws?.terminate();
    else this.#connection.release();
  }

  #dial(headers: Headers): void {
    let ws: WebSocket;
    try {
      ws = dial(this.#target.href, this.#settings, withCookies(headers, this.#cookies.header));
    } catch (error) {
      return this.#fail('', error); // a header that HTTP does not allow
    }
    this.#ws = ws;
    ws.once('upgrade', (response) => {
      this.#socket = response.socket;
      // Another router's cookies are not for this one.
      if (ws.url === this.#target.href) this.#cookies.take(response.headers['set-cookie'] ?? []);
    });
    ws.on('unexpected-response', (_request, response: IncomingMessage) => refusalOf(response, ({ reason, cause }) => this.#fail(reason, cause)));
    // An attempt that was given up still errors, and Node would throw where nobody listens.
    ws.on('error', (error) => this.#fail('', error));
    ws.once('close', () => ws.removeAllListeners());
    ws.once('open', () => this.#open(ws));
  }

  #open(ws: WebSocket): void {
    const { secure, label } = this.#target;
    if (secure && !ws.url.startsWith('wss:')) return this.#fail('it must not be redirected from wss to ws');
    this.#waiting.unsubscribe();
    ws.removeAllListeners();
    const { highWaterMark, pingInterval = 10_000, pingTimeout, compression, autoFragmentSize, tcpNoDelay, scheduler } = this.#settings;
    this.#connection = new WsConnection({
      ws, socket: this.#socket, masked: true, label, highWaterMark, threshold: thresholdOf(compression), autoFragmentSize, tcpNoDelay,
      keepalive: { rounds: new Rounds(pingInterval, scheduler), pingTimeout },
      onEnd: () => this.#subscriber.complete(),
    });
    this.#subscriber.next(this.#connection);
  }

  #fail(reason: string, cause?: unknown): void {
    this.#subscriber.error(failureOf(this.#target.label, reason, cause));
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function dial(href: string, { subprotocols, maxPayload, maxFragments, maxRedirects, closeTimeout, compression, agent, tls }: AttemptSettings, headers: Headers): WebSocket {
  // Unknown to its types.
  const closing = { closeTimeout };
  return new WebSocket(href, [...subprotocols], {
    ...tls, ...closing, headers: { ...headers }, agent, maxPayload, maxFragments, followRedirects: maxRedirects > 0, maxRedirects,
    perMessageDeflate: perMessageDeflate(compression), skipUTF8Validation: true,
  });
}
