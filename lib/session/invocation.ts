import { isObservable, type Subscription } from 'rxjs';
import { isThenable } from '../auth/maybe-later.ts';
import { ApplicationError } from '../errors.ts';
import { show } from '../protocol/fields.ts';
import type { Invocation as InvocationMessage } from '../protocol/messages.ts';
import { WampUri, assertUri } from '../protocol/uri.ts';
import type { Dict, Id, List, Uri } from '../types.ts';
import type { RegistrationRecord } from './callee.ts';
import { CallAnswer, type AnyProcedure, type Invocation } from './options.ts';
import { NO_ARGS, NO_KWARGS, readPayload } from './payload.ts';

/** Where the answers of an invocation go. */
export interface InvocationHost {
  yield(request: Id, progress: boolean, args: List | undefined, kwargs: Dict | undefined): void;
  fail(request: Id, error: Uri, args: List | undefined, kwargs?: Dict): void;
  answer(send: () => void): void;
  report(error: unknown): void;
  /** The invocation has been answered. */
  ended(request: Id): void;
}

const NOTHING = Symbol('no value yet');

/**
 * One invocation while it runs: what the procedure sees of it, and how each kind of answer becomes YIELD and ERROR messages.
 *
 * ```
 * caller wants progress    observable  --a--b--|      final: 'empty'   YIELD(a, progress)  YIELD(b, progress)  YIELD()
 *                                                     final: 'last'    YIELD(a, progress)                      YIELD(b)
 * it does not              observable  --a--b--|                                                               YIELD(b)
 * ```
 */
export class RunningInvocation implements Invocation {
  readonly args: List;
  readonly kwargs: Dict;
  readonly details: Dict;
  readonly params: Dict;
  readonly progress: boolean;
  readonly registration: RegistrationRecord;
  readonly #host: InvocationHost;
  readonly #request: Id;
  #subscription: Subscription | undefined;
  #iterator: AsyncIterator<unknown> | undefined;
  #abort: AbortController | undefined;
  #cause: unknown;
  #over = false;
  #held: unknown = NOTHING;

  constructor(host: InvocationHost, registration: RegistrationRecord, message: InvocationMessage, params: Dict) {
    this.#host = host;
    this.registration = registration;
    this.#request = message.request;
    this.args = message.args ?? NO_ARGS;
    this.kwargs = message.kwargs ?? NO_KWARGS;
    this.details = message.details;
    this.params = params;
    this.progress = message.details['receive_progress'] === true;
  }

  get procedure(): Uri {
    const called = this.details['procedure'];
    return typeof called === 'string' ? called : this.registration.request.pattern;
  }

  get caller(): Id | undefined {
    const caller = this.details['caller'];
    return typeof caller === 'number' ? caller : undefined;
  }

  get cause(): unknown { return this.#cause; }

  // Made when it is asked for: a controller costs more than many a procedure.
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#over && this.#cause !== undefined) this.#abort.abort(this.#cause);
    }
    return this.#abort.signal;
  }

  /** Runs the procedure and follows its answer. */
  run(procedure: AnyProcedure): void {
    try {
      this.#follow(procedure(this as never));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** INTERRUPT, or the registration was withdrawn: stops the procedure, and then answers. */
  interrupt(cause: unknown, error: Uri): void {
    if (this.#over) return;
    this.abandon(cause);
    this.#host.ended(this.#request);
    this.#host.answer(() => this.#host.fail(this.#request, error, undefined));
  }

  /** Stops the procedure; nobody waits for an answer. */
  abandon(cause: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#cause = cause;
    // The signal first: a generator's return() waits behind the promise it is awaiting.
    this.#abort?.abort(cause);
    // Whatever it throws while it stops, the caller has its answer to get, and others have to be stopped too.
    try {
      this.#subscription?.unsubscribe();
      const returned: unknown = this.#iterator?.return?.();
      if (isThenable(returned)) returned.then(undefined, (error: unknown) => this.#host.report(error));
    } catch (error) {
      this.#host.report(error);
    }
  }

  #follow(answer: unknown): void {
    if (isThenable(answer)) answer.then((value) => this.#finish(value), (error: unknown) => this.#fail(error));
    // Interrupted by the procedure itself: what has not been started need not be.
    else if (this.#over) return;
    else if (isObservable(answer)) {
      this.#subscription = answer.subscribe({ next: (value) => this.#next(value), error: (error: unknown) => this.#fail(error), complete: () => this.#complete() });
      if (this.#over) this.#subscription.unsubscribe();
    } else if (isAsyncIterable(answer)) this.#drain(answer[Symbol.asyncIterator]());
    else this.#finish(answer);
  }

  #next(value: unknown): void {
    if (this.#over) return;
    const holds = !this.progress || this.registration.request.options.final === 'last';
    const ready = holds ? this.#held : value;
    if (holds) this.#held = value;
    if (this.progress && ready !== NOTHING) this.#send(true, ready);
  }

  #complete(): void {
    this.#finish(this.#held === NOTHING ? undefined : this.#held);
  }

  #finish(value: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.ended(this.#request);
    this.#send(false, value);
  }

  #send(progress: boolean, value: unknown): void {
    try {
      if (value instanceof CallAnswer) {
        const { args, kwargs } = readPayload(value);
        this.#host.yield(this.#request, progress, args, kwargs);
      } else this.#host.yield(this.#request, progress, value === undefined ? undefined : [value], undefined);
    } catch (error) {
      if (!this.#over) {
        this.abandon(error);
        this.#host.ended(this.#request);
      }
      this.#broken(error);
    }
  }

  // It failed in a way that was not meant for the caller, who hears of it all the same instead of waiting for ever.
  #broken(error: unknown): void {
    this.#host.report(error);
    const message = error instanceof Error ? error.message : show(error);
    this.#host.answer(() => this.#host.fail(this.#request, WampUri.runtimeError, [message]));
  }

  #fail(error: unknown): void {
    if (this.#over) {
      // Thrown by what was interrupted: the caller has its answer.
      if (this.#cause === undefined) this.#host.report(error);
      return;
    }
    this.#over = true;
    this.#host.ended(this.#request);
    if (!(error instanceof ApplicationError)) return this.#broken(error);
    try {
      assertUri(error.uri, 'ApplicationError.uri');
      const { args, kwargs } = readPayload(error);
      this.#host.fail(this.#request, error.uri, args, kwargs);
    } catch (unwritable) {
      this.#broken(unwritable);
    }
  }

  // By hand, since `for await` loses the return value of a generator, which is the final result.
  #drain(iterator: AsyncIterator<unknown>): void {
    this.#iterator = iterator;
    const pull = (): void => {
      Promise.resolve(iterator.next()).then(({ done, value }) => {
        if (this.#over) return;
        if (done !== true) {
          this.#next(value);
          if (!this.#over) pull();
        } else if (value === undefined) this.#complete();
        else {
          if (this.progress && this.#held !== NOTHING) this.#send(true, this.#held);
          this.#finish(value);
        }
      }).catch((error: unknown) => this.#fail(error));
    };
    pull();
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
