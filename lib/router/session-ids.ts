import { MAX_ID, randomId } from '../protocol/ids.ts';
import type { Id } from '../types.ts';

/** The ids of the sessions of a router: chosen by chance, each given to one session at a time (2.1.2). */
export class SessionIds {
  readonly #taken = new Set<Id>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** How many are taken. @internal */
  get size(): number {
    return this.#taken.size;
  }

  /** An id that no session has. It is taken until it is released. */
  take(): Id {
    let id = randomId(this.#random);
    // Counting on ends even where the source of chance is stuck.
    while (this.#taken.has(id)) id = id === MAX_ID ? 1 : id + 1;
    this.#taken.add(id);
    return id;
  }

  /** Gives an id back. */
  release(id: Id): void {
    this.#taken.delete(id);
  }
}
