import type { Observable, Subscription } from 'rxjs';
import { TransportLostError } from '../../../lib/errors.ts';
import type { TopicEvent, TopicSignal } from '../../../lib/session/options.ts';
import type { Faults } from './faults.ts';

/** Who publishes: each has numbers of its own, and what they publish arrives in their order. */
export interface Numbered {
  readonly n: number;
  readonly source: string;
}

/** What the model knows of the publications of the router. */
export interface Published {
  /** Whether the client is closed, or about to be. */
  isGone(): boolean;
  /** Whether the router published something to the key between these two numbers of the source, and meant it for the client. */
  missed(key: string, source: string, from: number, to: number): number | undefined;
}

/** How a topic is observed. */
export interface TopicManner {
  readonly status: boolean;
  /** Whether it ends with its session. */
  readonly isBound: boolean;
  readonly recovers: boolean;
  readonly retained: boolean;
  /** By a consumer function, which RxJS keeps no books of. */
  readonly direct: boolean;
}

/** One observer of one topic, and what it may be told next. */
export class TopicWitness {
  readonly key: string;
  readonly manner: TopicManner;
  readonly #faults: Faults;
  readonly #published: Published;
  readonly #onEvent: () => void;
  readonly #onEnd: () => void;
  readonly #expected: number[] = [];
  readonly #last = new Map<string, number>();
  readonly #seen = new Set<number>();
  readonly #retained = new Set<number>();
  readonly #arrived = new Set<number>();
  #subscription: Subscription | undefined;
  #end: 'complete' | Error | undefined;
  #isLeft = false;
  // Where a status stream stands: `back` wants to be told first what was missed.
  #phase: 'new' | 'off' | 'on' | 'back' = 'new';
  #wasOn = false;
  #told = true;
  // Those of whom an event came behind the last gap: there is no other hole.
  readonly #unbroken = new Set<string>();

  constructor(key: string, manner: TopicManner, faults: Faults, published: Published, { onEvent, onEnd }: { onEvent: () => void; onEnd: () => void }) {
    this.key = key;
    this.manner = manner;
    this.#faults = faults;
    this.#published = published;
    this.#onEvent = onEvent;
    this.#onEnd = onEnd;
  }

