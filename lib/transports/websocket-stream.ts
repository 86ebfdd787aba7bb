import { BehaviorSubject, NEVER, Observable, asyncScheduler, timer, type SchedulerLike, type Subscription } from 'rxjs';
import { TransportLostError } from '../errors.ts';
import { show } from '../protocol/show.ts';
import { assertRange } from './assert-range.ts';
import { Inbox } from './inbox.ts';
import { offering } from './subprotocols.ts';
import type { Connection, Frame, Transport } from './transport.ts';
import { labelOf, webSocketUrl } from './url.ts';
import { CloseCode, failureOf, lossOf } from './websocket-close.ts';
import { webSocket, type WebSocketOptions } from './websocket.ts';

/** What {@link webSocketStream} needs of a WebSocketStream: the part that Chromium has, which no library declares yet. */
export interface WebSocketStreamLike {
  readonly opened: Promise<{
    readonly readable: ReadableStream<unknown>;
    readonly writable: WritableStream<string | Uint8Array<ArrayBuffer>>;
    readonly protocol: string;
  }>;
  readonly closed: Promise<{ readonly closeCode?: number | undefined; readonly reason?: string | undefined }>;
  close(info?: { readonly closeCode?: number }): void;
}

/** Options of {@link webSocketStream}. */
export interface WebSocketStreamOptions extends WebSocketOptions {
  /** The class to open it with. @default globalThis.WebSocketStream, and where there is none `webSocket(url, options)` */
  readonly WebSocketStream?: (new (url: string, options: { readonly protocols: string[]; readonly signal: AbortSignal }) => WebSocketStreamLike) | undefined;
  /**
   * Nothing is read while its last value is `true`, and so neither are answers to calls, nor the end of the connection: it is for moments in which a page has more
   * than enough to do, and shorter than the `heartbeat`. Each connection subscribes to it; its end, or an error, holds nothing up any more. A plain WebSocket cannot
   * be held, and does not subscribe. @default never
   */
  readonly holdWhile?: Observable<boolean> | undefined;
}

/** Milliseconds of handling frames after which everything else has its turn before the next one is read. */
const SLICE_MS = 10;

/** RFC 6455, 7.1.5: a connection that ended without a close frame. */
const ABNORMAL = 1006;

/**
 * A transport over a WebSocket that is read only as fast as its messages are handled, and can be held: `WebSocketStream`, which Chromium has. A page that does not
 * keep up makes the socket of the router full, so that the router's `sendQueue` has its say, where a plain WebSocket fills the memory of the page.
 *
 * The next frame is read when the one before has been handled; after 10 milliseconds of it in a row timers, input and painting have their turn first. Work that goes
 * on after that, as behind `concatMap`, is not seen: let `holdWhile` tell that it is behind.
 *
 * Where the runtime has no `WebSocketStream` it is exactly `webSocket(url, options)`. Everything else is as there: how it opens, closes and fails.
 *
 * ```ts
 * const waiting$ = new BehaviorSubject(0); // how many prices have not been drawn
 * const holdWhile = waiting$.pipe(map((count) => count > 1000), distinctUntilChanged());
 * createClient({ transport: webSocketStream('wss://example.com/ws', { holdWhile }), realm: 'realm1' });
 * ```
 */
export function webSocketStream(url: string, options: WebSocketStreamOptions = {}): Transport {
  const { WebSocketStream = (globalThis as { WebSocketStream?: WebSocketStreamOptions['WebSocketStream'] }).WebSocketStream } = options;
  if (WebSocketStream === undefined) return webSocket(url, options);
  const { highWaterMark = 65_536, openTimeout = 10_000, scheduler = asyncScheduler, holdWhile = NEVER } = options;
  const target = webSocketUrl(url);
  const { href } = target;
  const label = labelOf(target);
  assertRange({ highWaterMark, openTimeout });
  if (typeof WebSocketStream !== 'function') throw new TypeError(`WebSocketStream must be a class, got ${show(WebSocketStream)}`);

  return offering(options.subprotocols, (subprotocols) => new Observable((subscriber) => {
    const abort = new AbortController();
    let stream: WebSocketStreamLike;
    let connection: WebSocketStreamConnection | undefined;
    const fail = (reason: string, cause?: unknown): void => subscriber.error(failureOf(label, reason, cause));
    try {
      stream = new WebSocketStream(href, { protocols: [...subprotocols], signal: abort.signal });
    } catch (cause) {
      fail('', cause); // a page of https: may not open ws:
      return undefined;
    }

    const late = openTimeout === 0 ? NEVER : timer(openTimeout, scheduler);
    const deadline = late.subscribe(() => fail(`it must open within ${openTimeout} ms`));
    stream.closed.catch(() => {}); // of an attempt that fails `opened` tells
    stream.opened.then(({ readable, writable, protocol }) => {
      deadline.unsubscribe();
      if (subscriber.closed) {
        stream.close();
      } else if (!subprotocols.includes(protocol)) {
        stream.close();
        fail(`subprotocol must be one of ${subprotocols.join(', ')}, got ${show(protocol)}`);
      } else {
        const [reader, writer] = [readable.getReader(), writable.getWriter()];
        connection = new WebSocketStreamConnection({ stream, reader, writer, subprotocol: protocol, label, highWaterMark, holdWhile, scheduler, onEnd: () => subscriber.complete() });
        subscriber.next(connection);
      }
    }, (cause: unknown) => fail('', cause));

    return () => {
      deadline.unsubscribe();
      if (connection === undefined) abort.abort();
      else connection.release();
    };
  }));
}

