import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { SerializationError } from '../errors.ts';
import type { WampList } from '../protocol/messages.ts';
import type { Frame } from '../transports/transport.ts';
import { UNDEFINED_TYPE, checkMsgpack } from './msgpack-check.ts';
import { MAX_DEPTH, isPlain, revive, serializing, write, type Atom, type Format } from './plain.ts';
import type { Serializer } from './serializer.ts';

/**
 * MessagePack, as `wamp.2.msgpack`.
 *
 * Integers beyond ±2^53 are bigints both ways, as far as 64 bits go. Extension types (timestamps among them), keys that are no
 * strings, the key `__proto__` and text that is not UTF-8 are refused; but for the extension that writers in JavaScript have for
 * `undefined`, which is read as null in a list, and as no key in a dictionary. A lone surrogate is written as U+FFFD, and -0 as 0. Bytes that
 * were read are views into the frame. A byte order mark in front of a text of more than 200 bytes is lost.
 */
export function msgpack(): Serializer {
  return MSGPACK;
}

const MSGPACK: Serializer = { subprotocol: 'wamp.2.msgpack', rawSocketId: 2, binary: true, encode, decode };

// The writer counts what is in a list as one level more.
const ENCODER_OPTIONS = { ignoreUndefined: true, maxDepth: MAX_DEPTH + 1 };
const DECODER_OPTIONS = { mapKeyConverter: readKey, extensionCodec: undefinedCodec() };

// One of each for all connections: making one takes longer than using it. Those for 64 bits write no number beyond 32 bits as an
// integer, and read each as a bigint, so they are for the few frames that need them.
let encoder = new Encoder(ENCODER_OPTIONS);
const encoder64 = new Encoder({ ...ENCODER_OPTIONS, useBigInt64: true });
const decoder = new Decoder(DECODER_OPTIONS);
const decoder64 = new Decoder({ ...DECODER_OPTIONS, useBigInt64: true });

/** An encoder keeps its buffer, which is as large as its largest frame. */
const MAX_KEPT_BYTES = 2 ** 20;

function encode(list: WampList): Uint8Array {
  return serializing('payload cannot be written as MessagePack', () => {
    if (!isPlain(list)) return encoder64.encode(write(FOR_ENCODER64, list));
    const shared = encoder.encodeSharedRef(list);
    if (mayHoldSurrogate(shared) && !isReadable(shared)) return encoder64.encode(write(FOR_ENCODER64, list));
    const frame = shared.slice(); // the next encoding overwrites what is shared
    if (frame.length > MAX_KEPT_BYTES) encoder = new Encoder(ENCODER_OPTIONS);
    return frame;
  });
}

// A lone surrogate is written as the bytes ED A0 to ED BF, which no text in UTF-8 has. Numbers and bytes may.
function mayHoldSurrogate(frame: Uint8Array): boolean {
  for (let at = frame.indexOf(0xed); at >= 0; at = frame.indexOf(0xed, at + 1)) {
    if (frame[at + 1]! >= 0xa0) return true;
  }
  return false;
}

function isReadable(frame: Uint8Array): boolean {
  try {
    checkMsgpack(frame);
    return true;
  } catch {
    return false;
  }
}

const FOR_ENCODER64: Format<unknown> = {
  atom(value: Atom): unknown {
    if (typeof value === 'string') return wellFormed(value);
    if (typeof value === 'bigint') return integer(value);
    return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2 ** 53 ? integer(BigInt(value)) : value;
  },
  list: (items) => items,
  dict(entries) {
    for (const [key] of entries) {
      if (key === '__proto__') throw new SerializationError('key __proto__ cannot be written as MessagePack: readers refuse it');
    }
    return Object.fromEntries(entries.map(([key, value]) => [wellFormed(key), value]));
  },
};

// The encoder writes every bigint in 64 bits, and of those beyond it the last 64.
function integer(value: bigint): number | bigint {
  if (value >= -(2n ** 31n) && value < 2n ** 32n) return Number(value);
  if (value >= -(2n ** 63n) && value < 2n ** 64n) return value;
  throw new SerializationError(`integer must be from -2^63 to 2^64 - 1 to be written as MessagePack, got ${value}`);
}

function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}

function decode(frame: Frame): WampList {
  if (typeof frame === 'string') throw new SerializationError('MessagePack frame must be bytes, got text');
  return serializing('frame must be MessagePack', () => {
    const rare = checkMsgpack(frame);
    // Views into a Node Buffer would be Buffers, which write themselves as JSON in a way of their own.
    const bytes = new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength);
    const list = rare ? revive(decoder64.decode(bytes), readInteger) : decoder.decode(bytes);
    if (!Array.isArray(list)) throw new SerializationError('frame must be a MessagePack array');
    return list;
  });
}

function readInteger(atom: unknown): unknown {
  return typeof atom === 'bigint' && atom >= -(2n ** 53n) && atom <= 2n ** 53n ? Number(atom) : atom;
}

// The only extension that passes the check.
function undefinedCodec(): ExtensionCodec {
  const extensionCodec = new ExtensionCodec();
  extensionCodec.register({ type: UNDEFINED_TYPE, encode: () => null, decode: () => undefined });
  return extensionCodec;
}

function readKey(key: unknown): string {
  if (typeof key === 'string') return key;
  throw new SerializationError(`key must be a string, got a ${typeof key}`);
}
