import type { SchedulerLike } from 'rxjs';
import type { RegistrationRevokedError, SubscriptionRevokedError } from '../errors.ts';
import type { BackoffOptions } from '../operators/retry-backoff.ts';
import type { Dict, Id } from '../types.ts';
import { Claim, type ClaimTarget, type Claimant } from './claim.ts';
import type { Session } from './session.ts';

/** What {@link Claims} are made with by their client. */
export interface ClientSettings {
  readonly scheduler: SchedulerLike;
  /** How what may pass by itself is tried again. */
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  /** The joined session. */
  readonly session: () => Session | undefined;
}

/** What {@link Claims} are made with. */
export interface ClaimSettings extends ClientSettings {
  readonly verb: 'subscribe' | 'register';
  /** The type of the request that makes one. That which gives it back is two more. */
  readonly type: number;
  /** What a revocation names it by. */
  readonly key: 'subscription' | 'registration';
  readonly Revoked: typeof SubscriptionRevokedError | typeof RegistrationRevokedError;
}

/** The subscriptions of a client, or its registrations, over all its sessions. */
export class Claims<C extends Claimant> {
  readonly settings: ClaimSettings;
  /** Those that the router has granted in this session. */
  readonly granted: Map<Id, Claim<C>> = new Map();
  readonly #all = new Map<unknown, Claim<C>>();

  constructor(settings: ClaimSettings) {
    this.settings = settings;
  }

  /** The one of a key, be it a new one. */
  of(key: unknown, target: ClaimTarget): Claim<C> {
    const claim = this.#all.get(key) ?? new Claim<C>(this, target, () => { if (this.#all.get(key) === claim) this.#all.delete(key); });
    this.#all.set(key, claim);
    return claim;
  }

  joined(): void {
    for (const claim of [...this.#all.values()]) claim.joined();
  }

  lost(): void {
    this.granted.clear();
    for (const claim of [...this.#all.values()]) claim.lost();
  }

  /** The router has taken one away, be it one of these. */
  revoked(details: Dict): void {
    const { key, verb, Revoked } = this.settings;
    const { reason } = details;
    const claim = this.granted.get(details[key] as Id);
    if (claim === undefined) return;
    const { uri } = claim.target;
    claim.revoked(new Revoked(uri, typeof reason === 'string' ? reason : undefined, { operation: { verb, uri } }));
  }

  /** There will be no other session: all end, with `cause` where there is one. */
  close(cause: unknown): void {
    for (const { claimants } of [...this.#all.values()]) {
      for (const claimant of [...claimants]) if (cause === undefined) claimant.complete(); else claimant.error(cause);
    }
  }
}
