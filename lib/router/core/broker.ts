/**
 * PUBLISH to EVENT: the index gives the subscriptions that match the topic, each of them its list of members as it stands, and one
 * EVENT per subscription goes to the whole list. Only a publisher that is subscribed itself, or a black- or whitelist, makes for a
 * list of its own. The payload is handed on by reference. PUBLISHED, where it was asked for, comes before the EVENTs.
 */
import { addUp, type Census } from '../../census.ts';
import { MessageType, type Cargo, type EventMessage, type Publish, type Subscribe, type Unsubscribe } from '../../protocol/messages.ts';
import { readPublishOptions, readSubscribeOptions, type OpaquePayload, type PublishOptions } from '../../protocol/options.ts';
import { isUri, type MatchPolicy } from '../../protocol/uri.ts';
import * as WampUri from '../../protocol/wamp-uris.ts';
import type { Dict, Id, List, Uri } from '../../types.ts';
import { Audience } from './audience.ts';
import { EventKeeper, type History, type Keeping, type KeptSizes } from './events/event-keeper.ts';
import type { Directory } from './directory.ts';
import { subscriptionEvents } from './meta/subscription-meta.ts';
import type { MembershipEvents } from './meta/membership-events.ts';
import { checkPassthru, opaqueDetails } from './opaque-payload.ts';
import { NO_DETAILS, NOTHING, refusal, type Grant, type Member, type Outbound } from './outbound.ts';
import { isReserved } from './reserved-uri.ts';
import type { Roster } from './roster.ts';
import { Shards } from './shards.ts';
import { Subscriptions, type Subscription } from './subscriptions.ts';

/** Options of {@link Broker}. */
export interface BrokerOptions {
  /** Gives each subscription an id that is free in the router (2.1.2). */
  readonly nextId: () => Id;
  /** Gives each publication an id of the global scope (2.1.2). */
  readonly publicationId: () => Id;
  /** What is kept of what is published. @default nothing */
  readonly keeping?: Keeping | undefined;
  /** Seconds since the epoch, for the meta API. @default always 0 */
  readonly now?: (() => number) | undefined;
}

const NOTHING_KEPT: KeptSizes = { retained: 0, forgotten: 0 };

/** What a {@link Broker} holds. All are 0 when everybody has left. */
export interface BrokerSizes {
  readonly subscriptions: number;
  /** Members with at least one subscription. */
  readonly subscribers: number;
}

/** A subscription, as far as its history is concerned. */
export interface SubscriptionHistory {
  readonly topic: Uri;
  readonly match: MatchPolicy;
  /** `undefined` where its events are not kept. */
  readonly history: History | undefined;
}

/**
 * Hands events to those who subscribed. Knows sessions as members and touches no socket, clock or scheduler: each method takes one
 * message and returns what follows from it, in order. Options of a wrong type are a ProtocolError.
 */
export class Broker<M extends Member> {
  readonly #publicationId: () => Id;
  readonly #subscriptions: Subscriptions<M>;
  readonly #keeper: EventKeeper<M> | undefined;
  readonly #shards = new Shards<M>();
  readonly #events: MembershipEvents<M, Subscription<M>> = subscriptionEvents(this);

  constructor({ nextId, publicationId, keeping, now = () => 0 }: BrokerOptions) {
    this.#publicationId = publicationId;
    this.#subscriptions = new Subscriptions(nextId, now);
    this.#keeper = keeping && new EventKeeper(keeping, this.#subscriptions);
  }

  /** What is subscribed to. */
  get subscriptions(): Directory<Subscription<M>> {
    return this.#subscriptions;
  }

