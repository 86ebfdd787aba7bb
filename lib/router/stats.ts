import type { Uri } from '../types.ts';
import type { Traffic } from './traffic.ts';

/** What a realm has and has done. */
export interface RealmStats {
  /** Sessions that have joined. */
  readonly sessions: number;
  /** Subscriptions: topics and patterns, however many sessions have them. */
  readonly subscriptions: number;
  /** Registrations: procedures and patterns, however many sessions share them. */
  readonly registrations: number;
  /** Calls without a final answer. */
  readonly pendingCalls: number;
  /** Topics with a retained event. */
  readonly retainedTopics: number;
  /** How often a topic was forgotten, or its event not retained, since the start: see the bounds of `RealmOptions.retained`. */
  readonly forgottenTopics: number;
  /** Messages received since the start. */
  readonly messagesIn: number;
  /** Messages sent since the start. */
  readonly messagesOut: number;
  /** EVENTs that slow consumers, or those whose serializer could not carry them, did not get. */
  readonly droppedEvents: number;
  /** Sessions that were dismissed since they read too slowly. */
  readonly slowSessions: number;
  /** Requests that were refused: not allowed, or beyond a limit. */
  readonly deniedActions: number;
  /** Connections that were ended with ABORT: a client that was not let in, or that did not keep to the protocol. */
  readonly aborts: number;
}

/** What a router has and has done: the sums over its realms, and what belongs to none of them. */
export interface RouterStats extends RealmStats {
  /** Milliseconds since the router was made. */
  readonly uptime: number;
  /** Connections, those that have not joined yet included. */
  readonly connections: number;
  /** The same by realm. What came and went before a session had joined is in the sums alone. */
  readonly realms: { readonly [name: Uri]: RealmStats };
}

/** How much there is at the moment. */
export type Sizes = Pick<RealmStats, 'sessions' | 'subscriptions' | 'registrations' | 'pendingCalls' | 'retainedTopics' | 'forgottenTopics'>;

const NO_SIZES: Sizes = { sessions: 0, subscriptions: 0, registrations: 0, pendingCalls: 0, retainedTopics: 0, forgottenTopics: 0 };

/** The statistics of one place where messages are counted. */
export function statsOf({ received, sent, ...counts }: Traffic, sizes: Sizes = NO_SIZES): RealmStats {
  return { ...sizes, messagesIn: received, messagesOut: sent, ...counts };
}

/** What was done, without what there is. */
export function doneOf(stats: RealmStats): RealmStats {
  return { ...stats, ...NO_SIZES };
}

/** The sums of several. */
export function sumOf([first, ...others]: readonly [RealmStats, ...RealmStats[]]): RealmStats {
  const sum: { -readonly [K in keyof RealmStats]: RealmStats[K] } = { ...first };
  for (const other of others) {
    for (const key of Object.keys(sum) as (keyof RealmStats)[]) sum[key] += other[key];
  }
  return sum;
}
