import { SerializationError } from '../errors.ts';
import type { WampList } from '../protocol/messages.ts';
import type { Frame } from '../transports/transport.ts';
import { readCbor, writeCbor } from './cbor-values.ts';
import { serializing } from './plain.ts';
import type { Serializer } from './serializer.ts';

/**
 * CBOR (RFC 8949), as `wamp.2.cbor`.
 *
 * Integers beyond ±2^53 are bigints both ways, as far as 64 bits go. Lists and maps of indefinite length and floats of every size are
 * read; text and bytes of indefinite length, tags, simple values and keys that are no strings are refused, but for the tag 64 (RFC 8746),
 * in which writers in JavaScript wrap their bytes. `undefined` is read as
 * null in a list, and as no key in a dictionary. Text that is not UTF-8 is read, and a lone surrogate written, with U+FFFD in its place; -0 is written as 0.
 */
export function cbor(): Serializer {
  return CBOR;
}

const CBOR: Serializer = { subprotocol: 'wamp.2.cbor', rawSocketId: 3, binary: true, encode, decode };

function encode(list: WampList): Uint8Array {
  return serializing('payload cannot be written as CBOR', () => writeCbor(list));
}

function decode(frame: Frame): WampList {
  if (typeof frame === 'string') throw new SerializationError('CBOR frame must be bytes, got text');
  return serializing('frame must be CBOR', () => {
    const list = readCbor(frame);
    if (!Array.isArray(list)) throw new SerializationError('frame must be a CBOR array');
    return list;
  });
}
