import type { MatchPolicy } from '../../protocol/uri.ts';
import type { Id, Uri } from '../../types.ts';

/** The registrations of a dealer, or the subscriptions of a broker, for who looks and changes nothing. */
export interface Directory<T> {
  /** All of them, the oldest first. */
  values(): Iterable<T>;
  get(id: Id): T | undefined;
  /** That of exactly this pattern. */
  byPattern(uri: Uri, match: MatchPolicy): T | undefined;
}
