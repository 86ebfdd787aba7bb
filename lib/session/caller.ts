import { Subscription, isObservable, type Observable, type Unsubscribable } from 'rxjs';
import type { Checks, ProcedureChecks } from '../contract/checks.ts';
import type { PayloadContext } from '../encryption/payload-codec.ts';
import { FeatureNotSupportedError, TimeoutError, TransportLostError, type Effect, type Operation, type WampError, type WampErrorOptions } from '../errors.ts';
import { subscribeWithin } from '../operators/subscribe-within.ts';
import { checkAttributes } from '../protocol/attributes.ts';
import { MessageType, type ErrorMessage, type Result } from '../protocol/messages.ts';
import { writeCallOptions, writeCancelOptions } from '../protocol/options.ts';
import { show } from '../protocol/fields.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import type { Dict, Id, List, PayloadInput, Uri } from '../types.ts';
import { CallBounds, isBounded, type Bounded } from './call-bounds.ts';
import { checkDuration, checkOneOf, checkSignal } from './checks.ts';
import type { Sink } from './direct-observable.ts';
import type { CallOptions, CallProgress, CallResult } from './options.ts';
import { incoming, isAsSent, outgoing } from './payload-coding.ts';
import { NO_ARGS, NO_KWARGS, checkPassedThrough, readPayload, type PreparedPayload } from './payload.ts';
import { refusalOf } from './refusal.ts';
import type { PendingRequest, RoleHost } from './role-host.ts';
import { WITHOUT_EFFECT } from './without-effect.ts';

/** A call that was read and found right, ready to be made any number of times. */
export interface CallRequest {
  readonly uri: Uri;
  readonly payload: PreparedPayload;
  readonly options: CallOptions;
  /** What its contract says of it, where it says something. */
  readonly checks?: ProcedureChecks;
  /** What is sent behind the payload, as further CALLs of the same id ("Progressive Call Invocations"). */
  readonly input?: Observable<PayloadInput>;
  /** Milliseconds for which it waited for a session, where they count. */
  readonly waited?: number;
  /** Whether nothing can be expected of the callee before it gets more of `input`. */
  readonly isPaused?: () => boolean;
}

const { CALL, CANCEL } = MessageType;

const NO_OPTIONS: CallOptions = {};

const PROGRESS: Dict = Object.freeze(writeCallOptions({ progress: true }));

/** Reads what a user passed to `call`. Throws InvalidUriError, TypeError, RangeError or TypeCheckError. */
export function readCall(uri: Uri, input: PayloadInput | Observable<PayloadInput> | undefined, options: CallOptions = NO_OPTIONS, contract?: Checks): CallRequest {
  assertLooseUri(uri, 'procedure');
  if (options !== NO_OPTIONS) checkCallOptions(options);
  const payload = readPayload(isObservable(input) ? undefined : input);
  checkPassedThrough(options.passthru, payload);
  const request: CallRequest = isObservable(input) ? { uri, payload, options, input } : { uri, payload, options };
  const checks = contract?.procedure(uri);
  if (checks === undefined) return request;
  checks.call(payload);
  return { ...request, checks };
}

function checkCallOptions({ timeout, deadline, cancelMode, offline, routerTimeout, rkey, signal, attributes }: CallOptions): void {
  checkDuration(timeout, 'timeout');
  checkDuration(deadline, 'deadline');
  checkOneOf(cancelMode, ['skip', 'kill', 'killnowait', 'none'], 'cancelMode');
  checkOneOf(offline, ['wait', 'fail'], 'offline');
  checkOneOf(routerTimeout, ['ms', 's'], 'routerTimeout');
  if (rkey !== undefined && typeof rkey !== 'string') throw new TypeError(`rkey must be a string, got ${show(rkey)}`);
  checkSignal(signal, 'signal');
  checkAttributes(attributes);
}

/**
 * The caller of a session (6.2): sends CALL for a sink; undone by CANCEL. With an input the first CALL opens the call, and has the payload;
 * then the input is subscribed to, and each of its values is a CALL more.
 */
