import { BehaviorSubject, type Observable } from 'rxjs';
import { concatBytes } from '../protocol/concat-bytes.ts';
import { MAX_BATCH } from '../protocol/long-poll.ts';
import type { Frame } from './transport.ts';

/** Options of {@link BodyQueue}. */
export interface BodyQueueOptions {
  /** Whether a body may hold several frames: batches, which stand behind one another as one. */
  readonly batched: boolean;
  /** Bytes or characters of unsent data above which `writable$` turns `false`. */
  readonly highWaterMark: number;
}

/**
 * The sending half of a connection by long-poll, at either end: frames that wait until HTTP takes the next body.
 *
 * Nothing is refused: whoever sends minds `writable$` or `bufferedAmount`.
 */
export class BodyQueue {
  readonly #batched: boolean;
  readonly #highWaterMark: number;
  readonly #writable = new BehaviorSubject(true);
  #frames: Frame[] = [];
  #waiting = 0;
  #underWay = 0;

  constructor({ batched, highWaterMark }: BodyQueueOptions) {
    this.#batched = batched;
    this.#highWaterMark = highWaterMark;
  }

  /** `false` while more than the high-water mark is unsent. Completes with the connection. */
  get writable$(): Observable<boolean> {
    return this.#writable.asObservable();
  }

  /** Bytes or characters that were not told to be written. */
  get bufferedAmount(): number {
    return this.#waiting + this.#underWay;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#waiting += frame.length;
    this.#mind();
  }

  /** The next body, which is under way until {@link BodyQueue.written}; `undefined` where nothing waits. */
  take(): Frame | undefined {
    const count = this.#countForBody();
    if (count === 0) return undefined;
    const body = joined(this.#frames.slice(0, count));
    this.#frames = this.#frames.slice(count);
    this.#waiting -= body.length;
    this.#underWay += body.length;
    return body;
  }

  /** What was taken has left the process. */
  written(): void {
    this.#underWay = 0;
    this.#mind();
  }

  /** Forgets what has not been sent, and completes `writable$`. */
  end(): void {
    this.#frames = [];
    this.#waiting = 0;
    this.#underWay = 0;
    this.#writable.complete();
  }

  #countForBody(): number {
    if (!this.#batched) return Math.min(1, this.#frames.length);
    let count = 0;
    for (let length = 0; count < this.#frames.length; count++) {
      length += (this.#frames[count] as Frame).length;
      if (count > 0 && length > MAX_BATCH) break;
    }
    return count;
  }

  #mind(): void {
    const writable = this.bufferedAmount <= this.#highWaterMark;
    if (writable !== this.#writable.value) this.#writable.next(writable);
  }
}

/** Frames of one kind, one behind the other. */
function joined(frames: readonly Frame[]): Frame {
  const [first] = frames as [Frame];
  if (frames.length === 1) return first;
  return typeof first === 'string' ? frames.join('') : concatBytes(frames as readonly Uint8Array[]);
}
