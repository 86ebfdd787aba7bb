/** Gets the payload of a complete data frame: the bytes from `start` to `end` of `buffer`, unmasked only by {@link unmask}. */
export type FrameHandler = (buffer: Buffer, start: number, end: number) => void;

const OPCODE = 0x0f;
const LAST_DATA_OPCODE = 2;

/** Cuts what a socket receives into frames, at the cost of reading their headers. Control frames are dropped. */
export class FrameScanner {
  readonly #onFrame: FrameHandler;
  #parts: Buffer[] = [];
  #missing = 0;

  constructor(onFrame: FrameHandler) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    if (this.#parts.length === 0) return this.#scan(chunk);
    this.#parts.push(chunk);
    this.#missing -= chunk.length;
    if (this.#missing > 0) return;
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#scan(whole);
  }

  #scan(buffer: Buffer): void {
    let at = 0;
    while (at < buffer.length) {
      const left = buffer.length - at;
      if (left < 2) return this.#keep(buffer, at, 1);
      const second = buffer[at + 1]!;
      let length = second & 127;
      let start = at + 2;
      if (length === 126) {
        if (left < 4) return this.#keep(buffer, at, 4 - left);
        length = buffer.readUInt16BE(start);
        start += 2;
      } else if (length === 127) {
        if (left < 10) return this.#keep(buffer, at, 10 - left);
        length = buffer.readUIntBE(start + 2, 6);
        start += 8;
      }
      if (second >= 0x80) start += 4;
      const end = start + length;
      if (end > buffer.length) return this.#keep(buffer, at, end - buffer.length);
      if ((buffer[at]! & OPCODE) <= LAST_DATA_OPCODE) this.#onFrame(buffer, start, end);
      at = end;
    }
  }

  #keep(buffer: Buffer, at: number, missing: number): void {
    this.#parts = [buffer.subarray(at)];
    this.#missing = missing;
  }
}

/** Takes the mask off a client's payload, in place; the mask stands just before it. */
export function unmask(buffer: Buffer, start: number, end: number): void {
  for (let i = start; i < end; i++) buffer[i] = buffer[i]! ^ buffer[start - 4 + ((i - start) & 3)]!;
}

/** Reads the digits at `at` as a number. */
export function readInteger(buffer: Buffer, at: number): number {
  let value = 0;
  for (let i = at; ; i++) {
    const digit = buffer[i]! - 48;
    if (!(digit >= 0 && digit <= 9)) return value;
    value = value * 10 + digit;
  }
}
