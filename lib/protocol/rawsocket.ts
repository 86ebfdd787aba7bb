/**
 * The RawSocket transport of the specification (14.3), over bytes alone: its handshake, the prefixes of its frames, and a reader for them.
 */
import { ProtocolError } from '../errors.ts';
import { show } from './show.ts';

/** Bytes of a handshake, of the answer to it, and of the prefix of a frame. */
export const PREFIX_BYTES = 4;

/** What no request of HTTP begins with. */
const MAGIC = 0x7f;

const LEAST_EXPONENT = 9;
const MOST_EXPONENT = 24;

/** The longest payload that a frame can have, in bytes: 2^24. */
export const MAX_LENGTH: number = 2 ** MOST_EXPONENT;

/** Numbers of the serializers in the handshake, by their WebSocket names. */
const SERIALIZERS: ReadonlyMap<string, number> = new Map([
  ['wamp.2.json', 1], ['wamp.2.msgpack', 2], ['wamp.2.cbor', 3], ['wamp.2.ubjson', 4], ['wamp.2.flatbuffers', 5],
]);

/** The number of a serializer; `undefined` where RawSocket has none for it, as for those that batch. */
export function serializerNumber(subprotocol: string): number | undefined {
  return SERIALIZERS.get(subprotocol);
}

/** What both ends say when they open. */
export interface RawSocketOpening {
  /** The longest payload that is taken, in bytes. What is sent is the next power of two, from 512 to 16777216. */
  readonly maxLength: number;
  /** From 1 to 15. */
  readonly serializer: number;
}

/** Why a router takes no connection. */
export const RawSocketRefusal = { serializer: 1, length: 2, reservedBits: 3, connections: 4 } as const;
export type RawSocketRefusal = (typeof RawSocketRefusal)[keyof typeof RawSocketRefusal];

const REFUSALS: readonly string[] = [
  'an illegal error', 'serializer unsupported', 'maximum message length unacceptable', 'use of reserved bits', 'maximum connection count reached',
];

/** What an error of the router means, in words. */
export function explainRefusal(code: number): string {
  return REFUSALS[code] ?? `error ${code}`;
}

/** Lays out what a client sends first, or the answer of a router that takes the connection. */
export function writeOpening({ maxLength, serializer }: RawSocketOpening): Uint8Array {
  return Uint8Array.of(MAGIC, (lengthCode(maxLength) << 4) | serializer, 0, 0);
}

/** Lays out the answer of a router that does not take the connection. */
export function writeRefusal(code: RawSocketRefusal): Uint8Array {
  return Uint8Array.of(MAGIC, code << 4, 0, 0);
}

/** The payload that is taken where one of this length shall be: the next power of two that the handshake can say. */
export function announcedLength(maxLength: number): number {
  return 2 ** (lengthCode(maxLength) + LEAST_EXPONENT);
}

function lengthCode(maxLength: number): number {
  return Math.min(Math.max(Math.ceil(Math.log2(maxLength)), LEAST_EXPONENT), MOST_EXPONENT) - LEAST_EXPONENT;
}

/**
 * Reads what a client sent first: what it opens with, or the error that it gets. Throws {@link ProtocolError} where it speaks something
 * else, and shall hear nothing.
 */
export function readRequest(bytes: Uint8Array): RawSocketOpening | RawSocketRefusal {
  const opening = readOpening(bytes);
  if (opening.serializer === 0) throw new ProtocolError('serializer of the handshake must be from 1 to 15, got 0');
  return bytes[2] === 0 && bytes[3] === 0 ? opening : RawSocketRefusal.reservedBits;
}

/**
 * Reads the answer of a router: what it opens with, or its error, from 1 to 15. Throws {@link ProtocolError} where it is no answer to a
 * handshake with this serializer.
 */
export function readReply(bytes: Uint8Array, serializer: number): RawSocketOpening | number {
  const opening = readOpening(bytes);
  if (bytes[2] !== 0 || bytes[3] !== 0) throw new ProtocolError('reserved bytes of the handshake must be 0');
  const code = (bytes[1] as number) >> 4;
  if (opening.serializer === 0 && code > 0) return code;
  if (opening.serializer === serializer) return opening;
  throw new ProtocolError(`serializer of the handshake must be ${serializer}, got ${opening.serializer}`);
}

/** Whether a byte is the first one of RawSocket. */
export function isMagic(byte: number | undefined): boolean {
  return byte === MAGIC;
}