  /** How much it holds at the moment. */
  get sizes(): BrokerSizes {
    return { subscriptions: this.#subscriptions.size, subscribers: this.#subscriptions.subscribers };
  }

  /** What it keeps of what was published. */
  get kept(): KeptSizes {
    return this.#keeper?.sizes ?? NOTHING_KEPT;
  }

  /** How many subscriptions a member has. */
  subscriptionsOf(member: M): number {
    return this.#subscriptions.countOf(member);
  }

  /**
   * Answers SUBSCRIBED, with the id that all subscribers of this topic and match policy share, or ERROR `invalid_uri`. With `get_retained`,
   * retained events follow at once, also to one that is subscribed already: of each topic that matches the newest one that the member would have
   * got, with the id of its publication and `EVENT.Details.retained` ("Event Retention").
   */
  subscribe(member: M, { request, options, topic }: Subscribe): readonly Outbound<M>[] {
    const { match = 'exact', getRetained, nkey } = readSubscribeOptions(options);
    if (!isUri(topic, { match })) {
      return [{ to: member, message: refusal(MessageType.SUBSCRIBE, request, WampUri.invalidUri) }];
    }

    const existing = this.#subscriptions.byPattern(topic, match);
    const wasIn = existing?.subscribers.has(member) === true;
    const subscription = this.#subscriptions.add(member, topic, match);
    this.#shards.enter(subscription, member, nkey);
    const answer: Outbound<M> = { to: member, message: { type: MessageType.SUBSCRIBED, request, subscription: subscription.id } };
    const retained = getRetained ? this.#retainedFor(subscription, member) : NOTHING;
    return wasIn ? [answer, ...retained] : [answer, ...retained, ...this.#events.entered(member, subscription, existing === undefined)];
  }

  /** Answers UNSUBSCRIBED, or ERROR `no_such_subscription` where the member has no such subscription. */
  unsubscribe(member: M, { request, subscription: id }: Unsubscribe): readonly Outbound<M>[] {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined || !this.#remove(member, subscription)) {
      return [{ to: member, message: refusal(MessageType.UNSUBSCRIBE, request, WampUri.noSuchSubscription) }];
    }
    return [{ to: member, message: { type: MessageType.UNSUBSCRIBED, request, details: undefined } }, ...this.#left(member, subscription)];
  }

  /**
   * Takes a subscription from a subscriber, which is told with UNSUBSCRIBED where it announces subscription_revocation ("Subscription
   * Revocation"). `undefined` where it has no such subscription.
   */
  revoke(subscriber: M, id: Id, reason: string | undefined): readonly Outbound<M>[] | undefined {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined || !this.#remove(subscriber, subscription)) return undefined;
    return [...revocation(subscriber, id, reason), ...this.#left(subscriber, subscription)];
  }

  /**
   * Gives one EVENT per matching subscription, all with the same publication id, after PUBLISHED where `acknowledge` was set. A topic
   * that is no URI, or that is reserved, is answered with ERROR `invalid_uri`, and without `acknowledge` not at all. Attributes whose keys
   * begin with an underscore are handed on in `EVENT.Details`, as the dealer does with those of a call, and so is what says how to read a
   * payload that is no business of the router's ("Payload Passthru Mode"), and how far the publisher is trusted: a ProtocolError where the publisher has not announced that.
   */
  publish(member: M, message: Publish, grant?: Grant): readonly Outbound<M>[] {
    const { request, topic } = message;
    const options = readPublishOptions(message.options);
    checkPassthru(member, 'publisher', options, 'PUBLISH');
    const subscriptions = this.#subscriptions.matching(topic);
    // The exact one comes first, and its topic was checked when it was subscribed to.
    if (isReserved(topic) || (subscriptions[0]?.match !== 'exact' && !isUri(topic))) {
      return options.acknowledge ? [{ to: member, message: refusal(MessageType.PUBLISH, request, WampUri.invalidUri) }] : NOTHING;
    }
    if (subscriptions.length === 0 && !options.acknowledge && !options.retain) return NOTHING;

    const publication = this.#publicationId();
    const outbound: Outbound<M>[] = [];
    if (options.acknowledge) outbound.push({ to: member, message: { type: MessageType.PUBLISHED, request, publication } });
    const audience = Audience.of(options);
    const details = detailsOf(member, options, grant);
    if (this.#keeper?.mayKeep(options)) this.#keeper.keep(member, message, options, { publication, subscriptions, details });
    for (const subscription of subscriptions) {
      const all = receivers(subscription.subscribers, member, options, audience);
      const to = options.rkey === undefined ? all : this.#shards.share(subscription, all, options.rkey);
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

  /** What a subscription is to, and its history where it has one; `undefined` where there is no such subscription. */
  historyOf(id: Id): SubscriptionHistory | undefined {
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) return undefined;
    const { topic, match } = subscription;
    return { topic, match, history: this.#keeper?.historyOf(subscription) };
  }

  /** The subscriptions that an event of this topic goes to. */
  match(topic: Uri): readonly Subscription<M>[] {
    return this.#subscriptions.matching(topic);
  }

  /** Forgets a member. Told is only who listens for that. */
  leave(member: M): readonly Outbound<M>[] {
    const outbound: Outbound<M>[] = [];
    for (const subscription of this.#subscriptions.leave(member)) {
      this.#shards.leave(subscription, member);
      outbound.push(...this.#left(member, subscription));
    }
    return outbound;
  }

  /** @internal */
  census(): Census {
    return addUp(this.#subscriptions.census(), { 'members with a node key': this.#shards.size });
  }

  #remove(member: M, subscription: Subscription<M>): boolean {
    if (!this.#subscriptions.remove(member, subscription)) return false;
    this.#shards.leave(subscription, member);
    return true;
  }

  #retainedFor(subscription: Subscription<M>, member: M): readonly Outbound<M>[] {
    const isItsShare = (rkey: string | undefined): boolean => rkey === undefined || this.#shards.share(subscription, [member], rkey).length > 0;
    const all = this.#keeper?.retainedFor(subscription, member) ?? NOTHING;
    return all.filter(({ rkey }) => isItsShare(rkey)).map((kept) => ({ to: member, message: event(subscription, kept.publication, kept, { retained: true, ...kept.details }) }));
  }

  #left(member: M, subscription: Subscription<M>): readonly Outbound<M>[] {
    return this.#events.left(member, subscription, this.#subscriptions.get(subscription.id) === undefined);
  }
}

function receivers<M extends Member>(
  subscribers: Roster<M>, publisher: M, { excludeMe = true }: PublishOptions, audience: Audience | undefined,
): readonly M[] {
  const withoutPublisher = excludeMe && subscribers.has(publisher);
  if (!withoutPublisher && audience === undefined) return subscribers.list;
  return subscribers.list.filter((member) => !(withoutPublisher && member === publisher) && (audience?.has(member) ?? true));
}

function detailsOf(publisher: Member, options: PublishOptions & OpaquePayload, grant: Grant | undefined): Dict {
  const { attributes } = options;
  const opaque = opaqueDetails(options);
  const disclosed = (grant?.disclose ?? options.discloseMe) ? disclosure(publisher) : undefined;
  const trustlevel = grant?.trustlevel;
  if ((disclosed ?? attributes ?? opaque ?? trustlevel) === undefined) return NO_DETAILS;
  return { ...disclosed, ...(trustlevel !== undefined && { trustlevel }), ...opaque, ...attributes };
}

function disclosure({ id, authid, authrole }: Member): Dict {
  return { publisher: id, publisher_authid: authid, publisher_authrole: authrole };
}

function revocation<M extends Member>(subscriber: M, subscription: Id, reason: string | undefined): readonly Outbound<M>[] {
  if (!subscriber.has('subscriber', 'subscription_revocation')) return NOTHING;
  const details = { subscription, ...(reason !== undefined && { reason }) };
  return [{ to: subscriber, message: { type: MessageType.UNSUBSCRIBED, request: 0, details } }];
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
