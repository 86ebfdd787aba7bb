/** A source of numbers from 0 up to but without 1. */
export type Random = () => number;

/**
 * Chance that can be played again: the same seed gives the same numbers (mulberry32). Streams are independent of each other, so that one
 * more link or client does not change what happens to the others.
 */
export class Chance {
  readonly #seed: number;
  #streams = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** One more stream. */
  stream(): Random {
    this.#streams += 1;
    return mulberry32(Math.imul(this.#seed, 0x9e3779b1) + this.#streams);
  }
}

function mulberry32(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
