import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError, SerializationError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { ANY_END, CLIENT_END, fromWire, toWire } from '../../lib/protocol/wire.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import { codec, codecAt } from '../../lib/serializers/codec.ts';
import { keepJsonSource } from '../../lib/serializers/json-source.ts';
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
    const given: unknown[] = [];

    const found = codec({ ...json!, codec: (options) => { given.push(options); return own; } }, { keepSource: true });

    expect(found).toBe(own);
    expect(given).toEqual([{ end: ANY_END, keepJsonSource }]);
  });
});

describe('codecAt', () => {
  it.each(cases)('refuses in %s what the end is never sent, whatever its fields', (_name, serializer) => {
    const { decode, encode } = codecAt(serializer, { end: CLIENT_END });

    expect(decode(serializer.encode([36, 1, 2, {}]))).toMatchObject({ subscription: 1, publication: 2 });
    expect(() => decode(serializer.encode([32, 1, {}, 'com.a']))).toThrow(new ProtocolError('message type must be one that a router sends, got 32'));
    expect(serializer.decode(encode({ type: MessageType.UNSUBSCRIBE, request: 1, subscription: 2 }))).toEqual([34, 1, 2]);
  });
});
