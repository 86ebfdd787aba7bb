import { Subscription, asyncScheduler, timer, type Observable, type SchedulerLike } from 'rxjs';
import { AbortError, GoodbyeError, ProtocolError, SerializationError, TimeoutError, TransportLostError, WampError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { advanceAt, type Lifecycle, type Peer } from '../protocol/lifecycle.ts';
import { MessageType, type Message } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Codec } from '../serializers/serializer.ts';
import { isLonger } from '../transports/frame-length.ts';
import type { Connection, Frame } from '../transports/transport.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { Tap } from './wire-tap.ts';

/** Options of {@link Wire}. */
export interface WireOptions {
  readonly scheduler?: SchedulerLike | undefined;
  /** Milliseconds to wait for the router's GOODBYE after ours. @default 2000 */
  readonly leaveTimeout?: number | undefined;
  readonly tap?: Tap | undefined;
  readonly log?: Logger | undefined;
}

/** Who handles what a {@link Wire} brings: first the handshake, then the session. */
export interface WireReader {
  /** A message that the life cycle allows. May throw ProtocolError, which ends the wire. */
  message(message: Message): void;
  /** The wire is over, once: `undefined` where we left. */
  ended(cause: WampError | undefined): void;
}

/** What a session speaks through: a {@link Wire}, or one that outlives its connections. */
export type SessionWire = Pick<Wire, 'reader' | 'session' | 'scheduler' | 'log' | 'writable$' | 'over' | 'quiet' | 'send' | 'leave' | 'part' | 'drop'>;

const NOBODY: WireReader = { message: () => {}, ended: () => {} };

/**
 * The messages of one connection, both ways: codec, life cycle, wire tap, and every way out. It holds both peers to the table of
 * protocol/lifecycle.ts, and whatever goes wrong ends it exactly once, with one cause.
 */
export class Wire {
  /** Who reads. */
  reader: WireReader = NOBODY;
  /** Shown with what the tap shows. */
  session: Id | undefined;
  /** `false` as soon as a frame arrives. Whoever wants to know whether the router lives sets it, and looks again later. */
  quiet = false;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
  readonly subprotocol: string;
  readonly #connection: Connection;
  readonly #codec: Codec;
  readonly #leaveTimeout: number;
  readonly #tap: Tap | undefined;
  readonly #subscription = new Subscription();
  #state: Lifecycle = 'closed';
  #left = false;
  #over = false;

  constructor(connection: Connection, codec: Codec, { scheduler = asyncScheduler, leaveTimeout = 2000, tap, log }: WireOptions = {}) {
    this.#connection = codec.unbatch?.(connection) ?? connection;
    this.#codec = codec;
    this.#leaveTimeout = leaveTimeout;
    this.#tap = tap;
    this.scheduler = scheduler;
    this.log = log;
    this.subprotocol = connection.subprotocol;
  }

