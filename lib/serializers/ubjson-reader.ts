import { SerializationError } from '../errors.ts';
import { MAX_DEPTH } from './plain.ts';
import {
  BYTE, CHAR, CLOSE_DICT, CLOSE_LIST, COUNT, FALSE, FLOAT16, FLOAT32, FLOAT64, HIGH_PRECISION, INT16, INT32, INT64, INT8, NO_OP, NULL,
  OPEN_DICT, OPEN_LIST, STRING, TRUE, TYPE, UINT16, UINT32, UINT64, UINT8, type UbjsonDialect,
} from './ubjson-markers.ts';

/** Longer numbers in digits are refused: reading them takes more than linear time. */
const MAX_DIGITS = 1000;

const DECIMAL = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;
const INTEGER = /^-?\d+$/;

// Not ignoring it would take a byte order mark away from the text that begins with it.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** How the elements of a list or a dictionary are told: all of one type, so and so many, or until the bracket that closes it. */
interface Extent {
  readonly type: number | undefined;
  readonly count: number | undefined;
}

const UNTIL_CLOSED: Extent = { type: undefined, count: undefined };

/**
 * Reads one value of UBJSON from a frame of anybody: every count is held against the bytes that are left, and nothing is set aside for it.
 * Made for one frame. Throws SerializationError, and TypeError where a text is not UTF-8.
 */
export class UbjsonReader {
  readonly #frame: Uint8Array;
  readonly #view: DataView;
  readonly #isBjdata: boolean;
  #at = 0;

  constructor(frame: Uint8Array, dialect: UbjsonDialect) {
    // Views into a Node Buffer would be Buffers, which write themselves as JSON in a way of their own.
    this.#frame = new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength);
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    this.#isBjdata = dialect === 'bjdata';
  }

  /** The one value that the frame is. */
  read(): unknown {
    const value = this.#value(this.#marker(), 1);
    if (this.#left > 0) throw new SerializationError(`frame must be one value, got ${this.#left} bytes more`);
    return value;
  }

  get #left(): number {
    return this.#frame.length - this.#at;
  }

  #value(marker: number, depth: number): unknown {
    switch (marker) {
      case NULL: return null;
      case TRUE: return true;
      case FALSE: return false;
      case STRING: return this.#text(this.#count());
      case CHAR: return this.#char();
      case OPEN_LIST: return this.#list(depth);
      case OPEN_DICT: return this.#dict(depth);
      case HIGH_PRECISION: return this.#digits();
      case FLOAT32: return this.#view.getFloat32(this.#take(4), this.#isBjdata);
      case FLOAT64: return this.#view.getFloat64(this.#take(8), this.#isBjdata);
      case FLOAT16: if (this.#isBjdata) return half(this.#view.getUint16(this.#take(2), true));
    }
    return this.#integer(marker);
  }

  #integer(marker: number): number | bigint {
    const little = this.#isBjdata;
    switch (marker) {
      case UINT8: return this.#view.getUint8(this.#take(1));
      case INT8: return this.#view.getInt8(this.#take(1));
      case INT16: return this.#view.getInt16(this.#take(2), little);
      case INT32: return this.#view.getInt32(this.#take(4), little);
      case INT64: return small(this.#view.getBigInt64(this.#take(8), little));
    }
    if (this.#isBjdata) {
      switch (marker) {
        case BYTE: return this.#view.getUint8(this.#take(1));
        case UINT16: return this.#view.getUint16(this.#take(2), true);
        case UINT32: return this.#view.getUint32(this.#take(4), true);
        case UINT64: return small(this.#view.getBigUint64(this.#take(8), true));
      }
    }
    throw refused(marker);
  }

  #list(depth: number): readonly unknown[] | Uint8Array {
    const { type, count } = this.#extent(depth);
    if (type !== undefined && count !== undefined && (type === UINT8 || (type === BYTE && this.#isBjdata))) {
      const at = this.#take(count);
      return this.#frame.subarray(at, at + count);
    }
    const list: unknown[] = [];
    if (count === undefined) {
      for (let marker = this.#marker(); marker !== CLOSE_LIST; marker = this.#marker()) list.push(this.#value(marker, depth + 1));
    } else {
      for (let n = 0; n < count; n++) list.push(this.#value(type ?? this.#marker(), depth + 1));
    }
    return list;
  }

  #dict(depth: number): object {
    const { type, count } = this.#extent(depth);
    const dict: Record<string, unknown> = {};
    for (let n = 0; count === undefined ? !this.#skips(CLOSE_DICT) : n < count; n++) {
      const key = this.#text(this.#count());
      const value = this.#value(type ?? this.#marker(), depth + 1);
      // The one key that would not become a property of its own.
      if (key === '__proto__') Object.defineProperty(dict, key, { value, configurable: true, enumerable: true, writable: true });
      else dict[key] = value;
    }
    return dict;
  }

  #extent(depth: number): Extent {
    if (depth > MAX_DEPTH) throw new SerializationError(`payload must be at most ${MAX_DEPTH} levels deep`);
    const type = this.#skips(TYPE) ? this.#byte() : undefined;
    if (!this.#skips(COUNT)) {
      if (type !== undefined) throw new SerializationError('UBJSON type of elements must be followed by their count');
      return UNTIL_CLOSED;
    }
    // Four thousand million of them would take no byte at all.
    if (type === NULL || type === TRUE || type === FALSE || type === NO_OP) throw refused(type);
    return { type, count: this.#count() };
  }

  /** Whether this byte comes next; it is read if so. */
  #skips(marker: number): boolean {
    while (this.#frame[this.#at] === NO_OP) this.#at++;
    if (this.#frame[this.#at] !== marker) return false;
    this.#at++;
    return true;
  }

  #marker(): number {
    for (;;) {
      const marker = this.#byte();
      if (marker !== NO_OP) return marker;
    }
  }

  #byte(): number {
    return this.#frame[this.#take(1)]!;
  }

  /** A length or a number of elements, of which each has a byte or more. */
  #count(): number {
    const count = this.#integer(this.#marker());
    if (typeof count === 'bigint' || count < 0 || count > this.#left) {
      throw new SerializationError(`UBJSON count must be from 0 to the ${this.#left} bytes that are left, got ${count}`);
    }
    return count;
  }

  #text(length: number): string {
    const at = this.#take(length);
    return UTF8.decode(this.#frame.subarray(at, at + length));
  }

  #char(): string {
    const code = this.#byte();
    if (code > 0x7f) throw new SerializationError(`UBJSON char must be ASCII, got 0x${code.toString(16)}`);
    return String.fromCharCode(code);
  }

  #digits(): number | bigint {
    const length = this.#count();
    if (length > MAX_DIGITS) throw new SerializationError(`number must have at most ${MAX_DIGITS} digits, got ${length}`);
    const text = this.#text(length);
    if (INTEGER.test(text)) return small(BigInt(text));
    const number = DECIMAL.test(text) ? Number(text) : NaN;
    if (!Number.isFinite(number)) throw new SerializationError('UBJSON high-precision number must be a finite decimal');
    return number;
  }

  /** Reads so many bytes, and says where they begin. */
  #take(length: number): number {
    if (length > this.#left) throw new SerializationError('UBJSON frame ends before its value does');
    this.#at += length;
    return this.#at - length;
  }
}

function small(value: bigint): number | bigint {
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;
}

/** A float of 16 bits (IEEE 754): sign, five bits of exponent, ten of fraction. */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits < 0x8000 ? 1 : -1;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function refused(marker: number): SerializationError {
  return new SerializationError(`UBJSON type must be one that WAMP has, got 0x${marker.toString(16)}`);
}
