/** What the machine offers: three topics and two procedures, by name and by shape. Nothing here needs Node: the page in a browser knows it too. */

export const CPU = 'com.example.machine.cpu';
export const MEMORY = 'com.example.machine.memory';
export const DELAY = 'com.example.machine.delay';
export const CHECKSUM = 'com.example.checksum';
export const CUT_LINE = 'com.example.cut_line';

/** What goes with each event, beside its value. */
export interface Numbered {
  /** Counts the samples, so that a subscriber knows what it missed. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** How busy each core was, from 0 to 1. */
export type Cpu = readonly number[];

/** Bytes. */
export interface Memory {
  readonly used: number;
  readonly total: number;
}

/** The longest time that the event loop came late, in milliseconds. */
export type Delay = number;

/** How far a checksum is. */
export interface Progress {
  readonly files: number;
  readonly bytes: number;
  readonly allFiles: number;
  readonly allBytes: number;
}

export interface Checksum {
  /** SHA-256 of the contents of all files one after the other: `find lib -type f | LC_ALL=C sort | xargs cat | sha256sum`. */
  readonly sha256: string;
  readonly files: number;
  readonly bytes: number;
}