function readOpening(bytes: Uint8Array): RawSocketOpening {
  if (!isMagic(bytes[0])) throw new ProtocolError(`handshake must begin with the byte 127, got ${show(bytes[0])}`);
  if (bytes.length !== PREFIX_BYTES) throw new ProtocolError(`handshake must have 4 bytes, got ${bytes.length}`);
  const second = bytes[1] as number;
  return { maxLength: 2 ** ((second >> 4) + LEAST_EXPONENT), serializer: second & 0x0f };
}

/** What a frame is for. */
export const FrameType = { message: 0, ping: 1, pong: 2 } as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

const TYPE_BITS = 0x07;
const RESERVED_BITS = 0xf0;

/** The prefix of a frame, as an unsigned integer of 32 bits. The bit above the type is set for a length of 2^24 and nothing else. */
export function framePrefix(type: FrameType, length: number): number {
  return (type << MOST_EXPONENT) + (length === MAX_LENGTH ? 2 ** 27 : length);
}

/** Room that is made for a payload that comes in several chunks; more is made as it comes. */
const FIRST_ROOM = 4096;

/**
 * Reads the frames of a stream, however it is cut into chunks. A payload that lies in one chunk is a view of it. Of one that does not, no
 * more is held than twice what has come of it, whatever its prefix promises.
 */
export class FrameReader {
  readonly #maxLength: number;
  readonly #onFrame: (type: FrameType, payload: Uint8Array) => void;
  #prefix = 0;
  #prefixBytes = 0;
  #type: FrameType = FrameType.message;
  #length = 0;
  #room: Uint8Array | undefined;
  #filled = 0;

  /** `maxLength` is the longest payload that was announced to the peer. */
  constructor(maxLength: number, onFrame: (type: FrameType, payload: Uint8Array) => void) {
    this.#maxLength = maxLength;
    this.#onFrame = onFrame;
  }

  /** Whether the stream may end here. */
  get isBetweenFrames(): boolean {
    return this.#prefixBytes === 0;
  }

  /** Takes what comes next. Throws {@link ProtocolError} where it breaks a rule: the stream cannot be read any further. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#prefixBytes === PREFIX_BYTES) {
        at = this.#take(chunk, at);
        continue;
      }
      this.#prefix = (this.#prefix << 8) | (chunk[at++] as number);
      if (++this.#prefixBytes === PREFIX_BYTES) this.#begin();
    }
  }

  #begin(): void {
    const first = this.#prefix >>> MOST_EXPONENT;
    const rest = this.#prefix & (MAX_LENGTH - 1);
    const type = first & TYPE_BITS;
    const isLongest = (first & ~TYPE_BITS & ~RESERVED_BITS) !== 0;
    if ((first & RESERVED_BITS) !== 0) throw new ProtocolError('reserved bits of a frame must be 0');
    if (!isFrameType(type)) throw new ProtocolError(`type of a frame must be from 0 to 2, got ${type}`);
    if (isLongest && rest !== 0) throw new ProtocolError(`length of a frame must not exceed 2^24, got 2^24 + ${rest}`);
    const length = isLongest ? MAX_LENGTH : rest;
    if (length > this.#maxLength) throw new ProtocolError(`frame must not be longer than ${this.#maxLength} bytes, got ${length}`);
    this.#type = type;
    this.#length = length;
    if (length === 0) this.#finish(new Uint8Array(0));
  }

  #take(chunk: Uint8Array, at: number): number {
    const end = Math.min(at + this.#length - this.#filled, chunk.length);
    if (this.#filled === 0 && end - at === this.#length) {
      this.#finish(chunk.subarray(at, end));
      return end;
    }
    const room = this.#roomFor(this.#filled + end - at);
    room.set(chunk.subarray(at, end), this.#filled);
    this.#filled += end - at;
    if (this.#filled === this.#length) this.#finish(room);
    return end;
  }

  #roomFor(bytes: number): Uint8Array {
    if (this.#room !== undefined && bytes <= this.#room.length) return this.#room;
    const room = new Uint8Array(Math.min(this.#length, Math.max(2 * bytes, FIRST_ROOM)));
    if (this.#room !== undefined) room.set(this.#room.subarray(0, this.#filled));
    this.#room = room;
    return room;
  }

  #finish(payload: Uint8Array): void {
    this.#prefixBytes = 0;
    this.#prefix = 0;
    this.#filled = 0;
    this.#room = undefined;
    this.#onFrame(this.#type, payload.length === this.#length ? payload : payload.subarray(0, this.#length));
  }
}

function isFrameType(type: number): type is FrameType {
  return type <= FrameType.pong;
}
