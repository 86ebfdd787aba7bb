import { SerializationError } from '../errors.ts';
import {
  BYTE, CHAR, CLOSE_DICT, CLOSE_LIST, COUNT, FALSE, FLOAT64, HIGH_PRECISION, INT16, INT32, INT64, INT8, NULL, OPEN_DICT, OPEN_LIST, STRING,
  TRUE, TYPE, UINT16, UINT32, UINT64, UINT8, type UbjsonDialect,
} from './ubjson-markers.ts';

const INITIAL_BYTES = 1024;

/** What a number takes at most, with its type. */
const NUMBER_BYTES = 9;

/** A writer keeps its buffer, unless a frame was larger than this. */
const MAX_KEPT_BYTES = 2 ** 20;

const UTF8 = new TextEncoder();

/** Writes values as UBJSON, each number in as few bytes as it takes. Made once for all frames of a dialect. */
export class UbjsonWriter {
  readonly #isBjdata: boolean;
  #bytes = new Uint8Array(INITIAL_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  constructor(dialect: UbjsonDialect) {
    this.#isBjdata = dialect === 'bjdata';
  }

  /** A frame of plain values: null, booleans, numbers, bigints, strings, bytes, lists and dictionaries. Throws SerializationError. */
  write(value: unknown): Uint8Array {
    this.#at = 0;
    this.#value(value);
    const frame = this.#bytes.slice(0, this.#at);
    if (this.#bytes.length > MAX_KEPT_BYTES) this.#resize(INITIAL_BYTES);
    return frame;
  }

  #value(value: unknown): void {
    this.#reserve(NUMBER_BYTES);
    if (typeof value === 'string') this.#string(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#bigint(value);
    else if (value instanceof Uint8Array) this.#binary(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (typeof value === 'object' && value !== null) this.#dict(value);
    else this.#byte(value === true ? TRUE : value === false ? FALSE : NULL);
  }

  #list(list: readonly unknown[]): void {
    this.#byte(OPEN_LIST);
    for (let at = 0; at < list.length; at++) this.#value(list[at]);
    this.#byte(CLOSE_LIST);
  }

  #dict(dict: object): void {
    this.#byte(OPEN_DICT);
    for (const [key, value] of Object.entries(dict)) {
      if (value === undefined) continue;
      this.#sized(UTF8.encode(key));
      this.#value(value);
    }
    this.#byte(CLOSE_DICT);
  }

  #string(text: string): void {
    if (text.length === 1 && text.charCodeAt(0) < 0x80) {
      this.#byte(CHAR);
      this.#byte(text.charCodeAt(0));
    } else {
      this.#byte(STRING);
      this.#sized(UTF8.encode(text));
    }
  }

  #binary(bytes: Uint8Array): void {
    this.#byte(OPEN_LIST);
    this.#byte(TYPE);
    this.#byte(this.#isBjdata ? BYTE : UINT8);
    this.#byte(COUNT);
    this.#sized(bytes);
  }

  #number(value: number): void {
    if (Number.isInteger(value) && Math.abs(value) <= 2 ** 53) return this.#integer(value);
    this.#view.setFloat64(this.#typed(FLOAT64, 8), value, this.#isBjdata);
  }

  #integer(value: number): void {
    const little = this.#isBjdata;
    if (value >= 0 && value <= 0xff) this.#view.setUint8(this.#typed(UINT8, 1), value);
    else if (value < 0 && value >= -0x80) this.#view.setInt8(this.#typed(INT8, 1), value);
    else if (little && value >= 0) this.#unsigned(value);
    else if (value >= -0x8000 && value <= 0x7fff) this.#view.setInt16(this.#typed(INT16, 2), value, little);
    else if (value >= -0x8000_0000 && value <= 0x7fff_ffff) this.#view.setInt32(this.#typed(INT32, 4), value, little);
    else this.#view.setBigInt64(this.#typed(INT64, 8), BigInt(value), little);
  }

  // BJData has these besides.
  #unsigned(value: number): void {
    if (value <= 0xffff) this.#view.setUint16(this.#typed(UINT16, 2), value, true);
    else if (value <= 0xffff_ffff) this.#view.setUint32(this.#typed(UINT32, 4), value, true);
    else this.#view.setBigUint64(this.#typed(UINT64, 8), BigInt(value), true);
  }

  #bigint(value: bigint): void {
    if (value >= -(2n ** 53n) && value <= 2n ** 53n) return this.#integer(Number(value));
    if (value < -(2n ** 63n) || value >= 2n ** 64n) {
      throw new SerializationError(`integer must be from -2^63 to 2^64 - 1 to be written as UBJSON, got ${value}`);
    }
    if (this.#isBjdata && value > 0n) {
      this.#view.setBigUint64(this.#typed(UINT64, 8), value, true);
    } else if (value < 2n ** 63n) {
      this.#view.setBigInt64(this.#typed(INT64, 8), value, this.#isBjdata);
    } else {
      this.#byte(HIGH_PRECISION);
      this.#sized(UTF8.encode(String(value)));
    }
  }

  #sized(bytes: Uint8Array): void {
    this.#reserve(NUMBER_BYTES + bytes.length);
    this.#integer(bytes.length);
    this.#bytes.set(bytes, this.#take(bytes.length));
  }

  /** Writes the type of a number, and gives the place of its bytes. */
  #typed(marker: number, size: number): number {
    this.#byte(marker);
    return this.#take(size);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
  }

  #take(length: number): number {
    this.#at += length;
    return this.#at - length;
  }

  /** Makes room for so many bytes. What takes several of them reserves them all first, since the buffer may become another one. */
  #reserve(length: number): void {
    if (this.#at + length > this.#bytes.length) this.#resize(Math.max(this.#at + length, 2 * this.#bytes.length));
  }

  #resize(length: number): void {
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes.subarray(0, length));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
