import { ANY_END } from '../protocol/wire.ts';
import { keepJsonSource } from './json-source.ts';
import type { Codec, CodecOptions, Serializer } from './serializer.ts';

/** Options of {@link codec}. */
export interface RelayOptions {
  /** Keep the frame in `message.source` of the messages that a router passes on. @default false */
  readonly keepSource?: boolean | undefined;
}

/**
 * Serializer and wire as one: the serializer's own codec where it has one, else the way over lists.
 * Decoding throws SerializationError or ProtocolError, encoding SerializationError.
 *
 * It reads and writes every message, and so holds what both ends need; {@link codecAt} has what one needs.
 */
export function codec(serializer: Serializer, { keepSource = false }: RelayOptions = {}): Codec {
  return codecAt(serializer, { end: ANY_END, keepJsonSource: keepSource ? keepJsonSource : undefined });
}

/** The {@link codec} of one end, which refuses what is never sent there. */
export function codecAt(serializer: Serializer, options: CodecOptions): Codec {
  const { end } = options;
  return (
    serializer.codec?.(options) ?? {
      subprotocol: serializer.subprotocol,
      binary: serializer.binary,
      encode: (message) => serializer.encode(end.toWire(message)),
      decode: (frame) => end.fromWire(serializer.decode(frame)),
    }
  );
}
