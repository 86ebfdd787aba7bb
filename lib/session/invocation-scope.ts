import { Subscription, timer, type TeardownLogic, type Unsubscribable } from 'rxjs';
import { TimeoutError, TransportLostError, type Effect, type WampError } from '../errors.ts';
import type { PayloadInput } from '../types.ts';
import { readCall, type CallRequest } from './caller.ts';
import { DirectObservable, type Sink } from './direct-observable.ts';
import { interruptionOf } from './interruption.ts';
import type { CallProgress, CallResult } from './options.ts';
import { readPublish } from './publisher.ts';
import type { RoleHost } from './role-host.ts';
import type { Peer } from './verbs.ts';

/**
 * What is bound to one invocation: its deadline, and what its procedure calls and publishes. Made when the first of these comes up; most
 * invocations have none.
 */
export class InvocationScope {
  /** The scheduler's time. */
  deadline: number | undefined;
  /** What was asked for and has not been answered. */
  readonly requests: Set<NestedRequest<unknown>> = new Set();
  /** Whether the end of the session is about to end the invocation. */
  endsWithSession: boolean;
  // Bound to it, so that a procedure may take them out of its invocation.
  readonly call: Peer['call'] = (uri, ...[payload, options]) => {
    const request = readCall(uri, payload as PayloadInput | undefined, options, this.#session.checks);
    return new DirectObservable((sink) => this.#call(request, sink as Sink<never>));
  };

  readonly publish: Peer['publish'] = (uri, ...[payload, options]) => {
    const request = readPublish(uri, payload as PayloadInput | undefined, options, this.#session.checks);
    return new DirectObservable((sink) => this.#start(sink, (nested) => this.#session.startPublish(request, nested)));
  };
  readonly #session: RoleHost;
  #limit: { readonly ms: number; readonly onOver: () => void } | undefined;
  #timer = Subscription.EMPTY;
  #cause: unknown;

  constructor(session: RoleHost, endsWithSession: boolean) {
    this.#session = session;
    this.endsWithSession = endsWithSession;
  }

  /** Calls back after so many milliseconds, unless the invocation is over by then. */
  limit(ms: number, onOver: () => void): void {
    this.#limit = { ms, onOver };
    this.prolong();
  }

  /** Gives it all of its time again, where it has one: each progressive result does ("Progressive Call Results", "Timeouts"). */
  prolong(): void {
    if (this.#limit === undefined) return;
    const { ms, onOver } = this.#limit;
    const { scheduler } = this.#session;
    this.deadline = scheduler.now() + ms;
    this.#timer.unsubscribe();
    this.#timer = timer(ms, scheduler).subscribe(onOver);
  }

  /** The invocation has been answered by its procedure. What it asked for goes on. */
  release(): void {
    this.#endTime();
    this.endsWithSession = false;
    for (const request of [...this.requests]) request.tellLoss();
  }

  /** Cancels what was asked for. Whoever waits for it is not told yet: most are about to leave. */
  cancel(cause: unknown): void {
    this.#endTime();
    this.#cause = cause;
    for (const request of this.requests) request.cancel();
  }

  /** Tells those who wait all the same. */
  fail(): void {
    for (const request of [...this.requests]) request.error(this.#refusal('unknown'));
  }

  #endTime(): void {
    this.#limit = undefined;
    this.#timer.unsubscribe();
  }

  #call(request: CallRequest, sink: Sink<CallResult | CallProgress>): void {
    const { scheduler, callTimeout = 0 } = this.#session;
    if (this.deadline === undefined) return this.#start(sink, (nested) => this.#session.startCall(request, nested));
    const left = this.deadline - scheduler.now();
    if (left <= 0) return sink.error(new TimeoutError(`deadline of the invocation must be ahead for a call of ${request.uri}, got one that is over`));
    const { timeout: own = callTimeout } = request.options;
    const options = { ...request.options, timeout: own > 0 && own < left ? own : left };
    this.#start(sink, (nested) => this.#session.startCall({ ...request, options }, nested));
  }

  #start<T>(sink: Sink<T>, start: (nested: Sink<T>) => void): void {
    if (this.#cause !== undefined) return sink.error(this.#refusal('none'));
    const nested = new NestedRequest(this, sink);
    sink.add(nested);
    start(nested);
  }

  #refusal(effect: Effect): WampError {
    return interruptionOf(this.#cause, 'invocation that called', effect);
  }
}

/** One call or publication of a procedure, between the session and whoever waits for it. */
class NestedRequest<T> implements Sink<T>, Unsubscribable {
  readonly #scope: InvocationScope;
  readonly #sink: Sink<T>;
  readonly #work = new Subscription();
  #loss: TransportLostError | undefined;

  constructor(scope: InvocationScope, sink: Sink<T>) {
    this.#scope = scope;
    this.#sink = sink;
    scope.requests.add(this);
  }

  get closed(): boolean { return this.#work.closed || this.#sink.closed; }

  next(value: T): void {
    if (!this.closed) this.#sink.next(value);
  }

  error(error: unknown): void {
    // The session has ended, and the invocation shall be stopped by that, and not fail because of a call that did.
    if (error instanceof TransportLostError && this.#scope.endsWithSession) {
      this.#loss = error;
      return;
    }
    this.unsubscribe();
    this.#sink.error(this.#loss ?? error);
  }

  complete(): void {
    this.unsubscribe();
    this.#sink.complete();
  }

  add(teardown: TeardownLogic): void {
    this.#work.add(teardown);
  }

  /** Tells the end of the session where it was kept back. */
  tellLoss(): void {
    if (this.#loss !== undefined) this.error(this.#loss);
  }

  /** Undoes it on the wire. */
  cancel(): void {
    this.#work.unsubscribe();
  }

  unsubscribe(): void {
    this.#scope.requests.delete(this);
    this.#work.unsubscribe();
  }
}
