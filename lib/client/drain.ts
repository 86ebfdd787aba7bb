import { Subscription, timer, type SchedulerLike, type Subscriber } from 'rxjs';
import type { Session } from '../session/session.ts';
import type { Topics } from '../session/subscriber.ts';

/** Options of `drain`. */
export interface DrainOptions {
  /** Milliseconds after which what remains is interrupted, and the client leaves. @default 30000 */
  readonly timeout?: number | undefined;
}

/** What is still open while a client leaves. */
export interface Remaining {
  /** Procedures that are not unregistered yet. */
  readonly registrations: number;
  /** Topics that are not unsubscribed yet. */
  readonly topics: number;
  /** Invocations that run, and those who handle events for a Registry. */
  readonly invocations: number;
  /** Calls, publications and whatever else waits for its answer. */
  readonly requests: number;
}

/** The client that leaves. */
export interface DrainHost {
  readonly topics: Topics;
  readonly scheduler: SchedulerLike;
  /** Whether a session that was handed over still has something open. */
  isHandingOver(): boolean;
  /** How many handlers of events run. */
  handlers(): number;
  /** Completes all registrations, which unregisters them. */
  unregister(): void;
  /** The connection is closed. */
  left(): void;
}

/**
 * The way out of a client, step by step: UNREGISTER everything; when that is answered UNSUBSCRIBE everything; when that is answered wait for
 * invocations, calls and acknowledgements; then GOODBYE.
 */
export class Drain {
  readonly #host: DrainHost;
  readonly #session: Session;
  readonly #watchers = new Set<Subscriber<Remaining>>();
  #limit = Subscription.EMPTY;
  #leaving = Subscription.EMPTY;
  #step: 'begin' | 'registrations' | 'topics' | 'open' | 'leaving' = 'begin';
  #shown: Remaining | undefined;

  constructor(host: DrainHost, session: Session) {
    this.#host = host;
    this.#session = session;
  }

  begin(timeout: number): void {
    this.#session.retire();
    if (timeout === 0) return this.#leave();
    this.#host.unregister();
    this.#step = 'registrations';
    this.#limit = timer(timeout, this.#host.scheduler).subscribe(() => this.#leave());
    this.settled();
  }

  /** Emits what remains, now and whenever it is less, and completes when the client is closed. */
  watch(subscriber: Subscriber<Remaining>): void {
    this.#watchers.add(subscriber);
    subscriber.add(() => this.#watchers.delete(subscriber));
    if (this.#shown !== undefined) subscriber.next(this.#shown);
  }

  /** Something that was open is not any more. */
  settled(): void {
    if (this.#step === 'begin' || this.#step === 'leaving') return;
    this.#show();
    if (this.#step === 'registrations' && this.#session.load.registrations === 0) {
      this.#step = 'topics';
      this.#host.topics.leave();
    }
    if (this.#step === 'topics' && this.#host.topics.idle) this.#step = 'open';
    if (this.#step !== 'open' || !this.#isDone || !this.#leaving.closed) return;
    // The last invocation is told before its answer is sent.
    this.#leaving = timer(0, this.#host.scheduler).subscribe(() => { if (this.#isDone) this.#leave(); });
  }

  get #isDone(): boolean { return this.#session.idle && this.#host.handlers() === 0 && !this.#host.isHandingOver(); }

  /** The client is closed. */
  over(): void {
    this.#limit.unsubscribe();
    this.#leaving.unsubscribe();
    this.#step = 'leaving';
    for (const watcher of [...this.#watchers]) watcher.complete();
  }

  #leave(): void {
    if (this.#step === 'leaving') return;
    this.#step = 'leaving';
    this.#limit.unsubscribe();
    this.#leaving.unsubscribe();
    this.#host.topics.close(undefined);
    this.#session.leave().subscribe({ complete: () => this.#host.left() });
  }

  #show(): void {
    const shown = this.#shown;
    const { load } = this.#session;
    const now = { ...load, invocations: load.invocations + this.#host.handlers(), topics: this.#host.topics.keys.length };
    if (shown !== undefined && (Object.keys(now) as (keyof Remaining)[]).every((what) => now[what] === shown[what])) return;
    this.#shown = now;
    for (const watcher of [...this.#watchers]) watcher.next(now);
  }
}
