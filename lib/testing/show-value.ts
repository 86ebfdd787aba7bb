import { isObservable } from 'rxjs';
import { WampError } from '../errors.ts';
import { isDict } from '../protocol/fields.ts';
import type { Message } from '../protocol/messages.ts';
import { classOf, fieldOf, fieldsOf, isError, isMatcher, type AsymmetricMatcher } from './alike.ts';
import { shorten, showMessage } from './show-message.ts';
import { isMessage, showWamp } from './show-wamp.ts';

const LONGEST_VALUE = 160;
const LONGEST_STRING = 60;
const MOST_PARTS = 8;
const DEEPEST = 4;

/**
 * A value in one line of at most 160 characters, for the failures of tests.
 *
 * What WAMP has a name for is shown by it: messages as `showMessage` does, events as `EVENT com.x [1] {k: 2}`, results as `RESULT [3]` and
 * `PROGRESS [1]`, states and signals by their kind with the facts, as in `waiting (attempt 1, 500 ms, TransportLostError: gone)`. Errors are
 * `Class: message (call com.x, Class: message of the cause)`, all else is short JavaScript. Throws nothing, ends on cycles, and does not grow with the value.
 *
 * ```ts
 * showValue({ price: 3, of: ['a', 10n] }); // => '{price: 3, of: ["a", 10n]}'
 * ```
 */
export function showValue(value: unknown): string {
  try {
    return shorten(text(value, []).replace(/[\p{Cc}\u2028\u2029]+/gu, ' '), LONGEST_VALUE);
  } catch {
    // Getters, proxies and toString may throw whatever they like.
    return 'a value that cannot be shown';
  }
}

/** `within` are the objects that the value is a part of. */
function text(value: unknown, within: readonly object[]): string {
  switch (typeof value) {
    case 'string': return JSON.stringify(shorten(value, LONGEST_STRING));
    case 'bigint': return `${shorten(String(value), LONGEST_STRING)}n`;
    case 'function': return /^class\b/.test(Function.prototype.toString.call(value)) ? `class ${value.name}` : `function ${value.name}`.trimEnd();
    case 'object': return value === null ? 'null' : object(value, within);
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    default: return shorten(String(value), LONGEST_STRING);
  }
}

function object(value: object, within: readonly object[]): string {
  if (isMatcher(value)) return matcher(value, within);
  if (within.includes(value)) return '[circular]';
  if (isError(value)) return error(value);
  if (value instanceof Date) return `Date ${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()}`;
  if (isObservable(value)) return classOf(value);
  if (isMessage(value)) return showMessage(value as Message);
  if (within.length >= DEEPEST) return Array.isArray(value) ? '[…]' : '{…}';
  const show = (part: unknown): string => text(part, [...within, value]);
  return showWamp(value, show) ?? holder(value, show);
}

type Show = (part: unknown) => string;

function holder(value: object, show: Show): string {
  if (isInner(value)) return `Observable (${joined(some(value).map((each) => inner(each, show)), value.length)})`;
  if (Array.isArray(value)) return `[${joined(some(value).map(show), value.length)}]`;
  const name = classOf(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return `${name} [${joined(some(value as Uint8Array).map(show), (value as Uint8Array).length)}]`;
  if (value instanceof Map) return `Map {${joined(some([...value]).map(([key, held]) => `${show(key)} => ${show(held)}`), value.size)}}`;
  if (value instanceof Set) return `Set {${joined(some([...value]).map(show), value.size)}}`;
  return isDict(value) ? fields(value, show) : instance(value, name, show);
}

function instance(value: object, name: string, show: Show): string {
  // URLs and regular expressions say best themselves what they are.
  const said = Object.keys(value).length === 0 ? saidBy(value) : undefined;
  return `${name} ${said ?? fields(value, show)}`.trimStart();
}

function fields(value: object, show: Show): string {
  const keys = fieldsOf(value).filter((key) => fieldOf(value, key) !== undefined);
  return `{${joined(some(keys).map((key) => `${keyText(key)}: ${show(fieldOf(value, key))}`), keys.length)}}`;
}

function keyText(key: PropertyKey): string {
  if (typeof key === 'symbol') return `[${String(key)}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(String(key)) ? shorten(String(key), LONGEST_STRING) : JSON.stringify(shorten(String(key), LONGEST_STRING));
}

function error(value: Error): string {
  const facts = [operation(value), isError(value.cause) ? said(value.cause) : undefined].filter((fact) => fact !== undefined);
  return facts.length === 0 ? said(value) : `${said(value)} (${facts.join(', ')})`;
}

function said(value: Error): string {
  const name = value.name === 'Error' ? classOf(value) || 'Error' : String(value.name);
  const message = String(value.message).replace(/\s+/g, ' ').trim();
  return message === '' ? name : `${name}: ${shorten(message, 2 * LONGEST_STRING)}`;
}

/** What was being done when it failed, unless the message says so. */
function operation(value: Error): string | undefined {
  if (!(value instanceof WampError) || value.operation === undefined) return undefined;
  const { verb, uri } = value.operation;
  return value.message.includes(uri) ? undefined : `${verb} ${uri}`;
}

// As jest and vitest have theirs: Any<Number>, and ObjectContaining with what it is about.
function matcher(value: AsymmetricMatcher & { readonly toAsymmetricMatcher?: unknown; readonly sample?: unknown }, within: readonly object[]): string {
  if (typeof value.toAsymmetricMatcher === 'function') return String(value.toAsymmetricMatcher());
  if (within.length >= DEEPEST) return 'matcher';
  const name = saidBy(value) ?? 'matcher';
  return value.sample === undefined ? name : `${name} ${text(value.sample, [...within, value])}`;
}

/** What an object has to say of itself, if that is more than every object says. */
function saidBy(value: { toString(): string }): string | undefined {
  return typeof value.toString !== 'function' || value.toString === Object.prototype.toString ? undefined : value.toString();
}

interface InnerNotification {
  readonly frame: number;
  readonly notification: { readonly kind: 'N' | 'E' | 'C'; readonly value?: unknown; readonly error?: unknown };
}

/** What an inner Observable has emitted, as TestScheduler keeps it. */
function isInner(value: object): value is readonly InnerNotification[] {
  return Array.isArray(value) && value.length > 0 && value.every((item: Partial<InnerNotification> | null) => typeof item?.frame === 'number' && typeof item.notification?.kind === 'string');
}

function inner({ frame, notification: { kind, value, error: thrown } }: InnerNotification, show: Show): string {
  return `${frame} ms ${kind === 'N' ? show(value) : kind === 'E' ? `# ${show(thrown)}` : '|'}`;
}

/** As many as are shown. */
function some<T>(items: ArrayLike<T>): readonly T[] {
  return Array.prototype.slice.call(items, 0, MOST_PARTS) as T[];
}

function joined(shown: readonly string[], length: number): string {
  return [...shown, ...(length > MOST_PARTS ? [`… ${length - MOST_PARTS} more`] : [])].join(', ');
}
