/**
 * What a payload may be made of, the same whatever the serializer: null, booleans, numbers, bigints, strings, bytes, lists and
 * dictionaries. A value that is plain goes to the format's own writer as it stands, and nearly all are; {@link write} takes the rest.
 *
 * Beyond ±2^53 a number is a float and a bigint is an integer, in every format.
 */
import { SerializationError } from '../errors.ts';

/** Lists and dictionaries inside each other that are written and read, the message itself being the first. */
export const MAX_DEPTH = 128;

/** What stands where no list and no dictionary does. */
export type Atom = null | boolean | number | bigint | string | Uint8Array;

/** How a format puts a value together from its parts. */
export interface Format<T> {
  atom(value: Atom): T;
  list(items: readonly T[]): T;
  dict(entries: ReadonlyArray<readonly [key: string, value: T]>): T;
}

/** Whether every format's writer writes the value right and without loss. Looks at all of it, and throws nothing. */
export function isPlain(value: unknown, depth = 1): boolean {
  if (typeof value === 'string') return value.charCodeAt(0) !== 0; // JSON's mark of bytes
  if (typeof value === 'number') return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'object') return typeof value === 'boolean';
  if (value === null) return true;
  return depth <= MAX_DEPTH && (Array.isArray(value) ? isPlainList(value, depth) : isPlainDict(value, depth));
}

function isPlainList(list: readonly unknown[], depth: number): boolean {
  for (let at = 0; at < list.length; at++) {
    if (!isPlain(list[at], depth + 1)) return false;
  }
  return true;
}

function isPlainDict(dict: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(dict);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in dict) {
    const value = (dict as Record<string, unknown>)[key];
    if (key === '__proto__' || (value !== undefined && !isPlain(value, depth + 1))) return false;
  }
  return true;
}

/**
 * Writes any value that can be carried. What has a `toJSON` is what that gives, in every format; of other objects the own enumerable
 * properties are written. `undefined` is null in a list, and leaves out its key in a dictionary.
 *
 * Throws SerializationError for functions, symbols, cycles (they are too deep), and objects that would arrive as something else: maps,
 * sets, typed arrays other than Uint8Array, errors.
 */
export function write<T>(format: Format<T>, value: unknown, depth = 1): T {
  return writeIfSent(format, value, depth) ?? format.atom(null);
}

function writeIfSent<T>(format: Format<T>, value: unknown, depth: number): T | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'function' || typeof value === 'symbol') throw new SerializationError(`payload must be data, got a ${typeof value}`);
  if (typeof value === 'object' && value !== null) return isBytes(value) ? format.atom(ownBytes(value)) : writeObject(format, value, depth);
  return format.atom(value as Atom);
}

function writeObject<T>(format: Format<T>, value: object, depth: number): T | undefined {
  if (depth > MAX_DEPTH) throw tooDeep();
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') return writeIfSent(format, toJSON.call(value, ''), depth + 1);
  if (Array.isArray(value)) return format.list(Array.from(value, (item: unknown) => write(format, item, depth + 1)));

  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') throw new SerializationError(`payload must be data, got ${tag}`);
  const entries: [string, T][] = [];
  for (const [key, member] of Object.entries(value)) {
    const written = writeIfSent(format, member, depth + 1);
    if (written !== undefined) entries.push([key, written]);
  }
  return format.dict(entries);
}

/**
 * Puts what `read` makes of it in the place of each atom that a parser gave, in place, and refuses what is nested too deep.
 * Returns the value itself, or what took its place.
 *
 * `undefined`, which clients in JavaScript write for options that were left out, is read as it would have been written: null in a list,
 * and no key in a dictionary.
 */
export function revive(value: unknown, read: (atom: unknown) => unknown, depth = 1): unknown {
  if (typeof value !== 'object' || value === null || isBytes(value)) return read(value);
  if (depth > MAX_DEPTH) throw tooDeep();
  if (Array.isArray(value)) reviveList(value, read, depth);
  else reviveDict(value as Record<string, unknown>, read, depth);
  return value;
}

function reviveList(list: unknown[], read: (atom: unknown) => unknown, depth: number): void {
  for (let at = 0; at < list.length; at++) {
    const revived = revive(list[at], read, depth + 1) ?? null;
    if (revived !== list[at]) list[at] = revived;
  }
}

// Only own properties are written to, and only those that are there: a key such as `__proto__` reaches no prototype.
function reviveDict(dict: Record<string, unknown>, read: (atom: unknown) => unknown, depth: number): void {
  for (const key of Object.keys(dict)) {
    const revived = revive(dict[key], read, depth + 1);
    if (revived === undefined) delete dict[key];
    else if (revived !== dict[key]) dict[key] = revived;
  }
}

/** Tells bytes, also those of another realm or in the guise of a Node Buffer. */
function isBytes(value: object): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]');
}

// The formats' writers know only the bytes of their own realm.
function ownBytes(bytes: ArrayBufferView): Uint8Array {
  return bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function tooDeep(): SerializationError {
  return new SerializationError(`payload must be at most ${MAX_DEPTH} levels deep`);
}

/** Runs a format's writer or reader: whatever it throws is, or becomes the cause of, a SerializationError. */
export function serializing<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof SerializationError ? error : new SerializationError(what, { cause: error });
  }
}
