import { Observable, filter, merge } from 'rxjs';
import type { Id } from '../types.ts';

/** Options of {@link mergeTopics}. */
export interface MergeTopicsOptions {
  /** Publications that are remembered: an event is known again while no more than so many others have come behind it. @default 256 */
  readonly window?: number | undefined;
}

/** What is needed of an event. */
interface Published {
  readonly publication: Id;
}

/**
 * Merges topics, and leaves out events whose publication was seen: subscriptions that overlap, such as a prefix and a topic beneath it, bring
 * one publication once each. The first to bring it is heard. Options, where there are any, come last.
 *
 * Subscribes to all at once and unsubscribes from all; completes when all have, and errors with the first that does. What it remembers
 * belongs to one subscription and is bounded by `window`. Throws RangeError where `window` is no count.
 *
 * ```
 * a    --1--2-----4--|      numbers are publications
 * b    --1-----3--4----|
 * out  --1--2--3--4----|
 * ```
 *
 * ```ts
 * mergeTopics(client.topic('com.shop', { match: 'prefix' }), client.topic('com..price', { match: 'wildcard' }))
 *   .subscribe(({ topic, args }) => console.log(topic, args));
 * // com.shop.price [3] is published => printed once, though both have it
 * ```
 */
export function mergeTopics<E extends readonly Published[]>(...topics: { readonly [I in keyof E]: Observable<E[I]> }): Observable<E[number]>;
export function mergeTopics<E extends readonly Published[]>(...topics: readonly [...{ readonly [I in keyof E]: Observable<E[I]> }, MergeTopicsOptions]): Observable<E[number]>;
export function mergeTopics(...given: readonly (Observable<Published> | MergeTopicsOptions)[]): Observable<Published> {
  const topics = given.filter((one) => one instanceof Observable);
  const [{ window = 256 } = {}] = given.filter((one): one is MergeTopicsOptions => !(one instanceof Observable));
  if (!Number.isInteger(window) || window < 1) throw new RangeError(`window must be an integer from 1, got ${String(window)}`);
  return new Observable((subscriber) => {
    const seen = new Set<Id>();
    return merge(...topics).pipe(filter(({ publication }) => isNew(seen, publication, window))).subscribe(subscriber);
  });
}

// A Set keeps the order in which it was filled: its first is its oldest.
function isNew(seen: Set<Id>, publication: Id, window: number): boolean {
  if (seen.has(publication)) return false;
  for (const oldest of seen.size < window ? [] : seen.keys()) {
    seen.delete(oldest);
    break;
  }
  seen.add(publication);
  return true;
}
