/** Events as they stand in a database: one CBOR list each, with its version in front. A row may be anybody's: its reader trusts nothing. */
import { ProtocolError } from '../errors.ts';
import { isCount, readArgs, readDict, readId, readKwargs, readUri, refuse } from '../protocol/fields.ts';
import { cbor } from '../serializers/cbor.ts';
import type { List } from '../types.ts';
import type { KeptEvent, LastingLists } from './core/events/event-store.ts';

const VERSION = 1;
const CBOR = cbor();

/** Throws SerializationError where the event holds what CBOR cannot carry. */
export function writeRow({ publication, topic, time, details, args, kwargs, payload, lists, rkey, size }: KeptEvent): Uint8Array {
  const { excludeAuthid, excludeAuthrole, eligibleAuthid, eligibleAuthrole } = lists ?? {};
  const audience = lists && [excludeAuthid, excludeAuthrole, eligibleAuthid, eligibleAuthrole];
  const row = CBOR.encode([VERSION, publication, topic, time, details, args, kwargs, payload, audience, rkey, size]);
  return row as Uint8Array;
}

/** Gives the event, or the error that says why there is none. */
export function readRow(row: unknown): KeptEvent | Error {
  if (!(row instanceof Uint8Array)) return new ProtocolError('row must be bytes');
  try {
    return read(CBOR.decode(row));
  } catch (error) {
    return error instanceof Error ? error : new ProtocolError('row must be an event');
  }
}

function read(row: List): KeptEvent {
  const [version, , , time, , , , payload, audience, rkey, size] = row;
  if (version !== VERSION) refuse('version', String(VERSION), version);
  return {
    publication: readId(row, 1, 'publication'),
    topic: readUri(row, 2, 'topic'),
    time: typeof time === 'number' && time >= 0 && time <= LATEST ? time : refuse('time', 'milliseconds', time),
    details: readDict(row, 4, 'details'),
    args: readArgs(row, 5, 'args'),
    kwargs: readKwargs(row, 6, 'kwargs'),
    payload: payload === null || payload instanceof Uint8Array ? payload ?? undefined : refuse('payload', 'bytes', payload),
    lists: audience === null ? undefined : readAudience(audience),
    rkey: rkey === null || typeof rkey === 'string' ? rkey ?? undefined : refuse('rkey', 'a string', rkey),
    size: isCount(size) ? size : refuse('size', 'a number of bytes', size),
  };
}

// The last moment that a Date can have.
const LATEST = 8.64e15;

function readAudience(audience: unknown): LastingLists {
  if (!Array.isArray(audience) || audience.length !== 4) return refuse('audience', 'four lists', audience);
  const [excludeAuthid, excludeAuthrole, eligibleAuthid, eligibleAuthrole] = audience.map(readNames);
  return { excludeAuthid, excludeAuthrole, eligibleAuthid, eligibleAuthrole };
}

function readNames(names: unknown): readonly string[] | undefined {
  if (names === null) return undefined;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  return refuse('audience', 'lists of strings', names);
}
