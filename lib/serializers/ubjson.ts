import { SerializationError } from '../errors.ts';
import { show } from '../protocol/show.ts';
import type { WampList } from '../protocol/messages.ts';
import type { Frame } from '../transports/transport.ts';
import { isPlain, serializing, write, type Format } from './plain.ts';
import type { Serializer } from './serializer.ts';
import type { UbjsonDialect } from './ubjson-markers.ts';
import { UbjsonReader } from './ubjson-reader.ts';
import { UbjsonWriter } from './ubjson-writer.ts';

export type { UbjsonDialect } from './ubjson-markers.ts';

/** Options of {@link ubjson}. */
export interface UbjsonOptions {
  /** What is written, and what a frame is taken for that could be either. @default 'draft-12' */
  readonly dialect?: UbjsonDialect | undefined;
}

/**
 * UBJSON, as `wamp.2.ubjson`, in one of the two dialects that go by this name: `draft-12` is the published format and big-endian;
 * `bjdata` is what Autobahn|Python writes since 26.6.1, little-endian and with unsigned integers of every size. Peers of one do not
 * understand the numbers of the other.
 *
 * A frame is read in the dialect of the serializer, and in the other one where it is none of that. Most frames of BJData have a type
 * that UBJSON has not. But what has no number beyond 255 besides negative integers and floats is a frame of both, of another value in each: between peers of
 * BJData, say so.
 *
 * Integers beyond ±2^53 are bigints both ways, as far as 64 bits go. A high-precision number is read as an integer, or else as a float.
 * Text that is not UTF-8, lists of a type that has no bytes (nulls, booleans) and those of several dimensions are refused. A list of the type
 * uint8 is read as bytes, which are views into the frame, and so are bytes written. A lone surrogate is written as U+FFFD, and -0 as 0.
 *
 *     createClient({ url, realm, serializers: [ubjson({ dialect: 'bjdata' })] })
 */
export function ubjson({ dialect = 'draft-12' }: UbjsonOptions = {}): Serializer {
  const serializer = Object.hasOwn(SERIALIZERS, dialect) ? SERIALIZERS[dialect] : undefined;
  if (serializer === undefined) throw new TypeError(`options.dialect must be one of draft-12, bjdata, got ${show(dialect)}`);
  return serializer;
}

const SERIALIZERS: { readonly [D in UbjsonDialect]: Serializer } = {
  'draft-12': ubjsonOf('draft-12', 'bjdata'),
  bjdata: ubjsonOf('bjdata', 'draft-12'),
};

function ubjsonOf(dialect: UbjsonDialect, other: UbjsonDialect): Serializer {
  const writer = new UbjsonWriter(dialect);
  return { subprotocol: 'wamp.2.ubjson', rawSocketId: 4, binary: true, encode, decode };

  function encode(list: WampList): Uint8Array {
    return serializing('payload cannot be written as UBJSON', () => writer.write(isPlain(list) ? list : write(AS_IT_IS, list)));
  }

  function decode(frame: Frame): WampList {
    if (typeof frame === 'string') throw new SerializationError('UBJSON frame must be bytes, got text');
    return serializing('frame must be UBJSON', () => {
      const list = readEither(frame);
      if (!Array.isArray(list)) throw new SerializationError('frame must be a UBJSON array');
      return list;
    });
  }

  function readEither(frame: Uint8Array): unknown {
    try {
      return new UbjsonReader(frame, dialect).read();
    } catch (error) {
      try {
        return new UbjsonReader(frame, other).read();
      } catch {
        throw error;
      }
    }
  }
}

const AS_IT_IS: Format<unknown> = {
  atom: (value) => value,
  list: (items) => items,
  dict: (entries) => Object.fromEntries(entries),
};
