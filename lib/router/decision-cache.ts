import type { Uri } from '../types.ts';
import type { Decision, DecisionFilter } from './options.ts';

/** A decision that is kept, and for whom: for everybody of the role where there is no authid. */
export interface KeptDecision {
  readonly authid: string | undefined;
  readonly authrole: string;
  readonly uri: Uri;
  readonly decision: Decision;
}

/** Options of {@link DecisionCache}. */
export interface DecisionCacheSettings {
  /** Milliseconds for which a decision is good. */
  readonly ttl: number;
  /** Decisions that are kept; one more takes the place of the one that was not asked for for the longest time. */
  readonly size: number;
  readonly now: () => number;
}

interface Entry extends KeptDecision {
  readonly expires: number;
}

/** Decisions by what was asked. They stay when sessions leave, so their number and the time they are good for are bounded. */
export class DecisionCache {
  readonly #settings: DecisionCacheSettings;
  // In the order in which they were asked for.
  readonly #entries = new Map<string, Entry>();

  constructor(settings: DecisionCacheSettings) {
    this.#settings = settings;
  }

  /** How many are kept, those included that nobody has asked for since they expired. */
  get size(): number {
    return this.#entries.size;
  }

  /** The decision of a key, while it is good. */
  find(key: string): Decision | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.expires <= this.#settings.now()) return undefined;
    this.#entries.set(key, entry);
    return entry.decision;
  }

  /** Keeps a decision from now on. */
  keep(key: string, kept: KeptDecision): void {
    const { ttl, size, now } = this.#settings;
    this.#entries.delete(key);
    if (size === 0) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < size) break;
      this.#entries.delete(oldest);
    }
    this.#entries.set(key, { ...kept, expires: now() + ttl });
  }

  /** Forgets those that the filter fits, and tells how many they were. */
  forget({ authid, authrole, uri }: DecisionFilter): number {
    const before = this.#entries.size;
    for (const [key, entry] of this.#entries) {
      const fits = (authid === undefined || entry.authid === undefined || entry.authid === authid)
        && (authrole === undefined || entry.authrole === authrole) && (uri === undefined || entry.uri === uri);
      if (fits) this.#entries.delete(key);
    }
    return before - this.#entries.size;
  }
}
