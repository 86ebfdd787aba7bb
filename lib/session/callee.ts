import type { Subscription } from 'rxjs';
import { addUp, type Census } from '../census.ts';
import type { Checks, ProcedureChecks } from '../contract/checks.ts';
import type { OutgoingPayload } from '../encryption/payload-codec.ts';
import { ProtocolError, RegistrationRevokedError, type WampError } from '../errors.ts';
import { checkOverflow } from '../operators/bounded-queue.ts';
import { checkAttributes } from '../protocol/attributes.ts';
import { MessageType, type Interrupt, type Invocation as InvocationMessage, type Unregistered } from '../protocol/messages.ts';
import { IdTable } from '../protocol/id-table.ts';
import { writeRegisterOptions, writeYieldOptions } from '../protocol/options.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import { Admission } from './admission.ts';
import { checkCount, checkDuration, checkOneOf, isDuration } from './checks.ts';
import { MORE_KEY, creditIn } from './credit.ts';
import type { Sink } from './direct-observable.ts';
import { RunningInvocation, type InvocationHost, type InvocationRef } from './invocation.ts';
import type { AnyProcedure, RegisterOptions, Registration } from './options.ts';
import { readPattern, type Pattern } from './pattern.ts';
import { UNREADABLE, incoming, isAsSent, outgoing } from './payload-coding.ts';
import { NO_KWARGS, type PreparedPayload } from './payload.ts';
import { RegistrationRecord } from './registration-record.ts';
import type { RoleHost } from './role-host.ts';

/** A registration that was read and found right, ready to be made in any number of sessions. */
export interface RegisterRequest extends Pattern {
  readonly uri: Uri;
  readonly procedure: AnyProcedure;
  readonly options: RegisterOptions;
  /** Who may run; absent where everybody may. One for all sessions: what still runs of an old one takes up room in the new. */
  readonly admission?: Admission<RunningInvocation>;
  /** What its contract says of it; absent where it says nothing. */
  readonly checks?: ProcedureChecks;
  /** Take the procedure from whoever has it. */
  readonly force?: boolean;
}

const NO_REGISTER_OPTIONS: RegisterOptions = {};

/** How many invocations `strategy: 'concat'` lets wait. */
const CONCAT_QUEUE = 1000;

/** Reads what a user passed to `register`. Throws InvalidUriError, TypeError or RangeError. */
export function readRegister(uri: Uri, procedure: AnyProcedure, options: RegisterOptions = NO_REGISTER_OPTIONS, contract?: Checks): RegisterRequest {
  const { pattern, match, template } = readPattern(uri, options.match, 'procedure');
  checkOneOf(options.invoke, ['single', 'first', 'last', 'roundrobin', 'random'], 'invoke');
  checkOneOf(options.final, ['empty', 'last'], 'final');
  checkOneOf(options.onStop, ['drain', 'interrupt'], 'onStop');
  checkOneOf(options.onLoss, ['interrupt', 'finish'], 'onLoss');
  checkDuration(options.staleSessionTimeout, 'staleSessionTimeout');
  checkCount(options.input?.limit, 'input.limit');
  if (options.output !== undefined) checkOverflow(options.output, 'output');
  checkAttributes(options.attributes);
  if (typeof procedure !== 'function') throw new TypeError(`procedure must be a function, got ${typeof procedure}`);
  const admission = readAdmission(options);
  // A field that is not there takes no room, and most registrations have none; fields that are spread take half as much again.
  const request: RegisterRequest = { uri, pattern, match, template, procedure, options };
  const checks = contract?.procedure(uri);
  const admitted = admission ? { ...request, admission } : request;
  return checks ? { ...admitted, checks } : admitted;
}

function readAdmission(options: RegisterOptions): Admission<RunningInvocation> | undefined {
  const { strategy = 'merge', concurrency = Infinity, queue = strategy === 'concat' ? CONCAT_QUEUE : 0, key } = options;
  checkOneOf(strategy, ['merge', 'concat', 'switch', 'exhaust'], 'strategy');
  checkCount(concurrency, 'concurrency', 1);
  checkCount(queue, 'queue');
  if (key !== undefined && typeof key !== 'function') throw new TypeError(`key must be a function, got ${typeof key}`);
  if (key !== undefined && strategy === 'merge') throw new TypeError("key must come with a strategy that heeds it, got 'merge'");
  return strategy === 'merge' && concurrency === Infinity ? undefined : new Admission({ strategy, concurrency, queue });
}

const { REGISTER, UNREGISTER } = MessageType;

