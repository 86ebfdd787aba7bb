import { EMPTY, Observable, combineLatest, isObservable, map, type Unsubscribable } from 'rxjs';
import { isThenable, promises } from '../auth/maybe-later.ts';
import type { Census } from '../census.ts';
import type { ProcedureChecks } from '../contract/checks.ts';
import { ApplicationError, OverflowError } from '../errors.ts';
import { show } from '../protocol/fields.ts';
import type { Invocation as InvocationMessage } from '../protocol/messages.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, Id, List, Payload, Uri } from '../types.ts';
import type { Applicant } from './admission.ts';
import { AsyncSource } from './async-source.ts';
import { CREDIT_KEY, MORE_KEY, creditIn, withoutCredit } from './credit.ts';
import { interruptionOf } from './interruption.ts';
import { InvocationInput } from './invocation-input.ts';
import { InvocationScope } from './invocation-scope.ts';
import { CallAnswer, FinalAnswer, type Invocation } from './options.ts';
import { Outflow } from './outflow.ts';
import { NO_ARGS, NO_KWARGS, readPayload, type PreparedPayload } from './payload.ts';
import type { RegistrationRecord } from './registration-record.ts';
import type { RoleHost } from './role-host.ts';
import type { Peer } from './verbs.ts';

/** Which invocation is answered. */
export interface InvocationRef {
  readonly request: Id;
  readonly coveredUri: Uri;
}

/** Where the answers of an invocation go. */
export interface InvocationHost {
  /** What its procedure calls through. */
  readonly session: RoleHost;
  /** Throws what the codec of payloads throws. */
  yield(invocation: InvocationRef, progress: boolean, answer: PreparedPayload): void;
  /** Answers with an error of this library's own: what it says of it is no secret, and is sent as it is. */
  fail(request: Id, error: Uri, args: List | undefined): void;
  /** Answers with an error of the application's. */
  failWith(invocation: InvocationRef, error: Uri, reason: PreparedPayload): void;
  answer(send: () => void): void;
  /** An Observable, which cannot be paused, has emitted a progressive result. */
  pushed(procedure: Uri): void;
  report(error: unknown): void;
  /** The invocation has been answered. */
  ended(request: Id): void;
}

const NOTHING = Symbol('no value yet');

/** What answers an invocation of which more came, or was to be sent, than may wait. */
const OVERFLOW: Uri = 'rxwamp.error.overflow';

/**
 * One invocation while it runs: what the procedure sees of it, and how each kind of answer becomes YIELD and ERROR messages.
 *
 * ```
 * caller wants progress    observable  --a--b--|      final: 'empty'   YIELD(a, progress)  YIELD(b, progress)  YIELD()
 *                                                     final: 'last'    YIELD(a, progress)                      YIELD(b)
 * it does not              observable  --a--b--|                                                               YIELD(b)
 * ```
 *
 * Of a progressive call invocation there is an input, and the results may be bounded by the caller's credit; both are absent from all others.
 *
 * It waits until it is started, runs until it is answered or stopped, and is then over for good.
 */
export class RunningInvocation implements Invocation, InvocationRef, Applicant {
  args: List;
  kwargs: Dict;
  readonly details: Dict;
  readonly params: Dict;
  readonly progress: boolean;
  readonly registration: RegistrationRecord;
  readonly #host: InvocationHost;
  /** Its id. */
  readonly request: Id;
  #phase: 'waiting' | 'running' | 'over' = 'waiting';
  #subscription: Unsubscribable | undefined;
  #abort: AbortController | undefined;
  #scope: InvocationScope | undefined;
  #isObserved = false;
  #cause: unknown;
  #held: unknown = NOTHING;
  #input: InvocationInput | undefined;
  #outflow: Outflow | undefined;
  #takesMore = false;

