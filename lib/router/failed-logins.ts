/** What is taken of logins that fail. */
export interface FailedLoginSettings {
  readonly perAuthid: number;
  readonly perPeer: number;
  readonly period: number;
}

/** Failures that belong together: of one name at one address, or of the whole address. */
interface Failures {
  count: number;
  /** The time at which they are forgotten. */
  readonly until: number;
}

/** Keys that are known at a time, of either kind. Of one more the oldest is forgotten. */
const MAX_KEYS = 10_000;

/** So much of a name is looked at: it is chosen by who may want to fill memory with it. */
const MAX_NAME = 128;

/**
 * Counts logins that fail, by address, and by address and the name that was claimed, whether anybody has that name or not. Failures are forgotten
 * all at once, a period after the first one, and what is tried beyond a limit does not prolong it: nobody is locked out for ever, and nobody at another
 * address notices.
 */
export class FailedLogins {
  readonly #settings: FailedLoginSettings;
  readonly #now: () => number;
  readonly #ofNames = new Map<string, Failures>();
  readonly #ofPeers = new Map<string, Failures>();

  /** `now` tells the time in milliseconds. */
  constructor(settings: FailedLoginSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** How many keys are known. @internal */
  get size(): number {
    return this.#ofNames.size + this.#ofPeers.size;
  }

  /** Milliseconds until a name may be tried at an address; 0: now. */
  wait(peer: string, authid: string | undefined): number {
    const { perAuthid, perPeer } = this.#settings;
    const now = this.#now();
    const ofName = authid === undefined ? undefined : this.#ofNames.get(keyOf(peer, authid));
    return Math.max(0, left(ofName, perAuthid, now), left(this.#ofPeers.get(peer), perPeer, now));
  }

  /** A login fails. Tells whether it is the last one before a limit. */
  failed(peer: string, authid: string | undefined): boolean {
    const { perAuthid, perPeer } = this.#settings;
    const isLastOfName = authid !== undefined && perAuthid !== Infinity && this.#count(this.#ofNames, keyOf(peer, authid)) === perAuthid;
    const isLastOfPeer = perPeer !== Infinity && this.#count(this.#ofPeers, peer) === perPeer;
    return isLastOfName || isLastOfPeer;
  }

  /** A login succeeds: the name begins anew. The address does not, or whoever has a name of his own could go on for ever. */
  passed(peer: string, authid: string | undefined): void {
    if (authid !== undefined) this.#ofNames.delete(keyOf(peer, authid));
  }

  #count(table: Map<string, Failures>, key: string): number {
    const now = this.#now();
    // In the order in which they began, and so in that in which they end.
    for (const [old, { until }] of table) {
      if (until > now) break;
      table.delete(old);
    }
    const known = table.get(key);
    if (known !== undefined) return (known.count += 1);
    if (table.size === MAX_KEYS) table.delete(table.keys().next().value as string);
    table.set(key, { count: 1, until: now + this.#settings.period });
    return 1;
  }
}

function left(failures: Failures | undefined, most: number, now: number): number {
  return failures === undefined || failures.count < most ? 0 : failures.until - now;
}

// No address has a space in it.
function keyOf(peer: string, authid: string): string {
  return `${peer} ${authid.slice(0, MAX_NAME)}`;
}
