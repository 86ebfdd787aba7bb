// [node]
import type { Duplex as Socket } from 'node:stream';
import { WebSocket } from 'ws';
import { BatchWriter } from './batch-writer.ts';
import type { Frame } from './transport.ts';
import { CloseCode } from './websocket-close.ts';
import { DEFAULT_THRESHOLD } from './ws-compression.ts';
import { MAX_SMALL, clientFrame, maskFrames, serverFrame } from './websocket-frames.ts';

/** Options of {@link FrameWriter}. */
export interface FrameWriterOptions {
  /** Whether this end is the client: its frames are masked (RFC 6455, 5.1). */
  readonly masked: boolean;
  /** Bytes of unsent data above which `writable$` turns `false`. @default 65536 */
  readonly highWaterMark?: number | undefined;
  /** Bytes (of a text, characters) from which on a message is compressed, where that was negotiated. @default 1024 */
  readonly threshold?: number | undefined;
  /** Bytes of the longest frame; a longer message goes as several. `0` sends every message as one. @default 0 */
  readonly autoFragmentSize?: number | undefined;
}

/** Bytes that a character of UTF-16 takes at most. */
const MOST_PER_CHARACTER = 3;

/**
 * Writes the frames of one WebSocket to its socket: all small ones of a turn of the event loop as one string in one write.
 *
 * `ws` would make several objects and one system call of each frame. So small frames are laid out here and go to the socket directly, on
 * `process.nextTick`. That is safe beside `ws`, which writes whole frames too (pongs, the close). Large ones go through `ws`, after the
 * small ones before them; so do those that are compressed, whatever is sent while one is, and everything where the socket is not known.
 */
export class FrameWriter extends BatchWriter {
  readonly #ws: WebSocket;
  readonly #socket: Socket | undefined;
  readonly #masked: boolean;
  readonly #threshold: number;
  readonly #autoFragmentSize: number;
  readonly #maxJoined: number;
  /** Writes that are being compressed, or wait behind one that is: `ws` keeps the order of what goes through it. */
  #deflating = 0;

  /** `socket` is the one that the WebSocket speaks through, where the runtime shows it. */
  constructor(ws: WebSocket, socket: Socket | undefined, { masked, highWaterMark = 65_536, threshold = DEFAULT_THRESHOLD, autoFragmentSize = 0 }: FrameWriterOptions) {
    super(highWaterMark);
    this.#ws = ws;
    this.#socket = socket !== undefined && isBeneath(socket, ws) ? socket : undefined;
    this.#masked = masked;
    this.#threshold = ws.extensions === '' ? Infinity : threshold;
    this.#autoFragmentSize = autoFragmentSize === 0 ? Infinity : autoFragmentSize;
    this.#maxJoined = this.#socket === undefined ? -1 : Math.min(MAX_SMALL, this.#threshold - 1, Math.floor(this.#autoFragmentSize / MOST_PER_CHARACTER));
  }

  /** Sends a frame at the end of this turn at the latest. Does nothing once the WebSocket is closing. */
  send(payload: Frame): void {
    if (payload.length > this.#maxJoined || this.#deflating > 0) this.sendAlone((written) => this.#write(payload, written));
    else this.join(this.#masked ? clientFrame(payload) : serverFrame(payload));
  }

  /** Closes the WebSocket after everything that was sent. */
  close(code: number = CloseCode.normal): void {
    this.hand();
    this.#ws.close(code);
  }

  // RFC 6455, 5.5.1: nothing follows the close frame, and `ws` answers that of the peer by itself.
  protected get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN;
  }

  protected get isBusy(): boolean {
    return this.#socket !== undefined && this.#socket.writableLength > 0;
  }

  protected get unwritten(): number {
    return this.#ws.bufferedAmount;
  }

  protected write(rope: string, written: () => void): void {
    if (!this.#masked && rope.length <= MAX_SMALL) {
      this.#socket?.write(rope, 'latin1', written);
      return;
    }
    const bytes = Buffer.from(rope, 'latin1');
    if (this.#masked) maskFrames(bytes);
    this.#socket?.write(bytes, written);
  }

  #write(payload: Frame, written: () => void): void {
    const options = { binary: typeof payload !== 'string', compress: payload.length >= this.#threshold };
    const isQueued = options.compress || this.#deflating > 0;
    if (isQueued) this.#deflating++;
    const rest = this.#sendFragments(payload, options);
    this.#ws.send(rest, options, isQueued ? () => this.#deflated(written) : written);
  }

  #deflated(written: () => void): void {
    this.#deflating--;
    written();
  }

  /** Sends all frames of a message but the last, and returns the payload of that. */
  #sendFragments(payload: Frame, options: { readonly binary: boolean; readonly compress: boolean }): Frame {
    const most = this.#autoFragmentSize;
    // A server does not mask, so `ws` would write the string, which is slow at this size. A client's has to become bytes anyway.
    if (typeof payload === 'string' && this.#masked && most === Infinity) return payload;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    let at = 0;
    for (; bytes.length - at > most; at += most) this.#ws.send(bytes.subarray(at, at + most), { ...options, fin: false });
    return at === 0 ? bytes : bytes.subarray(at);
  }
}

// Bun has a WebSocket of its own in the place of `ws`, and what it hands out as the socket takes no frames.
function isBeneath(socket: Socket, ws: WebSocket): boolean {
  return (ws as unknown as { readonly _socket?: unknown })._socket === socket;
}