  constructor(host: InvocationHost, registration: RegistrationRecord, message: InvocationMessage, payload: PreparedPayload, params: Dict) {
    this.#host = host;
    this.registration = registration;
    this.request = message.request;
    this.args = payload.args ?? NO_ARGS;
    this.kwargs = payload.kwargs ?? NO_KWARGS;
    this.details = message.details;
    this.params = params;
    this.progress = message.details['receive_progress'] === true;
    if (message.details['progress'] !== true) return;
    const { input, output = {} } = registration.request.options;
    this.#takesMore = true;
    this.#input = new InvocationInput(input?.limit);
    const credit = creditIn(this.kwargs, CREDIT_KEY);
    if (credit === undefined) return;
    this.kwargs = withoutCredit(this.kwargs, CREDIT_KEY);
    if (this.progress) this.#outflow = new Outflow(credit, output, (value) => this.#send(true, value));
  }

  get procedure(): Uri {
    const called = this.details['procedure'];
    return typeof called === 'string' ? called : this.registration.request.pattern;
  }

  /** The procedure as a codec of payloads takes it: whatever the router says, it is one that is registered. */
  get coveredUri(): Uri {
    const { pattern, match } = this.registration.request;
    return this.#host.session.payloadCodec?.coveredUri(this.details['procedure'], pattern, match) ?? pattern;
  }

  get caller(): Id | undefined {
    const caller = this.details['caller'];
    return typeof caller === 'number' ? caller : undefined;
  }

  get cause(): unknown { return this.#cause; }

  get deadline(): number | undefined { return this.#scope?.deadline; }

  // Made when it is asked for: a controller costs more than many a procedure.
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#isOver && this.#cause !== undefined) this.#abort.abort(this.#cause);
    }
    return this.#abort.signal;
  }

