import { Subscription, timer } from 'rxjs';
import { TransportLostError, type ApplicationError, type WampError } from '../errors.ts';
import { backoffDelay } from '../operators/retry-backoff.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Pattern } from '../session/pattern.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { Claims } from './claims.ts';

/** Somebody that a {@link Claim} is made for. */
export interface Claimant {
  /** The router has granted it: once in each session. */
  granted(id: Id): void;
  error(error: unknown): void;
  complete(): void;
}

/** What is claimed. */
export interface ClaimTarget extends Pattern {
  readonly uri: Uri;
  readonly options: Dict;
  /** For how many milliseconds a session after the first one is refused what the router has not missed in the one before. */
  readonly patience: number;
}

/**
 * A subscription or a registration: asked for in each session for as long as somebody wants it, and then given back. It compares what is wanted
 * with what there is and asks for the difference, one request at a time; at each answer it compares anew.
 */
export class Claim<C extends Claimant = Claimant> {
  readonly target: ClaimTarget;
  readonly claimants: Set<C> = new Set();
  readonly #kind: Claims<C>;
  readonly #onUnwanted: () => void;
  #id: Id | undefined;
  #isAsking = false;
  #isAgain = false;
  #since = 0;
  #attempt = 0;
  #retry = Subscription.EMPTY;
  #lingering = Subscription.EMPTY;

  /** `onUnwanted` is called when nobody wants it and nothing is left of it. */
  constructor(kind: Claims<C>, target: ClaimTarget, onUnwanted: () => void) {
    this.#kind = kind;
    this.target = target;
    this.#onUnwanted = onUnwanted;
  }

  /** Whether it is being asked for, or given back. */
  get isAsking(): boolean { return this.#isAsking; }

  add(claimant: C): void {
    this.#lingering.unsubscribe();
    this.claimants.add(claimant);
    this.settle();
  }

  /** Behind the last one it is given back: at once, or after so many milliseconds, of which 0 are the end of the current macrotask. */
  remove(claimant: C, grace?: number): void {
    this.claimants.delete(claimant);
    if (grace === undefined || this.#kind.settings.session() === undefined) this.settle();
    else if (this.claimants.size === 0) this.#lingering = timer(grace, this.#kind.settings.scheduler).subscribe(() => this.settle());
  }

  /** A session was joined. */
  joined(): void {
    this.#since = this.#kind.settings.scheduler.now();
    this.#attempt = 0;
    this.settle();
  }

  /** The session is over. */
  lost(): void {
    this.#retry.unsubscribe();
    this.#lingering.unsubscribe();
    this.#id = undefined;
    this.#isAgain = true;
    this.#isAsking = false;
    this.settle();
  }

  /** The router has taken it away. */
  revoked(error: WampError): void {
    this.#forget();
    for (const claimant of [...this.claimants]) claimant.error(error);
  }

  /** Asks for what is missing, and gives back what nobody wants. */
  settle(): void {
    if (this.#isAsking || !this.#retry.closed) return;
    const { type, verb, session } = this.#kind.settings;
    const wanted = this.claimants.size > 0;
    if (wanted === (this.#id !== undefined)) return wanted ? undefined : this.#onUnwanted();
    const joined = session();
    if (joined === undefined) return;
    this.#isAsking = true;
    const { uri, pattern, options } = this.target;
    const failed = (error: WampError): void => {
      if (error instanceof TransportLostError) return;
      this.#isAsking = false;
      if (wanted) this.#refused(error as ApplicationError);
      // There was nothing to give back: a revocation crossed it.
      else this.#forget();
      this.settle();
    };
    try {
      if (wanted) joined.ask(type, [options, pattern], { operation: { verb, uri }, answered: ({ values }) => this.#accepted(values[1] as Id), failed });
      else joined.ask(type + 2, [this.#id], { operation: { verb, uri }, answered: () => { this.#isAsking = false; this.#forget(); this.settle(); }, failed });
    } catch (error) {
      failed(error as WampError);
    }
  }

  #accepted(id: Id): void {
    this.#isAsking = false;
    this.#id = id;
    this.#kind.granted.set(id, this);
    for (const claimant of [...this.claimants]) claimant.granted(id);
    this.settle();
  }

  #forget(): void {
    if (this.#id !== undefined) this.#kind.granted.delete(this.#id);
    this.#id = undefined;
  }

  #refused(error: ApplicationError): void {
    const { scheduler, backoff, random } = this.#kind.settings;
    const delay = backoffDelay(backoff, this.#attempt += 1, random);
    // The router has not missed our old session yet.
    if (this.#isAgain && error.uri === WampUri.procedureAlreadyExists && scheduler.now() + delay < this.#since + this.target.patience) {
      this.#retry = timer(delay, scheduler).subscribe(() => {
        this.#retry = Subscription.EMPTY;
        this.settle();
      });
    } else for (const claimant of [...this.claimants]) claimant.error(error);
  }
}
