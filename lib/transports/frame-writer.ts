// [node]
import type { Duplex as Socket } from 'node:stream';
import { BehaviorSubject, type Observable } from 'rxjs';
import { WebSocket } from 'ws';
import type { Frame } from './transport.ts';
import { CloseCode } from './websocket-close.ts';
import { MAX_SMALL, clientFrame, maskFrames, serverFrame } from './websocket-frames.ts';

/** A joined string of this length is handed over although the socket is busy: V8 has to copy it in one piece one day. */
const MAX_ROPE = 1024 * 1024;

/** Options of {@link FrameWriter}. */
export interface FrameWriterOptions {
  /** Whether this end is the client: its frames are masked (RFC 6455, 5.1). */
  readonly masked: boolean;
  /** Bytes of unsent data above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
}

/**
 * Writes the frames of one WebSocket to its socket: all small ones of a turn of the event loop as one string in one write.
 *
 * `ws` would make several objects and one system call of each frame. So small frames are laid out here and go to the socket directly, on
 * `process.nextTick`. That is safe beside `ws`, which writes whole frames too (pongs, the close). Large ones go through `ws`, after the
 * small ones before them; so does everything where an extension was negotiated, or where the socket is not known.
 *
 * While the socket is busy the string grows, and the next write carries all of it. Nothing is refused: whoever sends minds `writable$` or
 * `bufferedAmount`. Bytes that were sent must not be changed afterwards.
 */
export class FrameWriter {
  readonly #ws: WebSocket;
  readonly #socket: Socket | undefined;
  readonly #masked: boolean;
  readonly #highWaterMark: number;
  readonly #maxJoined: number;
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

  /** `socket` is the one that the WebSocket speaks through, where the runtime shows it. */
  constructor(ws: WebSocket, socket: Socket | undefined, { masked, highWaterMark = 65_536 }: FrameWriterOptions) {
    this.#ws = ws;
    this.#socket = socket;
    this.#masked = masked;
    this.#highWaterMark = highWaterMark;
    this.#maxJoined = socket !== undefined && ws.extensions === '' ? MAX_SMALL : -1;
  }

  /** `false` while more than the high-water mark is unsent. Completes with the connection. */
  get writable$(): Observable<boolean> {
    return this.#writable.asObservable();
  }

  /** Bytes that were sent and have not left the process. */
  get bufferedAmount(): number {
    return this.#rope.length + this.#ws.bufferedAmount;
  }

  /** Sends a frame at the end of this turn at the latest. Does nothing once the WebSocket is closing. */
  send(payload: Frame): void {
    if (payload.length > this.#maxJoined) {
      this.#sendAlone(payload);
      return;
    }
    const frame = this.#masked ? clientFrame(payload) : serverFrame(payload);
    if (this.#rope.length + frame.length > MAX_SMALL) this.#put();
    this.#rope += frame;
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(this.#flush);
  }

  /** Closes the WebSocket after everything that was sent. */
  close(code: number = CloseCode.normal): void {
    this.#hand();
    this.#ws.close(code);
  }

  /** Forgets what has not been written, and completes `writable$`. */
  end(): void {
    this.#rope = '';
    this.#writable.complete();
  }

  // Without a write of our own there is nobody to call us back, so a socket that is busy with a pong takes one more.
  get #busy(): boolean {
    return this.#writing > 0 && this.#socket !== undefined && this.#socket.writableLength > 0;
  }

  #put(): void {
    if (this.#rope !== '' && (!this.#busy || this.#rope.length > MAX_ROPE)) this.#hand();
    this.#mind();
  }

  #hand(): void {
    const rope = this.#rope;
    this.#rope = '';
    // RFC 6455, 5.5.1: nothing follows the close frame, and `ws` answers that of the peer by itself.
    if (rope === '' || this.#socket === undefined || this.#ws.readyState !== WebSocket.OPEN) return;
    this.#writing++;
    if (!this.#masked && rope.length <= MAX_SMALL) {
      this.#socket.write(rope, 'latin1', this.#written);
      return;
    }
    const bytes = Buffer.from(rope, 'latin1');
    if (this.#masked) maskFrames(bytes);
    this.#socket.write(bytes, this.#written);
  }

  #sendAlone(payload: Frame): void {
    this.#hand();
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    this.#writing++;
    // A server does not mask, so `ws` would write the string, which is slow at this size. A client's has to become bytes anyway.
    const data = typeof payload === 'string' && !this.#masked ? Buffer.from(payload) : payload;
    this.#ws.send(data, { binary: typeof payload !== 'string' }, this.#written);
    this.#mind();
  }

  #mind(): void {
    const writable = this.bufferedAmount <= this.#highWaterMark;
    if (writable !== this.#writable.value) this.#writable.next(writable);
  }
}
