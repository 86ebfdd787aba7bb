import { timer, type SchedulerLike, type Subscription, type TeardownLogic, type Unsubscribable } from 'rxjs';
import { TransportLostError, applicationErrorOf } from '../errors.ts';
import { backoffDelay, type BackoffOptions } from '../operators/retry-backoff.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { RegisterRequest } from '../session/callee.ts';
import type { Sink } from '../session/direct-observable.ts';
import type { Registration } from '../session/options.ts';
import { RegistrationRecord } from '../session/registration-record.ts';
import type { Session } from '../session/session.ts';

/** What the registrations of a client have in common. */
export interface Keeper {
  readonly backoff: BackoffOptions;
  readonly random: () => number;
  readonly scheduler: SchedulerLike;
  /** The registration is not wanted any more. */
  onEnd(registration: KeptRegistration): void;
}

const STALE_SESSION_TIMEOUT = 60_000;

/**
 * A registration of a client: made anew in every session, whose sink it is there. Unsubscribing undoes it.
 *
 * Where the router has not missed our old session yet, the procedure is taken. Then it is tried again, or taken over at once:
 *
 * ```
 * connection                o------x  o------------------
 * default                   R         R--R----R--------d-     R REGISTER, d registered: the router has missed the old session
 * takeover                  R         Fd-----------------     F REGISTER with force_reregister
 * ```
 */
export class KeptRegistration implements Sink<Registration>, Unsubscribable {
  readonly #request: RegisterRequest;
  readonly #sink: Sink<Registration>;
  readonly #keeper: Keeper;
  #inSession: Exclude<TeardownLogic, void> | undefined;
  #retrying: Retrying | undefined;
  #asked = false;

  constructor(request: RegisterRequest, sink: Sink<Registration>, keeper: Keeper) {
    this.#request = request;
    this.#sink = sink;
    this.#keeper = keeper;
  }

  get closed(): boolean { return this.#sink.closed; }

  /** A session was joined. */
  joined(session: Session): void {
    // The router may have taken it in our old session, whether or not we heard so.
    const { staleSessionTimeout = STALE_SESSION_TIMEOUT, takeover = false, invoke = 'single' } = this.#request.options;
    const isAgain = this.#asked;
    this.#asked = true;
    // Those who share a procedure with our old session are not in our way.
    const request = isAgain && takeover && invoke === 'single' ? { ...this.#request, force: true } : this.#request;
    this.#retrying = isAgain ? { session, request, attempt: 0, until: this.#keeper.scheduler.now() + staleSessionTimeout, timer: undefined } : undefined;
    session.startRegister(request, this);
  }

  /** Whether other sessions may have the procedure as well, be it our own next one. */
  get isShared(): boolean { return (this.#request.options.invoke ?? 'single') !== 'single'; }

  get request(): RegisterRequest { return this.#request; }

  /** It is in another session now, where `inSession` undoes it. Gives the registration in the one before, which does not count any more. */
  moveTo(inSession: Exclude<TeardownLogic, void> | undefined): RegistrationRecord | undefined {
    this.lost();
    this.#retrying = undefined;
    const before = this.#inSession;
    this.#inSession = inSession;
    if (!(before instanceof RegistrationRecord)) return undefined;
    before.detach();
    return before;
  }

  /** The session is gone: what waits to be tried again in it is up to the next one. */
  lost(): void {
    this.#retrying?.timer?.unsubscribe();
  }

  /** The client is leaving. What is called until the router has heard of it is answered, unless it is to be interrupted anyway. */
  leave(): void {
    const record = this.#request.options.onStop === 'interrupt' ? undefined : this.moveTo(undefined);
    this.ended(undefined);
    record?.unsubscribe();
  }

  /** There will be no other session. */
  ended(cause: unknown): void {
    if (cause === undefined) this.#sink.complete();
    else this.#sink.error(cause);
  }

  add(teardown: TeardownLogic): void {
    this.#inSession = teardown ?? undefined;
    if (this.closed) this.#undo();
  }

  next(registration: Registration): void {
    this.#sink.next(registration);
  }

  error(error: unknown): void {
    this.#inSession = undefined;
    // The next session registers again.
    if (error instanceof TransportLostError) return;
    if (applicationErrorOf(error)?.uri !== WampUri.procedureAlreadyExists || !this.#retryLater()) this.#sink.error(error);
  }

  complete(): void {
    this.#sink.complete();
  }

  unsubscribe(): void {
    this.#retrying?.timer?.unsubscribe();
    this.#undo();
    this.#keeper.onEnd(this);
  }

  #undo(): void {
    const inSession = this.#inSession;
    this.#inSession = undefined;
    if (typeof inSession === 'object') inSession.unsubscribe();
  }

  #retryLater(): boolean {
    const { backoff, random, scheduler } = this.#keeper;
    const retrying = this.#retrying;
    if (retrying === undefined) return false;
    retrying.attempt += 1;
    const delay = backoffDelay(backoff, retrying.attempt, random);
    if (scheduler.now() + delay >= retrying.until) return false;
    retrying.timer = timer(delay, scheduler).subscribe(() => retrying.session.startRegister(retrying.request, this));
    return true;
  }
}

/** Until our old session is missed. */
interface Retrying {
  readonly session: Session;
  readonly request: RegisterRequest;
  readonly until: number;
  attempt: number;
  timer: Subscription | undefined;
}
