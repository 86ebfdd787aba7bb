/**
 * What implementations and applications add to the options of a request, and find in the details of what comes of it ("Extensibility"): keys
 * that begin with an underscore, so that they never stand for anything of WAMP's own.
 */
import type { Dict } from '../types.ts';
import { isDict, show } from './fields.ts';

/**
 * Attributes of an application, such as `{ _traceparent: '00-…' }`. Each key is an underscore and at least three of `a-z`, `0-9` and `_`, but not `_dropped`,
 * each value a finite number, a boolean, or a text of at most 8192 characters that does not begin with U+0000, which means bytes in JSON. There
 * are at most 16 of them.
 */
export type Attributes = { readonly [key: `_${string}`]: string | number | boolean | undefined };

const KEY = /^_(?!dropped$)[a-z0-9_]{3,63}$/;

/**
 * How many EVENTs of its subscription were dropped in front of an EVENT, since its receiver read too slowly. Routers of this library say it in
 * `EVENT.Details`, and take it from nobody: it is no attribute of applications.
 */
export const DROPPED = '_dropped';

/** How many attributes are sent, or handed on, with one message. */
const MOST = 16;

/** Characters of one text. W3C's `baggage` has as many at most. */
const LONGEST = 8192;

/** Throws TypeError or RangeError unless `value` is absent or {@link Attributes}. */
export function checkAttributes(value: unknown, name = 'attributes'): void {
  if (value === undefined) return;
  if (!isDict(value)) throw new TypeError(`${name} must be an object, got ${show(value)}`);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  if (entries.length > MOST) throw new RangeError(`${name} must be at most ${MOST}, got ${entries.length}`);
  for (const [key, one] of entries) {
    if (!KEY.test(key)) throw new TypeError(`${name} must have keys such as _key, of 4 to 64 characters of a-z, 0-9 and _, got ${show(key)}`);
    if (!isValue(one)) throw new TypeError(`${name}.${key} must be a finite number, a boolean, or a text of at most ${LONGEST} characters without U+0000 in front, got ${show(one)}`);
  }
}

/** The first 16 attributes among the options that somebody sent, `undefined` where there are none. Whatever is no attribute is left out. */
export function readAttributes(options: Dict): Attributes | undefined {
  let attributes: { [key: string]: string | number | boolean } | undefined;
  let room = MOST;
  for (const key in options) {
    if (room === 0) break;
    if (!key.startsWith('_') || !Object.hasOwn(options, key) || !KEY.test(key)) continue;
    const value = options[key];
    if (!isValue(value)) continue;
    attributes ??= {};
    attributes[key] = value;
    room -= 1;
  }
  return attributes;
}

// What every serializer carries as it is.
function isValue(value: unknown): value is string | number | boolean {
  return typeof value === 'string' ? value.length <= LONGEST && !value.startsWith('\0') : typeof value === 'boolean' || Number.isFinite(value);
}
