/** Keys of which values are kept. */
const MAX_KEYS = 64;

/** Characters of the longest key of which a value is kept. */
const MAX_KEY_LENGTH = 4096;

/**
 * Gives the same value to all who ask with the same key: clients of one make say the same of themselves, and what is kept of it is kept once
 * for all their sessions. What is kept is bounded, and forgotten as a whole beyond that.
 */
export class SharedValues<T extends object> {
  readonly #values = new Map<string, T>();

  /** The value of a key, made where it is not known. */
  get(key: string, make: () => T): T {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = make();
    if (this.#values.size === MAX_KEYS) this.#values.clear();
    if (key.length <= MAX_KEY_LENGTH) this.#values.set(key, value);
    return value;
  }
}
