// [node]
import { BehaviorSubject, type Observable } from 'rxjs';
import { MAX_SMALL } from './websocket-frames.ts';

/** A joined string of this length is handed over although the socket is busy: V8 has to copy it in one piece one day. */
const MAX_ROPE = 1024 * 1024;

/**
 * Writes the frames of one connection to its socket: all small ones of a turn of the event loop as one string in one write, on
 * `process.nextTick`. How a frame is laid out, and how bytes are written, is for those that extend it.
 *
 * While the socket is busy the string grows, and the next write carries all of it. Nothing is refused: whoever sends minds `writable$` or
 * `bufferedAmount`. Bytes that were sent must not be changed afterwards.
 */
export abstract class BatchWriter {
  readonly #highWaterMark: number;
  readonly #writable = new BehaviorSubject(true);
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.#put();
  };
  #rope = '';
  #scheduled = false;
  /** Writes whose callback has not come. */
  #writing = 0;

  /** `highWaterMark` is in bytes. */
  protected constructor(highWaterMark: number) {
    this.#highWaterMark = highWaterMark;
  }

  /** `false` while more than the high-water mark is unsent. Completes with the connection. */
  get writable$(): Observable<boolean> {
    return this.#writable.asObservable();
  }

  /** Bytes that were sent and have not left the process. */
  get bufferedAmount(): number {
    return this.#rope.length + this.unwritten;
  }

  /** Forgets what has not been written, and completes `writable$`. */
  end(): void {
    this.#rope = '';
    this.#writable.complete();
  }

  /** The callback of each write. */
  protected readonly written = (): void => {
    this.#writing--;
    this.#put();
  };

  /** Whether bytes may be written still. */
  protected abstract get isOpen(): boolean;
  /** Whether the socket has more than the system takes. */
  protected abstract get isBusy(): boolean;
  /** Bytes that were handed over and have not left the process. */
  protected abstract get unwritten(): number;
  /** Writes a string of latin1, and has {@link written} called. */
  protected abstract write(rope: string): void;

  /** Sends a small frame, one character for each of its bytes, at the end of this turn at the latest. */
  protected join(frame: string): void {
    if (this.#rope.length + frame.length > MAX_SMALL) this.#put();
    this.#rope += frame;
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#flush);
  }

  /** Sends what is too long to be joined, behind what was: `write` writes once that has {@link written} as its callback. */
  protected sendAlone(write: () => void): void {
    this.hand();
    if (!this.isOpen) return;
    this.#writing++;
    write();
    this.#mind();
  }

  /** Hands over what was joined. */
  protected hand(): void {
    const rope = this.#rope;
    this.#rope = '';
    if (rope === '' || !this.isOpen) return;
    this.#writing++;
    this.write(rope);
  }

  // Without a write of our own there is nobody to call us back, so a socket that is busy with somebody else's bytes takes one more.
  #put(): void {
    const mustWait = this.#writing > 0 && this.isBusy;
    if (this.#rope !== '' && (!mustWait || this.#rope.length > MAX_ROPE)) this.hand();
    this.#mind();
  }

  #mind(): void {
    const writable = this.bufferedAmount <= this.#highWaterMark;
    if (writable !== this.#writable.value) this.#writable.next(writable);
  }
}
