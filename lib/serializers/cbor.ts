import { decode as decodeCbor, encode as encodeCbor, type DecodeOptions } from 'cborg';
import { SerializationError } from '../errors.ts';
import type { WampList } from '../protocol/messages.ts';
import type { Frame } from '../transports/transport.ts';
import { isPlain, revive, serializing, write, type Atom, type Format } from './plain.ts';
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

const TYPED_ARRAY_OF_BYTES = 64;

// Keys stay in their order, as in the other formats.
const ENCODE_OPTIONS = { ignoreUndefinedProperties: true, mapSorter: () => 0 };

const DECODE_OPTIONS: DecodeOptions = { tags: { [TYPED_ARRAY_OF_BYTES]: readTypedArray } };

function encode(list: WampList): Uint8Array {
  return serializing('payload cannot be written as CBOR', () => writeCbor(list));
}

/** Any value as CBOR. @internal */
export function writeCbor(value: unknown): Uint8Array {
  return encodeCbor(isPlain(value) ? value : write(FOR_CBORG, value), ENCODE_OPTIONS);
}

const FOR_CBORG: Format<unknown> = {
  // It writes numbers that are not safe integers as floats, and 2^53 is the first of those.
  atom: (value: Atom) => (typeof value === 'number' && Math.abs(value) === 2 ** 53 ? BigInt(value) : value),
  list: (items) => items,
  dict: (entries) => Object.fromEntries(entries),
};

function decode(frame: Frame): WampList {
  if (typeof frame === 'string') throw new SerializationError('CBOR frame must be bytes, got text');
  return serializing('frame must be CBOR', () => {
    const list = readCbor(frame);
    if (!Array.isArray(list)) throw new SerializationError('frame must be a CBOR array');
    return list;
  });
}

/** The value that bytes of CBOR are. @internal */
export function readCbor(bytes: Uint8Array): unknown {
  return revive(decodeCbor(bytes, DECODE_OPTIONS), readAtom);
}

function readAtom(atom: unknown): unknown {
  if (typeof atom === 'bigint') return atom >= -(2n ** 53n) && atom <= 2n ** 53n ? Number(atom) : atom;
  // A break in the place of a map's value comes out as the decoder's own mark.
  if (typeof atom === 'symbol') throw new SerializationError('frame must be CBOR, got a break in the place of a value');
  return atom;
}

function readTypedArray(decode: () => unknown): Uint8Array {
  const content = decode();
  if (content instanceof Uint8Array) return content;
  throw new SerializationError('CBOR tag 64 must be around bytes');
}
