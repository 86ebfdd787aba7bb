import type { PayloadInput } from '../../lib/types.ts';

const bytes = new Uint8Array([0, 1, 127, 128, 255]);

/** Payloads that have to arrive as they were sent, whatever carries them; absent parts stay absent. */
export const PAYLOADS: readonly (readonly [name: string, payload: PayloadInput | undefined])[] = [
  ['nothing', undefined],
  ['an empty list', []],
  ['arguments', [1, 'two', [3, [4]], { five: 5 }, true, null]],
  ['keyword arguments alone', { kwargs: { a: 1, deep: { b: [2] } } }],
  ['both', { args: ['x'], kwargs: { y: 'z' } }],
  ['bytes', [bytes]],
  ['bytes inside of lists and dictionaries', { args: [[bytes], { deep: { bytes } }], kwargs: { bytes, list: [bytes, new Uint8Array()] } }],
  ['integers up to 2^53', [0, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1)]],
  ['fractions', [0.5, -1.25e-7, 1e300]],
  ['texts of every script', ['', 'ä', '日本語', '😀', 'a\u0000b', '\u2028', 'a\u0301', '"\\\n']],
  ['names of every script', { kwargs: { 'ключ': 'значение', '😀': 1, '': 2, constructor: 3 } }],
];

/** What a payload is read as. */
export function asRead(payload: PayloadInput | undefined): { readonly args: unknown; readonly kwargs: unknown } {
  if (payload === undefined) return { args: [], kwargs: {} };
  if (Array.isArray(payload)) return { args: payload, kwargs: {} };
  const { args = [], kwargs = {} } = payload as { readonly args?: unknown; readonly kwargs?: unknown };
  return { args, kwargs };
}
