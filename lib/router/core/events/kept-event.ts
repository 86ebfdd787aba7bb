import type { Publish } from '../../../protocol/messages.ts';
import type { PublishOptions } from '../../../protocol/options.ts';
import type { Dict, Id } from '../../../types.ts';
import type { KeptEvent, LastingLists } from './event-store.ts';

// What an event, a value and an entry of a dictionary take besides their content, roughly.
const EVENT_OVERHEAD = 256;
const VALUE_OVERHEAD = 16;

/** Whether a publication may be kept: not where it is for sessions by their id, as nobody has that id later ("Event History", "Security Aspects"). */
export function isKeepable({ exclude, eligible }: PublishOptions): boolean {
  return exclude === undefined && eligible === undefined;
}

/** What is kept of a publication: nothing that holds the frame it came in. */
export function keptEvent(message: Publish, options: PublishOptions, publication: Id, time: number, details: Dict): KeptEvent {
  const { topic, args, kwargs } = message;
  const payload = message.payload && detached(message.payload);
  const lists = lastingLists(options);
  const size = EVENT_OVERHEAD + topic.length + settle(details) + settle(args) + settle(kwargs) + settle(payload) + settle(lists);
  return { publication, topic, time, details, args, kwargs, payload, lists, rkey: options.rkey, size };
}

function lastingLists({ excludeAuthid, excludeAuthrole, eligibleAuthid, eligibleAuthrole }: PublishOptions): LastingLists | undefined {
  return (excludeAuthid ?? excludeAuthrole ?? eligibleAuthid ?? eligibleAuthrole) === undefined
    ? undefined
    : { excludeAuthid, excludeAuthrole, eligibleAuthid, eligibleAuthrole };
}

/**
 * Bytes that a value takes up, roughly. Bytes in it that are a view of the frame are replaced by a copy, in place: nobody sees a
 * difference, and the frame can go. How deep it may be was bounded by its reader.
 */
export function settle(value: unknown): number {
  if (typeof value === 'string') return VALUE_OVERHEAD + value.length;
  if (typeof value !== 'object' || value === null) return VALUE_OVERHEAD;
  if (value instanceof Uint8Array) return VALUE_OVERHEAD + value.byteLength;
  let size = VALUE_OVERHEAD;
  // Own keys alone are written to, so that one such as `__proto__` reaches no prototype.
  const container = value as { [key: string]: unknown };
  for (const key of Object.keys(container)) {
    const member = container[key];
    if (member instanceof Uint8Array && isView(member)) container[key] = detached(member);
    size += VALUE_OVERHEAD + key.length + settle(member);
  }
  return size;
}

function isView({ buffer, byteLength }: Uint8Array): boolean {
  return buffer.byteLength > byteLength;
}

function detached(bytes: Uint8Array): Uint8Array {
  return isView(bytes) ? Uint8Array.from(bytes) : bytes;
}
