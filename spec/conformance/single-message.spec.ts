import { describe, expect, it } from '@jest/globals';
import { MessageType } from '../../lib/protocol/messages.ts';
import { readPublishOptions, readSubscribeOptions } from '../../lib/protocol/options.ts';
import { fromWire } from '../../lib/protocol/wire.ts';
import { cbor } from '../../lib/serializers/cbor.ts';
import { codec } from '../../lib/serializers/codec.ts';
import { flatbuffers } from '../../lib/serializers/flatbuffers.ts';
import { json } from '../../lib/serializers/json.ts';
import { msgpack } from '../../lib/serializers/msgpack.ts';
import type { Codec } from '../../lib/serializers/serializer.ts';
import { ubjson } from '../../lib/serializers/ubjson.ts';
import type { Frame } from '../../lib/transports/transport.ts';
import type { Dict } from '../../lib/types.ts';
import { findVectors, fromHex, messageSamples, optionsSamples, type Format } from '../support/vectors.ts';

const FORMATS = ['json', 'msgpack', 'cbor', 'ubjson'] as const;
const CODECS: { readonly [F in (typeof FORMATS)[number]]: Codec } = { json: codec(json()), msgpack: codec(msgpack()), cbor: codec(cbor()), ubjson: codec(ubjson()) };

const vectors = findVectors();
const describeVectors = vectors === undefined ? describe.skip : describe;
const samples = vectors === undefined ? [] : messageSamples(vectors);
const optionSamples = vectors === undefined ? [] : optionsSamples(vectors);

/** Our names for the vectors' attributes, where they differ. */
const OUR_NAMES: { readonly [theirs: string]: string } = {
  message_type: 'type', request_type: 'requestType', request_id: 'request', session_id: 'session', subscription_id: 'subscription',
  publication_id: 'publication', registration_id: 'registration',
};

function inOurWords(expected: Dict): Dict {
  return Object.fromEntries(
    Object.entries(expected).map(([name, value]) => {
      // 337 is the number it travels under before it is ratified.
      if (name === 'message_type') return ['type', value === 337 ? MessageType.EVENT_RECEIVED : value];
      if (name === 'roles') return ['details', { roles: value }];
      if (name === 'payload' && typeof value === 'string') return [name, fromHex(value)];
      return [OUR_NAMES[name] ?? name, value ?? undefined];
    }),
  );
}

// The order of a dictionary is undefined (3) and our CBOR sorts it, so there the bytes are compared regardless of their order.
function comparable(frame: Frame, format: Format): Frame | readonly number[] {
  if (typeof frame === 'string') return frame;
  return format === 'cbor' ? [...frame].sort((a, b) => a - b) : [...frame];
}

describeVectors('single message vectors (../shared/vectors, skipped where that folder is absent)', () => {
  it('are there in each format', () => {
    for (const format of FORMATS) expect(samples.filter(({ frames }) => frames[format].length > 0).length).toBeGreaterThan(20);
    expect(optionSamples.length).toBeGreaterThan(20);
  });

  for (const { name, frames, expected } of samples) {
    for (const format of FORMATS) {
      const { binary, decode, encode } = CODECS[format];
      const received = frames[format].map((bytes) => (binary ? bytes : new TextDecoder().decode(bytes)));

      it(`reads ${name} (${format})`, () => {
        for (const frame of received) {
          const message = decode(frame) as unknown as Dict;
          for (const [field, value] of Object.entries(inOurWords(expected))) expect([field, message[field]]).toEqual([field, value]);
        }
      });

      it(`writes ${name} (${format})`, () => {
        for (const frame of received) {
          const written = encode(decode(frame));
          expect(received.map((form) => comparable(form, format))).toContainEqual(comparable(written, format));
          expect(decode(written)).toEqual(decode(frame));
        }
      });
    }
  }
});

/** Attributes that other implementations have and the specification has not: not known here, so they are ignored (3.1). */
const IGNORED = new Set(['transaction_hash', 'forward_for', 'enc_algo', 'enc_serializer']);

function readOptions(list: readonly unknown[]): void {
  const message = fromWire(list.slice(0, 4));
  if (message.type === MessageType.PUBLISH) readPublishOptions(message.options);
  else if (message.type === MessageType.SUBSCRIBE) readSubscribeOptions(message.options);
  else throw new TypeError(`there is no reader here for the options of message type ${message.type}`);
}

describeVectors('single message vectors of BJData', () => {
  const { encode, decode } = codec(ubjson({ dialect: 'bjdata' }));

  // The first form is UBJSON, which has other numbers.
  it.each(samples.map(({ name, frames }) => [name, frames.ubjson[1]] as const))('reads and writes %s', (_name, frame) => {
    expect(encode(decode(frame!))).toEqual(frame);
  });
});

/** The schema has the names of payload passthru mode for what is named otherwise in the vectors. */
function inTheirSlots({ enc_algo: algorithm, enc_serializer: serializer, ...others }: Dict): Dict {
  return algorithm === undefined ? others : { ...others, ppt_scheme: 'wamp', ppt_serializer: serializer };
}

describeVectors('single message vectors of FlatBuffers', () => {
  const { encode, decode } = codec(flatbuffers());
  const written = samples.filter(({ frames }) => frames.flatbuffers.length > 0);

  it('are there', () => expect(written.length).toBeGreaterThan(30));

  // Their writer has left the roles out.
  it.each(written.map(({ name, frames, expected }) => [name, frames.flatbuffers[0]!, expected] as const))('reads and writes %s', (_name, frame, expected) => {
    const message = decode(frame);

    const { roles: _, options, details, ...attributes } = expected;
    expect(message).toMatchObject(inOurWords(attributes));
    expect(message).toMatchObject(options === undefined ? {} : { options: inTheirSlots(options as Dict) });
    expect(message).toMatchObject(details === undefined ? {} : { details: inTheirSlots(details as Dict) });
    expect(decode(encode(message))).toEqual(message);
  });
});

describeVectors('vectors of options (../shared/vectors, skipped where that folder is absent)', () => {
  for (const { name, list, refusedFor } of optionSamples) {
    if (refusedFor === undefined) it(`takes ${name}`, () => expect(() => readOptions(list)).not.toThrow());
    else if (IGNORED.has(refusedFor)) it(`ignores what it does not know in ${name}`, () => expect(() => readOptions(list)).not.toThrow());
    else it(`refuses ${name}`, () => expect(() => readOptions(list)).toThrow(new RegExp(`Options\\.${refusedFor}\\b`)));
  }
});