  get isOpen(): boolean { return this.#end === undefined && !this.#isLeft && this.#subscription?.closed !== true; }

  get end(): 'complete' | Error | undefined { return this.#end; }

  /** Whether it stands as one does that has its subscription and no trouble. */
  get isOn(): boolean { return !this.manner.status || (this.#phase === 'on' && this.#told); }

  watch(source: Observable<TopicEvent | TopicSignal>): void {
    const next = (value: TopicEvent | TopicSignal): void => ('kind' in value ? this.#signal(value) : this.#event(value));
    this.#subscription = this.manner.direct ? source.subscribe(next) : source.subscribe({ next, error: (error: Error) => this.#over(error), complete: () => this.#over('complete') });
    if (this.#isLeft) this.#subscription.unsubscribe();
  }

  leave(): void {
    this.#isLeft = true;
    this.#subscription?.unsubscribe();
  }

  /** An EVENT for it is about to be handled. */
  expect(publication: number, isRetained: boolean): void {
    if (!this.isOpen) return;
    this.#arrived.add(publication);
    if (!isRetained && !this.manner.recovers) this.#expected.push(publication);
  }

  /** All that arrived so far has been handled. */
  settled(): void {
    if (this.#expected.length === 0) return;
    if (this.isOpen) this.#faults.addOfWire(`${this.key} was not told of ${this.#expected.join()}`);
    this.#expected.length = 0;
  }

  #signal(signal: TopicSignal): void {
    if (!this.#mayTell(signal.kind)) return;
    if (signal.kind === 'gap') this.#unbroken.clear();
    switch (signal.kind) {
      case 'event': {
        const { retained, recovered } = signal.event;
        if (this.#phase !== 'on' && this.#phase !== 'back') this.#faults.addOfWire(`${this.key}: event while ${this.#phase}`);
        if (!recovered && !retained && !this.#told) this.#faults.addOfWire(`${this.key}: live event before it was said what was missed`);
        return this.#event(signal.event);
      }
      case 'suspended':
        if (this.#phase === 'off' && this.#wasOn) this.#faults.addOfWire(`${this.key}: suspended twice`);
        this.#phase = 'off';
        return;
      case 'subscribed':
        if (this.#phase === 'on' || this.#phase === 'back') this.#faults.addOfWire(`${this.key}: subscribed while ${this.#phase}`);
        this.#told = !this.#wasOn;
        this.#phase = this.#wasOn ? 'back' : 'on';
        this.#wasOn = true;
        return;
      case 'gap':
      case 'recovered':
        if (this.#phase !== 'back' && this.#told) {
          // One that came while there was no session may hear of the loss of one in which it was not subscribed yet.
          if (this.#phase !== 'on' || this.#last.size > 0) this.#faults.addOfWire(`${this.key}: ${signal.kind} while ${this.#phase}`);
        }
        if (signal.kind === 'recovered' && !this.manner.recovers) this.#faults.addOfWire(`${this.key}: recovered what it did not ask for`);
        if (signal.kind === 'gap' && !this.manner.recovers && signal.reason !== 'off') this.#faults.addOfWire(`${this.key}: gap over ${signal.reason}`);
        this.#told = true;
        this.#phase = 'on';
        return;
    }
  }

  #event({ args, publication, retained, recovered }: TopicEvent): void {
    if (!this.#mayTell('event')) return;
    const [n, source] = [Number(args[0]), String(args[1])];
    if (retained) {
      if (this.#retained.has(publication)) this.#faults.addOfWire(`${this.key}: retained ${publication} twice`);
      this.#retained.add(publication);
      return this.#onEvent();
    }
    if (!recovered && !this.#arrived.has(publication)) this.#faults.addOfWire(`${this.key}: ${n} of ${source} came from nowhere`);
    if (recovered && !this.manner.recovers) this.#faults.addOfWire(`${this.key}: ${n} was recovered for one who did not ask`);
    if (this.#seen.has(publication)) this.#faults.addOfWire(`${this.key}: ${n} of ${source} twice`);
    this.#seen.add(publication);
    if (!this.manner.recovers && this.#expected.shift() !== publication) this.#faults.addOfWire(`${this.key}: ${n} of ${source} out of order`);
    this.#inOrder(n, source);
    this.#unbroken.add(source);
    this.#onEvent();
  }

  #inOrder(n: number, source: string): void {
    const last = this.#last.get(source);
    this.#last.set(source, n);
    if (last === undefined) return;
    if (n <= last) this.#faults.addOfWire(`${this.key}: ${n} of ${source} behind ${last}`);
    const missed = this.manner.status && this.#unbroken.has(source) ? this.#published.missed(this.key, source, last, n) : undefined;
    if (missed !== undefined) this.#faults.addOfWire(`${this.key}: ${missed} of ${source} was lost in silence, between ${last} and ${n}`);
  }

  #mayTell(what: string): boolean {
    if (!this.#isLeft && this.#end === undefined) return true;
    // Left from within its own subscribe(), which has nothing to unsubscribe from yet.
    if (this.#isLeft && this.#subscription === undefined) return false;
    this.#faults.add(`${this.key}: ${what} after ${this.#isLeft ? 'it was left' : 'its end'}`);
    return false;
  }

  #over(end: 'complete' | Error): void {
    if (!this.#mayTell(String(end))) return;
    if (end instanceof TransportLostError && !this.manner.isBound && !this.#published.isGone()) this.#faults.add(`${this.key}: ended with its session`);
    this.#end = end;
    this.#onEnd();
  }
}
