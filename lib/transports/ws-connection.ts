// [node]
import { isUtf8 } from 'node:buffer';
import { Socket as TcpSocket } from 'node:net';
import type { Duplex as Socket } from 'node:stream';
import type { Observable } from 'rxjs';
import type { RawData, WebSocket } from 'ws';
import { HeartbeatLostError, TransportLostError } from '../errors.ts';
import { FrameWriter } from './frame-writer.ts';
import { Inbox } from './inbox.ts';
import { Keepalive, type KeepaliveCare, type KeepaliveOptions } from './keepalive.ts';
import type { ChannelBinding } from '../types.ts';
import type { Connection, Frame } from './transport.ts';
import { CloseCode, lossOf } from './websocket-close.ts';
import { channelIdOf } from './channel-id.ts';

/** What an open WebSocket of the `ws` package is made a connection of, and how. */
export interface WsConnectionOptions {
  /** It must leave the validation of texts to us: `skipUTF8Validation`. Its listeners are ours from now on. */
  readonly ws: WebSocket;
  /** The socket it speaks through, where the runtime shows it. */
  readonly socket: Socket | undefined;
  /** Whether we are the client. */
  readonly masked: boolean;
  /** The peer, as error messages name it. */
  readonly label: string;
  /** Bytes of unsent data above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** When a quiet peer is pinged. */
  readonly keepalive: KeepaliveOptions;
  /** Bytes (of a text, characters) from which on a message is compressed, where that was negotiated. @default 1024 */
  readonly threshold?: number | undefined;
  /** Bytes of the longest frame that is sent; `0` sends every message as one. @default 0 */
  readonly autoFragmentSize?: number | undefined;
  /** `false` lets the system wait for more before it sends a little (Nagle's algorithm). @default true */
  readonly tcpNoDelay?: boolean | undefined;
  /** Called once, after the reader was told of the end. */
  readonly onEnd?: (() => void) | undefined;
  /** Called once, when the WebSocket is closed: behind the end, where that was a drop. */
  readonly onClosed?: ((ws: WebSocket) => void) | undefined;
}

/** A WebSocket that knows what was made of it: its listeners are the same functions for all. */
type Connected = WebSocket & { [CONNECTION]: WsConnection };

const CONNECTION = Symbol('connection');

const REPLACEMENT = '\ufffd';

/** An open WebSocket of the `ws` package as a connection: the client's and the router's alike. */
export class WsConnection extends Inbox implements Connection {
  static readonly #care: KeepaliveCare<WsConnection> = { ping: (one) => one.#ws.ping(), lost: (one) => one.#mourn() };
  readonly subprotocol: string;
  readonly #ws: WebSocket;
  readonly #socket: Socket | undefined;
  readonly #isClient: boolean;
  readonly #label: string;
  readonly #writer: FrameWriter;
  readonly #keepalive: Keepalive<WsConnection>;
  readonly #onClosed: ((ws: WebSocket) => void) | undefined;
  #cause: Error | undefined;

  constructor(options: WsConnectionOptions) {
    const { ws, socket, masked, label, keepalive, tcpNoDelay = true, onEnd, onClosed } = options;
    super(onEnd);
    this.#ws = ws;
    this.#socket = socket;
    this.#isClient = masked;
    this.#label = label;
    this.subprotocol = ws.protocol;
    this.#writer = new FrameWriter(ws, socket, options);
    this.#keepalive = new Keepalive<WsConnection>(this, WsConnection.#care, keepalive);
    this.#onClosed = onClosed;
    if (!tcpNoDelay && socket instanceof TcpSocket) socket.setNoDelay(false); // `ws` has just said true
    this.#listen(ws as Connected);
  }

  get writable$(): Observable<boolean> {
    return this.#writer.writable$;
  }

  get bufferedAmount(): number {
    return this.#writer.bufferedAmount;
  }

  channelId(type: ChannelBinding): Uint8Array | undefined {
    return channelIdOf(this.#socket, type, this.#isClient);
  }

  next(frame: Frame): void {
    this.#writer.send(frame);
  }

  complete(): void {
    this.#writer.close();
  }

  error(cause: unknown): void {
    this.#abandon(new TransportLostError(`connection to ${this.#label} was dropped`, { cause }));
  }

  /** Drops the connection unless it is being closed already: then the closing runs on by itself. */
  release(): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.error(undefined);
  }

  #listen(ws: Connected): void {
    ws[CONNECTION] = this;
    ws.on('message', WsConnection.#onMessage).on('ping', WsConnection.#onSign).on('pong', WsConnection.#onSign)
      .on('error', WsConnection.#onError).on('close', WsConnection.#onClose);
  }

  static #onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
    (this as Connected)[CONNECTION].#receive(data as Buffer, isBinary);
  }

  static #onSign(this: WebSocket): void {
    (this as Connected)[CONNECTION].#keepalive.answered();
  }

  static #onError(this: WebSocket, error: Error): void {
    (this as Connected)[CONNECTION].#cause ??= error;
  }

  static #onClose(this: WebSocket, code: number, reason: Buffer): void {
    (this as Connected)[CONNECTION].#close(code, reason.toString());
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#keepalive.heard();
    // A plain view: a Buffer's slice() does not copy, which would surprise whoever keeps a part of the payload.
    if (isBinary) this.receive(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    else this.#receiveText(data);
  }

  #close(code: number, reason: string): void {
    this.#onClosed?.(this.#ws);
    this.#stop();
    this.#ws.removeAllListeners();
    this.end(lossOf(this.#label, code, reason, this.#cause));
  }

  // Exact, and faster than looking at the bytes first: where they are not UTF-8 the text has a replacement character, and it has one by
  // right so seldom that only then the bytes are looked at. V8 answers for a text of latin1 without searching it.
  #receiveText(data: Buffer): void {
    const text = data.toString();
    if (text.includes(REPLACEMENT) && !isUtf8(data)) {
      const failure = new TransportLostError(`connection to ${this.#label} was closed: a text frame must be valid UTF-8`);
      this.#writer.close(CloseCode.invalidText);
      this.#stop();
      this.end(failure);
      return;
    }
    this.receive(text);
  }

  #mourn(): void {
    this.#abandon(new HeartbeatLostError(`connection to ${this.#label} is dead: it must answer a ping, and missed two`));
  }

  #abandon(failure: TransportLostError): void {
    if (this.ended) return;
    this.#stop();
    this.#ws.terminate();
    this.drop(failure);
  }

  #stop(): void {
    this.#keepalive.stop();
    this.#writer.end();
  }
}
