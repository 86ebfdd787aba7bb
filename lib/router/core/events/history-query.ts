/** What `wamp.subscription.get_events` is asked, and which events answer it ("Event History", "Receiving Event History"). */
import { show } from '../../../protocol/fields.ts';
import { MAX_ID } from '../../../protocol/ids.ts';
import { isUri } from '../../../protocol/uri.ts';
import type { Dict, Id, List, Uri } from '../../../types.ts';
import { Audience } from '../audience.ts';
import type { Member } from '../outbound.ts';
import { invalidArgument } from '../procedure.ts';
import type { History } from './event-keeper.ts';
import type { KeptEvent } from './event-store.ts';

/** All of its conditions hold for each event of the answer. Times are milliseconds since 1970. */
export interface HistoryQuery {
  readonly reverse: boolean;
  /** Events at most. */
  readonly limit: number;
  readonly fromTime: number;
  readonly afterTime: number;
  readonly beforeTime: number;
  readonly untilTime: number;
  readonly topic: Uri | undefined;
  readonly fromPublication: Id | undefined;
  readonly afterPublication: Id | undefined;
  readonly beforePublication: Id | undefined;
  readonly untilPublication: Id | undefined;
}

/** A part of a history. */
export interface HistoryPage {
  readonly events: readonly KeptEvent[];
  /** Whether there are more, for which the limit or {@link MOST_BYTES} left no room. */
  readonly more: boolean;
}

/** Bytes of the events of one answer; one event is given whatever its size. */
export const MOST_BYTES: number = 4 * 2 ** 20;

/** Reads the arguments: the id of the subscription, and the filters. Unknown ones are ignored. Throws a Refusal `invalid_argument`. */
export function readHistoryQuery(args: List, kwargs: Dict): readonly [subscription: Id, query: HistoryQuery] {
  if (args.length !== 1) throw invalidArgument(`arguments must be one, the id of a subscription, got ${args.length}`);
  const read = <T>(key: string, of: (value: unknown, key: string) => T, absent: T): T => {
    const value = Object.hasOwn(kwargs, key) ? (kwargs[key] ?? undefined) : undefined;
    return value === undefined ? absent : of(value, key);
  };
  return [readId(args[0], 'subscription'), {
    reverse: read('reverse', readFlag, false),
    limit: read('limit', readId, Infinity),
    fromTime: read('from_time', readTime, -Infinity),
    afterTime: read('after_time', readTime, -Infinity),
    beforeTime: read('before_time', readTime, Infinity),
    untilTime: read('until_time', readTime, Infinity),
    topic: read<Uri | undefined>('topic', readTopic, undefined),
    fromPublication: read<Id | undefined>('from_publication', readId, undefined),
    afterPublication: read<Id | undefined>('after_publication', readId, undefined),
    beforePublication: read<Id | undefined>('before_publication', readId, undefined),
    untilPublication: read<Id | undefined>('until_publication', readId, undefined),
  }];
}

/**
 * The events of a history that answer a query, and that the asker may have by the lists of their publishers. Where one of the publications
 * that it names is not in the history, nothing is known to be before or behind it, and there are none.
 */
export function selectEvents(history: History, query: HistoryQuery, asker: Member): HistoryPage {
  const { limit } = query;
  const bounds = boundsOf(query);
  const events: KeptEvent[] = [];
  if (!bounds.named.every((id) => isIn(history, id))) return { events, more: false };

  let room = MOST_BYTES;
  for (const event of between(history, bounds, query.reverse)) {
    if (!fits(event, query) || !mayHave(event, asker)) continue;
    room -= event.size;
    if (events.length === limit || (room < 0 && events.length > 0)) return { events, more: true };
    events.push(event);
  }
  return { events, more: false };
}

/** Publications that bound the way through a history, in the direction in which it is gone. */
interface Bounds {
  /** The first one. */
  readonly at: Id | undefined;
  /** The one before the first one. */
  readonly behind: Id | undefined;
  /** The last one. */
  readonly upTo: Id | undefined;
  /** The one behind the last one. */
  readonly short: Id | undefined;
  readonly named: readonly Id[];
}

function boundsOf({ reverse, fromPublication: from, afterPublication: after, beforePublication: before, untilPublication: until }: HistoryQuery): Bounds {
  const named = [from, after, before, until].filter((id) => id !== undefined);
  return reverse ? { at: until, behind: before, upTo: from, short: after, named } : { at: from, behind: after, upTo: until, short: before, named };
}

function* between(history: History, { at, behind, upTo, short, named }: Bounds, reverse: boolean): Generator<KeptEvent> {
  // Where another one is named as well, it may stand before the first one.
  const start = named.length === 1 ? at ?? behind : undefined;
  let isBehind = behind === undefined;
  let isAt = at === undefined;
  for (const event of history.scan(start, reverse)) {
    const { publication } = event;
    if (publication === short) return;
    isAt ||= publication === at;
    if (isAt && isBehind) yield event;
    isBehind ||= publication === behind;
    if (publication === upTo) return;
  }
}

function isIn(history: History, id: Id): boolean {
  for (const { publication } of history.scan(id, false)) return publication === id;
  return false;
}

function fits({ time, topic }: KeptEvent, query: HistoryQuery): boolean {
  return time >= query.fromTime && time > query.afterTime && time < query.beforeTime && time <= query.untilTime
    && (query.topic === undefined || query.topic === topic);
}

function mayHave({ lists }: KeptEvent, asker: Member): boolean {
  return lists === undefined || (Audience.of(lists)?.has(asker) ?? true);
}

function readId(value: unknown, name: string): Id {
  // Serializers read integers that are not "safe" as bigints, and the last id is the first of them.
  const id = value === BigInt(MAX_ID) ? MAX_ID : value;
  if (Number.isInteger(id) && (id as number) >= 1 && (id as number) <= MAX_ID) return id as Id;
  throw invalidArgument(`${name} must be an integer from 1 to 2^53, got ${show(value)}`);
}

function readFlag(value: unknown, name: string): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidArgument(`${name} must be a boolean, got ${show(value)}`);
}

function readTopic(value: unknown, name: string): Uri {
  if (isUri(value)) return value;
  throw invalidArgument(`${name} must be a URI, got ${show(value)}`);
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:Z|[+-]\d\d:\d\d)$/;

function readTime(value: unknown, name: string): number {
  const text = typeof value === 'string' ? value.toUpperCase() : '';
  const time = RFC_3339.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return time;
  throw invalidArgument(`${name} must be a timestamp such as 2026-01-31T12:00:00.000Z, got ${show(value)}`);
}
