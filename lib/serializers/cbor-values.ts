/** Single values as CBOR, for the serializer and for payloads within other formats. What is read and written is what `cbor()` says. */
import { decode as decodeCbor, encode as encodeCbor, type DecodeOptions } from 'cborg';
import { SerializationError } from '../errors.ts';
import { isPlain, revive, write, type Atom, type Format } from './plain.ts';

const TYPED_ARRAY_OF_BYTES = 64;

// Keys stay in their order, as in the other formats.
const ENCODE_OPTIONS = { ignoreUndefinedProperties: true, mapSorter: () => 0 };

const DECODE_OPTIONS: DecodeOptions = { tags: { [TYPED_ARRAY_OF_BYTES]: readTypedArray } };

/** Any value as CBOR. */
export function writeCbor(value: unknown): Uint8Array {
  return encodeCbor(isPlain(value) ? value : write(FOR_CBORG, value), ENCODE_OPTIONS);
}

const FOR_CBORG: Format<unknown> = {
  // It writes numbers that are not safe integers as floats, and 2^53 is the first of those.
  atom: (value: Atom) => (typeof value === 'number' && Math.abs(value) === 2 ** 53 ? BigInt(value) : value),
  list: (items) => items,
  dict: (entries) => Object.fromEntries(entries),
};

/** The value that bytes of CBOR are. */
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
