/**
 * Whether the values of a test are the same, and where they are not. Pairs of parts stand in a list that grows while it is walked, so that
 * no depth overflows the stack; a pair that was met before is taken for alike, which ends cycles and looks at shared parts once.
 */
import { WampError } from '../errors.ts';
import { isDict } from '../protocol/fields.ts';
import { show } from '../protocol/show.ts';

/** What stands in an expected value for all values it accepts: `expect.any(Number)` of jest and vitest, or an object of your own. */
export interface AsymmetricMatcher {
  asymmetricMatch(other: unknown): boolean;
}

/** A part in which two values differ. */
export interface Difference {
  /** From the values themselves to the part: `args[0].price`, and empty where they differ as a whole. */
  readonly path: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** Beyond so many pairs of objects two values count as different: getters can go on for ever. */
const MOST_PAIRS = 100_000;

/** The same for sets inside of sets, whose members are compared by recursion. */
const DEEPEST_SET = 100;

/** What two errors of this library have to have in common besides class and message. */
const PARTS_OF_WAMP_ERRORS = ['code', 'uri', 'args', 'kwargs'] as const;

/** Own fields of other errors that say nothing of what went wrong, or are looked at anyway. `errors` of an AggregateError is not enumerable. */
const SEEN_TO: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);

/**
 * Tells whether a value is what a test expects, however deep it goes.
 *
 * - Primitives are compared by `Object.is`: `NaN` is `NaN`, `-0` is not `0`, `1n` is not `1`. Functions and symbols are themselves alone.
 * - Lists, dates, typed arrays, maps and sets are compared by what they hold, sets and the keys of maps without regard to their order.
 *   Any Uint8Array will do for another one, also a Buffer.
 * - A plain object is compared by its own fields, with an object of any class: an event of `topic()` is alike to
 *   `{ topic, publication, params, details, args, kwargs }`. All its fields have to be there, since a test that forgets one should not
 *   pass; to look at some of them only, take them out with `map`, or expect `expect.objectContaining({ args: ['a'] })`. A field that is
 *   `undefined` is as good as none. A field that the actual object has not, but its class has a getter for, is read.
 * - An instance of a class is compared with instances of the same class, by own fields; where there are none, by the getters of the class
 *   (a URL, a class whose fields are private); where there are none either (a Promise), it is itself alone.
 * - Errors are compared by class, name and message, and by the fields that the expected error has. Errors of this library are by class,
 *   message, `code`, `uri`, `args` and `kwargs`, whatever their effect, details, operation and cause. Stacks are never looked at.
 * - Anything in `expected` with a method `asymmetricMatch` decides itself.
 *
 * ```ts
 * alike([{ price: 3, at: new Date(0) }], [{ price: 3, at: new Date(0) }]); // => true
 * alike({ id: 5, args: ['a'] }, { id: { asymmetricMatch: Number.isInteger }, args: ['a'] }); // => true
 * alike(new Error('boom'), new TypeError('boom')); // => false
 * ```
 */
export function alike(actual: unknown, expected: unknown): boolean {
  return differences(actual, expected, 1).length === 0;
}

/** The parts in which two values differ by the rules of {@link alike}, the shallow ones first, at most `limit`. */
export function differences(actual: unknown, expected: unknown, limit: number): readonly Difference[] {
  return new Comparison().differences(actual, expected, limit);
}

/** Tells a matcher from values. */
export function isMatcher(value: unknown): value is AsymmetricMatcher {
  return typeof value === 'object' && value !== null && 'asymmetricMatch' in value && typeof value.asymmetricMatch === 'function';
}

/** Tells errors, those of another realm (a vm context, an iframe) too. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** The name of an object's class, empty where it has none. */
export function classOf(value: object): string {
  const made: unknown = (value as { readonly constructor?: unknown }).constructor;
  return typeof made === 'function' ? made.name : '';
}

/** What an object is seen by: its own enumerable fields or, for an instance of a class that has none, the getters of the class. */
export function fieldsOf(value: object): readonly PropertyKey[] {
  const own = Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
  return own.length > 0 || isDict(value) ? own : gettersOf(value);
}

/** A field of an object: its own, or one that its class has a getter for. Not what every object inherits. */
export function fieldOf(value: object, key: PropertyKey): unknown {
  return Object.hasOwn(value, key) || gettersOf(value).includes(key) ? (value as { readonly [key: PropertyKey]: unknown })[key] : undefined;
}