interface WebSocketStreamConnectionOptions {
  readonly stream: WebSocketStreamLike;
  readonly reader: ReadableStreamDefaultReader<unknown>;
  readonly writer: WritableStreamDefaultWriter<string | Uint8Array<ArrayBuffer>>;
  readonly subprotocol: string;
  readonly label: string;
  readonly highWaterMark: number;
  readonly holdWhile: Observable<boolean>;
  readonly scheduler: SchedulerLike;
  readonly onEnd: () => void;
}

class WebSocketStreamConnection extends Inbox implements Connection {
  readonly subprotocol: string;
  readonly writable$: Observable<boolean>;
  readonly #options: WebSocketStreamConnectionOptions;
  readonly #writable = new BehaviorSubject(true);
  readonly #holding: Subscription;
  #bufferedAmount = 0;
  #unwritten = 0;
  #closing = false;
  #held = false;
  /** Has the reading go on. */
  #release: (() => void) | undefined;

  constructor(options: WebSocketStreamConnectionOptions) {
    super(options.onEnd);
    this.#options = options;
    this.subprotocol = options.subprotocol;
    this.writable$ = this.#writable.asObservable();
    this.#holding = options.holdWhile.subscribe({ next: (held) => this.#hold(held), error: () => this.#hold(false), complete: () => this.#hold(false) });
    void this.#read();
  }

  get bufferedAmount(): number {
    return this.#bufferedAmount;
  }

  next(frame: Frame): void {
    if (this.ended || this.#closing) return;
    this.#bufferedAmount += frame.length;
    this.#unwritten++;
    const written = (): void => {
      this.#bufferedAmount -= frame.length;
      this.#unwritten--;
      this.#mind();
      if (this.#closing) this.#close();
    };
    // What cannot be written any more is told by the end of what is read.
    this.#options.writer.write(frame as string | Uint8Array<ArrayBuffer>).then(written, written);
    this.#mind();
  }

  complete(): void {
    if (this.ended || this.#closing) return;
    this.#closing = true;
    this.#letGo(); // the end is read behind all that waits
    this.#close();
  }

  // A browser cannot cut a connection: it is told to close, and what it still says is not listened to.
  error(cause: unknown): void {
    this.#abandon(new TransportLostError(`connection to ${this.#options.label} was dropped`, { cause }));
  }

  /** Drops the connection unless it is being closed already: then the closing runs on by itself. */
  release(): void {
    if (!this.#closing) this.error(undefined);
  }

  // close() of a stream does not wait for what was written.
  #close(): void {
    if (this.#unwritten === 0 && !this.ended) this.#options.stream.close({ closeCode: CloseCode.normal });
  }

  #mind(): void {
    const writable = this.#bufferedAmount <= this.#options.highWaterMark;
    if (writable !== this.#writable.value) this.#writable.next(writable);
  }

  async #read(): Promise<void> {
    const { reader, scheduler, label } = this.#options;
    try {
      for (let since = scheduler.now(); ;) {
        if (this.#held) await this.#released();
        const { done, value } = await reader.read();
        if (done) break;
        const frame = frameOf(value);
        if (frame === undefined) return this.#abandon(new TransportLostError(`frames from ${label} must be text or bytes, got ${show(value)}`));
        this.receive(frame);
        if (this.ended) return;
        if (scheduler.now() - since < SLICE_MS) continue;
        await turn(scheduler);
        since = scheduler.now();
      }
    } catch {
      // `closed` says why.
    }
    await this.#finish();
  }

  #hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#release?.();
  }

  #released(): Promise<void> {
    return new Promise((resolve) => { this.#release = resolve; });
  }

  async #finish(): Promise<void> {
    const { stream, label } = this.#options;
    let failure: TransportLostError | undefined;
    try {
      const { closeCode = CloseCode.noStatus, reason = '' } = await stream.closed;
      failure = lossOf(label, closeCode, reason, undefined);
    } catch (cause) {
      const { closeCode, reason } = cause as { readonly closeCode?: number | null; readonly reason?: string };
      failure = lossOf(label, closeCode ?? ABNORMAL, reason ?? '', cause);
    }
    this.#stop();
    this.end(failure);
  }

  #abandon(failure: TransportLostError): void {
    if (this.ended) return;
    const { stream, reader } = this.#options;
    this.#stop();
    stream.close();
    // Its close frame stands behind what nobody reads any more.
    reader.cancel().catch(() => {});
    this.drop(failure);
  }

  #stop(): void {
    this.#writable.complete();
    this.#letGo();
  }

  #letGo(): void {
    this.#holding.unsubscribe();
    this.#hold(false);
  }
}

function frameOf(value: unknown): Frame | undefined {
  if (typeof value === 'string') return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // The first versions gave these.
  return Object.prototype.toString.call(value) === '[object ArrayBuffer]' ? new Uint8Array(value as ArrayBuffer) : undefined;
}

function turn(scheduler: SchedulerLike): Promise<void> {
  return new Promise((resolve) => {
    scheduler.schedule(() => resolve());
  });
}
