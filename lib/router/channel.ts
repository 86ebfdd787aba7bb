import type { Observable, Observer } from 'rxjs';
import type { Census } from '../census.ts';
import { ProtocolError, SerializationError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { advance, type Lifecycle } from '../protocol/lifecycle.ts';
import { MessageType, type Challenge, type Goodbye, type Message, type Welcome } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Codec } from '../serializers/serializer.ts';
import type { Connection, Frame } from '../transports/transport.ts';
import type { ChannelBinding, Dict, Uri } from '../types.ts';
import { NO_DETAILS } from './core/outbound.ts';
import { isNestedDeeper } from './nesting.ts';
import type { LimitSettings } from './settings.ts';
import type { Traffic } from './traffic.ts';

/** Who gets the messages of a {@link Channel}: the acceptor until a client has joined, then its attachment. */
export interface Receiver {
  /** A message that may follow what came before it. `size` is the length of its frame. */
  receive(message: Message, size: number): void;
  /** Nothing more comes and nothing more can be sent, whoever ended it: in a few words, or with the reason of an ABORT. Called once. */
  closed(reason: string): void;
  /** @internal */
  census(): Census;
}

/** A {@link Receiver} that may outlive its connection. */
export interface EnduringReceiver extends Receiver {
  /** The connection is lost, and may come back. */
  detached(): void;
}

/** What a session has of its connection: a {@link Channel}, or one that outlives its connections. */
export type SessionChannel = Pick<Channel, 'codec' | 'isOpen' | 'state' | 'bufferedAmount' | 'maxLength' | 'writable$' | 'write' | 'abort' | 'fail' | 'close' | 'drop'> & {
  /** Says GOODBYE. */
  send(message: Goodbye): void;
};

/** What is read. */
export type FrameBounds = Pick<LimitSettings, 'messageSize' | 'nesting'>;

/** What a {@link Channel} needs besides its connection. */
export interface ChannelOptions {
  readonly codec: Codec;
  readonly bounds: FrameBounds;
  readonly traffic: Traffic;
  readonly log: Logger | undefined;
  /** Called once, after the receiver was told. */
  readonly onClosed: (channel: Channel) => void;
}

/**
 * A connection as the router sees it: messages in, messages out, and both peers held to the life of a session. A frame that cannot be
 * read, or a message that may not come now, is answered with ABORT, and the connection is closed; nobody else notices.
 */
export class Channel implements Observer<Frame> {
  readonly codec: Codec;
  /** What is read: what everybody may send until the realm is known. */
  bounds: FrameBounds;
  /** Where its messages are counted: with the router until the realm is known. */
  traffic: Traffic;
  readonly #connection: Connection;
  readonly #log: Logger | undefined;
  readonly #onClosed: (channel: Channel) => void;
  #receiver: Receiver | undefined;
  #state: Lifecycle = 'closed';
  #open = true;
  #isLost = false;

  constructor(connection: Connection, { codec, bounds, traffic, log, onClosed }: ChannelOptions) {
    this.#connection = codec.unbatch?.(connection) ?? connection;
    this.codec = codec;
    this.bounds = bounds;
    this.traffic = traffic;
    this.#log = log;
    this.#onClosed = onClosed;
  }

  /** Whether anything can still come or go. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** What the connection can be told from others by; see {@link Connection}. */
  channelId(type: ChannelBinding): Uint8Array | undefined {
    return this.#connection.channelId?.(type);
  }

  /** Whether it ended at the other side, or under way: not by anything that was done here. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Where the session is in its life. */
  get state(): Lifecycle {
    return this.#state;
  }

  /** Bytes that were sent and have not left. */
  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  /** The longest frame that the client takes, in bytes. */
  get maxLength(): number {
    return this.#connection.maxLength ?? Infinity;
  }

  /** Whether there is room for more, as the connection says it. */
  get writable$(): Observable<boolean> {
    return this.#connection.writable$;
  }

  /** Begins to read. */
  start(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#connection.subscribe(this);
  }

  /** Gives what comes from now on to another receiver. */
  handTo(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  /** Sends a message that moves the session on. Throws SerializationError where its details cannot be written, and sends nothing. */
  send(message: Challenge | Welcome | Goodbye): void {
    if (!this.#open) return;
    const frame = this.codec.encode(message);
    this.#state = advance(this.#state, 'router', message.type);
    this.write(frame);
  }

  /** Sends a message of an established session that was encoded before. */
  write(frame: Frame): void {
    if (!this.#open) return;
    this.traffic.sent++;
    this.#connection.next(frame);
  }

  /** Ends the session with ABORT and the connection with it. There may be more details than the message. */
  abort(reason: Uri, message: string, details: Dict = NO_DETAILS): void {
    if (!this.#open) return;
    this.traffic.aborts++;
    this.#log?.info?.('session aborted', { reason, detail: withoutValue(message) });
    this.write(this.codec.encode({ type: MessageType.ABORT, details: { ...details, message }, reason, args: undefined, kwargs: undefined }));
    this.#close(reason);
  }

  /** Ends the session over an error that came up in it. What is not the client's fault is not told to it. */
  fail(error: unknown): void {
    if (error instanceof ProtocolError || error instanceof SerializationError) {
      this.abort(WampUri.protocolViolation, error.message);
    } else {
      this.#log?.warn('session failed', { error });
      this.abort(WampUri.runtimeError, 'the router failed');
    }
  }

  /** Closes the connection once what was sent has been written. */
  close(): void {
    if (this.#open) this.#close('closed');
  }

  /** Drops the connection at once. */
  drop(error: Error): void {
    if (!this.#open) return;
    this.#end(error.message);
    this.#connection.error(error);
  }

  /** What is held for it until it is closed. @internal */
  census(): Census {
    return this.#receiver?.census() ?? {};
  }

  /** Reads a frame of its connection. */
  next(frame: Frame): void {
    if (!this.#open) return;
    const { messageSize, nesting } = this.bounds;
    if (frame.length > messageSize) {
      this.abort(WampUri.payloadSizeExceeded, `message must not be longer than ${messageSize}, got ${frame.length}`);
      return;
    }
    try {
      const message = this.codec.decode(frame);
      if (isNestedDeeper(message, nesting)) throw new ProtocolError(`message must be at most ${nesting} levels deep`);
      this.#state = advance(this.#state, 'client', message.type);
      this.traffic.received++;
      this.#receiver?.receive(message, frame.length);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Its connection is lost. */
  error(): void {
    this.complete();
  }

  /** Its connection has ended. */
  complete(): void {
    this.#isLost = this.#open;
    this.#end('connection lost');
  }

  #close(reason: string): void {
    this.#end(reason);
    this.#connection.complete();
  }

  #end(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#receiver?.closed(reason);
    this.#onClosed(this);
  }
}

// What a client sent in the wrong place may be a secret all the same: it is told so itself, and the log is not.
function withoutValue(message: string): string {
  return message.replace(/, got .*/s, '');
}
