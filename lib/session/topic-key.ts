import type { Id, Uri } from '../types.ts';
import { isList } from '../protocol/fields.ts';
import type { MatchPolicy } from '../protocol/uri.ts';

/**
 * One topic of one client on the wire, as a state machine: observers come and go, answers arrive late, sessions are lost, and at every
 * moment it is plain what has been asked of the router.
 *
 * ```
 *             observe                SUBSCRIBED            last one leaves         grace is over
 *        off ---------> subscribing ------------> on <-----------------------> lingering ------> unsubscribing
 *         ^                                           observe                                         |
 *         +---------------- UNSUBSCRIBED, ERROR, loss of the session (from anywhere) ------------------+
 * ```
 *
 * `refused` is `off` with observers that wait: the router has refused what it accepted before, and will be asked again. `leaving` is
 * `unsubscribing` with observers that are still told of events: the client is about to leave.
 *
 * It knows neither clock nor wire: what it wants done it says to its {@link TopicKeyHost}.
 */
export type TopicPhase = 'off' | 'refused' | 'subscribing' | 'on' | 'lingering' | 'unsubscribing' | 'leaving';

/** Does for the keys what they cannot do themselves. */
export interface TopicKeyHost<O extends TopicKeyObserver> {
  /** Whether there is a session. */
  readonly online: boolean;
  /** Whether everybody is about to leave: {@link TopicKey.leave} was called for every key, and is for those that come. */
  readonly isLeaving: boolean;
  /** Sends SUBSCRIBE. Its answer comes back as {@link TopicKey.subscribed} or {@link TopicKey.refused}, perhaps before this returns. */
  subscribe(key: TopicKey<O>): void;
  /** Sends UNSUBSCRIBE. Its answer comes back as {@link TopicKey.unsubscribed}, perhaps before this returns. */
  unsubscribe(key: TopicKey<O>, subscription: Id): void;
  /** Calls `key.graceOver()` after the time the last observer asked for. */
  startGrace(key: TopicKey<O>, leaving: O | undefined): void;
  stopGrace(key: TopicKey<O>): void;
  /** So many observers more, or fewer. */
  counted(change: number): void;
  /** The key is `off` and has no observers. */
  unused(key: TopicKey<O>): void;
}

/** What a key tells those who observe it. */
export interface TopicKeyObserver {
  /** The router has the subscription. */
  subscribed(subscription: Id): void;
  /** It is over: the key has let go of the observer. */
  failed(error: unknown): void;
  /** There will be no other session: it completes, or fails with `cause`. */
  ended(cause: unknown): void;
}

export class TopicKey<O extends TopicKeyObserver> {
  readonly uri: Uri;
  readonly match: MatchPolicy;
  readonly #host: TopicKeyHost<O>;
  #phase: TopicPhase = 'off';
  #subscription: Id | undefined;
  // One observer stands for itself: most keys have no more. A list is replaced, never changed, so that whoever walks through it sees it as it was.
  #observers: O | readonly O[] | undefined;
  // The last one who left: the grace is the one it asked for.
  #last: O | undefined;
  // Whether the router has accepted this key before: a refusal may then pass.
  #known = false;

  constructor(uri: Uri, match: MatchPolicy, host: TopicKeyHost<O>) {
    this.uri = uri;
    this.match = match;
    this.#host = host;
  }

