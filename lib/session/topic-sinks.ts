/** What stands between an observer of a topic and whoever subscribed, where the options ask for more than to hand signals on. */
import { Subscription, defer, type Observable, type TeardownLogic } from 'rxjs';
import { GapError, OverflowError } from '../errors.ts';
import type { Uri } from '../types.ts';
import type { Sink } from './direct-observable.ts';
import type { GapSignal, TopicEvent, TopicSignal } from './options.ts';
import { Recent } from './topic-recent.ts';
import type { TopicRequest } from './topic-request.ts';

/** Signals that may wait for what `onGap` puts in front of them. */
const MAX_WAITING = 1000;
/** Events whose `retainedKey` is remembered. */
const MAX_KEYS = 256;

/** What its contract and its options make of an observer's signals, in that order, before they reach `sink`. */
export function signalsInto({ uri, read, care }: TopicRequest, sink: Sink<TopicSignal>): Sink<TopicSignal> {
  const { onGap, retainedKey } = care ?? {};
  let to = sink;
  if (onGap === 'error') to = new GapFails(to, uri);
  else if (typeof onGap === 'function') to = new GapFilled(to, onGap);
  if (retainedKey !== undefined) to = new DistinctRetained(to, retainedKey);
  return read?.(to, 'signals') ?? to;
}

/** A sink that hands on to another one. */
abstract class Stage<In, Out> implements Sink<In> {
  protected readonly to: Sink<Out>;

  constructor(to: Sink<Out>) {
    this.to = to;
  }

  get closed(): boolean { return this.to.closed; }

  abstract next(value: In): void;

  error(error: unknown): void {
    this.to.error(error);
  }

  complete(): void {
    this.to.complete();
  }

  add(teardown: TeardownLogic): void {
    this.to.add(teardown);
  }
}

/** Events as signals, for who wants both. */
export class AsSignals extends Stage<TopicEvent, TopicSignal> {
  override next(event: TopicEvent): void {
    this.to.next({ kind: 'event', event });
  }
}

/** Of all signals only the events. */
export class EventsOnly extends Stage<TopicSignal, TopicEvent> {
  override next(signal: TopicSignal): void {
    if (signal.kind === 'event') this.to.next(signal.event);
  }
}

/** Leaves out retained events that were seen before. */
export class DistinctRetained extends Stage<TopicSignal, TopicSignal> {
  readonly #keyOf: (event: TopicEvent) => unknown;
  readonly #seen = new Recent<unknown>(MAX_KEYS);

  constructor(to: Sink<TopicSignal>, keyOf: (event: TopicEvent) => unknown) {
    super(to);
    this.#keyOf = keyOf;
  }

  override next(signal: TopicSignal): void {
    if (signal.kind === 'event' && this.#isRepeated(signal.event)) return;
    this.to.next(signal);
  }

  #isRepeated(event: TopicEvent): boolean {
    let key: unknown;
    try {
      key = (0, this.#keyOf)(event);
    } catch (thrown) {
      this.error(thrown);
      return true;
    }
    const isRepeated = event.retained && this.#seen.has(key);
    this.#seen.add(key);
    return isRepeated;
  }
}

/** Ends the stream at a gap. */
export class GapFails extends Stage<TopicSignal, TopicSignal> {
  readonly #uri: Uri;

  constructor(to: Sink<TopicSignal>, uri: Uri) {
    super(to);
    this.#uri = uri;
  }

  override next(signal: TopicSignal): void {
    this.to.next(signal);
    if (signal.kind !== 'gap') return;
    const { from, reason, cause } = signal;
    this.error(new GapError(`events of ${this.#uri} were missed and could not be recovered: ${reason}`, { from, reason, cause, operation: { verb: 'subscribe', uri: this.#uri } }));
  }
}

/**
 * Puts the events of an Observable in the place of a gap; what follows waits until it completes.
 *
 * ```
 * signals            a--g-b---c-d
 * onGap(g)              x--y--|
 * out                a--gx-y--(bc)-d
 * ```
 */
export class GapFilled extends Stage<TopicSignal, TopicSignal> {
  readonly #fill: (gap: GapSignal) => Observable<TopicEvent>;
  #waiting: TopicSignal[] = [];
  #filling: Subscription | undefined;
  #draining = false;

  constructor(to: Sink<TopicSignal>, fill: (gap: GapSignal) => Observable<TopicEvent>) {
    super(to);
    this.#fill = fill;
    to.add(() => {
      this.#filling?.unsubscribe();
      this.#waiting = [];
    });
  }

  override next(signal: TopicSignal): void {
    if (this.closed) return;
    if (this.#filling === undefined && !this.#draining) return this.#pass(signal);
    this.#waiting.push(signal);
    if (this.#waiting.length > MAX_WAITING) this.error(new OverflowError(`signals that wait for the end of onGap must be no more than ${MAX_WAITING}, got one more`));
  }

  // Whoever closes has no time for what fills a gap, but what has arrived has arrived.
  override complete(): void {
    for (const signal of this.#waiting) this.to.next(signal);
    super.complete();
  }

  #pass(signal: TopicSignal): void {
    this.to.next(signal);
    if (signal.kind !== 'gap' || this.closed) return;
    const filling = new Subscription();
    this.#filling = filling;
    filling.add(defer(() => this.#fill(signal)).subscribe({
      next: (event) => this.to.next({ kind: 'event', event }),
      error: (error: unknown) => this.error(error),
      complete: () => {
        this.#filling = undefined;
        this.#drain();
      },
    }));
  }

  // A loop and not a recursion: what fills a gap may be there at once, and so may the next gap.
  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    while (this.#filling === undefined) {
      const signal = this.#waiting.shift();
      if (signal === undefined) break;
      this.#pass(signal);
    }
    this.#draining = false;
  }
}
