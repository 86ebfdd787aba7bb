/** Lists as JSON text and back: the whole of the serializer but for what knows of messages. */
import { SerializationError } from '../errors.ts';
import { fromBase64, toBase64 } from '../protocol/base64.ts';
import type { WampList } from '../protocol/messages.ts';
import type { Frame } from '../transports/transport.ts';
import { markBigIntegers, mayBeDeep, mayHoldBigInteger, readMarked } from './json-text.ts';
import { isPlain, revive, serializing, write, type Atom, type Format } from './plain.ts';

/** The JSON text of a message (depth 1) or of one of its elements (depth 2). Throws SerializationError where it has none. */
export function toText(value: unknown, depth = 1): string {
  return (Array.isArray(value) ? shortText(value) : undefined) ?? serializing('payload cannot be written as JSON', () =>
    isPlain(value, depth) ? JSON.stringify(value) : write(JSON_TEXT, value, depth));
}

const SHORT = 8;

/** The text of a few atoms in a list, as most arguments are: half the time of JSON.stringify. `undefined` for all other lists. */
function shortText(list: readonly unknown[]): string | undefined {
  if (list.length > SHORT) return undefined;
  let text = '[';
  for (let at = 0; at < list.length; at++) {
    const item = list[at];
    if (at > 0) text += ',';
    if (typeof item === 'string' && item.charCodeAt(0) !== 0) text += JSON.stringify(item);
    else if (typeof item === 'number' && item >= Number.MIN_SAFE_INTEGER && item <= Number.MAX_SAFE_INTEGER) text += item;
    else if (item === null || typeof item === 'boolean') text += item;
    else return undefined;
  }
  return `${text}]`;
}

// What JSON.stringify would write as something else, or not at all.
const JSON_TEXT: Format<string> = {
  atom(value: Atom): string {
    if (typeof value === 'number') return numberText(value);
    if (typeof value === 'bigint') return bigintText(value);
    if (value instanceof Uint8Array) return `"\\u0000${toBase64(value)}"`;
    if (typeof value === 'string' && value.startsWith('\0')) {
      throw new SerializationError('text that starts with U+0000 stands for bytes in JSON, and cannot be written');
    }
    return JSON.stringify(value);
  },
  list: (items) => `[${items.join(',')}]`,
  dict: (entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`,
};

function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new SerializationError(`number must be finite to be written as JSON, got ${value}`);
  // The exponent makes it a float to readers that tell integers from floats, as it is in the binary formats.
  return Math.abs(value) > 2 ** 53 ? value.toExponential() : String(value);
}

function bigintText(value: bigint): string {
  if (value < -(2n ** 53n) || value > 2n ** 53n) {
    throw new SerializationError(`integer must be from -2^53 to 2^53 to be written as JSON, got ${value}`);
  }
  return String(value);
}

/** The list of a frame. Throws SerializationError where it is none. */
export function fromText(frame: Frame): WampList {
  if (typeof frame !== 'string') throw new SerializationError('JSON frame must be text, got bytes');
  let list: unknown;
  // By hand, as a function for each frame costs a tenth of reading a small one.
  try {
    list = parse(frame);
  } catch (error) {
    throw error instanceof SerializationError ? error : new SerializationError('frame must be JSON', { cause: error });
  }
  if (!Array.isArray(list)) throw new SerializationError('frame must be a JSON list');
  return list;
}

// Walking what was parsed costs as much as a fifth of parsing it, and hardly a frame needs it. NUL has no other escape.
function parse(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (mayHoldBigInteger(text)) return revive(JSON.parse(markBigIntegers(text)), readMarkedAtom);
  return text.includes('\\u0000') || mayBeDeep(text) ? revive(value, readAtom) : value;
}

function readMarkedAtom(atom: unknown): unknown {
  return readAtom(typeof atom === 'string' ? readMarked(atom) : atom);
}

function readAtom(atom: unknown): unknown {
  if (typeof atom !== 'string' || atom.charCodeAt(0) !== 0) return atom;
  const bytes = fromBase64(atom, 1);
  if (bytes === undefined) throw new SerializationError('text that starts with U+0000 must go on in base64');
  return bytes;
}
