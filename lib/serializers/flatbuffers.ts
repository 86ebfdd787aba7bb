import { SerializationError } from '../errors.ts';
import { readFlatbuffers } from './flatbuffers-reader.ts';
import { writeFlatbuffers } from './flatbuffers-writer.ts';
import { serializing } from './plain.ts';
import type { Serializer } from './serializer.ts';

/**
 * FlatBuffers, as `wamp.2.flatbuffers`: the message is a table of the schema that Autobahn|Python has, its arguments are CBOR within it.
 * No specification has it; the published vectors do.
 *
 * The schema has a slot for each attribute that it knows and no room for another: what else stands in Details and Options is left out, the
 * features of roles and the extensions of this library among it. So it is not offered unless it is asked for. What must not be lost is refused:
 * an `extra` of authentication that is more than one text, and schemes of payload passthru mode without a number. Where a first message has
 * no roles, as Autobahn|Python leaves them out, its sender is taken to have all of them.
 */
export function flatbuffers(): Serializer {
  return FLATBUFFERS;
}

const FLATBUFFERS: Serializer = {
  subprotocol: 'wamp.2.flatbuffers',
  rawSocketId: 5,
  binary: true,
  encode: (list) => serializing('message cannot be written as FlatBuffers', () => writeFlatbuffers(list)),
  decode(frame) {
    if (typeof frame === 'string') throw new SerializationError('FlatBuffers frame must be bytes, got text');
    return serializing('frame must be FlatBuffers', () => readFlatbuffers(frame));
  },
};
