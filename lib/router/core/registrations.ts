import type { Census } from '../../census.ts';
import type { InvocationPolicy } from '../../protocol/options.ts';
import type { MatchPolicy } from '../../protocol/uri.ts';
import type { Id, Uri } from '../../types.ts';
import type { Directory } from './directory.ts';
import { Callees, type Terms } from './invocation-policy.ts';
import { NOTHING } from './outbound.ts';
import { PatternIndex } from './pattern-index.ts';

/** A procedure or pattern, and who answers for it. */
export interface Registration<M extends object> {
  readonly id: Id;
  readonly procedure: Uri;
  readonly match: MatchPolicy;
  /** Seconds since the epoch: whole ones, since those take up no more than a word. */
  readonly created: number;
  readonly callees: Callees<M>;
}

/** What {@link Registrations} need. */
export interface RegistrationsOptions {
  /** Gives each registration an id that is free in the router (2.1.2). */
  readonly nextId: () => Id;
  /** Numbers from 0 up to but without 1, for the policy `random`. */
  readonly random: () => number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Which procedures are registered, by whom. A registration ends with its last callee. */
export class Registrations<M extends object> implements Directory<Registration<M>> {
  readonly #options: RegistrationsOptions;
  readonly #index = new PatternIndex<Registration<M>>();
  readonly #registrations = new Map<Id, Registration<M>>();
  readonly #callees = new Map<M, Set<Registration<M>>>();

  constructor(options: RegistrationsOptions) {
    this.#options = options;
  }

  /** How many registrations there are. */
  get size(): number {
    return this.#registrations.size;
  }

  /** How many members have a registration. */
  get callees(): number {
    return this.#callees.size;
  }

  /** How many registrations a member has. */
  countOf(callee: M): number {
    return this.#callees.get(callee)?.size ?? 0;
  }

  /** The registration that a call of this procedure goes to. */
  find(procedure: Uri): Registration<M> | undefined {
    return this.#index.best(procedure);
  }

  /**
   * Adds a callee. `undefined` where the procedure is taken: its registration is not shared, or has another policy, or has this callee
   * already ("Shared Registration").
   */
  add(callee: M, procedure: Uri, match: MatchPolicy, policy: InvocationPolicy, terms: Terms): Registration<M> | undefined {
    const existing = this.#index.get(procedure, match);
    if (existing !== undefined && (policy === 'single' || existing.callees.policy !== policy || existing.callees.has(callee))) {
      return undefined;
    }

    const registration = existing ?? this.#create(procedure, match, policy);
    registration.callees.add(callee, terms);
    const own = this.#callees.get(callee);
    if (own === undefined) this.#callees.set(callee, new Set([registration]));
    else own.add(registration);
    return registration;
  }

  /** The registration of exactly this pattern. */
  byPattern(procedure: Uri, match: MatchPolicy): Registration<M> | undefined {
    return this.#index.get(procedure, match);
  }

  get(id: Id): Registration<M> | undefined {
    return this.#registrations.get(id);
  }

  values(): Iterable<Registration<M>> {
    return this.#registrations.values();
  }

  /** Takes a callee out of a registration, and gives that; `undefined` where it was not in. */
  remove(callee: M, id: Id): Registration<M> | undefined {
    const registration = this.#registrations.get(id);
    if (registration === undefined || !this.#drop(callee, registration)) return undefined;
    const own = this.#callees.get(callee);
    own?.delete(registration);
    if (own?.size === 0) this.#callees.delete(callee);
    return registration;
  }

  /** Takes a callee out of all its registrations, and gives those. */
  leave(callee: M): Iterable<Registration<M>> {
    const own = this.#callees.get(callee);
    if (own === undefined) return NOTHING;
    this.#callees.delete(callee);
    for (const registration of own) this.#drop(callee, registration);
    return own;
  }

  /** @internal */
  census(): Census {
    let entries = 0;
    for (const { callees } of this.#registrations.values()) entries += callees.size;
    return {
      registrations: this.#registrations.size,
      callees: this.#callees.size,
      'roster entries': entries,
      'index nodes of registrations': this.#index.nodes,
    };
  }

  #create(procedure: Uri, match: MatchPolicy, policy: InvocationPolicy): Registration<M> {
    const { nextId, random, now } = this.#options;
    const registration = { id: nextId(), procedure, match, created: now(), callees: new Callees<M>(policy, random) };
    this.#index.set(procedure, match, registration);
    this.#registrations.set(registration.id, registration);
    return registration;
  }

  #drop(callee: M, registration: Registration<M>): boolean {
    if (!registration.callees.delete(callee)) return false;
    if (registration.callees.size === 0) {
      this.#index.delete(registration.procedure, registration.match);
      this.#registrations.delete(registration.id);
    }
    return true;
  }
}
