import type { PreparedPayload } from '../session/payload.ts';
import type { Dict, List } from '../types.ts';

/** A payload as the end of a message: what is not there is not sent (3.7). */
export function cargo({ args, kwargs }: PreparedPayload): List {
  if (kwargs !== undefined) return [args ?? [], kwargs];
  return args === undefined ? [] : [args];
}

/** Options as they stand in a message: `excludeMe` is `exclude_me`. What is undefined is not sent. */
export function wireOptions(options: object): Dict {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`), value]));
}

/** Throws TypeError where an option is left over: what only the client of `rxwamp` has would not be done, and nobody would hear of it. */
export function refuseOthers(others: object): void {
  for (const [name, value] of Object.entries(others)) if (value !== undefined) throw new TypeError(`${name} must be left to the client of rxwamp, got it in rxwamp/core`);
}
