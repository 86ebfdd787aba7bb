import type { Census } from '../census.ts';
import { own } from '../protocol/fields.ts';
import {
  MessageType, type ErrorMessage, type EventMessage, type Publish, type Published, type Subscribe, type Subscribed, type Unsubscribe, type Unsubscribed,
} from '../protocol/messages.ts';
import { matches, type MatchPolicy } from '../protocol/uri.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Frame } from '../transports/transport.ts';
import type { Dict, Id, Uri } from '../types.ts';
import { OwnEvents } from './own-events.ts';
import type { Line } from './line.ts';
import type { Tab } from './tab.ts';

const { PUBLISH, SUBSCRIBE, UNSUBSCRIBE } = MessageType;

/** A topic, or a pattern, that tabs have asked for. */
interface SharedTopic {
  readonly key: string;
  readonly uri: Uri;
  readonly match: MatchPolicy;
  /** SUBSCRIBEs that are not answered: who waits for each. */
  readonly asking: Map<string, Waiting[]>;
  /** The router gives one for the same topic, as a rule, whatever the other options are. */
  readonly subscriptions: Map<Id, SharedSubscription>;
}

/** A SUBSCRIBE of a tab. */
interface Waiting {
  readonly tab: Tab;
  readonly request: Id;
}

/** One subscription on the wire, and the tabs that have it. */
export interface SharedSubscription {
  readonly id: Id;
  readonly topic: SharedTopic;
  readonly tabs: Set<Tab>;
  /** The options of the SUBSCRIBEs that led to it. */
  readonly options: Set<string>;
  /** Who has asked for the retained event last. */
  retainedFor: Tab | undefined;
}

/**
 * The subscriptions of all tabs, in one session: one SUBSCRIBE for the first tab that wants a topic, one UNSUBSCRIBE for the last.
 *
 * What another SUBSCRIBE would bring that may have the same answer is waited for before a subscription is given up: routers have one
 * subscription for both, and would end it for both.
 */
export class SharedTopics {
  readonly #line: Line;
  readonly #topics = new Map<string, SharedTopic>();
  readonly #subscriptions = new Map<Id, SharedSubscription>();
  #questions = 0;
  readonly #own = new OwnEvents<SharedSubscription>((subscription, event, except) => deliver(subscription, event, except));

  constructor(line: Line) {
    this.#line = line;
  }

  subscribe(tab: Tab, message: Subscribe): void {
    const topic = this.#topicOf(message);
    const options = optionsOf(message.options);
    const waiting = { tab, request: message.request };
    // The router sends the retained event to who asks, so each tab has to.
    if (own(message.options, 'get_retained') === true) return this.#ask(topic, `${options} ${++this.#questions}`, options, waiting, message);
    const known = [...topic.subscriptions.values()].find((subscription) => subscription.options.has(options));
    if (known !== undefined) return join(known, waiting);
    const asking = topic.asking.get(options);
    if (asking === undefined) this.#ask(topic, options, options, waiting, message);
    else asking.push(waiting);
  }