/** The callee of a session (6.2): registrations, and the invocations that run. */
export class Callee implements InvocationHost {
  readonly #host: RoleHost;
  readonly #registrations = new Map<Id, RegistrationRecord>();
  readonly #running = new IdTable<RunningInvocation>();
  #watching: Subscription | undefined;
  #isWritable = true;
  #newest: Id = 0;
  // A REGISTER that nobody wants any more before it is answered, with those who want the same: theirs go behind its UNREGISTER, since
  // they would be refused before it.
  readonly #abandoned = new Map<string, { readonly record: RegistrationRecord; readonly waiting: RegistrationRecord[] }>();

  constructor(host: RoleHost) {
    this.#host = host;
  }

  get idle(): boolean { return this.#registrations.size + this.#running.size === 0; }

  /** How many registrations there are, and how many invocations run. */
  get load(): { readonly registrations: number; readonly invocations: number } {
    return { registrations: this.#registrations.size, invocations: this.#running.size };
  }

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
    // What another session has goes on there, and what runs comes to its end here.
    if (!record.wanted) this.#stop(record);
    // One that waits for another to be undone has asked for nothing yet.
    if (record.phase === 'registering' && record.asked > 0 && !this.#abandoned.has(record.key)) this.#abandoned.set(record.key, { record, waiting: [] });
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
    // Our next session may have taken it: what runs comes to its end here.
    if (!record.isMoved) this.#stop(record);
    const reason = details['reason'];
    record.sink.error(new RegistrationRevokedError(record.request.uri, typeof reason === 'string' ? reason : undefined, { operation: record.operation }));
    this.#host.settled();
  }

  invocation(message: InvocationMessage): void {
    const { request, registration, details } = message;
    const record = this.#registrations.get(registration);
    const known = this.#running.get(request);
    if (known?.takesMore === true) {
      const more = this.#open(message, known.registration, (error) => known.interrupt(error, UNREADABLE));
      return more && known.more(details, more);
    }
    if (known !== undefined) throw new ProtocolError(`INVOCATION.Request must be a new id, got ${request}, which is still running`);
    if (this.#isLate(message)) return this.#host.log?.debug('late invocation', message);
    const payload = record === undefined ? message : this.#open(message, record, () => this.answer(() => this.fail(request, UNREADABLE, undefined)));
    if (payload === undefined) return;
    // Some routers take a CALL that came too late for the beginning of another call. Nothing is run because of it.
    if (details['progress'] === true && creditIn(payload.kwargs, MORE_KEY) !== undefined) return this.answer(() => this.fail(request, WampUri.canceled, undefined));
    // It crossed our UNREGISTER. The caller may try another callee.
    if (record === undefined || !record.wanted) {
      return this.answer(() => this.fail(request, WampUri.unavailable, [`${typeof details['procedure'] === 'string' ? details['procedure'] : 'the procedure'} is being unregistered`]));
    }
    const params = record.readParams(details);
    if (params === undefined) return this.answer(() => this.fail(request, WampUri.noSuchProcedure, [`the called URI does not fit ${record.request.uri}`]));
    const running = new RunningInvocation(this, record, message, payload, params);
    this.#running.add(request, running);
    if (details['timeout'] !== undefined) this.#limit(running, details['timeout']);
    running.begin();
  }

  // More for an invocation that we have answered, which the router had not heard yet: ids are given out one after the other.
  #isLate({ request }: InvocationMessage): boolean {
    if (request > this.#newest) {
      this.#newest = request;
      return false;
    }
    return this.#host.announces('dealer', 'progressive_call_invocations');
  }

  interrupt({ request, options }: Interrupt): void {
    // Unknown: our answer crossed it.
    this.#running.get(request)?.interrupt(textOf(options['reason']) ?? textOf(options['mode']) ?? 'canceled', WampUri.canceled);
  }

  /** The session is over: registrations are gone, and results have no address any more. */
  lost(cause: WampError): void {
    const records = [...this.#registrations.values(), ...[...this.#abandoned.values()].flatMap(({ waiting }) => waiting)];
    const running = this.#running.values();
    this.#registrations.clear();
    this.#abandoned.clear();
    this.#running.clear();
    this.#watching?.unsubscribe();
    for (const record of records) record.lost(cause);
    forEach(running, (invocation) => invocation.lost());
  }

  yield({ request, coveredUri: uri }: InvocationRef, progress: boolean, answer: PreparedPayload): void {
    const { args, kwargs, payload, options } = outgoing(this.#host, 'dealer', answer, progress ? PROGRESS : NO_KWARGS, { uri, from: 'responder' });
    this.#host.send({ type: MessageType.YIELD, request, options, args, kwargs, payload });
  }

  fail(request: Id, error: Uri, args: List | undefined): void {
    this.#host.send({ type: MessageType.ERROR, requestType: MessageType.INVOCATION, request, details: {}, error, args, kwargs: undefined });
  }

  failWith({ request, coveredUri: procedure }: InvocationRef, error: Uri, reason: PreparedPayload): void {
    const { args, kwargs, payload, options } = this.#reason(reason, error, procedure);
    this.#host.send({ type: MessageType.ERROR, requestType: MessageType.INVOCATION, request, details: options, error, args, kwargs, payload });
  }

  /** Runs what sends an answer; one that cannot be written is reported. */
  answer(send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#host.report(error);
    }
  }

  /** Says in the log, once for a session, that more is emitted than the connection takes. Nobody looks where there is no log. */
  pushed(procedure: Uri): void {
    const { log } = this.#host;
    if (log === undefined || this.#watching?.closed === true) return;
    this.#watching ??= this.#host.writable$.subscribe((isWritable) => { this.#isWritable = isWritable; });
    if (this.#isWritable) return;
    this.#watching.unsubscribe();
    log.warn(`${procedure} emits more than the connection takes: an AsyncIterable would be paused, an Observable is not`);
  }

  report(error: unknown): void {
    this.#host.report(error);
  }

  /** What the invocations of the session call through. */
  get session(): RoleHost { return this.#host; }

  ended(request: Id): void {
    if (this.#running.take(request) !== undefined) this.#host.settled();
  }

  /** @internal */
  census(): Census {
    const running = this.#running.values();
    return addUp({
      registrations: this.#registrations.size,
      'running invocations': running.length,
      'abandoned registrations': this.#abandoned.size,
    }, ...running.map((invocation) => invocation.census()));
  }

  #register(record: RegistrationRecord): void {
    const { match, pattern, options: { invoke, attributes }, force } = record.request;
    const id = this.#host.ask(REGISTER, record);
    record.asked = id;
    // Handed on, the caller's time is the deadline of the invocation, and of what it calls in turn.
    const forwardTimeout = this.#host.announces('dealer', 'call_timeout') || undefined;
    this.#host.send({ type: REGISTER, request: id, options: writeRegisterOptions({ match, invoke, forwardTimeout, forceReregister: force, attributes }), procedure: pattern });
  }

  // What cannot be read has to be answered: its caller would wait for ever.
  #open(message: InvocationMessage, { request: { pattern, match } }: RegistrationRecord, unread: (error: unknown) => void): PreparedPayload | undefined {
    const { payloadCodec } = this.#host;
    if (isAsSent(payloadCodec, message)) return message;
    const { details } = message;
    try {
      return incoming(payloadCodec, message, details, { uri: payloadCodec?.coveredUri(details['procedure'], pattern, match) ?? pattern, from: 'originator' });
    } catch (error) {
      this.#host.report(error);
      unread(error);
      return undefined;
    }
  }

  // Where it cannot be encoded the caller hears of the error and not of its reason, which is not to be sent as it is.
  #reason(reason: PreparedPayload, uri: Uri, procedure: Uri): OutgoingPayload {
    try {
      return outgoing(this.#host, 'dealer', reason, {}, { uri, from: 'responder', procedure });
    } catch (error) {
      this.#host.report(error);
      return { args: undefined, kwargs: undefined, payload: undefined, options: {} };
    }
  }

  // The registration is withdrawn, by us or by the router.
  #stop(record: RegistrationRecord): void {
    if (record.request.options.onStop !== 'interrupt') return;
    const running = this.#running.values().filter(({ registration }) => registration === record);
    forEach(running, (invocation) => invocation.interrupt('unregistered', WampUri.canceled));
  }

  // Routers that do not announce the feature may hand a `timeout` on all the same, and mean seconds.
  #limit(invocation: RunningInvocation, timeout: unknown): void {
    if (isDuration(timeout) && timeout > 0 && this.#host.announces('dealer', 'call_timeout')) invocation.limit(timeout);
  }

  #forget(record: RegistrationRecord): void {
    record.phase = 'off';
    // Two registrations never share an id, but a new one may have been given it since.
    if (this.#registrations.get(record.id) === record) this.#registrations.delete(record.id);
  }
}

// Those that wait first: they would start in the place of the others.
function forEach(invocations: readonly RunningInvocation[], end: (invocation: RunningInvocation) => void): void {
  for (const waiting of [true, false]) for (const invocation of invocations) if (invocation.isWaiting === waiting) end(invocation);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const PROGRESS: Dict = Object.freeze(writeYieldOptions({ progress: true }));
