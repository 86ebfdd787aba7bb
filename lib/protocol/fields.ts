/**
 * Readers of the places of a list that arrived. They are total: a value of the right type, or a {@link ProtocolError} that names the
 * field. They allocate nothing, as they run for each message.
 */
import { ProtocolError } from '../errors.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import { MAX_ID } from './ids.ts';
import { MessageType } from './messages.ts';
import { show } from './show.ts';
import { isLooseUri } from './uri.ts';

export { show };

/** An id: an integer from 1 to 2^53 (2.1.2). */
export function readId(list: List, at: number, name: string): Id {
  const value = list[at];
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_ID) return value as Id;
  // Serializers read integers that are not "safe" as bigints, and the last id is the first of them.
  if (value === BigInt(MAX_ID)) return MAX_ID;
  return refuse(name, 'an integer from 1 to 2^53', value);
}

/** How many of something there were. */
export function readCount(list: List, at: number, name: string): number {
  const value = list[at];
  return isCount(value) ? value : refuse(name, 'an integer from 0 up to 2^53', value);
}

/** Whether it can be how many of something there were. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The request that is answered, or 0 where the router answers none (a revocation). */
export function readIdOrZero(list: List, at: number, name: string): Id {
  return list[at] === 0 ? 0 : readId(list, at, name);
}

/** The type of the request that an ERROR answers: any other is a protocol error (2.3.3). */
export function readRequestType(list: List, at: number, name: string): number {
  const value = list[at];
  switch (value) {
    case MessageType.CALL:
    case MessageType.INVOCATION:
    case MessageType.PUBLISH:
    case MessageType.SUBSCRIBE:
    case MessageType.UNSUBSCRIBE:
    case MessageType.REGISTER:
    case MessageType.UNREGISTER:
      return value;
    default:
      return refuse(name, 'the type of a request', value);
  }
}

/** A URI by the loose rule (2.1.1). */
export function readUri(list: List, at: number, name: string): Uri {
  const value = list[at];
  return isLooseUri(value) ? value : refuse(name, 'a URI', value);
}

/** A string, which may be empty. */
export function readString(list: List, at: number, name: string): string {
  const value = list[at];
  return typeof value === 'string' ? value : refuse(name, 'a string', value);
}

/** A dictionary, with whatever keys the peer put into it. */
export function readDict(list: List, at: number, name: string): Dict {
  const value = list[at];
  return isDict(value) ? value : refuse(name, 'a dictionary', value);
}

/** A dictionary, or `undefined` where the list ends before it. */
export function readOptionalDict(list: List, at: number, name: string): Dict | undefined {
  return list[at] === undefined ? undefined : readDict(list, at, name);
}

/** The positional arguments; `undefined` where they were not sent, or where opaque bytes stand in their place. */
export function readArgs(list: List, at: number, name: string): List | undefined {
  const value = list[at];
  if (Array.isArray(value)) return value;
  // Peers written in Python write null where only keyword arguments were given.
  if (value === undefined || value === null || value instanceof Uint8Array) return undefined;
  return refuse(name, 'a list', value);
}

/** The keyword arguments, which stand behind the positional ones; `undefined` where they were not sent. */
export function readKwargs(list: List, at: number, name: string): Dict | undefined {
  const value = list[at];
  if (value === undefined || value === null) return undefined;
  if (list[at - 1] instanceof Uint8Array) return refuse(name, 'left out behind opaque bytes', value);
  return isDict(value) ? value : refuse(name, 'a dictionary', value);
}

/** Opaque bytes in the place of the arguments (payload transparency). */
export function readPayload(list: List, at: number): Uint8Array | undefined {
  const value = list[at];
  return value instanceof Uint8Array ? value : undefined;
}

/** Tells a list from what may stand in its place. */
export function isList<T, U>(value: T | readonly U[]): value is readonly U[] {
  return Array.isArray(value);
}

/** Tells a dictionary from everything else that is an object: lists, bytes, dates, maps. */
export function isDict(value: unknown): value is Dict {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The third: objects of another realm (an iframe, a vm context) have an Object.prototype of their own.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What stands in a dictionary under a key, and `undefined` where there is none; never what every object inherits. */
export function own(dict: unknown, key: string): unknown {
  return isDict(dict) && Object.hasOwn(dict, key) ? dict[key] : undefined;
}

/** Says what a field must be and what it is. */
export function refuse(name: string, expected: string, value: unknown): never {
  throw new ProtocolError(`${name} must be ${expected}, got ${show(value)}`);
}
