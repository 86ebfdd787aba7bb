import { SerializationError } from '../errors.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A frame of FlatBuffers from anybody, as far as tables need it. What lies outside of it is a RangeError of the view; and since offsets may
 * lead anywhere, the same bytes would be read again and again, unless what was read were counted: not more than the frame has.
 */
export class FlatFrame {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  #left: number;

  constructor(frame: Uint8Array) {
    this.bytes = new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength);
    this.view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    this.#left = frame.byteLength;
  }

  /** The table that the frame is. */
  root(): FlatTable {
    return new FlatTable(this, this.follow(0));
  }

  /** Where the offset at a place leads to. */
  follow(at: number): number {
    return at + this.view.getUint32(at, true);
  }

  /** Where the elements of a vector begin, and how many there are. */
  vector(at: number, size: number): { readonly first: number; readonly count: number } {
    const start = this.follow(at);
    const count = this.view.getUint32(start, true);
    const first = start + 4;
    if (first + count * size > this.bytes.length) throw new SerializationError(`FlatBuffers vector must be within its frame, got ${count} elements`);
    this.#left -= count * size;
    if (this.#left < 0) throw new SerializationError('FlatBuffers frame must not use its bytes more than once');
    return { first, count };
  }

  text(at: number): string {
    return UTF8.decode(this.slice(at));
  }

  /** The bytes of a vector of them: a view into the frame. */
  slice(at: number): Uint8Array {
    const { first, count } = this.vector(at, 1);
    return this.bytes.subarray(first, first + count);
  }
}

/** One table: slots that are there or not. */
export class FlatTable {
  readonly frame: FlatFrame;
  readonly #at: number;
  readonly #layout: number;
  readonly #layoutSize: number;

  constructor(frame: FlatFrame, at: number) {
    this.frame = frame;
    this.#at = at;
    this.#layout = at - frame.view.getInt32(at, true);
    this.#layoutSize = frame.view.getUint16(this.#layout, true);
  }

  /** Where the content of a slot is; `undefined` where it was left out. */
  place(slot: number): number | undefined {
    const entry = 4 + 2 * slot;
    if (entry + 2 > this.#layoutSize) return undefined;
    const offset = this.frame.view.getUint16(this.#layout + entry, true);
    return offset === 0 ? undefined : this.#at + offset;
  }

  /** The table in a slot. */
  table(slot: number): FlatTable | undefined {
    const at = this.place(slot);
    return at === undefined ? undefined : new FlatTable(this.frame, this.frame.follow(at));
  }
}
