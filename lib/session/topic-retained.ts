/**
 * Who gets retained events ("Event Retention"). SUBSCRIBE asks for them for the whole subscription, but they are for those who want them
 * and were not there before: the answer of each SUBSCRIBE is followed by the retained events of its own.
 */
import type { TopicKey } from './topic-key.ts';
import type { TopicObserver } from './topic-observer.ts';

type Key = TopicKey<TopicObserver>;

interface Interest {
  /** Who wants them. */
  readonly wanting: Set<TopicObserver>;
  /** Who wants them and was not asked for yet. */
  readonly unserved: Set<TopicObserver>;
  /** For whom the last answer was. */
  audience: Set<TopicObserver>;
  /** Whether the SUBSCRIBE under way that makes the subscription asks for them. */
  asked: boolean;
}

/** The interest in retained events, for keys where there is any. */
export class RetainedInterest {
  readonly #interests = new Map<Key, Interest>();

  /** Topics with somebody who wants their retained event. */
  get size(): number { return this.#interests.size; }

  want(key: Key, observer: TopicObserver): void {
    let interest = this.#interests.get(key);
    if (interest === undefined) this.#interests.set(key, interest = { wanting: new Set(), unserved: new Set(), audience: new Set(), asked: false });
    interest.wanting.add(observer);
    interest.unserved.add(observer);
  }

  unwant(key: Key, observer: TopicObserver): void {
    const interest = this.#interests.get(key);
    if (interest === undefined) return;
    interest.wanting.delete(observer);
    interest.unserved.delete(observer);
    interest.audience.delete(observer);
  }

  /** The key is no more. */
  drop(key: Key): void {
    this.#interests.delete(key);
  }

  /** Whether the SUBSCRIBE that is about to make the subscription has to ask. All who want are served anew. */
  asks(key: Key): boolean {
    const interest = this.#interests.get(key);
    if (interest === undefined) return false;
    for (const observer of interest.wanting) interest.unserved.add(observer);
    interest.audience = new Set();
    interest.asked = interest.wanting.size > 0;
    return interest.asked;
  }

  /** That SUBSCRIBE was answered. */
  answered(key: Key): void {
    const interest = this.#interests.get(key);
    if (interest?.asked !== true) return;
    interest.audience = this.takeUnserved(key);
  }

  /** Takes those for whom one more SUBSCRIBE has to ask. */
  takeUnserved(key: Key): Set<TopicObserver> {
    const unserved = this.#interests.get(key)?.unserved;
    const taken = new Set(unserved);
    unserved?.clear();
    return taken;
  }

  /** One more SUBSCRIBE was answered: what comes now is for `audience`. */
  answeredFor(key: Key, audience: Set<TopicObserver>): void {
    const interest = this.#interests.get(key);
    if (interest !== undefined) interest.audience = audience;
  }

  /** For whom a retained event of the key is; `undefined` where nobody has asked for any. */
  audienceOf(key: Key): ReadonlySet<TopicObserver> | undefined {
    return this.#interests.get(key)?.audience;
  }
}
