import { Observable, type Subscriber, type Subscription } from 'rxjs';
import { SerializationError } from '../errors.ts';
import type { Connection, Frame } from '../transports/transport.ts';
import { codec } from './codec.ts';
import type { Serializer } from './serializer.ts';

/** How the messages of a batch are told apart. */
interface Batching {
  /** A batch of one message. */
  batch(message: Frame): Frame;
  /** Throws SerializationError where the frame is no batch of one message or more. Nothing is kept, however many there are. */
  check(frame: Frame): void;
  /** Gives the messages of a batch that was checked, one after the other, while `isWanted`. */
  split(frame: Frame, each: (message: Frame) => void, isWanted: () => boolean): void;
}

/**
 * The batched form of a serializer, such as `wamp.2.json.batched` (14.2): several messages in one frame of the transport, each followed by
 * U+001E where they are text, or led by its length in four bytes where they are bytes. A peer that has U+0018 instead is read, and answered so.
 *
 * Batches of any number are read; each message is then held to what holds for one that came alone. What is written is a batch of one, since
 * transports put the frames of a turn of the event loop together already. A frame that is no batch, an empty one among them, ends the connection
 * with SerializationError before any message of it is read.
 *
 * Use it where a router or a client asks for it:
 *
 *     createClient({ url, realm, serializers: [batched(msgpack()), msgpack()] })
 */
export function batched(serializer: Serializer): Serializer {
  const subprotocol = `${serializer.subprotocol}.batched`;
  return {
    subprotocol,
    rawSocketId: serializer.rawSocketId,
    binary: serializer.binary,
    encode: (list) => serializer.encode(list),
    decode: (frame) => serializer.decode(frame),
    codec: (options) => ({ ...codec(serializer, options), subprotocol, unbatch: (connection) => new UnbatchedConnection(connection, serializer.binary ? LENGTHS : new Separators()) }),
  };
}

/** A connection of batches as one of messages. */
class UnbatchedConnection extends Observable<Frame> implements Connection {
  readonly #inner: Connection;
  readonly #batching: Batching;

  constructor(inner: Connection, batching: Batching) {
    super((subscriber) => this.#read(subscriber));
    this.#inner = inner;
    this.#batching = batching;
  }

  get subprotocol(): string {
    return this.#inner.subprotocol;
  }

  get writable$(): Observable<boolean> {
    return this.#inner.writable$;
  }

  get bufferedAmount(): number {
    return this.#inner.bufferedAmount;
  }

  next(message: Frame): void {
    this.#inner.next(this.#batching.batch(message));
  }

  error(error: unknown): void {
    this.#inner.error(error);
  }

  complete(): void {
    this.#inner.complete();
  }

  #read(subscriber: Subscriber<Frame>): Subscription {
    return this.#inner.subscribe({
      next: (frame) => {
        try {
          this.#batching.check(frame);
        } catch (error) {
          // The connection first: who hears of the end may dial at once.
          this.#inner.error(error);
          subscriber.error(error);
          return;
        }
        this.#batching.split(frame, (message) => subscriber.next(message), () => !subscriber.closed);
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  }
}

const SEPARATOR = '\x1e';

/** Autobahn|Python has the `\30` of the text for octal, reads nothing else, and no JSON has either octet in it. */
const OTHER_SEPARATOR = '\x18';

/** Made for one connection: a peer is answered with the separator that it uses. */
class Separators implements Batching {
  #separator = SEPARATOR;

  batch(message: Frame): Frame {
    return `${message as string}${this.#separator}`;
  }

  check(frame: Frame): void {
    if (typeof frame !== 'string') throw new SerializationError('batch must be text, got bytes');
    if (frame.endsWith(SEPARATOR)) this.#separator = SEPARATOR;
    else if (frame.endsWith(OTHER_SEPARATOR)) this.#separator = OTHER_SEPARATOR;
    else throw new SerializationError('batch must hold a message or more, each followed by U+001E');
  }

  split(frame: Frame, each: (message: Frame) => void, isWanted: () => boolean): void {
    const text = frame as string;
    const separator = this.#separator;
    for (let from = 0; from < text.length && isWanted();) {
      const to = text.indexOf(separator, from);
      each(text.slice(from, to));
      from = to + 1;
    }
  }
}

const PREFIX = 4;

const LENGTHS: Batching = {
  batch(message) {
    const bytes = message as Uint8Array;
    const frame = new Uint8Array(PREFIX + bytes.length);
    viewOf(frame).setUint32(0, bytes.length);
    frame.set(bytes, PREFIX);
    return frame;
  },
  check(frame) {
    if (typeof frame === 'string') throw new SerializationError('batch must be bytes, got text');
    if (frame.length === 0) throw new SerializationError('batch must hold a message or more, got none');
    const view = viewOf(frame);
    for (let at = 0; at < frame.length;) {
      const left = frame.length - at - PREFIX;
      if (left < 0) throw new SerializationError(`batch must have ${PREFIX} bytes of length before each message, got ${left + PREFIX}`);
      const length = view.getUint32(at);
      if (length > left) throw new SerializationError(`message of a batch must be within it, got ${length} bytes where ${left} are left`);
      at += PREFIX + length;
    }
  },
  split(frame, each, isWanted) {
    const bytes = frame as Uint8Array;
    const view = viewOf(bytes);
    for (let at = 0; at < bytes.length && isWanted();) {
      const from = at + PREFIX;
      at = from + view.getUint32(at);
      each(bytes.subarray(from, at));
    }
  },
};

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
