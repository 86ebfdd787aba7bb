import type { Subscriber, Subscription } from 'rxjs';
import { batchingOf, type Batching } from '../protocol/batches.ts';
import { ForwardingConnection } from '../transports/forwarding-connection.ts';
import type { Connection, Frame } from '../transports/transport.ts';
import { codecAt } from './codec.ts';
import type { Serializer } from './serializer.ts';

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
    codec: (options) => ({ ...codecAt(serializer, options), subprotocol, unbatch: (connection) => new UnbatchedConnection(connection, batchingOf(serializer.binary)) }),
  };
}

/** A connection of batches as one of messages. */
class UnbatchedConnection extends ForwardingConnection {
  readonly #batching: Batching;

  constructor(inner: Connection, batching: Batching) {
    super(inner, (subscriber) => read(inner, batching, subscriber));
    this.#batching = batching;
  }

  override get maxLength(): number | undefined {
    const length = super.maxLength;
    return length && length - this.#batching.overhead;
  }

  override next(message: Frame): void {
    super.next(this.#batching.batch(message));
  }
}

function read(inner: Connection, batching: Batching, subscriber: Subscriber<Frame>): Subscription {
  return inner.subscribe({
    next: (frame) => {
      try {
        batching.check(frame);
      } catch (error) {
        // The connection first: who hears of the end may dial at once.
        inner.error(error);
        subscriber.error(error);
        return;
      }
      batching.split(frame, (message) => subscriber.next(message), () => !subscriber.closed);
    },
    error: (error: unknown) => subscriber.error(error),
    complete: () => subscriber.complete(),
  });
}
