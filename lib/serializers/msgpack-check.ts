/**
 * Looks over a MessagePack frame before it is decoded.
 *
 * The decoder believes every count it reads: it sets memory aside for it and has no limit on depth, so that 120 KB of nested array
 * headers take gigabytes. Here a frame is walked header by header and nothing is set aside. A frame that passes is exactly one value,
 * no deeper than we allow, of no more elements than it has bytes for.
 */
import { SerializationError } from '../errors.ts';
import { MAX_DEPTH } from './plain.ts';
import { isUtf8 } from './utf8.ts';

type Kind = number;
const REFUSED: Kind = 0; // extension types, of which WAMP has none, and the byte that is no type
const SCALAR: Kind = 1;
const INT64: Kind = 2;
const TEXT: Kind = 3;
const BYTES: Kind = 4;
const LIST: Kind = 5;
const MAP: Kind = 6;
const UNDEFINED: Kind = 7;

/** The extension type of one byte, 0, that msgpackr and msgpack5 write for `undefined`: clients in JavaScript send it unawares. */
export const UNDEFINED_TYPE = 0;

/** For each first byte: what it begins, in how many bytes a scalar or a length follows, and which of its own bits are a length. */
const KINDS = new Uint8Array(256);
const SIZES = new Uint8Array(256);
const MASKS = new Uint8Array(256);

function define(first: number, last: number, kind: Kind, mask = 0): void {
  KINDS.fill(kind, first, last + 1);
  MASKS.fill(mask, first, last + 1);
}

function defineSizes(first: number, kind: Kind, ...sizes: number[]): void {
  define(first, first + sizes.length - 1, kind);
  SIZES.set(sizes, first);
}

define(0x00, 0x7f, SCALAR);
define(0x80, 0x8f, MAP, 0x0f);
define(0x90, 0x9f, LIST, 0x0f);
define(0xa0, 0xbf, TEXT, 0x1f);
defineSizes(0xc0, SCALAR, 0);
defineSizes(0xc2, SCALAR, 0, 0);
defineSizes(0xc4, BYTES, 1, 2, 4);
defineSizes(0xca, SCALAR, 4, 8, 1, 2, 4);
defineSizes(0xcf, INT64, 8);
defineSizes(0xd0, SCALAR, 1, 2, 4);
defineSizes(0xd3, INT64, 8);
defineSizes(0xd4, UNDEFINED, 2);
defineSizes(0xd9, TEXT, 1, 2, 4);
defineSizes(0xdc, LIST, 2, 4);
defineSizes(0xde, MAP, 2, 4);
define(0xe0, 0xff, SCALAR);

/** Values that are still to come on each level of nesting; an entry of a map is two. */
const remaining = new Float64Array(MAX_DEPTH + 1);

/**
 * Throws SerializationError where a frame is not one well-formed MessagePack value of types that WAMP has. Whether keys are strings is
 * left to the decoder. Returns whether it holds what is rare and must be revived: an integer beyond ±2^53, which is to be decoded as a
 * bigint, or `undefined`.
 */
export function checkMsgpack(frame: Uint8Array): boolean {
  const end = frame.length;
  let at = 0;
  let depth = 0;
  let owed = 1; // values still to come on all levels together, each of a byte or more
  let rare = false;
  remaining[0] = 1;

  while (owed > 0) {
    while (remaining[depth] === 0) depth--;
    remaining[depth]!--;
    owed--;

    if (at === end) throw truncated();
    const head = frame[at++]!;
    const kind = KINDS[head]!;
    const size = SIZES[head]!;
    if (kind === REFUSED) throw refused(head);
    if (size > end - at) throw truncated();
    if (kind === SCALAR || kind === INT64 || kind === UNDEFINED) {
      if (kind === UNDEFINED && (frame[at] !== UNDEFINED_TYPE || frame[at + 1] !== 0)) throw refused(head);
      rare ||= kind === UNDEFINED || (kind === INT64 && isBig(frame, at, head === 0xd3));
      at += size;
      continue;
    }

    const count = size === 0 ? head & MASKS[head]! : readUint(frame, at, size);
    at += size;
    if (kind === LIST || kind === MAP) {
      const values = kind === MAP ? 2 * count : count;
      owed += values;
      if (owed > end - at) throw truncated();
      if (depth === MAX_DEPTH) throw new SerializationError(`payload must be at most ${MAX_DEPTH} levels deep`);
      remaining[++depth] = values;
    } else {
      if (count > end - at) throw truncated();
      if (kind === TEXT && !isUtf8(frame, at, at + count)) throw new SerializationError('text must be UTF-8');
      at += count;
    }
  }
  if (at < end) throw new SerializationError(`frame must be one value, got ${end - at} bytes more`);
  return rare;
}

function readUint(frame: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + frame[at + i]!;
  return value;
}

function isBig(frame: Uint8Array, at: number, signed: boolean): boolean {
  const [first, second] = [frame[at]!, frame[at + 1]!];
  if (first === 0 && second < 0x20) return false;
  if (signed && first === 0xff && second >= 0xe0) return false;
  const isLimit = first === 0 && second === 0x20 && readUint(frame, at + 2, 6) === 0;
  return !isLimit;
}

function refused(head: number): SerializationError {
  return new SerializationError(`MessagePack type must be one that WAMP has, got 0x${head.toString(16)}`);
}

function truncated(): SerializationError {
  return new SerializationError('MessagePack frame ends before its value does');
}
