import { SerializationError } from '../errors.ts';

/** How the messages of a batch are told apart: see {@link batchingOf}. */
export interface Batching {
  /** Bytes that a batch of one message has besides it. */
  readonly overhead: number;
  /** A batch of one message. */
  batch(message: string | Uint8Array): string | Uint8Array;
  /** Throws SerializationError where the frame is no batch of one message or more. Nothing is kept, however many there are. */
  check(frame: string | Uint8Array): void;
  /** Gives the messages of a batch that was checked, one after the other, while `isWanted`: a batch can have millions that nobody waits for any more. */
  split(frame: string | Uint8Array, each: (message: string | Uint8Array) => void, isWanted: () => boolean): void;
}

/**
 * The batches of one connection (14.2): messages that are each followed by U+001E where they are text, or led by their length in four bytes
 * where they are bytes. Batches stand behind one another as one batch.
 */
export function batchingOf(binary: boolean): Batching {
  return binary ? LENGTHS : new Separators();
}

const SEPARATOR = '\x1e';

/** Autobahn|Python has the `\30` of the text for octal, reads nothing else, and no JSON has either octet in it. */
const OTHER_SEPARATOR = '\x18';

/** Made for one connection: a peer is answered with the separator that it uses. */
class Separators implements Batching {
  readonly overhead = 1;
  #separator = SEPARATOR;

  batch(message: string | Uint8Array): string | Uint8Array {
    return `${message as string}${this.#separator}`;
  }

  check(frame: string | Uint8Array): void {
    if (typeof frame !== 'string') throw new SerializationError('batch must be text, got bytes');
    if (frame.endsWith(SEPARATOR)) this.#separator = SEPARATOR;
    else if (frame.endsWith(OTHER_SEPARATOR)) this.#separator = OTHER_SEPARATOR;
    else throw new SerializationError('batch must hold a message or more, each followed by U+001E');
  }

  split(frame: string | Uint8Array, each: (message: string | Uint8Array) => void, isWanted: () => boolean): void {
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
  overhead: PREFIX,
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
