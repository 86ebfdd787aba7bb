import type { PublishOptions } from '../../protocol/options.ts';
import type { Id } from '../../types.ts';
import type { Member } from './outbound.ts';

/** Who may receive an event by the publisher's lists ("Subscriber Black- and Whitelisting"). An empty whitelist means nobody. */
export class Audience {
  readonly #exclude: ReadonlySet<Id> | undefined;
  readonly #excludeAuthid: ReadonlySet<string> | undefined;
  readonly #excludeAuthrole: ReadonlySet<string> | undefined;
  readonly #eligible: ReadonlySet<Id> | undefined;
  readonly #eligibleAuthid: ReadonlySet<string> | undefined;
  readonly #eligibleAuthrole: ReadonlySet<string> | undefined;

  /** The audience of a publication; `undefined` where it has no list, as nearly all have none. */
  static of(options: PublishOptions): Audience | undefined {
    const { exclude, excludeAuthid, excludeAuthrole, eligible, eligibleAuthid, eligibleAuthrole } = options;
    return (exclude ?? excludeAuthid ?? excludeAuthrole ?? eligible ?? eligibleAuthid ?? eligibleAuthrole) === undefined
      ? undefined
      : new Audience(options);
  }

  // Sets, since the lists are as long as the publisher likes and are asked once for each subscriber.
  private constructor(options: PublishOptions) {
    this.#exclude = setOf(options.exclude);
    this.#excludeAuthid = setOf(options.excludeAuthid);
    this.#excludeAuthrole = setOf(options.excludeAuthrole);
    this.#eligible = setOf(options.eligible);
    this.#eligibleAuthid = setOf(options.eligibleAuthid);
    this.#eligibleAuthrole = setOf(options.eligibleAuthrole);
  }

  /** Tells whether this subscriber is on every whitelist and on no blacklist. */
  has({ id, authid, authrole }: Member): boolean {
    return (
      (this.#eligible?.has(id) ?? true) &&
      (this.#eligibleAuthid?.has(authid) ?? true) &&
      (this.#eligibleAuthrole?.has(authrole) ?? true) &&
      !this.#exclude?.has(id) &&
      !this.#excludeAuthid?.has(authid) &&
      !this.#excludeAuthrole?.has(authrole)
    );
  }
}

function setOf<T>(list: readonly T[] | undefined): ReadonlySet<T> | undefined {
  return list && new Set(list);
}
