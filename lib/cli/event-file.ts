/**
 * Events in a file, one on each line as JSON: when it came, in milliseconds from the beginning, its topic, and its payload. Bytes stand in it as WAMP
 * writes them in JSON, a text of U+0000 and their base64.
 */
import { isDict, isList } from '../protocol/fields.ts';
import { fromBase64 } from '../protocol/base64.ts';
import { isUri } from '../protocol/uri.ts';
import type { Payload, Uri } from '../types.ts';
import { asJson } from './view/show-payload.ts';

/** One event of a file. */
export interface RecordedEvent extends Payload {
  readonly at: number;
  readonly topic: Uri;
}

/** Writes an event as a line, without its end. */
export function writeEvent({ at, topic, args, kwargs }: RecordedEvent): string {
  return asJson({ at, topic, args, ...(Object.keys(kwargs).length > 0 && { kwargs }) });
}

const LONGEST = 365 * 24 * 3_600_000;

/** Reads a line. Throws an Error that calls it by `name`, such as `events.jsonl:7`. */
export function readEvent(line: string, name: string): RecordedEvent {
  const event = parse(line, name);
  if (!isDict(event)) throw new Error(`${name} must be an object`);
  const { at, topic, args = [], kwargs = {} } = event as { readonly [key in keyof RecordedEvent]?: unknown };
  if (typeof at !== 'number' || !(at >= 0 && at <= LONGEST)) throw new Error(`${name} must have a number of milliseconds in "at"`);
  if (typeof topic !== 'string' || !isUri(topic)) throw new Error(`${name} must have a URI in "topic"`);
  if (!isList(args)) throw new Error(`${name} must have a list in "args"`);
  if (!isDict(kwargs)) throw new Error(`${name} must have an object in "kwargs"`);
  return { at, topic, args: [...args], kwargs };
}

function parse(line: string, name: string): unknown {
  try {
    return JSON.parse(line, (_, value: unknown) => (typeof value === 'string' && value.startsWith('\0') ? fromBase64(value, 1) ?? value : value));
  } catch (error) {
    throw new Error(`${name} must be JSON: ${(error as Error).message}`, { cause: error });
  }
}