  unsubscribe(tab: Tab, { request, subscription: id }: Unsubscribe): void {
    const subscription = this.#subscriptions.get(id);
    if (subscription?.tabs.delete(tab) !== true) return tab.refuse(UNSUBSCRIBE, request, WampUri.noSuchSubscription);
    if (subscription.tabs.size > 0 || subscription.topic.asking.size > 0) {
      tab.send({ type: MessageType.UNSUBSCRIBED, request, details: undefined });
    } else {
      this.#giveUp(subscription, {
        answered: (answer: Unsubscribed) => void tab.send({ ...answer, request }),
        refused: (error: ErrorMessage) => void tab.send({ ...error, request }),
      });
    }
  }

  /** UNSUBSCRIBED with request 0. */
  revoked(message: Unsubscribed): void {
    const subscription = this.#subscriptions.get(message.details?.['subscription'] as Id);
    if (subscription === undefined) return;
    this.#forget(subscription);
    for (const tab of subscription.tabs) tab.send(message);
  }

  event(message: EventMessage): void {
    const subscription = this.#subscriptions.get(message.subscription);
    // Unknown: it crossed an UNSUBSCRIBE.
    if (subscription !== undefined) this.#own.event(subscription, message);
  }

  /**
   * Publishes for a tab. The session would get no event of its own, nor would the other tabs: where one of them has subscribed, the event is sent to
   * the session too, and kept from the tab that published it.
   */
  publish(tab: Tab, message: Publish): void {
    const { request, options, topic } = message;
    const isAcknowledged = own(options, 'acknowledge') === true;
    const isOwn = own(options, 'exclude_me') !== false && this.#isHeardByOthers(tab, topic);
    if (!isAcknowledged && !isOwn) return this.#line.send({ ...message, request: this.#line.tell() });
    const flight = isOwn ? this.#own.begin(tab, topic) : undefined;
    const landed = (publication?: Id): void => {
      if (flight !== undefined) this.#own.end(flight, publication, this.#subscriptions.values());
    };
    this.#line.ask(PUBLISH, (id) => ({ ...message, request: id, options: isOwn ? { ...options, acknowledge: true, exclude_me: false } : options }), {
      withdrawn: landed,
      answered: (answer: Published) => {
        if (isAcknowledged) tab.send({ ...answer, request });
        landed(answer.publication);
      },
      refused: (error) => {
        if (isAcknowledged) tab.send({ ...error, request });
        landed();
      },
    });
  }

  leave(tab: Tab): void {
    for (const subscription of [...this.#subscriptions.values()]) {
      if (subscription.tabs.delete(tab)) this.#tidy(subscription.topic);
    }
  }

  /** @internal */
  census(): Census {
    return { 'subscriptions of tabs': this.#subscriptions.size, 'topics of tabs': this.#topics.size, ...this.#own.census() };
  }

  #topicOf({ topic: uri, options }: Subscribe): SharedTopic {
    const match = (own(options, 'match') ?? 'exact') as MatchPolicy;
    const key = JSON.stringify([match, uri]);
    const known = this.#topics.get(key);
    if (known !== undefined) return known;
    const topic: SharedTopic = { key, uri, match, asking: new Map(), subscriptions: new Map() };
    this.#topics.set(key, topic);
    return topic;
  }

  #ask(topic: SharedTopic, question: string, options: string, first: Waiting, message: Subscribe): void {
    const waiting = [first];
    const over = (): void => {
      topic.asking.delete(question);
      this.#tidy(topic);
    };
    topic.asking.set(question, waiting);
    this.#line.ask(SUBSCRIBE, (request) => ({ ...message, request }), {
      withdrawn: over,
      answered: ({ subscription: id }: Subscribed) => {
        const subscription = this.#subscriptionOf(topic, id);
        subscription.options.add(options);
        if (own(message.options, 'get_retained') === true) subscription.retainedFor = first.tab;
        for (const each of waiting) if (each.tab.isOpen) join(subscription, each);
        over();
      },
      refused: (error) => {
        for (const { tab, request } of waiting) tab.send({ ...error, request });
        over();
      },
    });
  }

  #subscriptionOf(topic: SharedTopic, id: Id): SharedSubscription {
    const known = this.#subscriptions.get(id);
    if (known !== undefined) return known;
    const subscription: SharedSubscription = { id, topic, tabs: new Set(), options: new Set(), retainedFor: undefined };
    this.#subscriptions.set(id, subscription);
    topic.subscriptions.set(id, subscription);
    return subscription;
  }

  #isHeardByOthers(tab: Tab, topic: Uri): boolean {
    for (const { topic: { uri, match }, tabs } of this.#subscriptions.values()) {
      if (tabs.size > Number(tabs.has(tab)) && matches(uri, match, topic)) return true;
    }
    return false;
  }

  // What nobody wants any more is given up, once nothing is asked for that might lead to it.
  #tidy(topic: SharedTopic): void {
    if (topic.asking.size > 0) return;
    for (const subscription of [...topic.subscriptions.values()]) {
      if (subscription.tabs.size === 0) this.#giveUp(subscription, { answered: () => {}, refused: () => {} });
    }
    if (topic.subscriptions.size === 0) this.#topics.delete(topic.key);
  }

  #giveUp(subscription: SharedSubscription, asked: { answered(answer: Unsubscribed): void; refused(error: ErrorMessage): void }): void {
    this.#forget(subscription);
    this.#line.ask(UNSUBSCRIBE, (request) => ({ type: UNSUBSCRIBE, request, subscription: subscription.id }), asked as Parameters<Line['ask']>[2]);
  }

  #forget({ id, topic }: SharedSubscription): void {
    this.#subscriptions.delete(id);
    topic.subscriptions.delete(id);
    if (topic.subscriptions.size + topic.asking.size === 0) this.#topics.delete(topic.key);
  }
}

function join(subscription: SharedSubscription, { tab, request }: Waiting): void {
  subscription.tabs.add(tab);
  tab.send({ type: MessageType.SUBSCRIBED, request, subscription: subscription.id });
}

// Tabs have one serializer, and know the subscription by one id: the frame is the same for all.
function deliver({ tabs, retainedFor }: SharedSubscription, event: EventMessage, except: Tab | undefined): void {
  const receivers = event.details['retained'] === true && retainedFor !== undefined && tabs.has(retainedFor) ? [retainedFor] : tabs;
  let frame: Frame | undefined;
  for (const tab of receivers) {
    if (tab === except) continue;
    frame ??= tab.frameOf(event);
    if (frame !== undefined) tab.write(frame);
  }
}

/** Options in one form, whatever their order; but for the one that is not of the subscription. */
function optionsOf({ get_retained: _, ...options }: Dict): string {
  return JSON.stringify(Object.entries(options).sort(([left], [right]) => (left < right ? -1 : 1)), (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
