// [node]
import type { Socket } from 'node:net';
import { BehaviorSubject, type Observable } from 'rxjs';
import { FrameType, framePrefix } from '../protocol/rawsocket.ts';
import type { Frame } from './transport.ts';
import { MAX_SMALL } from './websocket-frames.ts';

/** A joined string of this length is handed over although the socket is busy: V8 has to copy it in one piece one day. */
const MAX_ROPE = 1024 * 1024;

/**
 * Writes the frames of one RawSocket: all small ones of a turn of the event loop as one string in one write, as `FrameWriter` does for a
 * WebSocket. Large ones are written as bytes, behind the small ones before them, in one system call each.
 *
 * While the socket is busy the string grows, and the next write carries all of it. Nothing is refused: whoever sends minds `writable$` or
 * `bufferedAmount`. Bytes that were sent must not be changed afterwards.
 */
export class RawSocketWriter {
  readonly #socket: Socket;
  readonly #highWaterMark: number;
  readonly #writable = new BehaviorSubject(true);
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.#put();
  };
  readonly #written = (): void => {
    this.#writing--;
    this.#put();
  };
  #rope = '';
  #scheduled = false;
  /** Writes whose callback has not come. */
  #writing = 0;

  /** `highWaterMark` is in bytes. */
  constructor(socket: Socket, highWaterMark: number) {
    this.#socket = socket;
    this.#highWaterMark = highWaterMark;
  }

  /** `false` while more than the high-water mark is unsent. Completes with the connection. */
  get writable$(): Observable<boolean> {
    return this.#writable.asObservable();
  }

  /** Bytes that were sent and have not left the process. */
  get bufferedAmount(): number {
    return this.#rope.length + this.#socket.writableLength;
  }

  /** Sends a frame at the end of this turn at the latest. Does nothing once the socket takes no more. */
  send(type: FrameType, payload: Frame): void {
    if (payload.length > MAX_SMALL) return this.#sendAlone(type, payload);
    const frame = type === FrameType.message ? messageFrame(payload) : layOut(type, payload);
    if (this.#rope.length + frame.length > MAX_SMALL) this.#put();
    this.#rope += frame;
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#flush);
  }

  /** Closes this half of the socket after everything that was sent. */
  close(): void {
    this.#hand();
    this.#socket.end();
  }

  /** Forgets what has not been written, and completes `writable$`. */
  end(): void {
    this.#rope = '';
    this.#writable.complete();
  }

  #put(): void {
    const isBusy = this.#writing > 0 && this.#socket.writableLength > 0;
    if (this.#rope !== '' && (!isBusy || this.#rope.length > MAX_ROPE)) this.#hand();
    this.#mind();
  }

  #hand(): void {
    const rope = this.#rope;
    this.#rope = '';
    if (rope === '' || !this.#socket.writable) return;
    this.#writing++;
    // Strings are slow to write at length.
    if (rope.length <= MAX_SMALL) this.#socket.write(rope, 'latin1', this.#written);
    else this.#socket.write(Buffer.from(rope, 'latin1'), this.#written);
  }

  #sendAlone(type: FrameType, payload: Frame): void {
    this.#hand();
    if (!this.#socket.writable) return;
    this.#writing++;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.#socket.cork();
    this.#socket.write(prefix(type, bytes.length), 'latin1');
    this.#socket.write(bytes, this.#written);
    this.#socket.uncork();
    this.#mind();
  }

  #mind(): void {
    const writable = this.bufferedAmount <= this.#highWaterMark;
    if (writable !== this.#writable.value) this.#writable.next(writable);
  }
}

// One event goes to many receivers in a row: its frame is laid out once, and nothing but a reference to it is passed on.
let lastPayload: Frame | undefined;
let lastFrame = '';

function messageFrame(payload: Frame): string {
  if (payload === lastPayload) return lastFrame;
  lastFrame = layOut(FrameType.message, payload);
  lastPayload = payload;
  return lastFrame;
}

/** A frame as latin1: one character is one byte. */
function layOut(type: FrameType, payload: Frame): string {
  if (typeof payload !== 'string') {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    return prefix(type, bytes.length) + bytes.toString('latin1');
  }
  const length = Buffer.byteLength(payload);
  return prefix(type, length) + (length === payload.length ? payload : Buffer.from(payload).toString('latin1'));
}

function prefix(type: FrameType, length: number): string {
  const word = framePrefix(type, length);
  return String.fromCharCode(word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff);
}
