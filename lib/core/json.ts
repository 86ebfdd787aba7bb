/**
 * Lists as JSON and back, with the platform's own parser and writer. Bytes travel as U+0000 and their base64, as the JSON serializer of the whole
 * library has them. Other than there, integers beyond 2^53 are rounded where they are read, as JSON.parse does, and have no exponent where they are
 * written, as JSON.stringify does, so that the whole library reads them as bigints.
 */
import { SerializationError } from '../errors.ts';
import type { Frame } from '../transports/transport.ts';
import type { Dict, List } from '../types.ts';

/** Throws SerializationError where a value would arrive as something else, or not at all. */
export function toText(list: List): string {
  try {
    return JSON.stringify(list, written);
  } catch (cause) {
    throw new SerializationError('payload cannot be written as JSON', { cause });
  }
}

/** Throws SerializationError where it is no list. */
export function fromText(frame: Frame): List {
  let cause: unknown;
  try {
    const list: unknown = JSON.parse(frame as string, (frame as string).includes('\\u0000') ? read : undefined);
    if (Array.isArray(list)) return list;
  } catch (error) {
    cause = error;
  }
  throw new SerializationError('frame must be a JSON list', { cause });
}

const PLAIN = /^(Object|Array|String|Number|Boolean|Null|Undefined)$/;

function written(this: Dict, key: string, value: unknown): unknown {
  // As it was before its toJSON, which a Buffer has.
  const bytes = this[key];
  if (bytes instanceof Uint8Array) return `\0${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  // Text with U+0000 in front stands for bytes.
  if (!PLAIN.test(kind) || (kind === 'Number' && !Number.isFinite(value)) || (kind === 'String' && String(value).startsWith('\0'))) throw new TypeError(`payload must be data, got ${kind}`);
  return value;
}

function read(_: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('\0') ? Uint8Array.from(atob(value.slice(1)), (byte) => byte.charCodeAt(0)) : value;
}
