import { show } from '../protocol/fields.ts';
import type { Dict, Uri } from '../types.ts';
import { invalidArgument, type ProcedureCall, type ProcedureResult } from './core/procedure.ts';
import { INVALIDATE_DECISIONS } from './core/reserved-uri.ts';
import type { DecisionFilter } from './options.ts';

const KEYS = ['authid', 'authrole', 'uri'] as const;

/** The procedure that forgets decisions, by URI. ERROR `invalid_argument` where what it is given is no filter. */
export function invalidatingProcedures<M>(
  invalidate: (which: DecisionFilter) => number,
): readonly (readonly [Uri, (call: ProcedureCall<M>) => ProcedureResult])[] {
  return [[INVALIDATE_DECISIONS, ({ kwargs }) => ({ args: [invalidate(readFilter(kwargs))] })]];
}

// A misspelt key would forget everything.
function readFilter(kwargs: Dict): DecisionFilter {
  for (const [key, value] of Object.entries(kwargs)) {
    if (!KEYS.some((known) => known === key)) throw invalidArgument(`keyword argument must be one of ${KEYS.join(', ')}, got ${show(key)}`);
    if (typeof value !== 'string') throw invalidArgument(`${key} must be a string, got ${show(value)}`);
  }
  return kwargs;
}
