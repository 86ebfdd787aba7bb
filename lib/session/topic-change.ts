/**
 * Topics that change from one session to another without a gap. The new session has everything subscribed to before the old one gives
 * anything up, so for a while an event arrives in both. What the old one brings is delivered; what only the new one has brought waits until
 * the old one has answered UNSUBSCRIBE, since what it has to say comes before that.
 *
 * ```
 * old session    a--b--c--d--U              U UNSUBSCRIBED
 * new session    S-----b--c--d--e--f        S SUBSCRIBED
 * observers      a--b--c--d--(e)f
 * ```
 */
import type { Census } from '../census.ts';
import { OverflowError, SubscriptionRevokedError, type WampError } from '../errors.ts';
import { MessageType, type ErrorMessage, type EventMessage, type Subscribed } from '../protocol/messages.ts';
import { writeSubscribeOptions } from '../protocol/options.ts';
import type { Dict, Id } from '../types.ts';
import { refusalOf } from './refusal.ts';
import type { RoleHost } from './role-host.ts';
import type { TopicKey } from './topic-key.ts';
import type { TopicObserver } from './topic-observer.ts';
import { Recent } from './topic-recent.ts';

const { SUBSCRIBE, UNSUBSCRIBE } = MessageType;

/** Events of a topic that may wait for the old session. */
const MAX_HELD = 10_000;
/** Events of a topic, brought by the old session, that the new one may still bring. */
const MAX_SEEN = 10_000;

/** A subscription that no router has given out: they count from 1, or draw from the whole. Unsubscribing from it is answered, and no more. */
export const NOBODYS: Id = 2 ** 53 - 1;

type Key = TopicKey<TopicObserver>;

/** Who has the subscriptions of a session. */
export interface SessionTopics {
  /** Nothing is subscribed to, and no answer is awaited. */
  readonly idle: boolean;
  event(message: EventMessage): void;
  /** UNSUBSCRIBED with request 0. */
  revoked(details?: Dict): void;
  /** The session is gone. */
  detach(cause: WampError): void;
  /** @internal */
  census(): Census;
}

/** What a change needs of the topics. */
export interface TopicChangeHost {
  readonly keys: readonly Key[];
  /** Gives an event to those who observe the key. */
  deliver(key: Key, message: EventMessage): void;
  /** The events of a key between its two subscriptions cannot be had any more. */
  torn(key: Key, cause: unknown): void;
  /** The last event that both sessions have brought is in. */
  changed(change: TopicChange): void;
}

/** A key on its way. */
interface Passage {
  readonly key: Key;
  /** Its subscription in the new session. */
  subscription: Id | undefined;
  /** What only the new session has brought. */
  readonly held: Map<Id, EventMessage>;
  /** What only the old one has brought. */
  readonly seen: Recent<Id>;
  /** Whether the old session has nothing more to say. */
  isOver: boolean;
}

/** The topics of a client between two sessions. */
export class TopicChange {
  /** Has what the new session brings until it has been changed to. */
  readonly ahead: SessionTopics;
  /** Has what the old session brings from then on. */
  readonly behind: SessionTopics;
  readonly #topics: TopicChangeHost;
  readonly #onFailed: (error: unknown) => void;
  readonly #passages = new Map<Key, Passage>();
  readonly #ahead = new Map<Id, Passage[]>();
  #behind: ReadonlyMap<Id, readonly Key[]> = new Map();
  #next: RoleHost | undefined;
  #open = 0;
  #phase: 'before' | 'after' | 'over' = 'before';

