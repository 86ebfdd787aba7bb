/** Keys that are known at a time. Of one more the one that was not seen for longest is forgotten, and may begin anew. */
const MAX_KEYS = 10_000;

/**
 * So many per second for each key, and as many at once, at least one. Of a key one number is kept, the time at which its bucket is full again,
 * and nothing once that is past.
 */
export class TokenBuckets {
  readonly #now: () => number;
  /** Milliseconds in which one token comes. */
  readonly #interval: number;
  /** Milliseconds that a bucket may be from being full for a token to be in it. */
  readonly #tolerance: number;
  readonly #fullAt = new Map<string, number>();

  /** `now` tells the time in milliseconds. */
  constructor(perSecond: number, now: () => number) {
    this.#now = now;
    this.#interval = 1_000 / perSecond;
    this.#tolerance = (Math.max(1, Math.floor(perSecond)) - 1) * this.#interval;
  }

  /** How many keys are known. @internal */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Takes a token, and gives 0; or the milliseconds until there is one, and takes none. */
  take(key: string): number {
    const now = this.#now();
    this.#forgetFull(now);
    const fullAt = Math.max(now, this.#fullAt.get(key) ?? now);
    // The sums of many intervals are not exact: a millionth of a millisecond is no wait.
    const wait = fullAt - now - this.#tolerance;
    if (wait > 1e-6) return wait;
    // Behind all others: the map is in the order in which they were seen.
    this.#fullAt.delete(key);
    if (this.#fullAt.size === MAX_KEYS) this.#fullAt.delete(this.#fullAt.keys().next().value as string);
    this.#fullAt.set(key, fullAt + this.#interval);
    return 0;
  }

  // Those seen first are full first, but for those who take less than they may; whoever stays behind them goes with them.
  #forgetFull(now: number): void {
    for (const [key, fullAt] of this.#fullAt) {
      if (fullAt > now) return;
      this.#fullAt.delete(key);
    }
  }
}
