import type { InvocationPolicy } from '../protocol/options.ts';

/**
 * Who answers for one registration, in the order they registered, and who of them is next ("Shared Registration"):
 *
 * - `single`, `first`: the one that registered first
 * - `last`: the one that registered last
 * - `roundrobin`: one after the other; who comes and goes does not make anybody lose a turn
 * - `random`: any
 */
export class TabCallees<T> {
  readonly #policy: InvocationPolicy;
  readonly #random: () => number;
  readonly #callees: T[] = [];
  #turn = 0;

  /** @param random gives numbers from 0 up to but without 1; a test passes its own */
  constructor(policy: InvocationPolicy, random: () => number = Math.random) {
    this.#policy = policy;
    this.#random = random;
  }

  /** How many there are. */
  get size(): number { return this.#callees.length; }

  has(callee: T): boolean {
    return this.#callees.includes(callee);
  }

  /** Adds one that is not among them. */
  add(callee: T): void {
    this.#callees.push(callee);
  }

  /** Takes one out; tells whether it was there. */
  delete(callee: T): boolean {
    const at = this.#callees.indexOf(callee);
    if (at < 0) return false;
    this.#callees.splice(at, 1);
    if (at < this.#turn) this.#turn--;
    return true;
  }

  /** Who gets a call, as if those who were tried were not there; `undefined` where nobody is left. */
  next(tried: ReadonlySet<T>): T | undefined {
    const isOpen = (callee: T): boolean => !tried.has(callee);
    switch (this.#policy) {
      case 'single':
      case 'first':
        return this.#callees.find(isOpen);
      case 'last':
        return this.#callees.findLast(isOpen);
      case 'random': {
        const open = this.#callees.filter(isOpen);
        return open[Math.floor(this.#random() * open.length)];
      }
      case 'roundrobin': {
        const later = this.#callees.findIndex((callee, at) => at >= this.#turn && isOpen(callee));
        const at = later < 0 ? this.#callees.findIndex(isOpen) : later;
        if (at >= 0) this.#turn = at + 1;
        return this.#callees[at];
      }
    }
  }

  /** All of them. */
  [Symbol.iterator](): Iterator<T> {
    return this.#callees.values();
  }
}
