import { TransportLostError } from '../errors.ts';
import { advance, type Lifecycle } from '../protocol/lifecycle.ts';
import { MessageType, type Abort, type ErrorMessage, type Goodbye, type Hello, type Message, type Welcome } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Codec } from '../serializers/serializer.ts';
import { isLonger } from '../transports/frame-length.ts';
import type { Connection, Frame } from '../transports/transport.ts';
import type { Dict, Id, Uri } from '../types.ts';

/** Characters that a tab may leave unread: as many as the router lets a session. */
const MAX_UNREAD = 16 * 1024 * 1024;

/** As the router calls it: no reason of the specification says it. */
const SLOW_CONSUMER: Uri = 'rxwamp.close.slow_consumer';

/** Who is told what a {@link Tab} says. */
export interface TabHost {
  /** A message that may come now: HELLO, or one of an established session. What it throws ends the tab. */
  message(tab: Tab, message: Message): void;
  /** It is gone, whoever ended it. Called once. */
  gone(tab: Tab): void;
}

/** A tab as the hub sees it: the router's end of a session, whose life is held to the table. */
export class Tab {
  /** Its calls that are open: its own ids, and those that the router knows them by. */
  readonly calls: Map<Id, Id> = new Map();
  /** The last call that it began. Ids count upwards, so what is not above it goes on with one of before. */
  lastCall: Id = 0;
  /** What it wants to join, while there is nothing to be joined. */
  hello: Hello | undefined;
  readonly #connection: Connection;
  readonly #codec: Codec;
  readonly #host: TabHost;
  #state: Lifecycle = 'closed';
  #open = true;

  constructor(connection: Connection, codec: Codec, host: TabHost) {
    this.#connection = connection;
    this.#codec = codec;
    this.#host = host;
  }

  get isOpen(): boolean { return this.#open; }

  /** Whether it has been welcomed. */
  get isJoined(): boolean { return this.#open && this.#state === 'established'; }

  /** Begins to read. */
  start(): void {
    const lost = (): void => this.#end();
    this.#connection.subscribe({ next: (frame) => this.#read(frame), error: lost, complete: lost });
  }

  /** Sends a message of an established session; `false` where it cannot be written, or the tab takes none so long. */
  send(message: Message): boolean {
    const frame = this.frameOf(message);
    return frame !== undefined && this.write(frame);
  }

  /** The frame of a message, which is the same for every tab; `undefined` where it cannot be written. */
  frameOf(message: Message): Frame | undefined {
    try {
      return this.#codec.encode(message);
    } catch {
      return undefined;
    }
  }

  /** Sends the frame of a message; `false` where the tab takes none so long. One that does not read ends the session of its tab. */
  write(frame: Frame): boolean {
    if (this.#isTooLong(frame)) return false;
    if (!this.#open) return true;
    if (this.#connection.bufferedAmount <= MAX_UNREAD) this.#connection.next(frame);
    else this.dismiss(SLOW_CONSUMER, { message: `the tab must not leave more than ${MAX_UNREAD} characters unread` });
    return true;
  }

  /** Refuses a request. */
  refuse(requestType: ErrorMessage['requestType'], request: Id, error: Uri, reason?: string): void {
    this.send({ type: MessageType.ERROR, requestType, request, details: {}, error, args: reason === undefined ? undefined : [reason], kwargs: undefined });
  }

  /** Welcomes it, or refuses it where the session cannot be told in its serializer. */
  welcome(message: Welcome): void {
    this.hello = undefined;
    if (!this.#say(message)) this.abort(WampUri.invalidArgument, { message: 'the session must be one that can be told in JSON' });
  }

  /** Ends it with ABORT. */
  abort(reason: Uri, details: Dict): void {
    this.#close({ type: MessageType.ABORT, details, reason, args: undefined, kwargs: undefined });
  }

  /** Ends its session, or refuses it one, for a reason that the router gave. */
  dismiss(reason: Uri, details: Dict): void {
    if (this.isJoined) this.#close({ type: MessageType.GOODBYE, details, reason });
    else this.abort(reason, details);
  }

  /** Drops its connection, as that to the router is. */
  drop(): void {
    if (!this.#open) return;
    this.#end();
    this.#connection.error(new TransportLostError('the session that is shared was lost'));
  }

  #read(frame: Frame): void {
    if (!this.#open) return;
    try {
      const message = this.#codec.decode(frame);
      this.#state = advance(this.#state, 'client', message.type);
      if (message.type === MessageType.GOODBYE) this.#close({ type: MessageType.GOODBYE, details: {}, reason: WampUri.goodbyeAndOut });
      else if (message.type === MessageType.ABORT) this.#close();
      else this.#host.message(this, message);
    } catch (error) {
      this.abort(WampUri.protocolViolation, { message: error instanceof Error ? error.message : 'the message cannot be read' });
    }
  }

  // `false` where it cannot be written: the router speaks another serializer, perhaps, and it is its details that are handed on.
  #say(message: Welcome | Goodbye | Abort): boolean {
    const frame = this.frameOf(message);
    if (frame === undefined || this.#isTooLong(frame)) return false;
    this.#state = advance(this.#state, 'router', message.type);
    this.#connection.next(frame);
    return true;
  }

  #isTooLong(frame: Frame): boolean {
    return isLonger(frame, this.#connection.maxLength ?? Infinity);
  }

  #close(last?: Goodbye | Abort): void {
    if (!this.#open) return;
    if (last !== undefined && !this.#say(last)) this.#say({ ...last, details: {} });
    this.#end();
    this.#connection.complete();
  }

  #end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#host.gone(this);
  }
}
