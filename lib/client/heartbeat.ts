import { Subscription, from, timer, type ObservableInput, type SchedulerLike } from 'rxjs';
import { HeartbeatLostError } from '../errors.ts';
import type { Session } from '../session/session.ts';

/** When a quiet router is asked whether it is there. Milliseconds. */
export interface HeartbeatOptions {
  /** After so much silence it is asked; `0` never asks. @default 25000 */
  readonly interval?: number | undefined;
  /** So long it may stay silent then. @default 10000 */
  readonly timeout?: number | undefined;
}

/** Has the router send something. Whatever arrives proves that it lives; what this emits, and how it ends, does not matter. */
export type Probe = (session: Session) => ObservableInput<unknown>;

/** What a {@link Heartbeat} is made with. */
export interface HeartbeatSettings {
  readonly interval: number;
  readonly timeout: number;
  /** Absent: UNSUBSCRIBE of an id that nobody has. */
  readonly probe: Probe | undefined;
  readonly random: () => number;
  readonly scheduler: SchedulerLike;
}

/** While a page is hidden, browsers slow its timers down, and so do we. */
const STRETCH = 4;
const HALF_OF_IDS = 2 ** 52;

/**
 * Finds out that a router is gone although nobody closed the connection: after `interval` without a frame it is asked, and after `timeout`
 * more without one the session is dropped with HeartbeatLostError.
 *
 * ```
 * frames      f-f------------------
 * asked       ----------?              interval 4: the second look finds that it was quiet
 * session     -------------#           timeout 3
 * ```
 *
 * There is one timer, and a frame costs one assignment; so the silence is noticed one to two intervals after the last frame.
 */
export class Heartbeat {
  readonly #session: Session;
  readonly #settings: HeartbeatSettings;
  readonly #probing = new Subscription();
  #timer = Subscription.EMPTY;
  #isHidden = false;

  constructor(session: Session, settings: HeartbeatSettings, isHidden: boolean) {
    this.#session = session;
    this.#settings = settings;
    this.hide(isHidden);
  }

  /** Whether the page is hidden: then it looks less often, and silence proves nothing. */
  hide(isHidden: boolean): void {
    this.#isHidden = isHidden;
    this.#rest();
  }

  /** Asks now, and drops the session where nothing arrives within `limit` milliseconds. */
  check(limit: number): void {
    const { scheduler, probe } = this.#settings;
    this.#timer.unsubscribe();
    this.#session.quiet = true;
    this.#timer = timer(limit, scheduler).subscribe(() => {
      if (this.#session.quiet && !this.#isHidden) this.#session.drop(new HeartbeatLostError(`router must answer within ${limit} ms, got nothing`));
      else this.#rest();
    });
    if (probe === undefined) this.#session.probe(this.#nobodys());
    else this.#ask(probe);
  }

  stop(): void {
    this.#timer.unsubscribe();
    this.#probing.unsubscribe();
  }

  #rest(): void {
    const { interval, timeout, scheduler } = this.#settings;
    this.#timer.unsubscribe();
    if (interval === 0) return;
    this.#session.quiet = true;
    this.#timer = timer(this.#isHidden ? interval * STRETCH : interval, scheduler).subscribe(() => {
      if (this.#session.quiet) this.check(timeout);
      else this.#rest();
    });
  }

  #ask(probe: Probe): void {
    // One that fails, or throws, has asked for nothing: the silence will tell.
    const ignore = (): void => {};
    try {
      this.#probing.add(from(probe(this.#session)).subscribe({ error: ignore }));
    } catch (error) {
      this.#session.report(error);
    }
  }

  // From the upper half: routers count from 1, or draw from the whole.
  #nobodys(): number {
    return HALF_OF_IDS + Math.floor(this.#settings.random() * HALF_OF_IDS);
  }
}
