/**
 * A set that is read as a list far more often than it changes. A list that was handed out stays as it is: after a change the next
 * reader gets a new one.
 */
export class Roster<M> {
  readonly #members = new Set<M>();
  #list: readonly M[] | undefined;

  /** How many there are. */
  get size(): number {
    return this.#members.size;
  }

  /** Those that were added, in that order. The same array until the next change. */
  get list(): readonly M[] {
    return (this.#list ??= [...this.#members]);
  }

  has(member: M): boolean {
    return this.#members.has(member);
  }

  /** Adds a member; tells whether it is new. */
  add(member: M): boolean {
    if (this.#members.has(member)) return false;
    this.#members.add(member);
    this.#list = undefined;
    return true;
  }

  /** Takes a member out; tells whether it was there. */
  delete(member: M): boolean {
    if (!this.#members.delete(member)) return false;
    this.#list = undefined;
    return true;
  }
}
