/** What many times come to: how many in a second, and in milliseconds how long half of them took at most, and so on. */
export interface Summary {
  readonly count: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Each bucket is so much longer than the one before. */
const RATIO = 1.02;
const SHORTEST = 0.001;
const BUCKETS = 1200;

/** Counts times by how long they are, to 2 %, in room that does not grow. */
export class Latencies {
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #max = 0;

  /** @param milliseconds with decimals */
  add(milliseconds: number): void {
    const bucket = Math.ceil(Math.log(Math.max(milliseconds, SHORTEST) / SHORTEST) / Math.log(RATIO));
    this.#buckets[Math.min(BUCKETS - 1, bucket)]! += 1;
    this.#count += 1;
    this.#max = Math.max(this.#max, milliseconds);
  }

  /** @param elapsed milliseconds in which all that was */
  summary(elapsed: number): Summary {
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((part) => this.#percentile(part)) as [number, number, number];
    return { count: this.#count, perSecond: elapsed > 0 ? (this.#count * 1000) / elapsed : 0, p50, p90, p99, max: this.#max };
  }

  #percentile(part: number): number {
    let left = Math.ceil(this.#count * part);
    const bucket = this.#buckets.findIndex((count) => (left -= count) <= 0);
    return this.#count === 0 ? 0 : Math.min(this.#max, SHORTEST * RATIO ** bucket);
  }
}
