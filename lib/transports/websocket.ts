import { BehaviorSubject, NEVER, Observable, Subscription, asyncScheduler, interval, takeWhile, timer, type SchedulerLike } from 'rxjs';
import { TransportLostError } from '../errors.ts';
import { show } from '../protocol/show.ts';
import { assertRange } from './assert-range.ts';
import { Inbox } from './inbox.ts';
import { offering } from './subprotocols.ts';
import type { Connection, DialOptions, Frame, Transport } from './transport.ts';
import { labelOf, webSocketUrl } from './url.ts';
import { CloseCode, failureOf, lossOf } from './websocket-close.ts';

/** What {@link webSocket} needs of a WebSocket: the part that browsers, Node 22, Deno, Bun, React Native, undici and `ws` agree on. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly protocol: string;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

/** Options of {@link webSocket}. */
export interface WebSocketOptions extends DialOptions {
  /** The class to open it with. @default globalThis.WebSocket */
  readonly WebSocket?: (new (url: string, subprotocols: string[]) => WebSocketLike) | undefined;
  /** Bytes of unsent data above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** Milliseconds until the connection must be open. `0` waits as long as the runtime does. @default 10000 */
  readonly openTimeout?: number | undefined;
  /** Where the timeout runs, and the look at the send buffer. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPEN = 1;
const CLOSED = 3;
const DRAIN_POLL_MS = 10; // the WebSocket of browsers has no drain event

/**
 * A transport over the WebSocket of a browser, or of any class that looks like it.
 *
 * Each subscription dials once. Unsubscribing gives the attempt up, or drops the connection; one that `complete()` is closing goes on to
 * close in order. Errors with ConnectFailedError where no connection comes about: refused, not in time, or the router speaks none of the
 * subprotocols. Throws TypeError or RangeError at once where the URL or an option is none, or the runtime has no WebSocket.
 *
 * ```ts
 * webSocket('wss://example.com/ws').subscribe((connection) => connection.subscribe(console.log));
 * ```
 */
export function webSocket(url: string, options: WebSocketOptions = {}): Transport {
  const { highWaterMark = 65_536, openTimeout = 10_000, scheduler = asyncScheduler } = options;
  const { WebSocket = globalThis.WebSocket } = options;
  const target = webSocketUrl(url);
  const { href } = target;
  const label = labelOf(target);
  assertRange({ highWaterMark, openTimeout });
  if (typeof WebSocket !== 'function') throw new TypeError(`WebSocket must be a class, got ${show(WebSocket)}`);

  return offering(options.subprotocols, (subprotocols) => new Observable((subscriber) => {
    let socket: WebSocketLike;
    let connection: WebSocketConnection | undefined;
    let cause: unknown;
    const fail = (reason: string): void => subscriber.error(failureOf(label, reason, cause));
    try {
      socket = new WebSocket(href, [...subprotocols]);
    } catch (error) {
      cause = error; // a page of https: may not open ws:
      fail('');
      return undefined;
    }

    const late = openTimeout === 0 ? NEVER : timer(openTimeout, scheduler);
    const deadline = late.subscribe(() => fail(`it must open within ${openTimeout} ms`));
    socket.binaryType = 'arraybuffer';
    socket.onerror = ({ error }: ErrorLike) => {
      cause = error; // browsers tell nothing; the close event follows
    };
    socket.onclose = ({ code, reason }: CloseLike) => fail(reason || (cause === undefined ? `closed with code ${code}` : ''));
    socket.onopen = () => {
      deadline.unsubscribe();
      // Not every runtime refuses by itself where the server chose none of the subprotocols.
      if (!subprotocols.includes(socket.protocol)) {
        fail(`subprotocol must be one of ${subprotocols.join(', ')}, got ${show(socket.protocol)}`);
        return;
      }
      connection = new WebSocketConnection({ socket, label, highWaterMark, scheduler, onEnd: () => subscriber.complete() });
      subscriber.next(connection);
    };

    return () => {
      deadline.unsubscribe();
      if (connection === undefined) abandon(socket);
      else connection.release();
    };
  }));
}

interface ErrorLike {
  readonly error?: unknown;
}

interface CloseLike {
  readonly code: number;
  readonly reason: string;
}

// A class that throws an error nobody listens for, as `ws` does, keeps its listener until it is closed.
function abandon(socket: WebSocketLike): void {
  const release = (): void => {
    socket.onerror = null;
    socket.onclose = null;
  };
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = release;
  if (socket.readyState === CLOSED) release();
  else socket.close();
}

interface WebSocketConnectionOptions {
  readonly socket: WebSocketLike;
  readonly label: string;
  readonly highWaterMark: number;
  readonly scheduler: SchedulerLike;
  readonly onEnd: () => void;
}

class WebSocketConnection extends Inbox implements Connection {
  readonly subprotocol: string;
  readonly writable$: Observable<boolean>;
  readonly #socket: WebSocketLike;
  readonly #label: string;
  readonly #highWaterMark: number;
  readonly #scheduler: SchedulerLike;
  readonly #writable = new BehaviorSubject(true);
  #draining = Subscription.EMPTY;
  #cause: unknown;

