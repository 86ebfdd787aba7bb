import type { Dict } from '../types.ts';
import { NO_KWARGS } from './payload.ts';

/**
 * The keyword arguments of flow-controlled streams. Options and details do not survive every router; a payload does.
 *
 * ```
 * CALL  7 {receive_progress, progress}  …, _credit: 32    how many progressive results the callee may send
 * YIELD 91 {progress}                   …, _credit: 32    the first one says that it keeps to that
 * CALL  7 {progress}                    _more: 16         so many more
 * ```
 */
export const CREDIT_KEY = '_credit';
/** See {@link CREDIT_KEY}. */
export const MORE_KEY = '_more';

/** What a peer says under one of the two keys; `undefined` where it says nothing that makes sense. */
export function creditIn(kwargs: Dict | undefined, key: string): number | undefined {
  if (kwargs === undefined || !Object.hasOwn(kwargs, key)) return undefined;
  const credit = kwargs[key];
  return Number.isSafeInteger(credit) && (credit as number) > 0 ? credit as number : undefined;
}

/** The keyword arguments without one of the two keys. */
export function withoutCredit(kwargs: Dict, key: string): Dict {
  const { [key]: _, ...rest } = kwargs;
  return Object.keys(rest).length === 0 ? NO_KWARGS : rest;
}
