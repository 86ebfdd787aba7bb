import type { Unsubscribable } from 'rxjs';
import { TransportLostError, type Operation, type WampError } from '../errors.ts';
import type { ErrorMessage, Registered } from '../protocol/messages.ts';
import type { Dict, Id } from '../types.ts';
import type { Callee, RegisterRequest } from './callee.ts';
import type { Sink } from './direct-observable.ts';
import type { Registration } from './options.ts';
import { NO_KWARGS } from './payload.ts';
import { refusalOf } from './refusal.ts';
import type { PendingRequest } from './role-host.ts';

type Phase = 'registering' | 'on' | 'unregistering' | 'off';

/** One registration on the wire. Unsubscribing undoes it. */
export class RegistrationRecord implements PendingRequest, Unsubscribable {
  phase: Phase = 'registering';
  id: Id = 0;
  /** The id of its REGISTER. */
  asked: Id = 0;
  readonly request: RegisterRequest;
  sink: Sink<Registration>;
  readonly #callee: Callee;

  constructor(callee: Callee, request: RegisterRequest, sink: Sink<Registration>) {
    this.#callee = callee;
    this.request = request;
    this.sink = sink;
  }

  /** Whether somebody still wants it. */
  get wanted(): boolean { return !this.sink.closed; }

  /** Whether another session of its client has it, or is about to. */
  get isMoved(): boolean { return this.sink === EVERYBODY; }

  /** The same for all that ask for the same procedures. */
  get key(): string { return `${this.request.match} ${this.request.pattern}`; }

  get operation(): Operation { return { verb: 'register', uri: this.request.uri, request: this.asked }; }

  answered({ registration }: Registered): void {
    this.id = registration;
    this.phase = 'on';
    this.#callee.registered(this);
    if (this.wanted) this.sink.next({ id: registration, uri: this.request.uri });
    else this.#callee.unregister(this);
    this.#callee.answered(this);
  }

  refused(message: ErrorMessage): void {
    this.phase = 'off';
    this.sink.error(refusalOf(this.#callee.session, message, { operation: this.operation }));
    this.#callee.answered(this);
  }

  lost(cause: WampError): void {
    this.phase = 'off';
    this.sink.error(new TransportLostError(`session ended, and with it the registration of ${this.request.uri}`, { cause, operation: this.operation }));
  }

  /** The values of the template's holes; `undefined` where the called URI does not fit them. */
  readParams(details: Dict): Dict | undefined {
    const { template } = this.request;
    if (template === undefined) return NO_KWARGS;
    const procedure = details['procedure'];
    return template.read(typeof procedure === 'string' ? procedure : this.request.pattern);
  }

  /** Another session has it, or is about to: whoever it is for hears nothing more of it. Invocations are taken until it is undone. */
  detach(): void {
    this.sink = this.phase === 'registering' ? NOBODY : EVERYBODY;
  }

  unsubscribe(): void {
    if (this.phase !== 'off') this.#callee.unregister(this);
  }
}

/** Wants nothing, so that it is undone as soon as it is there. */
const NOBODY: Sink<Registration> = { closed: true, next: () => {}, error: () => {}, complete: () => {}, add: () => {} };
/** Wants the invocations, and to hear of nothing. */
const EVERYBODY: Sink<Registration> = { ...NOBODY, closed: false };