export function startCall(host: RoleHost, request: CallRequest, sink: Sink<CallResult | CallProgress>): void {
  const { uri, options: { signal, passthru }, input } = request;
  if (signal?.aborted === true) return sink.error(signal.reason);
  if (input !== undefined && !host.announces('dealer', 'progressive_call_invocations')) {
    return sink.error(new FeatureNotSupportedError(`router must announce progressive_call_invocations for a call of ${uri} with an input`, { operation: { verb: 'call', uri } }));
  }
  const progress = request.options.progress === true && host.announces('dealer', 'progressive_call_results');
  const call = new PendingCall(host, request, progress, request.checks === undefined ? sink : request.checks.results(sink as Sink<never>) as Sink<CallResult | CallProgress>);
  const id = host.ask(CALL, call);
  call.id = id;
  try {
    const { args, kwargs, payload, options } = outgoing(host, 'dealer', request.payload, wireOptionsOf(request, progress, host.callTimeout), { uri, from: 'originator' }, passthru);
    host.send({ type: CALL, request: id, options, procedure: uri, args, kwargs, payload });
  } catch (error) {
    host.withdraw(CALL, id);
    return sink.error(error);
  }
  sink.add(call);
  if (!sink.closed) call.begin();
}

function wireOptionsOf({ options, input }: CallRequest, progress: boolean, callTimeout: number | undefined): Dict {
  const { discloseMe, routerTimeout, rkey, attributes, timeout = callTimeout } = options;
  if (!progress && discloseMe === undefined && routerTimeout === undefined && rkey === undefined && attributes === undefined && input === undefined) return NO_KWARGS;
  return writeCallOptions({
    receiveProgress: progress || undefined,
    progress: input === undefined ? undefined : true,
    discloseMe: discloseMe === true || undefined,
    timeout: routerTimeout === undefined || timeout === undefined || timeout === 0 ? undefined : Math.ceil(routerTimeout === 's' ? timeout / 1000 : timeout),
    runmode: rkey === undefined ? undefined : 'partition',
    rkey,
    attributes,
  });
}

/** One call on the wire. Unsubscribing abandons it. */
class PendingCall implements PendingRequest, Bounded, Unsubscribable {
  id: Id = 0;
  readonly #host: RoleHost;
  readonly #request: CallRequest;
  readonly #progress: boolean;
  readonly #sink: Sink<CallResult | CallProgress>;
  #bounds: CallBounds | undefined;
  #feeding: Subscription | undefined;
  #progressed = false;

  constructor(host: RoleHost, request: CallRequest, progress: boolean, sink: Sink<CallResult | CallProgress>) {
    this.#host = host;
    this.#request = request;
    this.#progress = progress;
    this.#sink = sink;
  }

