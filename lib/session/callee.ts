import type { Unsubscribable } from 'rxjs';
import { ProtocolError, RegistrationRevokedError, TransportLostError, type Operation, type WampError } from '../errors.ts';
import { MessageType, type ErrorMessage, type Interrupt, type Invocation as InvocationMessage, type Registered, type Unregistered } from '../protocol/messages.ts';
import { IdTable } from '../protocol/id-table.ts';
import { writeRegisterOptions, writeYieldOptions } from '../protocol/options.ts';
import { WampUri } from '../protocol/uri.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import { checkOneOf } from './checks.ts';
import type { Sink } from './direct-observable.ts';
import { RunningInvocation, type InvocationHost } from './invocation.ts';
import type { AnyProcedure, RegisterOptions, Registration } from './options.ts';
import { readPattern, type Pattern } from './pattern.ts';
import { NO_KWARGS } from './payload.ts';
import { refusalOf } from './refusal.ts';
import type { PendingRequest, RoleHost } from './role-host.ts';

/** A registration that was read and found right, ready to be made in any number of sessions. */
export interface RegisterRequest extends Pattern {
  readonly uri: Uri;
  readonly procedure: AnyProcedure;
  readonly options: RegisterOptions;
}

const NO_REGISTER_OPTIONS: RegisterOptions = {};

/** Reads what a user passed to `register`. Throws InvalidUriError, TypeError or RangeError. */
export function readRegister(uri: Uri, procedure: AnyProcedure, options: RegisterOptions = NO_REGISTER_OPTIONS): RegisterRequest {
  const pattern = readPattern(uri, options.match, 'procedure');
  checkOneOf(options.invoke, ['single', 'first', 'last', 'roundrobin', 'random'], 'invoke');
  checkOneOf(options.final, ['empty', 'last'], 'final');
  checkOneOf(options.onStop, ['drain', 'interrupt'], 'onStop');
  if (typeof procedure !== 'function') throw new TypeError(`procedure must be a function, got ${typeof procedure}`);
  return { uri, ...pattern, procedure, options };
}

type Phase = 'registering' | 'on' | 'unregistering' | 'off';

const { REGISTER, UNREGISTER } = MessageType;

/** The callee of a session (6.2): registrations, and the invocations that run. */
export class Callee implements InvocationHost {
  readonly #host: RoleHost;
  readonly #registrations = new Map<Id, RegistrationRecord>();
  readonly #running = new IdTable<RunningInvocation>();
  // A REGISTER that nobody wants any more before it is answered, with those who want the same: theirs go behind its UNREGISTER, since
  // they would be refused before it.
  readonly #abandoned = new Map<string, { readonly record: RegistrationRecord; readonly waiting: RegistrationRecord[] }>();

  constructor(host: RoleHost) {
    this.#host = host;
  }

