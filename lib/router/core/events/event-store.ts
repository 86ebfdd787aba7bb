import type { Logger } from '../../../log.ts';
import type { PublishOptions } from '../../../protocol/options.ts';
import type { MatchPolicy } from '../../../protocol/uri.ts';
import type { Dict, Id, List, Uri } from '../../../types.ts';

/** Whom the publisher wanted to have an event, as far as that still means something later: ids of sessions do not. */
export type LastingLists = Pick<PublishOptions, 'excludeAuthid' | 'excludeAuthrole' | 'eligibleAuthid' | 'eligibleAuthrole'>;

/** An event that is kept beyond its publication. */
export interface KeptEvent {
  readonly publication: Id;
  readonly topic: Uri;
  /** When it was published, in milliseconds since 1970. */
  readonly time: number;
  /** `EVENT.Details` as every subscription gets them: without `topic`. */
  readonly details: Dict;
  readonly args: List | undefined;
  readonly kwargs: Dict | undefined;
  /** Opaque bytes in the place of `args` and `kwargs` (payload transparency). */
  readonly payload: Uint8Array | undefined;
  /** `undefined` where everybody may have it. */
  readonly lists: LastingLists | undefined;
  /** Which shard it is for ("Sharded Subscription"). */
  readonly rkey: string | undefined;
  /** Bytes that it takes up, roughly. */
  readonly size: number;
}

/** A topic or pattern whose events are kept, and how many of them: beyond either bound the oldest are forgotten. */
export interface HistoryBounds {
  readonly uri: Uri;
  readonly match: MatchPolicy;
  /** Events. */
  readonly limit: number;
  /** Bytes of these, by {@link KeptEvent.size}. */
  readonly bytes: number;
}

/** What a store may use of the router. */
export interface StorePort {
  /** Runs a task behind what is being done, soon. */
  readonly later: (task: () => void) => void;
  /** Where a store reports what it could not write or read. Payloads never are. */
  readonly log: Logger | undefined;
}

/**
 * Where the realms of a router keep events: `memoryStore()`, or `sqliteStore()` of `rxwamp/router/sqlite`. One store may serve several
 * realms.
 */
export interface EventStore {
  /** The events of one realm. Called once for each realm that has this store, when the router is made. Throws where it cannot be used. */
  open(realm: Uri, port: StorePort): RealmEvents;
}

/**
 * The events of one realm. Publishers wait for nothing of this: what cannot be written is reported to the log and lost, and
 * `append` and `retain` throw nothing.
 */
export interface RealmEvents {
  /** Puts an event at the end of a history, and forgets the oldest ones beyond its bounds. */
  append(history: HistoryBounds, event: KeptEvent): void;
  /**
   * The events of a history in the order they came, or the other way round, beginning with the given publication where one is given; none
   * where that is not there. Read to its end or left before, and at once. May throw.
   */
  scan(history: HistoryBounds, from: Id | undefined, reverse: boolean): Iterable<KeptEvent>;
  /** What was retained, in the order it came: asked for once, at the start. */
  retained(): Iterable<KeptEvent>;
  /** These events, and no others, are retained for a topic; none of them takes it away. */
  retain(topic: Uri, events: readonly KeptEvent[]): void;
  /** Writes what waits to be written. The router is gone. May be called again. */
  close(): void;
}
