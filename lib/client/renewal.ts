import { Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Credentials } from './credentials.ts';

/** What a {@link Renewal} is made with. */
export interface RenewalSettings {
  readonly credentials: Credentials;
  /** Replaces the session by one with other credentials. */
  readonly renew: () => Observable<unknown>;
  /** A failure that has no subscriber. */
  readonly report: (error: unknown) => void;
  readonly random: () => number;
  readonly scheduler: SchedulerLike;
}

/** Another attempt after one that failed comes no sooner. */
const MIN_DELAY = 1000;
/** What is longer, a timer of the runtime takes for 1 ms. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * Has the session of a client replaced in time: when there are newer credentials than it was joined with, and at 75 to 85 % of the life of
 * those that expire. Where that fails the session stays, and it is tried again at the same part of what is left.
 *
 * ```
 * credentials   a---------------------|     expire
 * session       A---------------B-----      80 %
 * ```
 */
export class Renewal {
  readonly #settings: RenewalSettings;
  #timer = Subscription.EMPTY;
  #renewing = Subscription.EMPTY;

  constructor(settings: RenewalSettings) {
    this.#settings = settings;
  }

  /** A session was joined with the credentials that were given last. */
  joined(): void {
    if (this.#settings.credentials.isStale) this.now();
    else this.#schedule();
  }

  /** There are newer credentials. */
  now(): void {
    this.#timer.unsubscribe();
    // Newer ones again: what is under way has the older.
    this.#renewing.unsubscribe();
    const renewing = new Subscription();
    this.#renewing = renewing;
    renewing.add(this.#settings.renew().subscribe({
      error: (error: unknown) => {
        if (this.#renewing !== renewing) return;
        this.#settings.report(error);
        this.#schedule();
      },
    }));
  }

  /** There is no session any more. */
  stop(): void {
    this.#timer.unsubscribe();
    this.#renewing.unsubscribe();
  }

  #schedule(): void {
    const { credentials, random, scheduler } = this.#settings;
    const { expiresAt } = credentials;
    this.#timer.unsubscribe();
    if (expiresAt === undefined) return;
    const left = expiresAt - scheduler.now();
    // What has expired has either been replaced by its owner, or the router will say so.
    if (!(left > MIN_DELAY)) return;
    this.#timer = timer(Math.min(MAX_DELAY, Math.max(MIN_DELAY, left * (0.75 + 0.1 * random()))), scheduler).subscribe(() => this.now());
  }
}
