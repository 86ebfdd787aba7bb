import type { InvocationPolicy } from '../../protocol/options.ts';

/**
 * The callees of one registration in the order they registered, and which of them is next ("Shared Registration"):
 *
 * - `single`, `first`: the one that registered first
 * - `last`: the one that registered last
 * - `roundrobin`: one after the other; who comes and goes does not make anybody lose a turn
 * - `random`: any
 */
export class Callees<M> {
  readonly policy: InvocationPolicy;
  readonly #random: () => number;
  readonly #members: M[] = [];
  #turn = 0;

  /** @param random gives numbers from 0 up to but without 1; a test passes its own */
  constructor(policy: InvocationPolicy, random: () => number) {
    this.policy = policy;
    this.#random = random;
  }

  /** How many there are. */
  get size(): number {
    return this.#members.length;
  }

  /** Who they are, in the order they registered. */
  get members(): readonly M[] {
    return this.#members;
  }

  has(member: M): boolean {
    return this.#members.includes(member);
  }

  /** Adds a callee that is not among them. */
  add(member: M): void {
    this.#members.push(member);
  }

  /** Takes a callee out; tells whether it was there. */
  delete(member: M): boolean {
    const at = this.#members.indexOf(member);
    if (at < 0) return false;
    this.#members.splice(at, 1);
    if (at < this.#turn) this.#turn--;
    return true;
  }

  /** The callee that gets this call; `undefined` where there is none. */
  next(): M | undefined {
    const members = this.#members;
    switch (this.policy) {
      case 'single':
      case 'first':
        return members[0];
      case 'last':
        return members[members.length - 1];
      case 'roundrobin':
        if (this.#turn >= members.length) this.#turn = 0;
        return members[this.#turn++];
      case 'random':
        return members[Math.floor(this.#random() * members.length)];
    }
  }
}
