import type { Id } from '../../../types.ts';
import type { EventStore, HistoryBounds, KeptEvent, RealmEvents } from './event-store.ts';

/** Keeps events in memory, as a realm does that is given no other store: they are gone with the router. */
export function memoryStore(): EventStore {
  return { open: () => new MemoryEvents() };
}

const NONE: readonly never[] = Object.freeze([]);

class MemoryEvents implements RealmEvents {
  readonly #histories = new Map<HistoryBounds, Line>();

  append(history: HistoryBounds, event: KeptEvent): void {
    let line = this.#histories.get(history);
    if (line === undefined) this.#histories.set(history, line = new Line(history));
    line.add(event);
  }

  scan(history: HistoryBounds, from: Id | undefined, reverse: boolean): Iterable<KeptEvent> {
    return this.#histories.get(history)?.scan(from, reverse) ?? NONE;
  }

  // What is retained is in memory anyway: see RetainedEvents.
  retained(): Iterable<KeptEvent> { return NONE; }

  retain(): void {}

  close(): void {
    this.#histories.clear();
  }
}

/** Events in a row, of which the first ones go. They are moved once in a while, and not with each that goes. */
class Line {
  readonly #bounds: HistoryBounds;
  #events: (KeptEvent | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  constructor(bounds: HistoryBounds) {
    this.#bounds = bounds;
  }

  add(event: KeptEvent): void {
    this.#events.push(event);
    this.#bytes += event.size;
    const { limit, bytes } = this.#bounds;
    while (this.#events.length - this.#first > limit || this.#bytes > bytes) this.#dropFirst();
  }

  * scan(from: Id | undefined, reverse: boolean): Generator<KeptEvent> {
    const events = this.#events.slice(this.#first) as KeptEvent[];
    if (reverse) events.reverse();
    const start = from === undefined ? 0 : events.findIndex(({ publication }) => publication === from);
    if (start >= 0) yield* events.slice(start);
  }

  #dropFirst(): void {
    this.#bytes -= this.#events[this.#first]?.size ?? 0;
    this.#events[this.#first] = undefined;
    this.#first += 1;
    if (this.#first * 2 <= this.#events.length) return;
    this.#events = this.#events.slice(this.#first);
    this.#first = 0;
  }
}
