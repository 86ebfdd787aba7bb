import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import {
  FrameReader, FrameType, MAX_LENGTH, RawSocketRefusal, announcedLength, explainRefusal, framePrefix, readReply, readRequest, serializerNumber,
  writeOpening, writeRefusal,
} from '../../lib/protocol/rawsocket.ts';

interface Frame {
  readonly type: FrameType;
  readonly payload: Uint8Array;
}

const prefix = (word: number): Uint8Array => Uint8Array.of(word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff);
const bytesOf = ({ type, payload }: Frame): Uint8Array => Uint8Array.of(...prefix(framePrefix(type, payload.length)), ...payload);
const legible = ({ type, payload }: Frame): string => `${type} ${Buffer.from(payload).toString('latin1')}`;
const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** Reads a stream in chunks of these lengths, over and over. */
function readIn(stream: Uint8Array, lengths: readonly number[], maxLength = 2048): { readonly frames: readonly Frame[]; readonly reader: FrameReader } {
  const frames: Frame[] = [];
  const reader = new FrameReader(maxLength, (type, payload) => frames.push({ type, payload: payload.slice() }));
  for (let at = 0, n = 0; at < stream.length; n++) {
    const length = lengths[n % lengths.length] ?? stream.length;
    reader.push(stream.subarray(at, at + length));
    at += length;
  }
  return { frames, reader };
}

const frame: fc.Arbitrary<Frame> = fc.record({
  type: fc.constantFrom(...Object.values(FrameType)),
  payload: fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 1000, maxLength: 2048 })),
});
const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 5000 })), { minLength: 1, maxLength: 20 });

describe('writeOpening', () => {
  it.each([
    [1, 512, 0x01], [512, 512, 0x01], [513, 1024, 0x11], [65_536, 65_536, 0x71], [1_000_000, 1_048_576, 0xb1], [2 ** 24, 2 ** 24, 0xf1], [2 ** 31, 2 ** 24, 0xf1],
  ])('says for %i bytes that %i are taken', (maxLength, announced, second) => {
    expect([...writeOpening({ maxLength, serializer: 1 })]).toEqual([0x7f, second, 0, 0]);
    expect(announcedLength(maxLength)).toBe(announced);
  });

  it('is read as it was written, by either end', () => {
    fc.assert(fc.property(fc.integer({ min: 9, max: 24 }), fc.integer({ min: 1, max: 15 }), (exponent, serializer) => {
      const opening = { maxLength: 2 ** exponent, serializer };
      expect(readRequest(writeOpening(opening))).toEqual(opening);
      expect(readReply(writeOpening(opening), serializer)).toEqual(opening);
    }));
  });
});

describe('serializerNumber', () => {
  it('has those of the specification', () => {
    expect(['json', 'msgpack', 'cbor', 'ubjson', 'flatbuffers', 'json.batched'].map((name) => serializerNumber(`wamp.2.${name}`))).toEqual([1, 2, 3, 4, 5, undefined]);
  });
});

describe('readRequest', () => {
  it.each([[0x7f, 0xf1, 1, 0], [0x7f, 0xf1, 0, 1]])('answers reserved bits with their error: %i %i %i %i', (...bytes) => {
    expect(readRequest(Uint8Array.of(...bytes))).toBe(RawSocketRefusal.reservedBits);
  });

  it.each([
    [[0x47, 0x45, 0x54, 0x20], 'handshake must begin with the byte 127, got 71'],
    [[], 'handshake must begin with the byte 127, got nothing'],
    [[0x7f, 0xf1, 0], 'handshake must have 4 bytes, got 3'],
    [[0x7f, 0xf0, 0, 0], 'serializer of the handshake must be from 1 to 15, got 0'],
  ])('refuses %j', (bytes, message) => {
    expect(() => readRequest(Uint8Array.of(...bytes))).toThrow(new ProtocolError(message));
  });
});

