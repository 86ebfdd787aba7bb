import type { MatchPolicy } from '../../protocol/uri.ts';
import type { Uri } from '../../types.ts';
import { PrefixTree } from './prefix-tree.ts';
import { WildcardTree } from './wildcard-tree.ts';

const NONE: readonly never[] = Object.freeze([]);

/**
 * Values by the pattern they stand for; the broker finds subscriptions in it and the dealer registrations. The same URI under another
 * policy is another pattern.
 *
 * A look-up does not scan: it costs one step in a Map for the exact pattern, at most the length of the URI for the prefixes, and for
 * the wildcards only what agrees with the URI. Patterns that do not match cost nothing.
 */
export class PatternIndex<T extends object> {
  // Each in an array of its own, so that `all` can hand it out as it stands.
  readonly #exact = new Map<Uri, readonly [T]>();
  readonly #prefixes = new PrefixTree<T>();
  readonly #wildcards = new WildcardTree<T>();

  /** How many patterns have a value. */
  get size(): number {
    return this.#exact.size + this.#prefixes.size + this.#wildcards.size;
  }

  /** How many nodes it is made of, over all policies. @internal */
  get nodes(): number {
    return this.#exact.size + this.#prefixes.nodes + this.#wildcards.nodes;
  }

  /** The value of exactly this pattern. */
  get(pattern: Uri, match: MatchPolicy): T | undefined {
    switch (match) {
      case 'exact':
        return this.#exact.get(pattern)?.[0];
      case 'prefix':
        return this.#prefixes.get(pattern);
      case 'wildcard':
        return this.#wildcards.get(pattern);
    }
  }

  /** Gives a pattern its value, in place of the one it had. */
  set(pattern: Uri, match: MatchPolicy, value: T): void {
    switch (match) {
      case 'exact':
        this.#exact.set(pattern, [value]);
        return;
      case 'prefix':
        this.#prefixes.set(pattern, value);
        return;
      case 'wildcard':
        this.#wildcards.set(pattern, value);
    }
  }

  /** Takes a pattern away; tells whether it was there. Leaves no empty nodes behind. */
  delete(pattern: Uri, match: MatchPolicy): boolean {
    switch (match) {
      case 'exact':
        return this.#exact.delete(pattern);
      case 'prefix':
        return this.#prefixes.delete(pattern);
      case 'wildcard':
        return this.#wildcards.delete(pattern);
    }
  }

  /** The values of all patterns that match the URI, as an event goes to them: exact, prefixes, wildcards. The list is not to be kept. */
  all(uri: Uri): readonly T[] {
    const exact: readonly T[] = this.#exact.get(uri) ?? NONE;
    if (this.#prefixes.size === 0 && this.#wildcards.size === 0) return exact;
    const found: T[] = [];
    this.#prefixes.collect(uri, found);
    this.#wildcards.collect(uri, found);
    return found.length === 0 ? exact : exact.concat(found);
  }

  /**
   * The value of the one pattern that a call goes to: exact, else the longest prefix, else the wildcard whose literal components
   * reach furthest (Pattern-based Registrations, "Calls matching multiple registrations").
   */
  best(uri: Uri): T | undefined {
    return this.#exact.get(uri)?.[0] ?? this.#prefixes.longest(uri) ?? this.#wildcards.best(uri);
  }
}
