/** What was seen that may not be. A run goes on after the first one, which tells most. */
export class Faults {
  readonly list: string[] = [];
  /** Frames were spoilt: what arrives need not be what was sent. */
  isSpoilt = false;
  /** The router broke the protocol. */
  isProvoked = false;

  add(what: string): void {
    this.list.push(what);
  }

  /** Adds what is wrong only as long as the wire tells the truth. */
  addOfWire(what: string): void {
    if (!this.isSpoilt) this.add(what);
  }
}