  /** The CALL has been written: its times begin, and its input is asked for. */
  begin(): void {
    const { options: { timeout = this.#host.callTimeout, deadline, signal }, input, waited, isPaused } = this.#request;
    const bounds = { timeout, deadline, signal, waited, isPaused };
    if (isBounded(bounds)) this.#bounds = new CallBounds(this, bounds, this.#host.scheduler);
    if (input !== undefined) this.#feed(input);
  }

  /** A progressive RESULT. */
  progressed(result: Result): void {
    this.#bounds?.extend();
    if (!this.#progress) return;
    this.#progressed = true;
    const payload = this.#readResult(result, (error) => this.#fail(error));
    if (payload === undefined) return;
    const { args = NO_ARGS, kwargs = NO_KWARGS } = payload;
    this.#sink.next({ progress: true, args: args as readonly [unknown, ...List], kwargs, details: result.details });
  }

  answered(result: Result): void {
    this.#stop();
    const payload = this.#readResult(result, (error) => this.#sink.error(error));
    if (payload === undefined) return;
    const { args = NO_ARGS, kwargs = NO_KWARGS } = payload;
    // An empty end after progressive results says no more than complete() does.
    if (!(this.#progressed && args.length === 0 && Object.keys(kwargs).length === 0)) {
      this.#sink.next({ progress: false, args: args as readonly [unknown, ...List], kwargs, details: result.details });
    }
    this.#sink.complete();
  }

  refused(message: ErrorMessage): void {
    this.#stop();
    // Who reported progress was run, whatever it says in the end.
    const effect: Effect = WITHOUT_EFFECT.has(message.error) && !this.#progressed ? 'none' : 'unknown';
    const options = { effect, operation: this.#operation };
    // That it was refused is worth knowing, also where it cannot be read why.
    const blame = (): WampErrorOptions => ({ ...options, cause: refusalOf(this.#host, { ...message, args: undefined, kwargs: undefined }, options) });
    const payload = this.#read(message, { uri: message.error, from: 'responder', procedure: this.#request.uri }, blame, (error) => this.#sink.error(error));
    if (payload !== undefined) this.#sink.error(refusalOf(this.#host, { ...message, args: payload.args, kwargs: payload.kwargs }, options));
  }

  lost(cause: WampError): void {
    this.#stop();
    this.#sink.error(new TransportLostError(`session ended before ${this.#request.uri} was answered`, { cause, sent: true, effect: 'unknown', operation: this.#operation }));
  }

  timedOut(what: 'answer' | 'end', ms: number): void {
    this.#fail(new TimeoutError(`no ${what} from ${this.#request.uri} within ${ms} ms`, { effect: 'unknown', operation: this.#operation }));
  }

  aborted(reason: unknown): void {
    this.#fail(reason);
  }

  unsubscribe(): void {
    this.#stop();
    this.#abandon();
  }

  #readResult(result: Result, failed: (error: unknown) => void): PreparedPayload | undefined {
    return this.#read(result, { uri: this.#request.uri, from: 'responder' }, () => ({ operation: this.#operation }), failed);
  }

  // `undefined` where it cannot be read, and somebody was told.
  #read(message: Result | ErrorMessage, context: PayloadContext, blame: () => WampErrorOptions, failed: (error: unknown) => void): PreparedPayload | undefined {
    const { payloadCodec } = this.#host;
    if (isAsSent(payloadCodec, message)) return message;
    try {
      return incoming(payloadCodec, message, message.details, context, blame);
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  // All that ends it from this side.
  #fail(error: unknown): void {
    this.unsubscribe();
    this.#sink.error(error);
  }

  #stop(): void {
    this.#bounds?.stop();
    this.#feeding?.unsubscribe();
  }

  // What comes late is an answer that nobody waits for.
  #abandon(): void {
    if (!this.#host.forget(CALL, this.id)) return;
    const mode = this.#request.options.cancelMode ?? 'killnowait';
    if (mode !== 'none' && this.#host.announces('dealer', 'call_canceling')) this.#host.send({ type: CANCEL, request: this.id, options: writeCancelOptions({ mode }) });
  }

  #feed(input: Observable<PayloadInput>): void {
    this.#feeding = new Subscription();
    subscribeWithin(this.#feeding, input, {
      next: (value) => this.#more(value),
      error: (error: unknown) => this.#fail(error),
      complete: () => this.#continue(NO_KWARGS, readPayload(undefined)),
    });
  }

  #more(value: PayloadInput): void {
    try {
      const payload = readPayload(value);
      this.#request.checks?.sentInput(payload);
      this.#continue(PROGRESS, payload);
    } catch (error) {
      // It says itself that nothing was sent, which is true of this value alone.
      this.#fail(new TypeError(`input of ${this.#request.uri} must be of payloads that can be written`, { cause: error }));
    }
  }

  // The options of the first CALL hold for all.
  #continue(more: Dict, value: PreparedPayload): void {
    // Where the callee waits for this, its time begins with it.
    if (this.#request.isPaused !== undefined) this.#bounds?.extend();
    const { uri } = this.#request;
    const { args, kwargs, payload, options } = outgoing(this.#host, 'dealer', value, more, { uri, from: 'originator' });
    this.#host.send({ type: CALL, request: this.id, options, procedure: uri, args, kwargs, payload });
  }

  get #operation(): Operation { return { verb: 'call', uri: this.#request.uri, request: this.id }; }
}

/** A RESULT that says more will follow. */
export function isProgress({ details }: Result): boolean {
  return details['progress'] === true;
}

/** The call that a progressive RESULT belongs to. */
export function progress(pending: PendingRequest | undefined, message: Result): void {
  if (pending instanceof PendingCall) pending.progressed(message);
}
