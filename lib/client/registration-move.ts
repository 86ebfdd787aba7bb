import type { TeardownLogic } from 'rxjs';
import type { Sink } from '../session/direct-observable.ts';
import type { Registration } from '../session/options.ts';
import type { RegistrationRecord } from '../session/registration-record.ts';
import type { Session } from '../session/session.ts';
import type { KeptRegistration } from './kept-registration.ts';

/** What became of a {@link RegistrationMove}. */
export interface RegistrationMoveListener {
  /** The next session has it. */
  arrived(): void;
  refused(error: unknown): void;
}

/**
 * A registration that is made in the next session while it is in its own. Until it is settled nobody hears of it; from then on it stands
 * between the registration and its new session.
 */
export class RegistrationMove implements Sink<Registration> {
  readonly kept: KeptRegistration;
  readonly #listener: RegistrationMoveListener;
  #inSession: Exclude<TeardownLogic, void> | undefined;
  #registration: Registration | undefined;
  #phase: 'moving' | 'settled' | 'over' = 'moving';

  constructor(kept: KeptRegistration, listener: RegistrationMoveListener) {
    this.kept = kept;
    this.#listener = listener;
  }

  get closed(): boolean { return this.#phase === 'over' || this.kept.closed; }

  /** Sends REGISTER; with `force` it takes the procedure from whoever has it, where the router knows how. */
  begin(session: Session, force: boolean): void {
    session.startRegister(force ? { ...this.kept.request, force } : this.kept.request, this);
  }

  /** The next session is the one. Gives the registration in the one before. */
  settle(): RegistrationRecord | undefined {
    if (this.closed) {
      this.cancel();
      return undefined;
    }
    this.#phase = 'settled';
    const before = this.kept.moveTo(this.#inSession);
    if (this.#registration !== undefined) this.kept.next(this.#registration);
    return before;
  }

  /** The next session is not to have it. */
  cancel(): void {
    if (this.#phase === 'settled') return;
    this.#phase = 'over';
    const inSession = this.#inSession;
    if (typeof inSession === 'object') inSession.unsubscribe();
  }

  add(teardown: TeardownLogic): void {
    this.#inSession = teardown ?? undefined;
    if (this.#phase === 'settled') this.kept.add(teardown);
  }

  next(registration: Registration): void {
    this.#registration = registration;
    if (this.#phase === 'settled') this.kept.next(registration);
    else this.#listener.arrived();
  }

  error(error: unknown): void {
    if (this.#phase === 'settled') return this.kept.error(error);
    this.#phase = 'over';
    this.#listener.refused(error);
  }

  complete(): void {
    if (this.#phase === 'settled') this.kept.complete();
  }
}