function gettersOf(value: object): readonly PropertyKey[] {
  const getters: PropertyKey[] = [];
  let prototype: object | null = Object.getPrototypeOf(value) as object | null;
  while (prototype !== null) {
    const above = Object.getPrototypeOf(prototype) as object | null;
    // Object.prototype has one too, `__proto__`, that says nothing of the object.
    if (above === null) break;
    for (const [key, { get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) if (get !== undefined) getters.push(key);
    prototype = above;
  }
  return getters;
}

class Comparison {
  readonly #met = new Map<object, Set<object>>();
  readonly #order: (readonly [object, object])[] = [];
  #left = MOST_PAIRS;
  #sets = 0;

  differences(actual: unknown, expected: unknown, limit: number): readonly Difference[] {
    const found: Difference[] = [];
    const pairs: Difference[] = [{ path: '', actual, expected }];
    // It grows while it is walked.
    for (const pair of pairs) {
      if (!this.#holds(pair, pairs)) found.push(pair);
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Whether the pair itself is alike; its parts are entered behind it. */
  #holds({ path, actual, expected }: Difference, pairs: Difference[]): boolean {
    if (isMatcher(expected)) return expected.asymmetricMatch(actual);
    if (Object.is(actual, expected)) return true;
    if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) return false;
    this.#left -= 1;
    if (this.#left < 0) return false;
    if (!this.#meet(actual, expected)) return true;
    return this.#parts(actual, expected, (name, actualPart, expectedPart) => {
      pairs.push({ path: path === '' && name.startsWith('.') ? name.slice(1) : path + name, actual: actualPart, expected: expectedPart });
    });
  }

  #parts(actual: object, expected: object, part: Part): boolean {
    if (Array.isArray(expected)) return Array.isArray(actual) && lists(actual, expected, part);
    if (expected instanceof Date) return actual instanceof Date && Object.is(actual.getTime(), expected.getTime());
    if (isMemory(expected)) return isMemory(actual) && tagOf(actual) === tagOf(expected) && elements(actual, expected, part);
    if (expected instanceof Map) return actual instanceof Map && this.#maps(actual, expected, part);
    if (expected instanceof Set) return actual instanceof Set && this.#paired(actual, expected) !== undefined;
    if (isError(expected)) return isError(actual) && errors(actual, expected, part);
    return isPlain(actual) && objects(actual, expected, part);
  }

  #maps(actual: ReadonlyMap<unknown, unknown>, expected: ReadonlyMap<unknown, unknown>, part: Part): boolean {
    const keys = this.#paired(new Set(actual.keys()), new Set(expected.keys()));
    for (const [actualKey, expectedKey] of keys ?? []) part(`.get(${show(expectedKey)})`, actual.get(actualKey), expected.get(expectedKey));
    return keys !== undefined;
  }

  /** Each member of one set with its like in the other; `undefined` where one has none. Matchers choose last. */
  #paired(actual: ReadonlySet<unknown>, expected: ReadonlySet<unknown>): readonly (readonly [unknown, unknown])[] | undefined {
    if (actual.size !== expected.size || this.#sets >= DEEPEST_SET) return undefined;
    const left = new Set(actual);
    const pairs: [unknown, unknown][] = [...expected].filter((member) => left.delete(member)).map((member) => [member, member]);
    const others = [...expected].filter((member) => !actual.has(member)).sort((a, b) => Number(isMatcher(a)) - Number(isMatcher(b)));
    for (const member of others) {
      const candidates = [...left];
      const at = candidates.findIndex((candidate) => this.#tried(candidate, member));
      if (at < 0) return undefined;
      left.delete(candidates[at]);
      pairs.push([candidates[at], member]);
    }
    return pairs;
  }

  #tried(actual: unknown, expected: unknown): boolean {
    const before = this.#order.length;
    this.#sets += 1;
    const same = this.differences(actual, expected, 1).length === 0;
    this.#sets -= 1;
    // What was taken for alike on the way to a no may not be.
    if (!same) for (const [left, right] of this.#order.splice(before)) this.#met.get(left)?.delete(right);
    return same;
  }

  #meet(actual: object, expected: object): boolean {
    let met = this.#met.get(actual);
    if (met === undefined) this.#met.set(actual, met = new Set());
    if (met.has(expected)) return false;
    met.add(expected);
    this.#order.push([actual, expected]);
    return true;
  }
}

type Part = (name: string, actual: unknown, expected: unknown) => void;

type Memory = ArrayBufferView | ArrayBufferLike;

function isMemory(value: unknown): value is Memory {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

function isPlain(value: object): boolean {
  return !(Array.isArray(value) || value instanceof Date || value instanceof Map || value instanceof Set || isMemory(value) || isError(value));
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value);
}

function lists(actual: readonly unknown[], expected: readonly unknown[], part: Part): boolean {
  if (actual.length !== expected.length) part('.length', actual.length, expected.length);
  for (let at = 0; at < Math.min(actual.length, expected.length); at++) part(`[${at}]`, actual[at], expected[at]);
  return true;
}

function elements(actual: Memory, expected: Memory, part: Part): boolean {
  const left = listOf(actual);
  const right = listOf(expected);
  if (left.length !== right.length) part('.length', left.length, right.length);
  // Of millions of bytes the first is enough.
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    if (Object.is(left[at], right[at])) continue;
    part(`[${at}]`, left[at], right[at]);
    break;
  }
  return true;
}

function listOf(value: Memory): ArrayLike<unknown> {
  if (!ArrayBuffer.isView(value)) return new Uint8Array(value);
  return value instanceof DataView ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : value as Uint8Array;
}

function errors(actual: Error, expected: Error, part: Part): boolean {
  if (classOf(actual) !== classOf(expected)) return false;
  part('.name', actual.name, expected.name);
  part('.message', actual.message, expected.message);
  const more = expected instanceof WampError ? PARTS_OF_WAMP_ERRORS : [...Object.keys(expected).filter((key) => !SEEN_TO.has(key)), 'errors'];
  for (const key of more) if (fieldOf(expected, key) !== undefined) part(nameOf(key), fieldOf(actual, key), fieldOf(expected, key));
  return true;
}

function objects(actual: object, expected: object, part: Part): boolean {
  if (!isDict(expected) && Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false;
  const keys = new Set([...fieldsOf(expected), ...fieldsOf(actual)]);
  for (const key of keys) part(nameOf(key), fieldOf(actual, key), fieldOf(expected, key));
  // Instances that show nothing may differ in all that they hide.
  return keys.size > 0 || isDict(actual);
}

function nameOf(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(String(key)) ? `.${String(key)}` : `[${show(String(key))}]`;
}