  get idle(): boolean { return this.#registrations.size + this.#running.size === 0; }

  /** Sends REGISTER for a sink; undone by UNREGISTER. */
  start(request: RegisterRequest, sink: Sink<Registration>): void {
    const record = new RegistrationRecord(this, request, sink);
    const abandoned = this.#abandoned.get(record.key);
    if (abandoned === undefined) this.#register(record);
    else abandoned.waiting.push(record);
    sink.add(record);
  }

  registered(record: RegistrationRecord): void {
    this.#registrations.set(record.id, record);
  }

  /** REGISTER was answered, and what follows from that was sent. */
  answered(record: RegistrationRecord): void {
    const abandoned = this.#abandoned.get(record.key);
    if (abandoned?.record !== record) return;
    this.#abandoned.delete(record.key);
    for (const next of abandoned.waiting) if (next.wanted) this.#register(next);
  }

  /** The sink of a registration has left. */
  unregister(record: RegistrationRecord): void {
    if (record.request.options.onStop === 'interrupt') {
      for (const running of this.#running.values()) if (running.registration === record) running.interrupt('unregistered', WampUri.canceled);
    }
    if (record.phase === 'registering' && !this.#abandoned.has(record.key)) this.#abandoned.set(record.key, { record, waiting: [] });
    // While registering it is decided at REGISTERED.
    if (record.phase !== 'on') return;
    record.phase = 'unregistering';
    // ERROR says that there was nothing to unregister: a revocation crossed it.
    const forget = (): void => this.#forget(record);
    const request = this.#host.ask(UNREGISTER, { answered: (_message: Unregistered) => forget(), refused: forget, lost: () => {} });
    this.#host.send({ type: UNREGISTER, request, registration: record.id });
  }

  /** UNREGISTERED with request 0. */
  revoked(details: Dict = {}): void {
    const record = this.#registrations.get(details['registration'] as Id);
    if (record === undefined || record.phase !== 'on') return;
    this.#forget(record);
    const reason = details['reason'];
    record.sink.error(new RegistrationRevokedError(record.request.uri, typeof reason === 'string' ? reason : undefined, { operation: record.operation }));
  }

  invocation(message: InvocationMessage): void {
    const { request, registration, details } = message;
    const record = this.#registrations.get(registration);
    if (this.#running.get(request) !== undefined) throw new ProtocolError(`INVOCATION.Request must be a new id, got ${request}, which is still running`);
    if (record === undefined || !record.wanted) {
      // It crossed our UNREGISTER. The caller may try another callee.
      return this.answer(() => this.fail(request, WampUri.unavailable, [`${typeof details['procedure'] === 'string' ? details['procedure'] : 'the procedure'} is being unregistered`]));
    }
    const params = record.readParams(details);
    if (params === undefined) return this.answer(() => this.fail(request, WampUri.noSuchProcedure, [`the called URI does not fit ${record.request.uri}`]));
    const running = new RunningInvocation(this, record, message, params);
    this.#running.add(request, running);
    running.run(record.request.procedure);
  }

  interrupt({ request, options }: Interrupt): void {
    // Unknown: our answer crossed it.
    this.#running.get(request)?.interrupt(options['reason'] ?? options['mode'] ?? 'canceled', WampUri.canceled);
  }

  /** The session is over: registrations are gone, and results have no address any more. */
  lost(cause: WampError): void {
    const records = [...this.#registrations.values(), ...[...this.#abandoned.values()].flatMap(({ waiting }) => waiting)];
    const running = this.#running.values();
    this.#registrations.clear();
    this.#abandoned.clear();
    this.#running.clear();
    for (const record of records) record.lost(cause);
    for (const invocation of running) invocation.abandon(cause);
  }

  yield(request: Id, progress: boolean, args: List | undefined, kwargs: Dict | undefined): void {
    this.#host.send({ type: MessageType.YIELD, request, options: progress ? PROGRESS : NO_KWARGS, args, kwargs });
  }

  fail(request: Id, error: Uri, args: List | undefined, kwargs?: Dict): void {
    this.#host.send({ type: MessageType.ERROR, requestType: MessageType.INVOCATION, request, details: {}, error, args, kwargs });
  }

  /** Runs what sends an answer; one that cannot be written is reported. */
  answer(send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#host.report(error);
    }
  }

  report(error: unknown): void {
    this.#host.report(error);
  }

  ended(request: Id): void {
    if (this.#running.take(request) !== undefined) this.#host.settled();
  }

  #register(record: RegistrationRecord): void {
    const { match, pattern, options: { invoke } } = record.request;
    const id = this.#host.ask(REGISTER, record);
    record.asked = id;
    this.#host.send({ type: REGISTER, request: id, options: writeRegisterOptions({ match, invoke }), procedure: pattern });
  }

  #forget(record: RegistrationRecord): void {
    record.phase = 'off';
    // Two registrations never share an id, but a new one may have been given it since.
    if (this.#registrations.get(record.id) === record) this.#registrations.delete(record.id);
  }
}

const PROGRESS: Dict = Object.freeze(writeYieldOptions({ progress: true }));

/** One registration on the wire. Unsubscribing undoes it. */
export class RegistrationRecord implements PendingRequest, Unsubscribable {
  phase: Phase = 'registering';
  id: Id = 0;
  /** The id of its REGISTER. */
  asked: Id = 0;
  readonly request: RegisterRequest;
  readonly sink: Sink<Registration>;
  readonly #callee: Callee;

  constructor(callee: Callee, request: RegisterRequest, sink: Sink<Registration>) {
    this.#callee = callee;
    this.request = request;
    this.sink = sink;
  }

  /** Whether somebody still wants it. */
  get wanted(): boolean { return !this.sink.closed; }

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
    this.sink.error(refusalOf(message, { operation: this.operation }));
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

  unsubscribe(): void {
    if (this.phase !== 'off') this.#callee.unregister(this);
  }
}
