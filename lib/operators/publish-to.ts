import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { OverflowError, PublicationError, TransportLostError, WampError, applicationErrorOf } from '../errors.ts';
import type { PayloadInput, Uri } from '../types.ts';
import { BoundedQueue, checkOverflow, type OverflowOptions } from './bounded-queue.ts';
import { subscribeWithin } from './subscribe-within.ts';

/** What {@link publishTo} asks of a Session, a Client, or whatever publishes. */
export interface PublishingPeer<P> {
  publish(uri: Uri, payload: PayloadInput, options: { readonly acknowledge: boolean }): Observable<P>;
}

/** Options of {@link publishTo}. `limit`, `overflow` and `report` are about the values that wait behind the window. */
export type PublishToOptions<T> = OverflowOptions<T> & {
  /** How many publications may be on their way: begun, and they or one before them not answered. @default 16 */
  readonly window?: number | undefined;
} & (
  | {
    /** Ask the broker for its word on each. Without it a publication counts as answered when it is written. @default false */
    readonly acknowledge?: boolean | undefined;
    readonly resend?: false | undefined;
  }
  | {
    readonly acknowledge: true;
    /**
     * Publish again what was not acknowledged when the connection was lost: at least once, and perhaps twice, where it may else not have
     * been published at all. What is sent again may arrive behind later values. @default false
     */
    readonly resend: boolean;
  }
);

/**
 * Publishes each value as an event of a topic, as fast as the broker acknowledges, and emits the publications in the order of the values.
 *
 * No more than `window` PUBLISHes are on their way; no more than `limit` values wait behind them, `overflow` says what happens to others,
 * and `report` hears of what is dropped. The source is not slowed down by anything else.
 *
 * Completes when the source has completed and everything is published. Errors with PublicationError: `index` says at which value, `sent`
 * whether it was written, `cause` why. Where a publication failed, nothing new is begun, and the error comes in the order of the values: all
 * before it are published. Where too many values wait with `overflow: 'error'` it comes at once, and so does an error of the source as it
 * is. What is sent cannot be taken back; unsubscribing, as any error, drops what waits and stops waiting for acknowledgements.
 *
 * On a Client, publications wait for the session where there is none, and those that were written fail with it unless `resend` is given.
 *
 * With `{ acknowledge: true, window: 2 }`, where each acknowledgement takes three frames:
 *
 * ```
 * in        abc---|
 * sent      ab-c---
 * out       ---pq-(r|)
 * ```
 *
 * ```ts
 * sensor$.pipe(
 *   map((reading) => [reading]),
 *   publishTo(client, 'com.plant.reading', { acknowledge: true, window: 16, limit: 1000, overflow: 'dropOldest' }),
 * ).subscribe({ error: ({ index, sent }: PublicationError) => console.error(`reading ${index} failed, sent: ${sent}`) });
 * // => each reading is an event of com.plant.reading
 * ```
 *
 * Throws RangeError or TypeError where an option cannot be right.
 */
export function publishTo<T extends PayloadInput, P>(peer: PublishingPeer<P>, uri: Uri, options: PublishToOptions<T> = {}): OperatorFunction<T, P> {
  const { window = 16, acknowledge = false, resend = false } = options;
  if (!(window === Infinity || (Number.isSafeInteger(window) && window >= 1))) throw new RangeError(`publishTo: window must be an integer of at least 1, got ${String(window)}`);
  checkOverflow(options, 'publishTo');
  if (resend && !acknowledge) throw new TypeError('publishTo: resend must come with acknowledge: true, since nothing else tells what was lost');

  return (source) => new Observable<P>((subscriber) => {
    const publish = (payload: T): Observable<P> => peer.publish(uri, payload, { acknowledge });
    subscribeWithin(subscriber, source, new Pipeline(subscriber, publish, { ...options, uri, window, resend }));
  });
}

interface Waiting<T> {
  readonly index: number;
  readonly payload: T;
}

type Outcome<P> =
  | { readonly kind: 'published'; readonly publication: P }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly error: PublicationError };

/** One publication in the window. */
interface Slot<T, P> extends Waiting<T> {
  outcome: Outcome<P> | undefined;
  /** How often it was sent. */
  tries: number;
}

interface PipelineOptions<T> extends OverflowOptions<T> {
  readonly uri: Uri;
  readonly window: number;
  readonly resend: boolean;
}

