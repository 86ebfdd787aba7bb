// [node]
import type { Socket } from 'node:net';
import { FrameType, framePrefix } from '../protocol/rawsocket.ts';
import { BatchWriter } from './batch-writer.ts';
import type { Frame } from './transport.ts';
import { MAX_SMALL } from './websocket-frames.ts';

/** Writes the frames of one RawSocket. Large ones are written as bytes, behind the small ones before them, in one system call each. */
export class RawSocketWriter extends BatchWriter {
  readonly #socket: Socket;

  /** `highWaterMark` is in bytes. */
  constructor(socket: Socket, highWaterMark: number) {
    super(highWaterMark);
    this.#socket = socket;
  }

  /** Sends a frame at the end of this turn at the latest. Does nothing once the socket takes no more. */
  send(type: FrameType, payload: Frame): void {
    if (payload.length > MAX_SMALL) this.sendAlone((written) => this.#write(type, payload, written));
    else this.join(type === FrameType.message ? messageFrame(payload) : layOut(type, payload));
  }

  /** Closes this half of the socket after everything that was sent. */
  close(): void {
    this.hand();
    this.#socket.end();
  }

  protected get isOpen(): boolean {
    return this.#socket.writable;
  }

  protected get isBusy(): boolean {
    return this.#socket.writableLength > 0;
  }

  protected get unwritten(): number {
    return this.#socket.writableLength;
  }

  protected write(rope: string, written: () => void): void {
    // Strings are slow to write at length.
    if (rope.length <= MAX_SMALL) this.#socket.write(rope, 'latin1', written);
    else this.#socket.write(Buffer.from(rope, 'latin1'), written);
  }

  #write(type: FrameType, payload: Frame, written: () => void): void {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.#socket.cork();
    this.#socket.write(prefix(type, bytes.length), 'latin1');
    this.#socket.write(bytes, written);
    this.#socket.uncork();
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
