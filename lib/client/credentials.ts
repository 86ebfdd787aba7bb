import { ReplaySubject, Subscription, asyncScheduler, catchError, defer, isObservable, of, take, tap, throwError, throwIfEmpty, timeout, type Observable, type SchedulerLike } from 'rxjs';
import { answerOf } from '../auth/maybe-later.ts';
import { AuthenticationError } from '../errors.ts';
import type { Attempt, AuthOption, Credential } from './options.ts';

/** What {@link Credentials} are made with. */
export interface CredentialSettings {
  readonly auth: AuthOption | undefined;
  /** Milliseconds that an answer may take. @default 10000 */
  readonly timeout?: number | undefined;
  readonly scheduler?: SchedulerLike | undefined;
}

/** The credentials of a client, for one attempt after the other. */
export class Credentials {
  readonly #settings: CredentialSettings;
  // The last of an Observable. It stays over a time in which the client is idle.
  #latest = new ReplaySubject<Credential>(1);
  #source = Subscription.EMPTY;
  #known: Credential | undefined;
  #given: Credential | undefined;

  constructor(settings: CredentialSettings) {
    this.#settings = settings;
  }

  /** Whether there are newer ones than the last attempt was given. */
  get isStale(): boolean { return this.#known !== this.#given; }

  /** The scheduler's time from which on those are of no use that were given last, where others can be asked for. */
  get expiresAt(): number | undefined {
    if (typeof this.#settings.auth !== 'function' || this.#given === undefined) return undefined;
    const times = [this.#given].flat().map(({ expiresAt }) => expiresAt).filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The client is in use: an Observable is subscribed to. It is told of each value, and of the error that is the end. */
  start(on: { readonly renewed: () => void; readonly failed: (error: AuthenticationError) => void }): void {
    const { auth } = this.#settings;
    if (!isObservable(auth) || !this.#source.closed) return;
    const source = new Subscription();
    this.#source = source;
    source.add(auth.subscribe({
      next: (credential) => {
        this.#known = credential;
        this.#latest.next(credential);
        on.renewed();
      },
      error: (cause: unknown) => on.failed(new AuthenticationError('credentials must not end with an error', { cause, terminal: true })),
      complete: () => {
        // What was emitted last stays good; where nothing was, there is nothing to wait for.
        if (this.#known === undefined) this.#latest.complete();
      },
    }));
  }

  /** The client is idle or closed. */
  stop(): void {
    this.#source.unsubscribe();
    if (this.#latest.isStopped) this.#latest = new ReplaySubject(1);
  }

  /** Those of one attempt. Errors with AuthenticationError where there are none in time. */
  ask(attempt: Attempt): Observable<Credential | undefined> {
    const { auth, timeout: limit = 10_000, scheduler = asyncScheduler } = this.#settings;
    const given$ = defer((): Observable<Credential | undefined> => {
      if (typeof auth === 'function') return answerOf(() => auth(attempt));
      return isObservable(auth) ? this.#latest.pipe(take(1), throwIfEmpty()) : of(auth);
    });
    return given$.pipe(
      timeout({ first: limit, scheduler }),
      catchError((cause: unknown) => throwError(() => (isTerminal(cause) ? cause : new AuthenticationError('no credentials were given for the attempt', { cause })))),
      tap((given) => {
        this.#given = given;
        if (!isObservable(auth)) this.#known = given;
      }),
    );
  }
}

function isTerminal(cause: unknown): boolean {
  return cause instanceof AuthenticationError && cause.terminal;
}
