import { BehaviorSubject, Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Frame } from '../../transports/transport.ts';
import { Ending, type Lane, type Outlet, type Parcel } from './lane.ts';

/** Bytes that may be under way in one direction of a connection. */
export const MAX_UNDER_WAY: number = 32 * 1024 * 1024;

/** Waiting bytes above which `writable$` turns `false`, as sockets have it. */
const HIGH_WATER_MARK = 65_536;

/** What a frame counts besides its bytes, so that empty ones are bounded too. */
const FRAME_COST = 64;

/** The longest time a runtime's timers know. */
const MAX_TIMER = 2 ** 31 - 1;

/** Parcels that have left are let go of when so many of them stand in the queue. */
const COMPACT_AFTER = 1024;

const UTF8 = new TextEncoder();

/** Options of {@link QueueLane}. */
export interface QueueLaneOptions {
  /** Milliseconds that what is sent now is under way, endings too; asked once for each. @default () => 0 */
  readonly delay?: (() => number) | undefined;
  /** Bytes that leave in a second, one frame after the other; asked as a frame begins to. @default () => undefined: all at once */
  readonly rate?: (() => number | undefined) | undefined;
  /** Whether what is under way has not left the process yet, and so counts as buffered. */
  readonly isBuffer: boolean;
  readonly scheduler: SchedulerLike;
}

interface Waiting {
  readonly parcel: Parcel;
  readonly size: number;
  /** When it may leave at the earliest. */
  readonly ready: number;
}

/**
 * A lane that takes its time: each parcel leaves when it is ready, has been written, and the one before it has left. While it is empty and
 * neither delay nor rate is set, parcels pass before `send()` returns. Times are rounded to whole milliseconds as they are waited for, so
 * that they can be drawn as marbles; what rounding takes from one frame the next one gets.
 */
export class QueueLane implements Lane {
  readonly #outlet: Outlet;
  readonly #delay: () => number;
  readonly #rate: () => number | undefined;
  readonly #isBuffer: boolean;
  readonly #scheduler: SchedulerLike;
  readonly #writable = new BehaviorSubject(true);
  readonly #queue: Waiting[] = [];
  #head = 0;
  #bytes = 0;
  /** When the first of the queue leaves, once it has been asked for. */
  #due: number | undefined;
  /** When the last one left, to the fraction of a millisecond. */
  #left = 0;
  #isHeld = false;
  #timer = Subscription.EMPTY;

  constructor(outlet: Outlet, { delay = () => 0, rate = () => undefined, isBuffer, scheduler }: QueueLaneOptions) {
    this.#outlet = outlet;
    this.#delay = delay;
    this.#rate = rate;
    this.#isBuffer = isBuffer;
    this.#scheduler = scheduler;
  }

  get bufferedAmount(): number {
    return this.#isBuffer ? this.#bytes : 0;
  }

  get writable$(): Observable<boolean> {
    return this.#writable.asObservable();
  }

  send(parcel: Parcel): void {
    const delay = this.#delay();
    if (delay === 0 && this.#count === 0 && !this.#isHeld && this.#rate() === undefined) this.#outlet.arrive(parcel);
    else this.#enter(parcel, delay);
  }

  /** Lets nothing leave, or lets it leave again, what has waited first. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#drain();
  }

  lose(): void {
    this.#timer.unsubscribe();
    this.#queue.length = 0;
    this.#head = 0;
    this.#bytes = 0;
    this.#due = undefined;
    this.#writable.complete();
  }

  get #count(): number {
    return this.#queue.length - this.#head;
  }

  #enter(parcel: Parcel, delay: number): void {
    const size = parcel instanceof Ending ? 0 : byteLength(parcel);
    this.#queue.push({ parcel, size, ready: this.#scheduler.now() + delay });
    this.#bytes += size;
    if (this.#bytes + this.#count * FRAME_COST > MAX_UNDER_WAY) {
      this.#outlet.overflow();
      return;
    }
    if (this.#count === 1) this.#drain();
    this.#mind();
  }

  // What leaves can bring anything: more to send, a hold, the loss of all that waits. So each round looks afresh.
  #drain(): void {
    this.#timer.unsubscribe();
    while (this.#count > 0 && !this.#isHeld) {
      const first = this.#queue[this.#head]!;
      this.#due ??= this.#dueOf(first);
      const wait = Math.round(this.#due - this.#scheduler.now());
      if (wait > 0) {
        this.#timer.unsubscribe();
        this.#timer = timer(Math.min(wait, MAX_TIMER), this.#scheduler).subscribe(() => this.#drain());
        return;
      }
      this.#left = this.#due;
      this.#due = undefined;
      this.#remove(first);
      this.#outlet.arrive(first.parcel);
      // Not before: who is told that there is room sends, and must not overtake.
      this.#mind();
    }
  }

  #dueOf({ size, ready }: Waiting): number {
    const rate = this.#rate();
    return Math.max(ready, this.#left) + (rate === undefined ? 0 : (size * 1000) / rate);
  }

  #remove({ size }: Waiting): void {
    this.#bytes -= size;
    this.#head += 1;
    if (this.#head < COMPACT_AFTER && this.#count > 0) return;
    this.#queue.splice(0, this.#head);
    this.#head = 0;
  }

  #mind(): void {
    const isWritable = this.bufferedAmount <= HIGH_WATER_MARK;
    if (isWritable !== this.#writable.value) this.#writable.next(isWritable);
  }
}

/** The bytes of a frame: of a text, those of its UTF-8. */
function byteLength(frame: Frame): number {
  return typeof frame === 'string' ? UTF8.encode(frame).length : frame.length;
}