  /** `false` while the connection has more to send than it should. */
  get writable$(): Observable<boolean> { return this.#connection.writable$; }

  /** Whether it has ended. */
  get over(): boolean { return this.#over; }

  /** Begins to read. */
  start(): void {
    this.#subscription.add(this.#connection.subscribe({
      next: (frame) => this.#receive(frame),
      error: (error: unknown) => this.#end(error instanceof WampError ? error : new TransportLostError('connection lost', { cause: error }), 'lost'),
      complete: () => this.#end(new TransportLostError('connection closed by the router without GOODBYE'), 'lost'),
    }));
  }

  /** Writes a message. Throws SerializationError where it cannot be written, and then nothing was sent. After the end it does nothing. */
  send(message: Message): void {
    if (!this.#over) this.write(message, this.encode(message));
  }

  /** The frame of a message. Throws SerializationError where it cannot be written, or is longer than the router takes. */
  encode(message: Message): Frame {
    const frame = this.#codec.encode(message);
    const { maxLength } = this.#connection;
    if (maxLength !== undefined && isLonger(frame, maxLength)) throw new SerializationError(`message must not be longer than ${maxLength} bytes for this router`);
    return frame;
  }

  /** Writes a message whose frame is there already. After the end it does nothing. */
  write(message: Message, frame: Frame): void {
    if (this.#over) return;
    this.#step('client', message.type);
    if (this.#tap !== undefined && this.#tap.observed) this.#tap.frame('out', message, frame, this.session);
    this.#connection.next(frame);
  }

  /** Writes a message of an established session again, which went out over another connection before. After the end it does nothing. */
  repeat(message: Message, frame: Frame): void {
    if (this.#over) return;
    if (this.#tap !== undefined && this.#tap.observed) this.#tap.frame('out', message, frame, this.session);
    this.#connection.next(frame);
  }

  /** Says GOODBYE, waits for the router's, and closes. Before the session is established it just closes. */
  leave(reason: Uri = WampUri.closeNormal): void {
    if (this.#over || this.#left) return;
    this.#left = true;
    if (this.#state !== 'established') return this.#end(undefined);
    this.send({ type: MessageType.GOODBYE, details: {}, reason });
    // On a synchronous link the answer is here already.
    if (this.#over) return;
    this.#subscription.add(timer(this.#leaveTimeout, this.scheduler).subscribe(() => this.#end(undefined)));
  }

  /** Sends ABORT and ends with `cause`. */
  abort(reason: Uri, cause: WampError): void {
    if (this.#over) return;
    if (!this.#left) {
      try {
        this.send({ type: MessageType.ABORT, details: { message: cause.message }, reason, args: undefined, kwargs: undefined });
      } catch (error) {
        // The cause is told whether or not the router can be; before HELLO there is nobody to tell.
        this.log?.debug('ABORT could not be sent', error);
      }
    }
    this.#end(cause);
  }

  /** Says GOODBYE and closes without waiting for the router's. */
  part(reason: Uri = WampUri.closeNormal): void {
    this.leave(reason);
    this.#end(undefined);
  }

  /** Drops the connection without a word, and ends with `cause`. */
  drop(cause: WampError): void {
    this.#end(cause, 'drop');
  }

  /** Drops the connection with TimeoutError after so many milliseconds, unless what it gives is unsubscribed from. */
  limit(ms: number, what: string): Subscription {
    const limit = timer(ms, this.scheduler).subscribe(() => this.drop(new TimeoutError(`${what} within ${ms} ms, got nothing`)));
    this.#subscription.add(limit);
    return limit;
  }

  #receive(frame: Frame): void {
    if (this.#over) return;
    this.quiet = false;
    try {
      const message = this.#codec.decode(frame);
      if (this.#tap !== undefined && this.#tap.observed) this.#tap.frame('in', message, frame, this.session);
      this.#step('router', message.type);
      if (message.type === MessageType.ABORT) this.#end(new AbortError(message.reason, message.details));
      else if (message.type === MessageType.GOODBYE) this.#goodbye(message.reason, message.details);
      else this.reader.message(message);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof SerializationError)) throw error;
      this.abort(WampUri.protocolViolation, error);
    }
  }

  #goodbye(reason: Uri, details: Dict): void {
    // The table lets a GOODBYE through either as the answer to ours or as the first, which wants one.
    if (this.#state === 'closed') return this.#end(undefined);
    this.send({ type: MessageType.GOODBYE, details: {}, reason: WampUri.goodbyeAndOut });
    this.#end(new GoodbyeError(reason, details));
  }

  // Nearly every message is sent or received in an established session and changes nothing.
  #step(sender: Peer, type: MessageType): void {
    if (type > MessageType.GOODBYE && this.#state === 'established') return;
    this.#state = advanceAt(this.#state, sender, type);
  }

  #end(cause: WampError | undefined, how: 'close' | 'drop' | 'lost' = 'close'): void {
    if (this.#over) return;
    this.#over = true;
    this.#state = 'closed';
    // What the connection says of its end is our own doing.
    this.#subscription.unsubscribe();
    if (how === 'drop') this.#connection.error(cause);
    else this.#connection.complete();
    const { reader } = this;
    this.reader = NOBODY;
    // Once we have said GOODBYE, a router that hangs up, or says what it should not, has taken it.
    const told = this.#left ? undefined : cause;
    this.#tap?.connection(how === 'lost' ? 'lost' : 'closed', this.session, told);
    reader.ended(told);
  }
}
