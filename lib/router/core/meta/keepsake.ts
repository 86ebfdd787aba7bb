import { isDict } from '../../../protocol/fields.ts';
import type { Dict, List } from '../../../types.ts';

/** A copy that holds on to nothing of the message it came in, and roughly how many bytes it takes up. */
export interface Keepsake<T> {
  readonly value: T;
  readonly size: number;
}

/** What a value takes up besides its characters or bytes: many small ones are bounded as well. */
const OVERHEAD = 16;

/**
 * Copies a payload that is to be kept longer than its message. Bytes may be a window into the whole frame, which would be kept with them, and a list
 * is what others were handed as well. Serializers bound how deep it is.
 */
export function keep<T>(value: T): Keepsake<T>;
export function keep(value: unknown): Keepsake<unknown> {
  if (typeof value === 'string') return { value, size: OVERHEAD + 2 * value.length };
  if (value instanceof Uint8Array) return { value: value.slice(), size: OVERHEAD + value.length };
  if (Array.isArray(value)) return keepList(value);
  return isDict(value) ? keepDict(value) : { value, size: OVERHEAD };
}

function keepList(list: List): Keepsake<List> {
  const kept = list.map((item) => keep(item));
  return { value: kept.map(({ value }) => value), size: kept.reduce((sum, { size }) => sum + size, OVERHEAD) };
}

// Object.fromEntries defines its properties: `__proto__` is a key like any other.
function keepDict(dict: Dict): Keepsake<Dict> {
  const kept = Object.entries(dict).map(([key, value]) => [key, keep(value)] as const);
  return {
    value: Object.fromEntries(kept.map(([key, { value }]) => [key, value])),
    size: kept.reduce((sum, [key, { size }]) => sum + OVERHEAD + 2 * key.length + size, OVERHEAD),
  };
}