  get input$(): Observable<Payload> { return this.#input?.values$ ?? EMPTY; }

  get call(): Peer['call'] { return this.#scoped().call; }

  get publish(): Peer['publish'] { return this.#scoped().publish; }

  /** Whether it has not been started. */
  get isWaiting(): boolean { return this.#phase === 'waiting'; }

  get #isOver(): boolean { return this.#phase === 'over'; }

  /** Gives it so many milliseconds. Then it is stopped, and answers `wamp.error.timeout`. */
  limit(ms: number): void {
    this.#scoped().limit(ms, () => this.interrupt('deadline', WampUri.timeout));
  }

  /** What waits in it. @internal */
  census(): Census {
    return { 'waiting input': this.#input?.waiting ?? 0, 'waiting results': this.#outflow?.waiting ?? 0 };
  }

  /** Whether further INVOCATIONs of the same id belong to it. */
  get takesMore(): boolean { return this.#takesMore; }

  /** A further INVOCATION: more of the input, or more credit, and with the last one the end of both. */
  more(details: Dict, { args = NO_ARGS, kwargs = NO_KWARGS }: PreparedPayload): void {
    const credit = this.#outflow === undefined ? undefined : creditIn(kwargs, MORE_KEY);
    this.#takesMore = details['progress'] === true;
    try {
      if (credit !== undefined) this.#outflow?.grant(credit);
      // An empty end says no more than complete() does.
      else if (this.#takesMore || args.length > 0 || Object.keys(kwargs).length > 0) {
        const value = { args, kwargs };
        this.#input?.next(this.registration.request.checks?.input(value) ?? value);
      }
    } catch (error) {
      return this.#breakOff(error);
    }
    if (!this.#takesMore) this.#input?.complete();
  }

  /** Starts it, unless the registration says otherwise. */
  begin(): void {
    const { admission, options, checks } = this.registration.request;
    if (checks !== undefined && !this.#passes(checks)) return;
    if (admission === undefined) return this.start();
    let key: unknown;
    try {
      key = options.key?.(this);
    } catch (error) {
      return this.#fail(error);
    }
    if (!this.#isOver) admission.admit(this, key);
  }

  // Before it takes anybody's turn.
  #passes(checks: ProcedureChecks): boolean {
    try {
      ({ args: this.args, kwargs: this.kwargs } = checks.invocation(this));
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Runs the procedure and follows its answer. */
  start(): void {
    this.#phase = 'running';
    try {
      this.#follow(this.registration.request.procedure(this as never));
    } catch (error) {
      this.#fail(error);
    }
  }

  supersede(): void {
    this.interrupt('superseded', WampUri.canceled);
  }

  refuse(): void {
    this.#leave();
    this.#host.answer(() => this.#host.fail(this.request, WampUri.unavailable, [`${this.procedure} is busy`]));
  }

  /** INTERRUPT, or the registration was withdrawn: stops the procedure, and then answers. */
  interrupt(cause: unknown, error: Uri, args?: List): void {
    if (this.#isOver) return;
    this.#stop(cause);
    this.#leave();
    this.#host.answer(() => this.#host.fail(this.request, error, args));
    this.#left();
  }

  /** The session is over, and nobody waits for an answer. */
  lost(): void {
    if (this.#isOver) return;
    if (!this.isWaiting && this.#outlivesSession) return this.#forgetCaller();
    this.#stop('lost');
    this.#leave();
    this.#left();
  }

  // Nothing comes from it any more, neither input nor credit.
  #forgetCaller(): void {
    this.#takesMore = false;
    this.#input?.fail(interruptionOf('lost', 'call'));
    this.#outflow?.grant(Infinity);
  }

  // What it called first, its own finalizers then, and those who still wait for what it called last.
  #stop(cause: unknown): void {
    this.#phase = 'over';
    this.#cause = cause;
    this.#scope?.cancel(cause);
    // The signal first: a generator's return() waits behind the promise it is awaiting.
    this.#abort?.abort(cause);
    // Whatever it throws while it stops, the caller has its answer to get, and others have to be stopped too.
    try {
      this.#subscription?.unsubscribe();
    } catch (error) {
      this.#host.report(error);
    }
    this.#scope?.fail();
    this.#input?.fail(interruptionOf(cause, 'invocation'));
  }

  // Before its answer is on the way, which may bring the next invocation along.
  #leave(): void {
    this.#phase = 'over';
    this.#scope?.release();
    this.#input?.release();
    this.#outflow?.close();
    this.registration.request.admission?.leave(this);
    this.#host.ended(this.request);
  }

  #left(): void {
    this.registration.request.admission?.left(this);
  }

  get #outlivesSession(): boolean { return this.registration.request.options.onLoss === 'finish'; }

  #scoped(): InvocationScope {
    if (this.#scope === undefined) {
      this.#scope = new InvocationScope(this.#host.session, !this.#isOver && !this.#outlivesSession);
      if (this.#cause !== undefined) this.#scope.cancel(this.#cause);
    }
    return this.#scope;
  }

  #follow(answer: unknown): void {
    if (isThenable(answer)) this.#await(answer);
    // Interrupted by the procedure itself: what has not been started need not be.
    else if (this.#isOver) return;
    else if (isObservable(answer)) {
      this.#watch(answer);
    } else if (isAsyncIterable(answer)) this.#pull(answer[Symbol.asyncIterator]());
    else this.#finish(answer);
  }

  #watch(answer: Observable<unknown>): void {
    this.#isObserved = true;
    const watching = new Observable((subscriber) => {
      // Before it begins: one that emits without end has to be stopped while it is being subscribed to.
      this.#subscription = subscriber;
      answer.subscribe(subscriber);
    }).subscribe({ next: (value) => this.#next(value), error: (error: unknown) => this.#fail(error), complete: () => this.#complete() });
    if (this.registration.request.admission === undefined) return;
    // Behind its finalizers, which run when it has ended. Its answer may still wait for credit.
    watching.add(() => {
      this.#isObserved = false;
      this.#left();
    });
  }

  #await(answer: PromiseLike<unknown>): void {
    promises.onMet?.(`the answer of ${this.procedure}`);
    answer.then((value) => this.#finish(value), (error: unknown) => this.#fail(error));
  }

  #next(value: unknown): void {
    if (this.#isOver) return;
    if (value instanceof FinalAnswer) return this.#end(value);
    const holds = !this.progress || this.registration.request.options.final === 'last';
    const ready = holds ? this.#held : value;
    if (holds) this.#held = value;
    if (!this.progress || ready === NOTHING) return;
    if (this.#outflow === undefined) this.#send(true, ready);
    else this.#queue(this.#outflow, ready);
    if (this.#isObserved) this.#host.pushed(this.procedure);
  }

  #queue(outflow: Outflow, value: unknown): void {
    try {
      outflow.next(value);
    } catch (error) {
      this.#breakOff(error);
    }
  }

  // What a generator returns is its final result.
  #complete(returned?: unknown): void {
    if (this.#isOver) return;
    const held = this.#held === NOTHING ? undefined : this.#held;
    if (returned !== undefined && this.progress && this.#held !== NOTHING) this.#send(true, held);
    this.#end(returned ?? held);
  }

  // Behind what waits for credit.
  #end(value: unknown): void {
    if (this.#outflow === undefined) this.#finish(value);
    else this.#outflow.end(() => this.#finish(value));
  }

  #finish(value: unknown): void {
    if (this.#isOver) return;
    this.#leave();
    this.#send(false, value);
    if (!this.#isObserved) this.#left();
  }

  #send(progress: boolean, value: unknown): void {
    if (progress) this.#scope?.prolong();
    try {
      if (value instanceof CallAnswer) {
        this.#yield(progress, readPayload(value));
      } else this.#yield(progress, { args: value === undefined ? undefined : [value], kwargs: undefined });
    } catch (error) {
      this.#breakOff(error);
    }
  }

  #yield(progress: boolean, answer: PreparedPayload): void {
    // An empty end says no more than that there was progress.
    if (progress || !this.progress || answer.args !== undefined || answer.kwargs !== undefined) this.registration.request.checks?.answer(progress, answer);
    this.#host.yield(this, progress, this.#outflow === undefined ? answer : { args: answer.args, kwargs: this.#outflow.mark(answer.kwargs) });
  }

  // Something between it and its caller has failed.
  #breakOff(error: unknown): void {
    if (error instanceof OverflowError) return this.interrupt('overflow', OVERFLOW, [error.message]);
    if (this.#isOver) return this.#broken(error);
    this.#stop(error);
    this.#leave();
    // What was wrong with its input the caller may know.
    if (error instanceof ApplicationError) this.#refuseWith(error);
    else this.#broken(error);
    this.#left();
  }

  // It failed in a way that was not meant for the caller, who hears of it all the same instead of waiting for ever.
  #broken(error: unknown): void {
    this.#host.report(error);
    const message = error instanceof Error ? error.message : show(error);
    this.#host.answer(() => this.#host.failWith(this, WampUri.runtimeError, { args: [message], kwargs: undefined }));
  }

  #fail(error: unknown): void {
    if (this.#isOver) {
      // Thrown by what was interrupted: the caller has its answer.
      if (this.#cause === undefined) this.#host.report(error);
      return;
    }
    this.#leave();
    this.#refuseWith(error);
    if (!this.#isObserved) this.#left();
  }

  #refuseWith(error: unknown): void {
    try {
      const answer = this.#host.session.errors.write(error);
      if (answer === undefined) return this.#broken(error);
      assertLooseUri(answer.uri, 'ApplicationError.uri');
      this.#host.failWith(this, answer.uri, readPayload(answer));
    } catch (unwritable) {
      this.#broken(unwritable);
    }
  }

  #pull(iterator: AsyncIterator<unknown>): void {
    promises.onMet?.(`the answer of ${this.procedure}`);
    const source = new AsyncSource(iterator, {
      next: (value) => this.#next(value), error: (error) => this.#fail(error), complete: (value) => this.#complete(value),
      report: (error) => this.#host.report(error),
    });
    this.#subscription = source;
    const { writable$ } = this.#host.session;
    source.start(this.#outflow === undefined ? writable$ : combineLatest([writable$, this.#outflow.open$]).pipe(map((ready) => ready.every(Boolean))));
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
