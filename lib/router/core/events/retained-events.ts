import { matches, type MatchPolicy } from '../../../protocol/uri.ts';
import type { Id, Uri } from '../../../types.ts';
import { Audience } from '../audience.ts';
import type { Member } from '../outbound.ts';
import type { KeptEvent, RealmEvents } from './event-store.ts';

/** How much is retained. Beyond either bound the topic that was published to longest ago is forgotten. */
export interface RetainedBounds {
  /** Topics; 0 retains nothing. */
  readonly limit: number;
  /** Bytes of all events together, by {@link KeptEvent.size}. */
  readonly bytes: number;
}

/** Events for some that are kept beside the one for all of a topic. */
const MOST_BESIDE = 16;

interface Retained {
  readonly event: KeptEvent;
  /** `undefined` where all may have it. */
  readonly audience: Audience | undefined;
  /** The session that published it and did not want it back. */
  readonly publisher: Id | undefined;
}

/**
 * The retained events ("Event Retention"): of each topic the newest one that all may have, and behind it those that are for some, so that
 * each subscriber gets the newest one that it would have got. They are held in memory, and handed to the store as they change.
 */
export class RetainedEvents {
  readonly #bounds: RetainedBounds;
  readonly #store: RealmEvents;
  /** In the order of the last publication, the oldest first in each. */
  readonly #topics = new Map<Uri, readonly Retained[]>();
  #bytes = 0;
  #forgotten = 0;

  constructor(bounds: RetainedBounds, store: RealmEvents) {
    this.#bounds = bounds;
    this.#store = store;
    if (bounds.limit === 0) return;
    for (const event of store.retained()) this.#enter(event, undefined);
    this.#forgetBeyondBounds();
  }

  /** Topics with a retained event. */
  get size(): number { return this.#topics.size; }

  /** How often a topic was forgotten, or not retained, since there were too many or too much. */
  get forgotten(): number { return this.#forgotten; }

  /** Retains an event in the place of those that nobody would get any more. `publisher` is the session that is not to get it. */
  put(event: KeptEvent, publisher: Id | undefined): void {
    const { limit, bytes } = this.#bounds;
    if (limit === 0) return;
    // One that is too large by itself would make all others go; but what is there is no longer the newest one.
    if (event.size > bytes) return this.#forget(event.topic);
    const events = this.#enter(event, publisher);
    this.#forgetBeyondBounds();
    if (this.#topics.has(event.topic)) this.#store.retain(event.topic, events);
  }

  /** For each topic that matches, the newest event that this member may have; by the time of their last publication. */
  find(topic: Uri, match: MatchPolicy, member: Member): readonly KeptEvent[] {
    const lists = match === 'exact' ? [this.#topics.get(topic) ?? []] : [...this.#topics].filter(([uri]) => matches(topic, match, uri)).map(([, list]) => list);
    return lists.flatMap((list) => list.findLast((retained) => isFor(member, retained))?.event ?? []);
  }

  #enter(event: KeptEvent, publisher: Id | undefined): readonly KeptEvent[] {
    const { topic, lists } = event;
    const before = this.#topics.get(topic) ?? [];
    const all = lists === undefined ? undefined : before.find(({ event: { lists: those } }) => those === undefined);
    const beside = lists === undefined ? [] : before.filter((other) => other !== all).slice(1 - MOST_BESIDE);
    const after: readonly Retained[] = [...(all === undefined ? [] : [all]), ...beside, { event, audience: lists && Audience.of(lists), publisher }];
    // Deleted first, so that it stands behind all others.
    this.#topics.delete(topic);
    this.#topics.set(topic, after);
    this.#bytes += sizeOf(after) - sizeOf(before);
    return after.map((retained) => retained.event);
  }

  #forgetBeyondBounds(): void {
    const { limit, bytes } = this.#bounds;
    for (const topic of this.#topics.keys()) {
      if (this.#topics.size <= limit && this.#bytes <= bytes) return;
      this.#forget(topic);
    }
  }

  #forget(topic: Uri): void {
    this.#bytes -= sizeOf(this.#topics.get(topic) ?? []);
    this.#forgotten += 1;
    if (this.#topics.delete(topic)) this.#store.retain(topic, []);
  }
}

function isFor(member: Member, { audience, publisher }: Retained): boolean {
  return member.id !== publisher && (audience?.has(member) ?? true);
}

function sizeOf(events: readonly Retained[]): number {
  return events.reduce((sum, { event: { size } }) => sum + size, 0);
}