  get phase(): TopicPhase { return this.#phase; }
  /** The id under which EVENTs arrive, while there is one. */
  get subscription(): Id | undefined { return this.#subscription; }
  /** The observer, where there is just one. */
  get only(): O | undefined { return isList(this.#observers) ? undefined : this.#observers; }
  get observers(): readonly O[] { return isList(this.#observers) ? this.#observers : this.#observers === undefined ? [] : [this.#observers]; }

  observe(observer: O): void {
    this.#observers = this.#observers === undefined ? observer : [...this.observers, observer];
    this.#host.counted(1);
    if (this.#phase === 'lingering') {
      this.#host.stopGrace(this);
      this.#phase = 'on';
    } else if (this.#phase === 'off' && this.#host.online) this.#subscribe();
  }

  unobserve(observer: O): void {
    const { observers } = this;
    if (!observers.includes(observer)) return;
    const rest = observers.filter((other) => other !== observer);
    this.#observers = rest.length > 1 ? rest : rest[0];
    this.#host.counted(-1);
    if (rest.length > 0) return;
    this.#last = observer;
    // While subscribing it is decided at SUBSCRIBED.
    if (this.#phase === 'on') this.#linger();
    else if (this.#phase === 'off' || this.#phase === 'refused') this.#forget();
  }

  graceOver(): void {
    if (this.#phase !== 'lingering' || this.#subscription === undefined) return;
    this.#phase = 'unsubscribing';
    this.#host.unsubscribe(this, this.#subscription);
  }

  /** SUBSCRIBED arrived. */
  subscribed(subscription: Id): void {
    if (this.#phase !== 'subscribing') return;
    this.#subscription = subscription;
    this.#known = true;
    if (this.#observers === undefined) return this.#linger();
    this.#phase = 'on';
    for (const observer of this.observers) observer.subscribed(subscription);
    if (this.#host.isLeaving) this.leave();
  }

  /** ERROR answered SUBSCRIBE. With `mayPass` a key that was subscribed before waits for {@link retry}. */
  refused(error: unknown, mayPass: boolean): 'waits' | 'failed' | undefined {
    if (this.#phase !== 'subscribing') return undefined;
    this.#phase = 'off';
    if (!this.#known || !mayPass) {
      this.#fail(error);
      return 'failed';
    }
    if (this.#observers === undefined) {
      this.#forget();
      return 'failed';
    }
    this.#phase = 'refused';
    return 'waits';
  }

  /** Asks once more after a refusal that may pass. */
  retry(): void {
    if (this.#phase === 'refused') this.#subscribe();
  }

  /** UNSUBSCRIBED arrived, or the ERROR that says there was nothing to unsubscribe from. */
  unsubscribed(): void {
    if (this.#phase !== 'unsubscribing' && this.#phase !== 'leaving') return;
    this.#off();
    this.#known = false;
    if (this.#host.isLeaving) return this.#finish();
    if (this.#observers !== undefined) this.#subscribe();
    else this.#forget();
  }

  /** The router gave this key's id to another one as well and has dropped it with that one: it has to be asked for again. */
  undermined(): void {
    if (this.#phase === 'lingering') this.#host.stopGrace(this);
    else if (this.#phase !== 'on') return;
    this.#off();
    if (this.#observers !== undefined) this.#subscribe();
    else this.#forget();
  }

  /** The router took the subscription away. */
  revoked(error: unknown): void {
    // Our UNSUBSCRIBE crossed it: its ERROR is on the way.
    if (this.#phase === 'unsubscribing' || this.#phase === 'leaving') return;
    if (this.#phase === 'lingering') this.#host.stopGrace(this);
    this.#off();
    this.#fail(error);
  }

  /** There is a session. */
  joined(): void {
    if (this.#phase === 'off' && this.#observers !== undefined) this.#subscribe();
  }

  /** The session is gone, and all that was asked of it. */
  lost(): void {
    if (this.#phase === 'lingering') this.#host.stopGrace(this);
    this.#off();
    if (this.#observers === undefined) this.#forget();
  }

  /**
   * Another session has taken over, and has the key as `subscription`. Gives whether that is news to those who observe it; without a
   * subscription it asks for one.
   */
  moved(subscription: Id | undefined): boolean {
    const isLingering = this.#phase === 'lingering';
    if (this.#observers === undefined && !(isLingering && subscription !== undefined)) {
      if (isLingering) this.#host.stopGrace(this);
      this.#off();
      this.#forget();
      return false;
    }
    if (subscription === undefined) {
      this.#off();
      this.#subscribe();
      return false;
    }
    this.#subscription = subscription;
    this.#known = true;
    if (!isLingering) this.#phase = 'on';
    return !isLingering;
  }

  /** Nobody new is let in, and those who are there hear of every event until UNSUBSCRIBED. Then they are ended. */
  leave(): void {
    if (this.#phase === 'on' && this.#subscription !== undefined) {
      this.#phase = 'leaving';
      this.#host.unsubscribe(this, this.#subscription);
    } else if (this.#phase === 'lingering') {
      this.#host.stopGrace(this);
      this.graceOver();
    } else if (this.#phase === 'off' || this.#phase === 'refused') this.#finish();
  }

  #finish(): void {
    const { observers } = this;
    this.#observers = undefined;
    this.#host.counted(-observers.length);
    this.#forget();
    for (const observer of observers) observer.ended(undefined);
  }

  #subscribe(): void {
    this.#phase = 'subscribing';
    this.#host.subscribe(this);
  }

  #linger(): void {
    this.#phase = 'lingering';
    this.#host.startGrace(this, this.#last);
    this.#last = undefined;
  }

  #off(): void {
    this.#phase = 'off';
    this.#subscription = undefined;
  }

  // Off and empty before anybody hears of it: an observer may come back from within its error handler.
  #fail(error: unknown): void {
    this.#known = false;
    const failing = this.observers;
    this.#observers = undefined;
    this.#host.counted(-failing.length);
    this.#host.unused(this);
    for (const observer of failing) observer.failed(error);
  }

  #forget(): void {
    this.#phase = 'off';
    this.#known = false;
    this.#host.unused(this);
  }
}
