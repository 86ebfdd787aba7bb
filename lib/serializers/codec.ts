import { ANY_END } from '../protocol/wire.ts';
import type { Codec, CodecOptions, Serializer } from './serializer.ts';

/**
 * Serializer and wire as one: the serializer's own codec where it has one, else the way over lists.
 * Decoding throws SerializationError or ProtocolError, encoding SerializationError.
 *
 * It reads and writes every message, and so holds what both ends need; {@link codecAt} has what one needs.
 */
export function codec(serializer: Serializer, options: Partial<CodecOptions> = {}): Codec {
  return codecAt(serializer, { end: ANY_END, ...options });
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