/** Values become slots of the window, and leave it in their order. One loop moves them, so that no observer sees one before the other. */
class Pipeline<T, P> {
  readonly #subscriber: Subscriber<P>;
  readonly #publish: (payload: T) => Observable<P>;
  readonly #options: PipelineOptions<T>;
  readonly #waiting: BoundedQueue<Waiting<T>>;
  readonly #window: Slot<T, P>[] = [];
  /** Those of the window that are to be sent again. */
  readonly #lost: Slot<T, P>[] = [];
  /** The index of the first publication that failed. */
  #failed = Infinity;
  #count = 0;
  #ended = false;
  #working = false;

  constructor(subscriber: Subscriber<P>, publish: (payload: T) => Observable<P>, options: PipelineOptions<T>) {
    const { limit, overflow, report } = options;
    this.#subscriber = subscriber;
    this.#publish = publish;
    this.#options = options;
    this.#waiting = new BoundedQueue({
      limit, overflow,
      report: report && (({ value: { payload }, reason, count }) => report({ value: payload, reason, count })),
    });
  }

  next(payload: T): void {
    const value = { index: this.#count++, payload };
    try {
      if (this.#hasRoom && this.#waiting.size === 0) this.#begin(value);
      else this.#waiting.push(value);
    } catch (error) {
      this.error(error instanceof OverflowError ? this.#errorOf(value, error, false) : error);
    }
  }

  error(error: unknown): void {
    this.#subscriber.error(error);
    this.#waiting.discard();
  }

  complete(): void {
    this.#ended = true;
    this.#work();
  }

  get #hasRoom(): boolean { return this.#failed === Infinity && this.#window.length < this.#options.window; }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    while (!this.#subscriber.closed && this.#step()) continue;
    this.#working = false;
  }

  /** Does the one thing that is next; `false` where there is nothing to be done. */
  #step(): boolean {
    const outcome = this.#window[0]?.outcome;
    if (outcome !== undefined) {
      this.#window.shift();
      this.#leave(outcome);
    } else if (this.#lost.length > 0) this.#send(this.#lost.shift()!);
    else if (this.#hasRoom && this.#waiting.size > 0) this.#begin(this.#waiting.shift());
    else {
      if (this.#ended && this.#window.length === 0) this.#subscriber.complete();
      return false;
    }
    return true;
  }

  #leave(outcome: Outcome<P>): void {
    if (outcome.kind === 'published') this.#subscriber.next(outcome.publication);
    else if (outcome.kind === 'failed') this.error(outcome.error);
  }

  #begin(value: Waiting<T>): void {
    const slot = { ...value, outcome: undefined, tries: 0 };
    this.#window.push(slot);
    this.#send(slot);
  }

  #send(slot: Slot<T, P>): void {
    slot.tries += 1;
    let publication: Observable<P>;
    try {
      publication = this.#publish(slot.payload);
    } catch (error) {
      return this.#settle(slot, { kind: 'failed', error: this.#errorOf(slot, error, false) });
    }
    let sending = true;
    subscribeWithin(this.#subscriber, publication, {
      next: (value) => this.#settle(slot, { kind: 'published', publication: value }),
      error: (error: unknown) => {
        // A peer that loses it each time while it is being handed it would never let us go.
        if (this.#options.resend && error instanceof TransportLostError && !(sending && slot.tries > 1)) this.#sendAgain(slot);
        else this.#settle(slot, { kind: 'failed', error: this.#errorOf(slot, error, wasSent(error)) });
      },
      complete: () => this.#settle(slot, { kind: 'nothing' }),
    });
    sending = false;
  }

  #sendAgain(slot: Slot<T, P>): void {
    // Behind one that has failed nothing is told any more.
    if (slot.index > this.#failed) return;
    this.#lost.push(slot);
    this.#work();
  }

  #settle(slot: Slot<T, P>, outcome: Outcome<P>): void {
    if (slot.outcome !== undefined) return;
    slot.outcome = outcome;
    if (outcome.kind === 'failed') this.#failed = Math.min(this.#failed, slot.index);
    this.#work();
  }

  #errorOf({ index }: Waiting<T>, cause: unknown, sent: boolean): PublicationError {
    const { uri } = this.#options;
    const effect = sent ? (cause instanceof WampError ? cause : applicationErrorOf(cause))?.effect : undefined;
    return new PublicationError(`value ${index} could not be published to ${uri}`, { cause, effect, index, sent, operation: { verb: 'publish', uri } });
  }
}

/** A router that refuses has been asked. */
function wasSent(error: unknown): boolean {
  return applicationErrorOf(error) !== undefined || !(error instanceof WampError && error.effect === 'none');
}
