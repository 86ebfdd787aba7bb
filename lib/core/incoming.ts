import { ProtocolError } from '../errors.ts';
import { readArgs, readDict, readId, readIdOrZero, readKwargs, readOptionalDict, readString, readUri, refuse, show } from '../protocol/fields.ts';
import { NO_ARGS, NO_KWARGS } from '../session/payload.ts';
import type { Dict, List } from '../types.ts';

/** A message from the router. What stands between its type and its payload is in `values`, in the order of the specification. */
export interface Incoming {
  readonly type: number;
  readonly values: List;
  readonly args: List;
  readonly kwargs: Dict;
}

/** What stands behind the type in each message that a router sends, see {@link READERS}; behind `p` its payload. */
const SHAPES: { readonly [type: number]: string } = {
  2: 'id', 3: 'dup', 4: 'sd', 6: 'du', 8: 'ridup', 17: 'ii', 33: 'ii', 35: 'zo', 36: 'iidp', 50: 'idp', 65: 'ii', 67: 'zo', 68: 'iidp', 69: 'id',
};

const READERS: { readonly [place: string]: (list: List, at: number, name: string) => unknown } = {
  i: readId, z: readIdOrZero, d: readDict, o: readOptionalDict, u: readUri, s: readString,
  r: (list, at, name) => ([16, 32, 34, 48, 64, 66, 68].includes(list[at] as number) ? list[at] : refuse(name, 'the type of a request', list[at])),
};

/** Ready, since every message is read. */
const NAMES = ['element 1', 'element 2', 'element 3', 'element 4'];

/** A message that must not come, or not now. */
export function unexpected(type: unknown): ProtocolError {
  return new ProtocolError(`message type must be one that a router sends then, got ${show(type)}`);
}

/** Reads a list that arrived. Throws {@link ProtocolError}, and nothing else, where it is not a message that a router sends. */
export function readIncoming(list: List): Incoming {
  const [type] = list;
  const shape = typeof type === 'number' ? SHAPES[type] : undefined;
  if (shape === undefined) throw unexpected(type);
  const values: unknown[] = [];
  let read;
  while ((read = READERS[shape[values.length] ?? '']) !== undefined) values.push(read(list, values.length + 1, NAMES[values.length] ?? ''));
  // Elements behind the last known one are ignored (3.1).
  const payloadAt = shape.length > values.length ? shape.length : list.length;
  const opaque = list[payloadAt];
  return {
    type: type as number, values,
    // Bytes in the place of a payload are what a payload codec has made of it: whoever is given them has one.
    args: opaque instanceof Uint8Array ? [opaque] : readArgs(list, payloadAt, 'arguments') ?? NO_ARGS,
    kwargs: readKwargs(list, payloadAt + 1, 'keyword arguments') ?? NO_KWARGS,
  };
}
