/**
 * PUBLISH to EVENT: the index gives the subscriptions that match the topic, each of them its list of members as it stands, and one
 * EVENT per subscription goes to the whole list. Only a publisher that is subscribed itself, or a black- or whitelist, makes for a
 * list of its own. The payload is handed on by reference. PUBLISHED, where it was asked for, comes before the EVENTs.
 */
import type { Census } from '../../census.ts';
import { MessageType, type Cargo, type EventMessage, type Publish, type Subscribe, type Unsubscribe } from '../../protocol/messages.ts';
import { readPublishOptions, readSubscribeOptions, type PublishOptions } from '../../protocol/options.ts';
import { isUri, WampUri } from '../../protocol/uri.ts';
import type { Dict, Id, List, Uri } from '../../types.ts';
import { Audience } from './audience.ts';
import { NO_DETAILS, NOTHING, refusal, type Grant, type Member, type Outbound } from './outbound.ts';
import { isReserved } from './reserved-uri.ts';
import type { Roster } from './roster.ts';
import { Subscriptions, type Subscription } from './subscriptions.ts';

/** Options of {@link Broker}. */
export interface BrokerOptions {
  /** Gives each subscription an id that is free in the router (2.1.2). */
  readonly nextId: () => Id;
  /** Gives each publication an id of the global scope (2.1.2). */
  readonly publicationId: () => Id;
}

/** What a {@link Broker} holds. All are 0 when everybody has left. */
export interface BrokerSizes {
  readonly subscriptions: number;
  /** Members with at least one subscription. */
  readonly subscribers: number;
}

/**
 * Hands events to those who subscribed. Knows sessions as members and touches no socket, clock or scheduler: each method takes one
 * message and returns what follows from it, in order. Options of a wrong type are a ProtocolError.
 */
export class Broker<M extends Member> {
  readonly #publicationId: () => Id;
  readonly #subscriptions: Subscriptions<M>;

  constructor({ nextId, publicationId }: BrokerOptions) {
    this.#publicationId = publicationId;
    this.#subscriptions = new Subscriptions(nextId);
  }

  /** How much it holds at the moment. */
  get sizes(): BrokerSizes {
    return { subscriptions: this.#subscriptions.size, subscribers: this.#subscriptions.subscribers };
  }

  /** How many subscriptions a member has. */
  subscriptionsOf(member: M): number {
    return this.#subscriptions.countOf(member);
  }

  /** Answers SUBSCRIBED, with the id that all subscribers of this topic and match policy share, or ERROR `invalid_uri`. */
  subscribe(member: M, { request, options, topic }: Subscribe): readonly Outbound<M>[] {
    const { match = 'exact' } = readSubscribeOptions(options);
    if (!isUri(topic, { match })) {
      return [{ to: member, message: refusal(MessageType.SUBSCRIBE, request, WampUri.invalidUri) }];
    }

    const subscription = this.#subscriptions.add(member, topic, match);
    return [{ to: member, message: { type: MessageType.SUBSCRIBED, request, subscription: subscription.id } }];
  }

  /** Answers UNSUBSCRIBED, or ERROR `no_such_subscription` where the member has no such subscription. */
  unsubscribe(member: M, { request, subscription: id }: Unsubscribe): readonly Outbound<M>[] {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined || !this.#subscriptions.remove(member, subscription)) {
      return [{ to: member, message: refusal(MessageType.UNSUBSCRIBE, request, WampUri.noSuchSubscription) }];
    }
    return [{ to: member, message: { type: MessageType.UNSUBSCRIBED, request, details: undefined } }];
  }

  /**
   * Gives one EVENT per matching subscription, all with the same publication id, after PUBLISHED where `acknowledge` was set. A topic
   * that is no URI, or that is reserved, is answered with ERROR `invalid_uri`, and without `acknowledge` not at all. Attributes whose keys
   * begin with an underscore are handed on in `EVENT.Details`, as the dealer does with those of a call.
   */
  publish(member: M, message: Publish, grant?: Grant): readonly Outbound<M>[] {
    const { request, topic } = message;
    const options = readPublishOptions(message.options);
    const subscriptions = this.#subscriptions.matching(topic);
    // The exact one comes first, and its topic was checked when it was subscribed to.
    if (isReserved(topic) || (subscriptions[0]?.match !== 'exact' && !isUri(topic))) {
      return options.acknowledge ? [{ to: member, message: refusal(MessageType.PUBLISH, request, WampUri.invalidUri) }] : NOTHING;
    }
    if (subscriptions.length === 0 && !options.acknowledge) return NOTHING;

    const publication = this.#publicationId();
    const outbound: Outbound<M>[] = [];
    if (options.acknowledge) outbound.push({ to: member, message: { type: MessageType.PUBLISHED, request, publication } });
    const audience = Audience.of(options);
    const publisher = (grant?.disclose ?? options.discloseMe) ? disclosure(member) : NO_DETAILS;
    const details = options.attributes === undefined ? publisher : { ...publisher, ...options.attributes };
    for (const subscription of subscriptions) {
      const to = receivers(subscription.subscribers, member, options, audience);
      if (to.length > 0) outbound.push({ to, message: event(subscription, publication, message, details) });
    }
    return outbound;
  }

  /** Tells whether anybody gets an {@link announce}ment of this topic. */
  hears(topic: Uri): boolean {
    return this.#subscriptions.matching(topic).some(isOfTheRouter);
  }

  /**
   * Gives the EVENTs of a publication of the router's own. Only who names reserved topics hears them: a pattern that reaches over all topics of
   * the application does not catch them.
   */
  announce(topic: Uri, args: List, kwargs?: Dict): readonly Outbound<M>[] {
    const subscriptions = this.#subscriptions.matching(topic).filter(isOfTheRouter);
    if (subscriptions.length === 0) return NOTHING;
    const publication = this.#publicationId();
    return subscriptions.map((subscription) => ({
      to: subscription.subscribers.list, message: event(subscription, publication, { topic, args, kwargs }, NO_DETAILS),
    }));
  }

  /** Forgets a member. Nobody is told. */
  leave(member: M): readonly Outbound<M>[] {
    this.#subscriptions.leave(member);
    return NOTHING;
  }

  /** @internal */
  census(): Census {
    return this.#subscriptions.census();
  }
}

function receivers<M extends Member>(
  subscribers: Roster<M>, publisher: M, { excludeMe = true }: PublishOptions, audience: Audience | undefined,
): readonly M[] {
  const withoutPublisher = excludeMe && subscribers.has(publisher);
  if (!withoutPublisher && audience === undefined) return subscribers.list;
  return subscribers.list.filter((member) => !(withoutPublisher && member === publisher) && (audience?.has(member) ?? true));
}

function disclosure({ id, authid, authrole }: Member): Dict {
  return { publisher: id, publisher_authid: authid, publisher_authrole: authrole };
}

function isOfTheRouter<M>({ topic }: Subscription<M>): boolean {
  return isReserved(topic);
}

function event<M>({ id, match }: Subscription<M>, publication: Id, message: Cargo & { readonly topic: Uri }, common: Dict): EventMessage {
  const { topic, args, kwargs, payload, source } = message;
  // A pattern does not tell which topic was published to ("Pattern-based Subscription", "Concrete topic published to").
  const details = match === 'exact' ? common : { topic, ...common };
  return { type: MessageType.EVENT, subscription: id, publication, details, args, kwargs, payload, source };
}
