import type { Dict, Id, List, Uri } from '../../../types.ts';
import { NOTHING, type Member, type Outbound } from '../outbound.ts';

/** Makes events of the router's own, as the broker does. */
export interface Announcer<M extends Member> {
  /** Whether anybody gets them. */
  hears(topic: Uri): boolean;
  announce(topic: Uri, args: List): readonly Outbound<M>[];
}

/** The topics of the events of one kind of membership. */
export interface MembershipTopics {
  readonly created: Uri;
  readonly entered: Uri;
  readonly left: Uri;
  readonly deleted: Uri;
}

/** Options of {@link MembershipEvents}. */
export interface MembershipEventsOptions<M extends Member, T> {
  readonly topics: MembershipTopics;
  readonly announcer: Announcer<M>;
  /** What is told of a new one. */
  readonly describe: (target: T) => Dict;
}

/**
 * Tells of the callees of registrations, or of the subscribers of subscriptions ("Registration Meta API", "Subscriptions Meta API"): creation before
 * the first one enters, deletion behind the last one that leaves. Made when it has happened, so that who enters the topic of such an event hears of it,
 * and who leaves it does not. Where nobody listens it costs one look-up for each event.
 *
 * The one who brings an event about gets it like anybody else: whoever adds the events up would otherwise come to another sum than the lists.
 */
export class MembershipEvents<M extends Member, T extends { readonly id: Id }> {
  readonly #topics: MembershipTopics;
  readonly #announcer: Announcer<M>;
  readonly #describe: (target: T) => Dict;

  constructor({ topics, announcer, describe }: MembershipEventsOptions<M, T>) {
    this.#topics = topics;
    this.#announcer = announcer;
    this.#describe = describe;
  }

  /** A member has entered. */
  entered({ id }: M, target: T, isFirst: boolean): readonly Outbound<M>[] {
    const { created, entered } = this.#topics;
    const creation = isFirst && this.#announcer.hears(created) ? this.#announcer.announce(created, [id, this.#describe(target)]) : NOTHING;
    return join(creation, this.#tell(entered, id, target.id));
  }

  /** A member has left. */
  left({ id }: M, target: T, isLast: boolean): readonly Outbound<M>[] {
    const { left, deleted } = this.#topics;
    return join(this.#tell(left, id, target.id), isLast ? this.#tell(deleted, id, target.id) : NOTHING);
  }

  #tell(topic: Uri, member: Id, target: Id): readonly Outbound<M>[] {
    return this.#announcer.hears(topic) ? this.#announcer.announce(topic, [member, target]) : NOTHING;
  }
}

function join<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (first.length === 0) return second;
  return second.length === 0 ? first : [...first, ...second];
}
