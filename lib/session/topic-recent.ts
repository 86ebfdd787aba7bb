/** The last so many values of a stream, by value: what has been seen lately, in bounded memory. */
export class Recent<T> {
  readonly #size: number;
  // In the order in which they came: the first is the oldest.
  readonly #values = new Set<T>();
  #last: T | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  /** The newest. */
  get last(): T | undefined { return this.#last; }

  has(value: T): boolean {
    return this.#values.has(value);
  }

  add(value: T): void {
    this.#last = value;
    this.#values.delete(value);
    this.#values.add(value);
    if (this.#values.size <= this.#size) return;
    for (const oldest of this.#values) {
      this.#values.delete(oldest);
      return;
    }
  }
}
