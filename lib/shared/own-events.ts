import type { Census } from '../census.ts';
import type { EventMessage } from '../protocol/messages.ts';
import { matches, type MatchPolicy } from '../protocol/uri.ts';
import type { Id, Uri } from '../types.ts';
import type { Tab } from './tab.ts';

/** A publication of a tab that the router has not acknowledged. */
export interface Flight {
  readonly tab: Tab;
  readonly topic: Uri;
}

interface Subscription {
  readonly id: Id;
  readonly topic: { readonly uri: Uri; readonly match: MatchPolicy };
}

/** How many publications are remembered, by whom they are: their events come soon, if they come. */
const MAX_KNOWN = 1000;
/** How many events may wait, all in all. */
const MAX_HELD = 10_000;

/**
 * Keeps events from the tab that published them. Which event is whose is known by the publication, which PUBLISHED tells: events that may be of a
 * publication on its way wait for that, and those of the same subscription behind them.
 *
 * ```
 * tab publishes          P------
 * the router             --e-A--      e EVENT, A PUBLISHED
 * the other tabs         ----e--
 * ```
 */
export class OwnEvents<S extends Subscription> {
  readonly #deliver: (subscription: S, event: EventMessage, except: Tab | undefined) => void;
  readonly #flights = new Set<Flight>();
  readonly #known = new Map<Id, Tab>();
  readonly #held = new Map<Id, EventMessage[]>();
  #heldCount = 0;

  constructor(deliver: (subscription: S, event: EventMessage, except: Tab | undefined) => void) {
    this.#deliver = deliver;
  }

  /** A publication is about to be sent. */
  begin(tab: Tab, topic: Uri): Flight {
    const flight = { tab, topic };
    this.#flights.add(flight);
    return flight;
  }

  /** It has been acknowledged, or refused: what waited for that goes on. */
  end(flight: Flight, publication: Id | undefined, subscriptions: Iterable<S>): void {
    this.#flights.delete(flight);
    if (publication !== undefined) this.#remember(publication, flight.tab);
    if (this.#heldCount === 0) return;
    for (const subscription of subscriptions) if (!this.#mayBeOwn(subscription)) this.#release(subscription);
    // Of subscriptions that have gone meanwhile nobody wants to hear.
    if (this.#flights.size === 0) this.#forget();
  }

  event(subscription: S, event: EventMessage): void {
    const held = this.#held.get(subscription.id);
    if (held === undefined && !this.#mayBeOwn(subscription)) return this.#deliver(subscription, event, this.#known.get(event.publication));
    // A router that does not acknowledge: better twice than never.
    if (this.#heldCount === MAX_HELD) {
      this.#release(subscription);
      return this.#deliver(subscription, event, this.#known.get(event.publication));
    }
    this.#heldCount++;
    if (held === undefined) this.#held.set(subscription.id, [event]);
    else held.push(event);
  }

  /** @internal */
  census(): Census {
    return { 'publications of tabs': this.#flights.size, 'held events of tabs': this.#heldCount };
  }

  #mayBeOwn({ topic: { uri, match } }: S): boolean {
    for (const { topic } of this.#flights) if (matches(uri, match, topic)) return true;
    return false;
  }

  #release(subscription: S): void {
    const held = this.#held.get(subscription.id);
    if (held === undefined) return;
    this.#held.delete(subscription.id);
    this.#heldCount -= held.length;
    for (const event of held) this.#deliver(subscription, event, this.#known.get(event.publication));
  }

  #forget(): void {
    this.#held.clear();
    this.#heldCount = 0;
  }

  #remember(publication: Id, tab: Tab): void {
    this.#known.set(publication, tab);
    if (this.#known.size <= MAX_KNOWN) return;
    for (const [oldest] of this.#known) {
      this.#known.delete(oldest);
      return;
    }
  }
}
