/** Reads the options of a realm about events that are kept. */
import { show } from '../protocol/fields.ts';
import { isUri, type MatchPolicy } from '../protocol/uri.ts';
import type { EventStore, HistoryBounds } from './core/events/event-store.ts';
import { memoryStore } from './core/events/memory-store.ts';
import type { RetainedBounds } from './core/events/retained-events.ts';
import type { HistoryOptions, RealmOptions, RetainedOptions } from './options.ts';
import { knownKeys, mustBe, oneOf, wholeNumber } from './validation.ts';

/** What a realm keeps of what is published, and where. */
export interface EventSettings {
  readonly retained: RetainedBounds;
  readonly history: readonly HistoryBounds[];
  readonly store: EventStore;
}

const MEBIBYTE = 2 ** 20;
const MATCHES: readonly MatchPolicy[] = ['exact', 'prefix', 'wildcard'];

/** Throws TypeError or RangeError in one sentence that names the option. */
export function readEventSettings({ retained = {}, history = [], store = memoryStore() }: RealmOptions, name: string): EventSettings {
  if (!Array.isArray(history)) mustBe(`${name}.history`, 'a list', history);
  if (typeof store?.open !== 'function') mustBe(`${name}.store`, 'a store of events', store);
  const histories = history.map((one: HistoryOptions, at) => readHistory(one, `${name}.history[${at}]`));
  const twice = histories.findIndex(({ uri, match }, at) => histories.findIndex((other) => other.uri === uri && other.match === match) < at);
  if (twice >= 0) throw new TypeError(`${name}.history must have each topic once, got ${show(histories[twice]?.uri)} again`);
  return { retained: readRetained(retained, `${name}.retained`), history: histories, store };
}

function readRetained(options: RetainedOptions, name: string): RetainedBounds {
  knownKeys(options, name, ['limit', 'bytes']);
  const { limit = 1000, bytes = 16 * MEBIBYTE } = options;
  return { limit: wholeNumber(limit, `${name}.limit`), bytes: wholeNumber(bytes, `${name}.bytes`) };
}

function readHistory(options: HistoryOptions, name: string): HistoryBounds {
  knownKeys(options, name, ['uri', 'match', 'limit', 'bytes']);
  const { uri, match = 'exact', limit = 1000, bytes = 64 * MEBIBYTE } = options;
  oneOf(MATCHES, match, `${name}.match`);
  if (!isUri(uri, { match })) mustBe(`${name}.uri`, `a URI${match === 'exact' ? '' : ` with ${match} matching`}`, uri);
  return { uri, match, limit: wholeNumber(limit, `${name}.limit`), bytes: wholeNumber(bytes, `${name}.bytes`) };
}