  /** `onFailed` is told where the new session cannot have all that the old one has. */
  constructor(topics: TopicChangeHost, onFailed: (error: unknown) => void) {
    this.#topics = topics;
    this.#onFailed = onFailed;
    this.ahead = {
      idle: true,
      event: (message) => { for (const passage of this.#ahead.get(message.subscription) ?? []) this.#hold(passage, message); },
      revoked: (details = {}) => {
        const [passage] = this.#ahead.get(details['subscription'] as Id) ?? [];
        if (passage !== undefined) this.#fail(new SubscriptionRevokedError(passage.key.uri));
      },
      detach: () => {},
      census: () => ({}),
    };
    this.behind = {
      idle: true,
      event: (message) => this.#late(message),
      revoked: (details = {}) => this.#end(details['subscription'] as Id),
      detach: (cause) => this.#lost(cause),
      census: () => ({}),
    };
  }

  /** Whether no event can be brought by both sessions any more. */
  get isOver(): boolean { return this.#phase === 'over'; }

  /** The new session was joined: all that is subscribed to is subscribed to there. */
  begin(next: RoleHost): void {
    this.#next = next;
    for (const key of this.#topics.keys) if (key.phase !== 'unsubscribing') this.follow(key);
  }

  /** The old session subscribes to a key, or has it: so does the new one. */
  follow(key: Key): void {
    const next = this.#next;
    if (next === undefined || this.#phase !== 'before' || this.#passages.has(key)) return;
    const passage: Passage = { key, subscription: undefined, held: new Map(), seen: new Recent(MAX_SEEN), isOver: false };
    this.#passages.set(key, passage);
    const request = next.ask(SUBSCRIBE, {
      answered: ({ subscription }: Subscribed) => {
        passage.subscription = subscription;
        this.#ahead.set(subscription, [...this.#ahead.get(subscription) ?? [], passage]);
      },
      refused: (message: ErrorMessage) => this.#fail(refusalOf(next, message, { operation: { verb: 'subscribe', uri: key.uri, request: message.request } })),
      lost: () => {},
    });
    next.send({ type: SUBSCRIBE, request, options: writeSubscribeOptions({ match: key.match }), topic: key.uri });
  }

  /** What a key is subscribed with in the new session. */
  subscriptionOf(key: Key): Id | undefined { return this.#passages.get(key)?.subscription; }

  /** Subscriptions of the new session that are nobody's any more. */
  orphans(live: ReadonlySet<Id>): readonly Id[] {
    return [...this.#ahead.keys()].filter((id) => !live.has(id));
  }

  /** The new session is the one. `held` are the subscriptions of the old one. */
  turn(held: ReadonlyMap<Id, readonly Key[]>): void {
    this.#phase = 'after';
    this.#behind = held;
    this.#open = held.size;
  }

  /** The old session gives its subscriptions up. */
  finish(old: RoleHost): void {
    if (this.#phase !== 'after') return;
    const held = this.#behind;
    const staying = new Set([...held.values()].flat());
    for (const passage of this.#passages.values()) if (!staying.has(passage.key)) this.#release(passage);
    for (const subscription of held.keys()) {
      const over = (): void => this.#end(subscription);
      const request = old.ask(UNSUBSCRIBE, { answered: over, refused: over, lost: () => {} });
      old.send({ type: UNSUBSCRIBE, request, subscription });
    }
    // Where the old session has brought nothing, nothing can come twice.
    if (held.size === 0) this.#over();
  }

  /** An event for a key has come the usual way. Gives whether it is not to be delivered now. */
  takes(key: Key, message: EventMessage): boolean {
    const passage = this.#passages.get(key);
    if (passage === undefined || this.#phase === 'over') return false;
    if (this.#phase === 'before') {
      this.#saw(passage, message.publication);
      return false;
    }
    if (passage.isOver) return passage.seen.has(message.publication);
    this.#hold(passage, message);
    return true;
  }

  /** Neither session is of interest any more, or there is none. */
  cancel(): void {
    this.#phase = 'over';
    this.#passages.clear();
    this.#ahead.clear();
  }

  #fail(error: unknown): void {
    if (this.#phase === 'before') this.#onFailed(error);
  }

  #saw(passage: Passage, publication: Id): void {
    if (!passage.held.delete(publication)) passage.seen.add(publication);
  }

  #hold(passage: Passage, message: EventMessage): void {
    if (passage.seen.has(message.publication)) return;
    passage.held.set(message.publication, message);
    if (passage.held.size <= MAX_HELD) return;
    const overflow = new OverflowError(`events of ${passage.key.uri} that wait for the old session must be no more than ${MAX_HELD}, got one more`);
    if (this.#phase === 'before') this.#fail(overflow);
    else this.#tear(passage, overflow);
  }

  #late(message: EventMessage): void {
    for (const key of this.#behind.get(message.subscription) ?? []) {
      const passage = this.#passages.get(key);
      if (passage === undefined || passage.isOver) continue;
      this.#saw(passage, message.publication);
      this.#topics.deliver(key, message);
    }
  }

  // The old session is gone before it has answered.
  #lost(cause: WampError): void {
    if (this.#phase !== 'after' || this.#open === 0) return;
    this.#open = 0;
    for (const passage of [...this.#passages.values()]) this.#tear(passage, cause);
    this.#settle();
  }

  // The old session has answered UNSUBSCRIBE.
  #end(subscription: Id): void {
    const keys = this.#behind.get(subscription);
    if (keys === undefined || this.#phase !== 'after') return;
    this.#behind = new Map([...this.#behind].filter(([id]) => id !== subscription));
    for (const key of keys) {
      const passage = this.#passages.get(key);
      if (passage !== undefined) this.#release(passage);
    }
    this.#open -= 1;
    if (this.#open === 0) this.#settle();
  }

  #release(passage: Passage): void {
    // What comes meanwhile goes behind the others.
    for (const [publication, message] of passage.held) {
      if (passage.isOver) return;
      passage.held.delete(publication);
      this.#topics.deliver(passage.key, message);
    }
    passage.isOver = true;
  }

  #tear(passage: Passage, cause: unknown): void {
    if (passage.isOver || this.#phase !== 'after') return;
    this.#topics.torn(passage.key, cause);
    this.#release(passage);
  }

  // What the new session says from now on is behind all that both have brought.
  #settle(): void {
    const next = this.#next;
    if (next === undefined || this.#phase !== 'after') return;
    const over = (): void => this.#over();
    const request = next.ask(UNSUBSCRIBE, { answered: over, refused: over, lost: () => {} });
    next.send({ type: UNSUBSCRIBE, request, subscription: NOBODYS });
  }

  #over(): void {
    this.cancel();
    this.#topics.changed(this);
  }
}

