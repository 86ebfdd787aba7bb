import { isObservable } from 'rxjs';
import { show } from '../protocol/fields.ts';
import { checkPassthru, type Passthru } from '../protocol/payload-passthru.ts';
import type { Dict, List, PayloadInput } from '../types.ts';

/** What stands for arguments that were not sent. Compared by identity, so that what came without stays without when it is handed on. */
export const NO_ARGS: List = Object.freeze([]);
export const NO_KWARGS: Dict = Object.freeze({});

/** A payload as it goes on the wire: what is not there is not sent. */
export interface PreparedPayload {
  readonly args: List | undefined;
  readonly kwargs: Dict | undefined;
}

const NOTHING: PreparedPayload = { args: undefined, kwargs: undefined };

/**
 * Reads what a user passed as a payload. Throws TypeError where it is neither a list nor an object with `args` or `kwargs`: a bare
 * dictionary would otherwise be taken for a payload and lost.
 */
export function readPayload(input: PayloadInput | undefined): PreparedPayload {
  if (input === undefined) return NOTHING;
  if (Array.isArray(input)) return { args: input.length === 0 ? undefined : input, kwargs: undefined };
  if (typeof input !== 'object' || input === null || isObservable(input)) throw refuse(input);
  const { args, kwargs } = input as { readonly args?: unknown; readonly kwargs?: unknown };
  if (!('args' in input || 'kwargs' in input || isEmpty(input))) throw refuse(input);
  if (args !== undefined && !Array.isArray(args)) throw new TypeError(`args must be a list, got ${show(args)}`);
  if (kwargs !== undefined && !isDict(kwargs)) throw new TypeError(`kwargs must be a dictionary, got ${show(kwargs)}`);
  return { args: args === undefined || args.length === 0 ? undefined : args, kwargs: kwargs === undefined || isEmpty(kwargs) ? undefined : kwargs };
}

/** Throws TypeError where a payload that goes as it is cannot: where it is not one Uint8Array, or `passthru` says nothing of it. */
export function checkPassedThrough(passthru: Passthru | undefined, { args, kwargs }: PreparedPayload): void {
  if (passthru === undefined) return;
  checkPassthru(passthru);
  if (args?.length !== 1 || !(args[0] instanceof Uint8Array) || kwargs !== undefined) throw new TypeError('payload must be one Uint8Array where passthru is given, got another');
}

function refuse(input: unknown): TypeError {
  return new TypeError(`payload must be a list or an object with args or kwargs, got ${show(input)}`);
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Maps, dates and promises have no keys either, and are not nothing.
function isEmpty(value: object): boolean {
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return Object.prototype.toString.call(value) === '[object Object]';
}
