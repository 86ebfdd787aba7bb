import type { Id } from '../types.ts';

const FIRST_SIZE = 64;
const LAST_SIZE = 4096;

/**
 * What belongs to ids that are given out one after the other and are soon done with: requests, invocations. Ids that are close together
 * never share a place of the ring, so a look-up is one comparison; one that stays while the ids go once round it moves to a Map.
 *
 * A Map alone would do, but for the garbage collector: one that is filled and emptied all the time leaves a chain of old tables behind,
 * each of which holds what was in it, until the heap is collected as a whole.
 */
export class IdTable<T> {
  // Two rings of the same size: which id has the place, 0 for none, and what belongs to it.
  #ids: Id[] = emptyIds(FIRST_SIZE);
  #values: (T | undefined)[] = emptyValues(FIRST_SIZE);
  readonly #stragglers = new Map<Id, T>();
  #inRing = 0;

  get size(): number {
    return this.#inRing + this.#stragglers.size;
  }

  get(id: Id): T | undefined {
    const at = this.#placeOf(id);
    if (this.#ids[at] === id) return this.#values[at];
    return this.#stragglers.size === 0 ? undefined : this.#stragglers.get(id);
  }

  /** Adds what was not there. */
  add(id: Id, value: T): void {
    let at = this.#placeOf(id);
    if (this.#ids[at] !== 0) {
      if (this.#inRing * 2 > this.#ids.length && this.#ids.length < LAST_SIZE) {
        this.#grow();
        at = this.#placeOf(id);
      }
      this.#makeRoom(at);
    }
    this.#ids[at] = id;
    this.#values[at] = value;
    this.#inRing += 1;
  }

  /** Takes out what is there, and gives it. */
  take(id: Id): T | undefined {
    const at = this.#placeOf(id);
    if (this.#ids[at] === id) {
      const value = this.#values[at];
      this.#ids[at] = 0;
      this.#values[at] = undefined;
      this.#inRing -= 1;
      return value;
    }
    if (this.#stragglers.size === 0) return undefined;
    const value = this.#stragglers.get(id);
    this.#stragglers.delete(id);
    return value;
  }

  /** What there is, by ascending id. */
  values(): readonly T[] {
    const entries = [...this.#stragglers];
    this.#ids.forEach((id, at) => {
      if (id !== 0) entries.push([id, this.#values[at] as T]);
    });
    return entries.sort(([left], [right]) => left - right).map(([, value]) => value);
  }

  clear(): void {
    this.#ids.fill(0);
    this.#values.fill(undefined);
    this.#stragglers.clear();
    this.#inRing = 0;
  }

  // The low bits, which `&` gives of any integer up to 2^53.
  #placeOf(id: Id): number {
    return id & (this.#ids.length - 1);
  }

  #makeRoom(at: number): void {
    const id = this.#ids[at];
    if (id === undefined || id === 0) return;
    this.#stragglers.set(id, this.#values[at] as T);
    this.#inRing -= 1;
  }

  #grow(): void {
    const ids = this.#ids;
    const values = this.#values;
    const size = ids.length * 2;
    this.#ids = emptyIds(size);
    this.#values = emptyValues(size);
    ids.forEach((id, from) => {
      const at = this.#placeOf(id);
      if (id === 0) return;
      this.#ids[at] = id;
      this.#values[at] = values[from];
    });
  }
}

// Both without holes from the start, which keeps their elements next to one another.
function emptyIds(length: number): Id[] {
  return Array.from({ length }, () => 0);
}

function emptyValues<T>(length: number): (T | undefined)[] {
  return Array.from({ length }, () => undefined);
}
