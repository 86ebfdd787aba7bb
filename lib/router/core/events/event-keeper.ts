import type { Publish } from '../../../protocol/messages.ts';
import type { PublishOptions } from '../../../protocol/options.ts';
import type { Dict, Id } from '../../../types.ts';
import type { Member } from '../outbound.ts';
import type { Subscription, Subscriptions } from '../subscriptions.ts';
import type { HistoryBounds, KeptEvent, RealmEvents } from './event-store.ts';
import { isKeepable, keptEvent } from './kept-event.ts';
import { RetainedEvents, type RetainedBounds } from './retained-events.ts';

/** What is kept of what is published, and where. */
export interface Keeping {
  readonly store: RealmEvents;
  readonly retained: RetainedBounds;
  /** Topics and patterns whose events are kept, each once. */
  readonly history: readonly HistoryBounds[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How much an {@link EventKeeper} has. */
export interface KeptSizes {
  /** Topics with a retained event. */
  readonly retained: number;
  /** How often a topic was forgotten, or not retained, since there were too many or too much. */
  readonly forgotten: number;
}

/**
 * Keeps events beyond their publication: those to be retained, and those of subscriptions with a history, which are there from the
 * start and stay ("Event History": dummy subscriptions).
 */
export class EventKeeper<M extends Member> {
  readonly #keeping: Keeping;
  readonly #retained: RetainedEvents;
  readonly #histories: ReadonlyMap<Subscription<M>, HistoryBounds>;

  constructor(keeping: Keeping, subscriptions: Subscriptions<M>) {
    const { store, retained, history } = keeping;
    this.#keeping = keeping;
    this.#retained = new RetainedEvents(retained, store);
    this.#histories = new Map(history.map((bounds) => [subscriptions.makeLasting(bounds.uri, bounds.match), bounds]));
  }

  get sizes(): KeptSizes {
    return { retained: this.#retained.size, forgotten: this.#retained.forgotten };
  }

  /** Whether a publication with these options may have to be kept: most have not, and cost no more than this. */
  mayKeep({ retain }: PublishOptions): boolean {
    return retain === true || this.#histories.size > 0;
  }

  /** Keeps a publication that these subscriptions match, where it is to be kept. `details` are those of its EVENTs, without the topic. */
  keep(publisher: M, message: Publish, options: PublishOptions, { publication, subscriptions, details }: Published<M>): void {
    if (!isKeepable(options)) return;
    const histories = subscriptions.flatMap((subscription) => this.#histories.get(subscription) ?? []);
    if (histories.length === 0 && options.retain !== true) return;
    const { store, now } = this.#keeping;
    const event = keptEvent(message, options, publication, now(), details);
    for (const history of histories) store.append(history, event);
    if (options.retain === true) this.#retained.put(event, options.excludeMe === false ? undefined : publisher.id);
  }

  /** What a member gets that asks for retained events with this subscription. */
  retainedFor({ topic, match }: Subscription<M>, member: M): readonly KeptEvent[] {
    return this.#retained.find(topic, match, member);
  }

  /** The history of a subscription; `undefined` where it has none. */
  historyOf(subscription: Subscription<M>): History | undefined {
    const bounds = this.#histories.get(subscription);
    if (bounds === undefined) return undefined;
    return { scan: (from, reverse) => this.#keeping.store.scan(bounds, from, reverse) };
  }
}

/** What became of a publication. */
export interface Published<M> {
  readonly publication: Id;
  readonly subscriptions: readonly Subscription<M>[];
  readonly details: Dict;
}

/** The events of one subscription: see {@link RealmEvents.scan}. */
export interface History {
  scan(from: Id | undefined, reverse: boolean): Iterable<KeptEvent>;
}
