import type { InvocationPolicy } from '../../protocol/options.ts';

/** What a callee asked for when it registered. */
export interface Terms {
  /** How many calls of the registration it may have at a time. */
  readonly concurrency: number;
  /** Whether it keeps the time of its calls itself ("Call Timeouts"). */
  readonly forwardTimeout: boolean;
  /** Whether it wants to know who calls ("Caller Identification"). */
  readonly discloseCaller: boolean;
}

/** A callee of one registration. */
export interface Endpoint<M> {
  readonly member: M;
  readonly terms: Terms;
  /** How many calls of the registration it has. */
  running: number;
}

/**
 * The callees of one registration in the order they registered, and which of them is next ("Shared Registration"):
 *
 * - `single`, `first`: the one that registered first
 * - `last`: the one that registered last
 * - `roundrobin`: one after the other; who comes and goes does not make anybody lose a turn
 * - `random`: any
 *
 * Who has as many calls as it takes is passed over, as if it were not there.
 */
export class Callees<M extends object> {
  readonly policy: InvocationPolicy;
  readonly #random: () => number;
  #endpoints: Endpoint<M>[] = [];
  #turn = 0;

  /** @param random gives numbers from 0 up to but without 1; a test passes its own */
  constructor(policy: InvocationPolicy, random: () => number) {
    this.policy = policy;
    this.#random = random;
  }

  /** How many there are. */
  get size(): number {
    return this.#endpoints.length;
  }

  /** Who they are, in the order they registered. */
  get members(): readonly M[] {
    return this.#endpoints.map(({ member }) => member);
  }

  /** They and their terms, in the order they registered. */
  get endpoints(): readonly Endpoint<M>[] {
    return this.#endpoints;
  }

  has(member: M): boolean {
    return this.#endpoints.some((endpoint) => endpoint.member === member);
  }

  /** Adds a callee that is not among them. */
  add(member: M, terms: Terms): void {
    const endpoint = { member, terms, running: 0 };
    // Most registrations have one callee: a list that was never pushed to has no room to spare.
    if (this.#endpoints.length === 0) this.#endpoints = [endpoint];
    else this.#endpoints.push(endpoint);
  }

  /** Takes a callee out; tells whether it was there. */
  delete(member: M): boolean {
    const at = this.#endpoints.findIndex((endpoint) => endpoint.member === member);
    if (at < 0) return false;
    this.#endpoints.splice(at, 1);
    if (at < this.#turn) this.#turn--;
    return true;
  }

  /** The callee that gets this call; `undefined` where all have as many as they take. */
  next(): Endpoint<M> | undefined {
    const endpoints = this.#endpoints;
    if (this.#turn >= endpoints.length) this.#turn = 0;
    const at = this.#choice();
    const endpoint = endpoints[at];
    if (endpoint === undefined || !hasRoom(endpoint)) return this.nextBut();
    if (this.policy === 'roundrobin') this.#turn = at + 1;
    return endpoint;
  }

  /** As {@link next}, but as if those who were tried were not there ("Call Re-Routing"). */
  nextBut(tried?: WeakSet<M>): Endpoint<M> | undefined {
    const endpoints = this.#endpoints;
    const isOpen = (endpoint: Endpoint<M>): boolean => hasRoom(endpoint) && tried?.has(endpoint.member) !== true;
    switch (this.policy) {
      case 'single':
      case 'first':
        return endpoints.find(isOpen);
      case 'last':
        return endpoints.findLast(isOpen);
      case 'random': {
        const open = endpoints.filter(isOpen);
        return open[Math.floor(this.#random() * open.length)];
      }
      case 'roundrobin': {
        const later = endpoints.findIndex((endpoint, at) => at >= this.#turn && isOpen(endpoint));
        const at = later < 0 ? endpoints.findIndex(isOpen) : later;
        if (at >= 0) this.#turn = at + 1;
        return endpoints[at];
      }
    }
  }

  #choice(): number {
    switch (this.policy) {
      case 'single':
      case 'first':
        return 0;
      case 'last':
        return this.#endpoints.length - 1;
      case 'roundrobin':
        return this.#turn;
      case 'random':
        return Math.floor(this.#random() * this.#endpoints.length);
    }
  }
}

/** Whether it may have one call more. */
export function hasRoom({ running, terms }: Endpoint<unknown>): boolean {
  return running < terms.concurrency;
}
