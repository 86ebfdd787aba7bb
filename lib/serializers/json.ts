import { jsonCodec } from './json-codec.ts';
import { fromText, toText } from './json-list.ts';
import type { Serializer } from './serializer.ts';

/**
 * JSON, as `wamp.2.json`: the serializer that every peer has.
 *
 * Bytes travel as a string of U+0000 and their base64, wherever they stand in the payload. A string that starts with U+0000 and is not
 * such bytes is therefore refused both ways. Keys are never bytes.
 *
 * An integer beyond ±2^53 is read as a bigint, and a bigint that large is not written, as most parsers would round it. NaN and the
 * infinities have no JSON and are not written. -0 becomes 0.
 */
export function json(): Serializer {
  return JSON_SERIALIZER;
}

const JSON_SERIALIZER: Serializer = {
  subprotocol: 'wamp.2.json',
  rawSocketId: 1,
  binary: false,
  encode: (list) => toText(list),
  decode: fromText,
  codec: (options) => jsonCodec(JSON_SERIALIZER, toText, options),
};
