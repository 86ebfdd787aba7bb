import { timer, type SchedulerLike, type Subscription, type Unsubscribable } from 'rxjs';
import { TimeoutError, TransportLostError, type Effect, type Operation, type WampError } from '../errors.ts';
import { MessageType, type ErrorMessage, type Result } from '../protocol/messages.ts';
import { writeCallOptions, writeCancelOptions } from '../protocol/options.ts';
import { WampUri, assertUri } from '../protocol/uri.ts';
import type { Id, List, PayloadInput, Uri } from '../types.ts';
import { checkDuration, checkOneOf } from './checks.ts';
import type { Sink } from './direct-observable.ts';
import type { CallOptions, CallProgress, CallResult } from './options.ts';
import { NO_ARGS, NO_KWARGS, readPayload, type PreparedPayload } from './payload.ts';
import { refusalOf } from './refusal.ts';
import type { PendingRequest, RoleHost } from './role-host.ts';

/** A call that was read and found right, ready to be made any number of times. */
export interface CallRequest {
  readonly uri: Uri;
  readonly payload: PreparedPayload;
  readonly options: CallOptions;
}

const { CALL, CANCEL } = MessageType;

/**
 * Errors that say the procedure was never run. `payload_size_exceeded` is none of them: what was too long may have been the result.
 */
const WITHOUT_EFFECT: ReadonlySet<Uri> = new Set([
  WampUri.noSuchProcedure, WampUri.noAvailableCallee, WampUri.noEligibleCallee, WampUri.unavailable, WampUri.invalidArgument,
  WampUri.notAuthorized, WampUri.authorizationDenied, WampUri.authorizationFailed, WampUri.authorizationRequired,
  WampUri.invalidUri, WampUri.optionDisallowedDiscloseMe, WampUri.optionNotAllowed, WampUri.featureNotSupported,
]);

const NO_OPTIONS: CallOptions = {};

/** Reads what a user passed to `call`. Throws InvalidUriError, TypeError or RangeError. */
export function readCall(uri: Uri, input: PayloadInput | undefined, options: CallOptions = NO_OPTIONS): CallRequest {
  assertUri(uri, 'procedure');
  if (options !== NO_OPTIONS) {
    checkDuration(options.timeout, 'timeout');
    checkOneOf(options.cancelMode, ['skip', 'kill', 'killnowait', 'none'], 'cancelMode');
  }
  return { uri, payload: readPayload(input), options };
}

/** The caller of a session (6.2): sends CALL for a sink; undone by CANCEL. */
export function startCall(host: RoleHost, request: CallRequest, sink: Sink<CallResult | CallProgress>): void {
  const { uri, payload: { args, kwargs }, options } = request;
  const progress = options.progress === true && host.announces('dealer', 'progressive_call_results');
  const call = new PendingCall(host, request, progress, sink);
  const id = host.ask(CALL, call);
  call.id = id;
  try {
    host.send({ type: CALL, request: id, options: progress || options.discloseMe ? writeCallOptions({ receiveProgress: progress || undefined, discloseMe: options.discloseMe }) : NO_KWARGS, procedure: uri, args, kwargs });
  } catch (error) {
    host.withdraw(CALL, id);
    return sink.error(error);
  }
  sink.add(call);
  const ms = options.timeout ?? host.callTimeout;
  if (ms !== undefined && ms > 0 && !sink.closed) call.limit(ms, host.scheduler);
}

/** One call on the wire. Unsubscribing abandons it. */
class PendingCall implements PendingRequest, Unsubscribable {
  id: Id = 0;
  readonly #host: RoleHost;
  readonly #request: CallRequest;
  readonly #progress: boolean;
  readonly #sink: Sink<CallResult | CallProgress>;
  #limit: Limit | undefined;
  #progressed = false;

  constructor(host: RoleHost, request: CallRequest, progress: boolean, sink: Sink<CallResult | CallProgress>) {
    this.#host = host;
    this.#request = request;
    this.#progress = progress;
    this.#sink = sink;
  }

  /** Gives up after `ms` without a sign of life. */
  limit(ms: number, scheduler: SchedulerLike): void {
    this.#limit = new Limit(ms, scheduler, () => {
      this.#abandon();
      this.#sink.error(new TimeoutError(`no answer from ${this.#request.uri} within ${ms} ms`, { effect: 'unknown', operation: this.#operation }));
    });
  }

  /** A progressive RESULT. */
  progressed({ details, args = NO_ARGS, kwargs = NO_KWARGS }: Result): void {
    this.#limit?.extend();
    if (!this.#progress) return;
    this.#progressed = true;
    this.#sink.next({ progress: true, args: args as readonly [unknown, ...List], kwargs, details });
  }

  answered({ details, args = NO_ARGS, kwargs = NO_KWARGS }: Result): void {
    this.#limit?.stop();
    // An empty end after progressive results says no more than complete() does.
    if (!(this.#progressed && args.length === 0 && Object.keys(kwargs).length === 0)) {
      this.#sink.next({ progress: false, args: args as readonly [unknown, ...List], kwargs, details });
    }
    this.#sink.complete();
  }

  refused(message: ErrorMessage): void {
    this.#limit?.stop();
    // Who reported progress was run, whatever it says in the end.
    const effect: Effect = WITHOUT_EFFECT.has(message.error) && !this.#progressed ? 'none' : 'unknown';
    this.#sink.error(refusalOf(message, { effect, operation: this.#operation }));
  }

  lost(cause: WampError): void {
    this.#limit?.stop();
    this.#sink.error(new TransportLostError(`session ended before ${this.#request.uri} was answered`, { cause, sent: true, effect: 'unknown', operation: this.#operation }));
  }

  unsubscribe(): void {
    this.#limit?.stop();
    this.#abandon();
  }

  // What comes late is an answer that nobody waits for.
  #abandon(): void {
    if (!this.#host.forget(CALL, this.id)) return;
    const mode = this.#request.options.cancelMode ?? 'killnowait';
    if (mode !== 'none' && this.#host.announces('dealer', 'call_canceling')) this.#host.send({ type: CANCEL, request: this.id, options: writeCancelOptions({ mode }) });
  }

  get #operation(): Operation { return { verb: 'call', uri: this.#request.uri, request: this.id }; }
}

/** A time that each sign of life starts anew. One timer at a time: a sign only notes when it came. */
class Limit {
  readonly #ms: number;
  readonly #scheduler: SchedulerLike;
  readonly #over: () => void;
  #since: number;
  #timer: Subscription;

  constructor(ms: number, scheduler: SchedulerLike, over: () => void) {
    this.#ms = ms;
    this.#scheduler = scheduler;
    this.#over = over;
    this.#since = scheduler.now();
    this.#timer = this.#watch(ms);
  }

  extend(): void {
    this.#since = this.#scheduler.now();
  }

  stop(): void {
    this.#timer.unsubscribe();
  }

  #watch(ms: number): Subscription {
    return timer(ms, this.#scheduler).subscribe(() => {
      const left = this.#since + this.#ms - this.#scheduler.now();
      if (left > 0) this.#timer = this.#watch(left);
      else this.#over();
    });
  }
}

/** A RESULT that says more will follow. */
export function isProgress({ details }: Result): boolean {
  return details['progress'] === true;
}

/** The call that a progressive RESULT belongs to. */
export function progress(pending: PendingRequest | undefined, message: Result): void {
  if (pending instanceof PendingCall) pending.progressed(message);
}
