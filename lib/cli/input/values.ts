import type { Dict } from '../../types.ts';
import { UsageError } from '../usage-error.ts';

/** A value as it is typed: JSON where it is some, and else the text. So `5` is a number, `tea` a text, and `'"5"'` a text again. */
export function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Keyword arguments as they are typed: `key=value`. Throws {@link UsageError}. */
export function readKwargs(pairs: readonly string[]): Dict {
  return Object.fromEntries(pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--kw must be key=value, got ${JSON.stringify(pair)}`);
    return [pair.slice(0, at), readValue(pair.slice(at + 1))];
  }));
}

/**
 * What stands at a path of a value: `0` is the first of a list, `temp` that key, and so `0.temp` that key of the first. `undefined` where there
 * is nothing.
 */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, step) => (typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? (at as Dict)[step] : undefined), value);
}
