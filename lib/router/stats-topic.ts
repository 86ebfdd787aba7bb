import { Subscription, interval, type SchedulerLike } from 'rxjs';
import type { Uri } from '../types.ts';

/**
 * The topic on which the router publishes to each realm what that realm has and has done: `RealmStats` as the first argument, once a second
 * for as long as somebody is subscribed to it. It is in no specification; as a reserved URI nobody else can publish to it.
 *
 * ```ts
 * client.topic<[stats: RealmStats]>(STATS_TOPIC).subscribe(({ args: [{ sessions }] }) => console.log(`${sessions} sessions`));
 * ```
 */
export const STATS_TOPIC: Uri = 'wamp.router.stats';

/** Milliseconds between two looks at the statistics. */
export const STATS_PERIOD = 1_000;

/** Options of {@link StatsTopic}. */
export interface StatsTopicOptions {
  /** Whether anybody is subscribed. */
  readonly hears: () => boolean;
  readonly publish: () => void;
  readonly scheduler: SchedulerLike;
}

/** Publishes the statistics of a realm while somebody hears them. No timer runs otherwise. */
export class StatsTopic {
  readonly #options: StatsTopicOptions;
  #publishing = Subscription.EMPTY;

  constructor(options: StatsTopicOptions) {
    this.#options = options;
  }

  /** Begins, where it has not: somebody has subscribed to a topic that may be this one. */
  begin(): void {
    const { hears, publish, scheduler } = this.#options;
    if (!this.#publishing.closed || !hears()) return;
    this.#publishing = interval(STATS_PERIOD, scheduler).subscribe(() => {
      if (hears()) publish();
      else this.#publishing.unsubscribe();
    });
  }

  /** Ends where nobody hears it any more: somebody has left, or has unsubscribed. */
  rest(): void {
    if (!this.#publishing.closed && !this.#options.hears()) this.#publishing.unsubscribe();
  }

  /** Whether it publishes. @internal */
  get isPublishing(): boolean {
    return !this.#publishing.closed;
  }
}
