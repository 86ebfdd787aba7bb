// [node] The layout of small WebSocket frames (RFC 6455, 5.2), as latin1 strings: one character is one byte. Strings, because V8 joins any
// number of them for next to nothing and copies once, when the joined string is written.
import { randomFillSync } from 'node:crypto';
import type { Frame } from './transport.ts';

/**
 * Payloads of more characters or bytes are not for this file: writing strings becomes slower than writing buffers there, and no frame here
 * needs a length of 64 bits, since three bytes are the most that a character of UTF-16 takes.
 */
export const MAX_SMALL = 16_384;

const TEXT = 0x81;
const BINARY = 0x82;
const MASKED = 0x80;
const LENGTH_16 = 126;
const KEY_LENGTH = 4;
const BLANK_KEY = '\0'.repeat(KEY_LENGTH);

/** A frame as a server sends it. */
export function serverFrame(payload: Frame): string {
  // One event goes to many receivers in a row: its frame is laid out once, and nothing but a reference to it is passed on.
  if (payload === lastPayload) return lastFrame;
  lastFrame = layOut(payload, 0, '');
  lastPayload = payload;
  return lastFrame;
}

let lastPayload: Frame | undefined;
let lastFrame = '';

/** A frame as a client sends it, its key blank and its payload in the clear: {@link maskFrames} does the rest. */
export function clientFrame(payload: Frame): string {
  return layOut(payload, MASKED, BLANK_KEY);
}

function layOut(payload: Frame, masked: number, key: string): string {
  if (typeof payload !== 'string') {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    return header(BINARY, masked, bytes.length) + key + bytes.toString('latin1');
  }
  const length = Buffer.byteLength(payload);
  return header(TEXT, masked, length) + key + (length === payload.length ? payload : Buffer.from(payload).toString('latin1'));
}

function header(opcode: number, masked: number, length: number): string {
  return length < LENGTH_16
    ? String.fromCharCode(opcode, masked | length)
    : String.fromCharCode(opcode, masked | LENGTH_16, length >> 8, length & 0xff);
}

/** Gives each of the client's frames that follow one another in `bytes` a fresh key, and masks its payload with it (RFC 6455, 5.3). */
export function maskFrames(bytes: Buffer): void {
  // Words of the whole memory and not of this part of it, which may begin at any byte.
  const words = new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
  for (let at = 0; at < bytes.length;) {
    const short = bytes.readUInt8(at + 1) & ~MASKED;
    const length = short < LENGTH_16 ? short : bytes.readUInt16BE(at + 2);
    at += short < LENGTH_16 ? 2 : 4;
    drawKey();
    bytes.set(key, at);
    at += KEY_LENGTH;
    mask(bytes, words, at, at + length);
    at += length;
  }
}

const pool = new Uint8Array(8192);
let drawn = pool.length;

const key = new Uint8Array(KEY_LENGTH);
const turnedKey = new Uint8Array(KEY_LENGTH);
const turnedWord = new Int32Array(turnedKey.buffer);

function drawKey(): void {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  for (let i = 0; i < KEY_LENGTH; i++) key[i] = pool[drawn++] as number;
}

// Word by word, which takes a third of the time; byte by byte up to the first whole word, and after the last.
function mask(bytes: Buffer, words: Int32Array, from: number, to: number): void {
  const base = bytes.byteOffset;
  const first = (base + from + 3) >> 2;
  const end = (base + to) >> 2;
  if (first >= end) {
    maskBytes(bytes, from, to, from);
    return;
  }

  const aligned = first * 4 - base;
  maskBytes(bytes, from, aligned, from);
  for (let i = 0; i < KEY_LENGTH; i++) turnedKey[i] = key[(aligned - from + i) & 3] as number;
  const word = turnedWord[0] as number;
  for (let i = first; i < end; i++) words[i] = (words[i] as number) ^ word;
  maskBytes(bytes, end * 4 - base, to, from);
}

function maskBytes(bytes: Buffer, from: number, to: number, start: number): void {
  for (let i = from; i < to; i++) bytes[i] = (bytes[i] as number) ^ (key[(i - start) & 3] as number);
}
