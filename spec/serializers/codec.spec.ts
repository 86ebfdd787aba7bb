import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError, SerializationError } from '../../lib/errors.ts';
import { fromWire, toWire } from '../../lib/protocol/wire.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import { codec } from '../../lib/serializers/codec.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { message } from '../support/arbitraries.ts';

const cases = SERIALIZERS.map((serializer): [string, Serializer] => [serializer.subprotocol, serializer]);

describe('codec', () => {
  it.each(cases)('writes and reads messages as %s does their lists', (subprotocol, serializer) => {
    const { encode, decode, ...rest } = codec(serializer);

    expect(rest).toEqual({ subprotocol, binary: serializer.binary });
    fc.assert(fc.property(message, (sent) => {
      expect(decode(encode(sent))).toEqual(fromWire(serializer.decode(serializer.encode(toWire(sent)))));
      expect(serializer.decode(encode(sent))).toEqual(serializer.decode(serializer.encode(toWire(sent))));
    }));
  });

  it.each(cases)('tells what is no message from what is no frame of %s', (_name, serializer) => {
    const { decode } = codec(serializer);

    expect(() => decode(serializer.encode(['hello']))).toThrow(ProtocolError);
    expect(() => decode(serializer.encode([36, 0, 1, {}]))).toThrow(ProtocolError);
    expect(() => decode(serializer.encode([36, 1, 1, {}]).slice(1))).toThrow(SerializationError);
  });

  it('prefers the codec that a serializer brings, and hands it the options', () => {
    const [json] = SERIALIZERS;
    const own = codec(json!);
    const options = { keepSource: true };

    expect(codec({ ...json!, codec: (given) => (given === options ? own : codec(json!)) }, options)).toBe(own);
  });
});