  constructor({ socket, label, highWaterMark, scheduler, onEnd }: WebSocketConnectionOptions) {
    super(onEnd);
    this.#socket = socket;
    this.#label = label;
    this.#highWaterMark = highWaterMark;
    this.#scheduler = scheduler;
    this.subprotocol = socket.protocol;
    this.writable$ = this.#writable.asObservable();
    this.#listen();
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  next(frame: Frame): void {
    if (this.#socket.readyState !== OPEN) return;
    this.#socket.send(frame as string | Uint8Array<ArrayBuffer>);
    if (this.#draining.closed && this.#isOver()) this.#awaitDrain();
  }

  complete(): void {
    this.#socket.close(CloseCode.normal);
  }

  // A browser cannot cut a connection: it is told to close, and what it still says is not listened to.
  error(cause: unknown): void {
    this.#abandon(new TransportLostError(`connection to ${this.#label} was dropped`, { cause }));
  }

  /** Drops the connection unless it is being closed already: then the closing runs on by itself. */
  release(): void {
    if (this.#socket.readyState === OPEN) this.error(undefined);
  }

  #listen(): void {
    this.#socket.onopen = null;
    this.#socket.onmessage = ({ data }: { readonly data: unknown }) => {
      if (typeof data === 'string') this.receive(data);
      else if (isArrayBuffer(data)) this.receive(new Uint8Array(data));
      else this.#abandon(new TransportLostError(`frames from ${this.#label} must be text or an ArrayBuffer, got ${show(data)}`));
    };
    this.#socket.onerror = ({ error }: ErrorLike) => {
      this.#cause = error;
    };
    this.#socket.onclose = ({ code, reason }: CloseLike) => {
      this.#socket.onmessage = null;
      this.#socket.onerror = null;
      this.#socket.onclose = null;
      this.#stop();
      this.end(lossOf(this.#label, code, reason, this.#cause));
    };
  }

  #isOver(): boolean {
    return this.#socket.bufferedAmount > this.#highWaterMark;
  }

  #awaitDrain(): void {
    this.#draining = interval(DRAIN_POLL_MS, this.#scheduler)
      .pipe(takeWhile(() => this.#isOver()))
      .subscribe({ complete: () => this.#writable.next(true) });
    this.#writable.next(false);
  }

  #abandon(failure: TransportLostError): void {
    if (this.ended) return;
    this.#stop();
    abandon(this.#socket);
    this.drop(failure);
  }

  #stop(): void {
    this.#draining.unsubscribe();
    this.#writable.complete();
  }
}

// That of another frame or realm is not an instance of ours.
function isArrayBuffer(data: unknown): data is ArrayBuffer {
  return Object.prototype.toString.call(data) === '[object ArrayBuffer]';
}
