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
  /** Made when somebody asks for it, which hardly anybody does. */
  #writable: BehaviorSubject<boolean> | undefined;
  #isFull = false;
  #hasEnded = false;
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
    if (this.#writable === undefined) {
      this.#writable = new BehaviorSubject(!this.#isFull);
      if (this.#hasEnded) this.#writable.complete();
    }
    return this.#writable.asObservable();
  }

  /** Bytes that were sent and have not left the process. */
  get bufferedAmount(): number {
    return this.#rope.length + this.unwritten;
  }

  /** Forgets what has not been written, and completes `writable$`. */
  end(): void {
    this.#rope = '';
    this.#hasEnded = true;
    this.#writable?.complete();
  }

  /** Whether bytes may be written still. */
  protected abstract get isOpen(): boolean;
  /** Whether the socket has more than the system takes. */
  protected abstract get isBusy(): boolean;
  /** Bytes that were handed over and have not left the process. */
  protected abstract get unwritten(): number;
  /** Writes a string of latin1, and has `written` called once it has left. */
  protected abstract write(rope: string, written: () => void): void;

  /** Sends a small frame, one character for each of its bytes, at the end of this turn at the latest. */
  protected join(frame: string): void {
    if (this.#rope.length + frame.length > MAX_SMALL) this.#put();
    this.#rope += frame;
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(BatchWriter.#flush, this);
  }

  /** Sends what is too long to be joined, behind what was: `write` writes once that has `written` as its callback. */
  protected sendAlone(write: (written: () => void) => void): void {
    this.hand();
    if (!this.isOpen) return;
    write(this.#begin());
    this.#mind();
  }

  /** Hands over what was joined. */
  protected hand(): void {
    const rope = this.#rope;
    this.#rope = '';
    if (rope === '' || !this.isOpen) return;
    this.write(rope, this.#begin());
  }

  // A function for all writers, and one for each write in the place of one for each writer: most have nothing to write most of the time.
  static #flush(writer: BatchWriter): void {
    writer.#scheduled = false;
    writer.#put();
  }

  #begin(): () => void {
    this.#writing++;
    return () => {
      this.#writing--;
      this.#put();
    };
  }

  // Without a write of our own there is nobody to call us back, so a socket that is busy with somebody else's bytes takes one more.
  #put(): void {
    const mustWait = this.#writing > 0 && this.isBusy;
    if (this.#rope !== '' && (!mustWait || this.#rope.length > MAX_ROPE)) this.hand();
    this.#mind();
  }

  #mind(): void {
    const isFull = this.bufferedAmount > this.#highWaterMark;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#writable?.next(!isFull);
  }
}
