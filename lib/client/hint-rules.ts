import { Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Hint } from './hints.ts';
import type { Suspension } from './state.ts';

/** What hints do to a client. */
export interface HintedClient {
  /** Closes the connection at once, and waits until it is woken. */
  suspend(cause: Suspension): void;
  /** Ends a wait, if it waits: tries again after so many milliseconds. */
  stir(delay: number): void;
  /** Asks the router, if there is a session, whether it is there. */
  check(limit: number): void;
  /** Whether anybody looks at the page. */
  hide(isHidden: boolean): void;
  /** A failure that has no subscriber. */
  report(error: unknown): void;
}

/** What {@link HintRules} are made with. */
export interface HintSettings {
  readonly hints$: Observable<Hint>;
  /** Milliseconds after which a hidden page leaves; absent: it stays. */
  readonly closeWhenHidden: number | undefined;
  readonly random: () => number;
  readonly scheduler: SchedulerLike;
}

/** Not all clients of a network are to come at once when it is back. */
const MAX_JITTER = 250;
/** Somebody looks: a session that does not answer soon is of no use to them. */
const CHECK_LIMIT = 3000;

/**
 * What is made of each hint.
 *
 * ```
 * hints      f----o----h--------v     f offline, o online, h hidden, v visible
 * client     w----(cj)----------?     w waits without a timer, (cj) dials within 250 ms and joins, ? asks the router, 3 s
 * ```
 */
export class HintRules {
  readonly #client: HintedClient;
  readonly #settings: HintSettings;
  #listening = Subscription.EMPTY;
  #leaving = Subscription.EMPTY;
  #isOffline = false;
  #isHidden = false;
  #suspension: Suspension | undefined;

  constructor(client: HintedClient, settings: HintSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  /** Why the client is not to dial by itself. */
  get suspension(): Suspension | undefined { return this.#suspension; }

  get isHidden(): boolean { return this.#isHidden; }

  /** Begins to listen: the client is in use. */
  start(): void {
    if (!this.#listening.closed) return;
    this.#isOffline = false;
    this.#isHidden = false;
    this.#suspension = undefined;
    const listening = new Subscription();
    this.#listening = listening;
    listening.add(this.#settings.hints$.subscribe({
      next: (hint) => { if (this.#listening === listening) this.#heed(hint); },
      error: (error: unknown) => this.#client.report(error),
    }));
  }

  /** The client is idle or closed. */
  stop(): void {
    this.#listening.unsubscribe();
    this.#leaving.unsubscribe();
  }

  #heed(hint: Hint): void {
    switch (hint) {
      case 'offline':
        this.#isOffline = true;
        return this.#suspend('offline');
      case 'online':
        this.#isOffline = false;
        return this.#stir();
      case 'hidden': return this.#hide();
      case 'visible':
        this.#leaving.unsubscribe();
        this.#isHidden = false;
        this.#client.hide(false);
        return this.#stir();
      case 'freeze':
      case 'pagehide': return this.#suspend('frozen');
      case 'resume':
      case 'pageshow': return this.#stir();
    }
  }

  #hide(): void {
    const { closeWhenHidden, scheduler } = this.#settings;
    if (this.#isHidden) return;
    this.#isHidden = true;
    this.#client.hide(true);
    if (closeWhenHidden !== undefined) this.#leaving = timer(closeWhenHidden, scheduler).subscribe(() => this.#suspend('hidden'));
  }

  #suspend(cause: Suspension): void {
    if (this.#suspension === cause) return;
    this.#suspension = cause;
    this.#client.suspend(cause);
  }

  #stir(): void {
    if (this.#isOffline) return;
    this.#suspension = undefined;
    this.#client.stir(this.#settings.random() * MAX_JITTER);
    this.#client.check(CHECK_LIMIT);
  }
}
