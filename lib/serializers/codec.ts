import { fromWire, toWire } from '../protocol/wire.ts';
import type { Codec, CodecOptions, Serializer } from './serializer.ts';

/**
 * Serializer and wire as one: the serializer's own codec where it has one, else the way over lists.
 * Decoding throws SerializationError or ProtocolError, encoding SerializationError.
 */
export function codec(serializer: Serializer, options: CodecOptions = {}): Codec {
  return (
    serializer.codec?.(options) ?? {
      subprotocol: serializer.subprotocol,
      binary: serializer.binary,
      encode: (message) => serializer.encode(toWire(message)),
      decode: (frame) => fromWire(serializer.decode(frame)),
    }
  );
}
