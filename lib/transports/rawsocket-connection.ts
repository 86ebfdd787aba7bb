// [node]
import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import { Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import { HeartbeatLostError, OverflowError, TransportLostError, type WampError } from '../errors.ts';
import { FrameReader, FrameType, PREFIX_BYTES, announcedLength } from '../protocol/rawsocket.ts';
import type { ChannelBinding } from '../types.ts';
import { channelIdOf } from './channel-id.ts';
import { isLonger } from './frame-length.ts';
import { Inbox } from './inbox.ts';
import { Keepalive, type KeepaliveCare, type KeepaliveOptions } from './keepalive.ts';
import { RawSocketWriter } from './rawsocket-writer.ts';
import type { Connection, Frame } from './transport.ts';

/** What a socket is made a connection of once both ends have opened, and how. */
export interface RawSocketConnectionOptions {
  /** It must stay open for writing when its peer has ended (`allowHalfOpen`). Its listeners are ours from now on. */
  readonly socket: Socket;
  /** What came behind the handshake of the peer. */
  readonly rest: Uint8Array;
  readonly subprotocol: string;
  /** The longest payload that we announced, in bytes. */
  readonly maxPayload: number;
  /** The longest payload that the peer takes, in bytes. */
  readonly maxLength: number;
  /** The peer, as error messages name it. */
  readonly label: string;
  /** Bytes of unsent data above which `writable$` turns `false`. */
  readonly highWaterMark: number;
  /** When a quiet peer is pinged. */
  readonly keepalive: KeepaliveOptions;
  readonly scheduler: SchedulerLike;
  /** Whether we are the client. */
  readonly isClient: boolean;
  /** Called once, after the reader was told of the end. */
  readonly onEnd?: (() => void) | undefined;
}

/** What may wait to be sent in answers to pings, in bytes, while the peer reads nothing. */
const MAX_PONGS = 1024 * 1024;

/** How long a peer may take to close its half as well. */
const CLOSE_GRACE_MS = 5000;

const REPLACEMENT = '\ufffd';
const TEXT = 'wamp.2.json';

/** An open RawSocket as a connection: the client's and the router's alike. */
export class RawSocketConnection extends Inbox implements Connection {
  static readonly #care: KeepaliveCare<RawSocketConnection> = { ping: (one) => one.#writer.send(FrameType.ping, ''), lost: (one) => one.#mourn() };
  readonly subprotocol: string;
  readonly maxLength: number;
  readonly #socket: Socket;
  readonly #label: string;
  readonly #scheduler: SchedulerLike;
  readonly #isText: boolean;
  readonly #isClient: boolean;
  readonly #writer: RawSocketWriter;
  readonly #reader: FrameReader;
  readonly #keepalive: Keepalive<RawSocketConnection>;
  #grace = Subscription.EMPTY;
  #isClosing = false;
  #hasEnded = false;
  #pongs = 0;
  #cause: Error | undefined;

  constructor({ socket, rest, subprotocol, maxPayload, maxLength, label, highWaterMark, keepalive, scheduler, isClient, onEnd }: RawSocketConnectionOptions) {
    super(onEnd);
    this.#socket = socket;
    this.#label = label;
    this.#scheduler = scheduler;
    this.#isText = subprotocol === TEXT;
    this.#isClient = isClient;
    this.subprotocol = subprotocol;
    this.maxLength = maxLength;
    this.#writer = new RawSocketWriter(socket, highWaterMark);
    this.#reader = new FrameReader(announcedLength(maxPayload), (type, payload) => this.#take(type, payload));
    this.#keepalive = new Keepalive<RawSocketConnection>(this, RawSocketConnection.#care, keepalive);
    this.#listen(rest);
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

  // Who sends has looked at `maxLength`. Where it could not, the peer would miss a part of the conversation and never know.
  next(frame: Frame): void {
    if (this.#isClosing) return;
    if (isLonger(frame, this.maxLength)) this.error(new OverflowError(`frame must not be longer than ${this.maxLength} bytes for ${this.#label}, got ${frame.length}`));
    else this.#writer.send(FrameType.message, frame);
  }

  complete(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#writer.close();
    this.#grace = timer(CLOSE_GRACE_MS, this.#scheduler).subscribe(() => this.#socket.destroy());
  }

  error(cause: unknown): void {
    this.#abandon(new TransportLostError(`connection to ${this.#label} was dropped`, { cause }));
  }

  /** Drops the connection unless it is being closed already: then the closing runs on by itself. */
  release(): void {
    if (!this.#isClosing) this.error(undefined);
  }

  #listen(rest: Uint8Array): void {
    this.#socket
      .on('data', (chunk: Buffer) => this.#read(chunk))
      .on('error', (error) => {
        this.#cause ??= error;
      })
      .on('end', () => {
        this.#hasEnded = true;
        this.complete();
      })
      .on('close', () => {
        this.#stop();
        this.end(this.#loss());
      });
    if (rest.length > 0) this.#read(rest);
    this.#socket.resume();
  }

  #read(chunk: Uint8Array): void {
    if (this.ended) return;
    try {
      this.#reader.push(chunk);
    } catch (cause) {
      this.#refuse((cause as WampError).message, cause);
    }
  }

  #take(type: FrameType, payload: Uint8Array): void {
    if (type === FrameType.message) {
      this.#keepalive.heard();
      // A plain view: a Buffer's slice() does not copy, which would surprise whoever keeps a part of the payload.
      if (!this.#isText) this.receive(new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength));
      else this.#receiveText(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
      return;
    }
    this.#keepalive.answered();
    if (type === FrameType.ping) this.#answer(payload);
  }

  // Exact, and faster than looking at the bytes first: see WsConnection.
  #receiveText(data: Buffer): void {
    const text = data.toString();
    if (!text.includes(REPLACEMENT) || isUtf8(data)) this.receive(text);
    else this.#refuse('a message of JSON must be valid UTF-8');
  }

  #answer(payload: Uint8Array): void {
    if (this.#isClosing || this.ended) return;
    if (this.bufferedAmount === 0) this.#pongs = 0;
    this.#pongs += PREFIX_BYTES + payload.length;
    if (this.#pongs > MAX_PONGS) this.error(new OverflowError(`answers to pings must not exceed ${MAX_PONGS} unread bytes`));
    else this.#writer.send(FrameType.pong, payload);
  }

  #loss(): TransportLostError | undefined {
    const cause = this.#cause;
    if (cause === undefined && this.#hasEnded && this.#reader.isBetweenFrames) return undefined;
    const why = cause !== undefined ? `: ${cause.message}` : this.#hasEnded ? ': it ended within a frame' : '';
    return new TransportLostError(`connection to ${this.#label} was lost${why}`, { cause });
  }

  #mourn(): void {
    this.#abandon(new HeartbeatLostError(`connection to ${this.#label} is dead: it must answer a ping, and missed two`));
  }

  #abandon(failure: TransportLostError): void {
    if (this.ended) return;
    this.#cut();
    this.drop(failure);
  }

  // What arrived before it is delivered first.
  #refuse(reason: string, cause?: unknown): void {
    if (this.ended) return;
    this.#cut();
    this.end(new TransportLostError(`connection to ${this.#label} was closed: ${reason}`, { cause }));
  }

  #cut(): void {
    this.#isClosing = true;
    this.#stop();
    this.#socket.destroy();
  }

  #stop(): void {
    this.#grace.unsubscribe();
    this.#keepalive.stop();
    this.#writer.end();
  }
}
