import { ProtocolError } from '../errors.ts';
import { readArgs, readDict, readId, readIdOrZero, readKwargs, readOptionalDict, readString, readUri, refuse, show } from '../protocol/fields.ts';
import type { Dict, List } from '../types.ts';

/** A message from the router. What stands between its type and its payload is in `values`, in the order of the specification. */
export interface Incoming {
  readonly type: number;
  readonly values: List;
  readonly args: List;
  readonly kwargs: Dict;
}

/** What stands behind the type in each message that a router sends, see {@link READERS}, and where its payload is if it has one. */
const SHAPES: { readonly [type: number]: readonly [name: string, places: string, payloadAt?: number] } = {
  2: ['WELCOME', 'id'], 3: ['ABORT', 'du', 3], 4: ['CHALLENGE', 'sd'], 6: ['GOODBYE', 'du'], 8: ['ERROR', 'ridu', 5],
  17: ['PUBLISHED', 'ii'], 33: ['SUBSCRIBED', 'ii'], 35: ['UNSUBSCRIBED', 'zo'], 36: ['EVENT', 'iid', 4],
  50: ['RESULT', 'id', 3], 65: ['REGISTERED', 'ii'], 67: ['UNREGISTERED', 'zo'], 68: ['INVOCATION', 'iid', 4], 69: ['INTERRUPT', 'id'],
};

const READERS: { readonly [place: string]: (list: List, at: number, name: string) => unknown } = {
  i: readId, z: readIdOrZero, d: readDict, o: readOptionalDict, u: readUri, s: readString,
  r: (list, at, name) => ([16, 32, 34, 48, 64, 66, 68].includes(list[at] as number) ? list[at] : refuse(name, 'the type of a request', list[at])),
};

const NO_ARGS: List = [];
const NO_KWARGS: Dict = {};

/** A message that must not come, or not now. */
export function unexpected(type: unknown): ProtocolError {
  return new ProtocolError(`message type must be one that a router sends then, got ${show(type)}`);
}

/** Reads a list that arrived. Throws {@link ProtocolError}, and nothing else, where it is not a message that a router sends. */
export function readIncoming(list: List): Incoming {
  const [type] = list;
  const shape = typeof type === 'number' ? SHAPES[type] : undefined;
  if (shape === undefined) throw unexpected(type);
  // Elements behind the last known one are ignored (3.1).
  const [name, places, payloadAt = list.length] = shape;
  const values = Array.from(places, (place, index) => READERS[place]?.(list, index + 1, `${name}[${index + 1}]`));
  const opaque = list[payloadAt];
  return {
    type: type as number, values,
    // Bytes in the place of a payload are what a payload codec has made of it: whoever is given them has one.
    args: opaque instanceof Uint8Array ? [opaque] : readArgs(list, payloadAt, `${name}.Arguments`) ?? NO_ARGS,
    kwargs: readKwargs(list, payloadAt + 1, `${name}.ArgumentsKw`) ?? NO_KWARGS,
  };
}