describe('readReply', () => {
  it('reads every error', () => {
    for (const code of Object.values(RawSocketRefusal)) expect(readReply(writeRefusal(code), 1)).toBe(code);
    expect(readReply(Uint8Array.of(0x7f, 0xf0, 0, 0), 1)).toBe(15);
    expect([1, 2, 3, 4, 15].map(explainRefusal)).toEqual([
      'serializer unsupported', 'maximum message length unacceptable', 'use of reserved bits', 'maximum connection count reached', 'error 15',
    ]);
  });

  it.each([
    [[0x48, 0x54, 0x54, 0x50], 'handshake must begin with the byte 127, got 72'],
    [[0x7f, 0x00, 0, 0], 'serializer of the handshake must be 2, got 0'],
    [[0x7f, 0xf1, 0, 0], 'serializer of the handshake must be 2, got 1'],
    [[0x7f, 0xf2, 0, 1], 'reserved bytes of the handshake must be 0'],
  ])('refuses %j', (bytes, message) => {
    expect(() => readReply(Uint8Array.of(...bytes), 2)).toThrow(new ProtocolError(message));
  });
});

describe('framePrefix', () => {
  it.each([
    [FrameType.message, 0, 0], [FrameType.message, MAX_LENGTH - 1, 0x00ff_ffff], [FrameType.ping, 5, 0x0100_0005], [FrameType.pong, MAX_LENGTH, 0x0a00_0000],
  ])('lays out type %i and length %i', (type, length, word) => {
    expect(framePrefix(type, length)).toBe(word);
  });
});

describe('FrameReader', () => {
  it('reads the same frames however their stream is cut into chunks', () => {
    fc.assert(fc.property(fc.array(frame, { maxLength: 8 }), lengths, (frames, cut) => {
      const read = readIn(joined(frames.map(bytesOf)), cut);

      expect(read.frames.map(legible)).toEqual(frames.map(legible));
      expect(read.reader.isBetweenFrames).toBe(true);
    }));
  });

  it('knows whether the stream may end', () => {
    const stream = bytesOf({ type: FrameType.message, payload: Uint8Array.of(1, 2) });
    const ends = Array.from({ length: stream.length + 1 }, (_, at) => readIn(stream.subarray(0, at), [1]).reader.isBetweenFrames);

    expect(ends).toEqual([true, false, false, false, false, false, true]);
  });

  it('throws ProtocolError and nothing else over any bytes, and gives nothing longer than was announced', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), lengths, (stream, cut) => {
      const reader = new FrameReader(64, (_, payload) => expect(payload.length).toBeLessThanOrEqual(64));
      try {
        for (let at = 0, n = 0; at < stream.length; at += cut[n++ % cut.length] as number) reader.push(stream.subarray(at, at + (cut[n % cut.length] as number)));
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }));
  });

  it.each([
    [0x1000_0000, 'reserved bits of a frame must be 0'],
    [0x8000_0000, 'reserved bits of a frame must be 0'],
    [0x0300_0000, 'type of a frame must be from 0 to 2, got 3'],
    [0x0700_0000, 'type of a frame must be from 0 to 2, got 7'],
    [0x0800_0001, 'length of a frame must not exceed 2^24, got 2^24 + 1'],
    [0x0800_0000, 'frame must not be longer than 2048 bytes, got 16777216'],
    [0x0100_0801, 'frame must not be longer than 2048 bytes, got 2049'],
  ])('refuses the prefix %i before what follows it', (word, message) => {
    expect(() => readIn(prefix(word), [1])).toThrow(new ProtocolError(message));
  });

  it('reads the longest frame there is', () => {
    const stream = joined([prefix(framePrefix(FrameType.message, MAX_LENGTH)), new Uint8Array(MAX_LENGTH).fill(7)]);
    const { frames } = readIn(stream, [1_000_003], MAX_LENGTH);

    expect(frames.map(({ payload }) => payload.length)).toEqual([MAX_LENGTH]);
    expect(frames[0]?.payload.at(-1)).toBe(7);
  });

  it('makes no room for what a prefix promises and nobody sends', () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => readIn(joined([prefix(framePrefix(FrameType.message, MAX_LENGTH)), Uint8Array.of(1)]), [4], MAX_LENGTH).reader);

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MAX_LENGTH);
    expect(readers).toHaveLength(100);
  });
});
