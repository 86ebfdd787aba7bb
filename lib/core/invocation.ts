import { Observable, isObservable, type Unsubscribable } from 'rxjs';
import { isThenable } from '../auth/maybe-later.ts';
import { applicationErrorOf } from '../errors.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { AsyncSource } from '../session/async-source.ts';
import { CallAnswer } from '../session/options.ts';
import { readPayload } from '../session/payload.ts';
import type { Dict, Id, List, PayloadInput, Uri } from '../types.ts';
import type { Incoming } from './incoming.ts';
import { cargo } from './outgoing.ts';
import type { Invocation } from './options.ts';
import type { Session } from './session.ts';

/** What a {@link RunningInvocation} needs to know. */
export interface InvocationSetting {
  readonly session: Session;
  /** What was called. */
  readonly procedure: Uri;
  readonly params: Dict;
  readonly report: (error: unknown) => void;
  /** It has been answered, or its session is over. */
  readonly onEnd: () => void;
}

const ERROR = 8;
const INVOCATION = 68;
const YIELD = 70;

/** One invocation while it runs, and how each kind of answer becomes YIELD and ERROR; see `Invocation` of the whole client. */
export class RunningInvocation implements Invocation {
  readonly args: List;
  readonly kwargs: Dict;
  readonly details: Dict;
  readonly params: Dict;
  readonly progress: boolean;
  readonly #request: Id;
  readonly #setting: InvocationSetting;
  readonly #abort: AbortController = new AbortController();
  #work: Unsubscribable | undefined;
  #held: unknown;
  #isOver = false;

  constructor({ values, args, kwargs }: Incoming, setting: InvocationSetting) {
    const [request, , details] = values as [Id, Id, Dict];
    this.args = args;
    this.kwargs = kwargs;
    this.details = details;
    this.params = setting.params;
    this.progress = details['receive_progress'] === true;
    this.#request = request;
    this.#setting = setting;
  }

  get procedure(): Uri { return this.#setting.procedure; }

  get caller(): Id | undefined {
    const caller = this.details['caller'];
    return typeof caller === 'number' ? caller : undefined;
  }

  get signal(): AbortSignal { return this.#abort.signal; }

  get cause(): unknown { return this.signal.reason; }

  /** Runs the procedure and follows its answer. */
  start(procedure: (invocation: never) => unknown): void {
    try {
      this.#follow(procedure(this as never));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Stops the procedure. The caller is answered with `error`, where there is still somebody to be answered. */
  interrupt(cause: unknown, error?: Uri): void {
    if (this.#isOver) return;
    this.#leave();
    this.#abort.abort(cause);
    try {
      this.#work?.unsubscribe();
    } catch (thrown) {
      this.#setting.report(thrown);
    }
    if (error !== undefined) this.#refuse(error);
  }

  #follow(answer: unknown): void {
    const { session, report } = this.#setting;
    const observer = { next: (value: unknown) => this.#next(value), error: (error: unknown) => this.#fail(error), complete: (returned?: unknown) => this.#finish(returned ?? this.#held), report };
    if (isThenable(answer)) answer.then((value) => this.#finish(value), observer.error);
    // Interrupted by the procedure itself: what has not been started need not be.
    else if (this.#isOver) return;
    else if (isObservable(answer)) {
      new Observable((subscriber) => {
        // Before it begins: one that emits without end has to be stopped while it is being subscribed to.
        this.#work = subscriber;
        answer.subscribe(subscriber);
      }).subscribe(observer);
    } else if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) {
      const source = new AsyncSource((answer as AsyncIterable<unknown>)[Symbol.asyncIterator](), observer);
      this.#work = source;
      source.start(session.writable$);
    } else this.#finish(answer);
  }

  #next(value: unknown): void {
    if (this.#isOver) return;
    if (this.progress) this.#yield({ progress: true }, value);
    else this.#held = value;
  }

  #finish(value: unknown): void {
    if (this.#isOver) return;
    this.#leave();
    this.#yield({}, value);
  }

  #yield(options: Dict, value: unknown): void {
    try {
      this.#setting.session.send(YIELD, this.#request, options, ...cargo(readPayload(value instanceof CallAnswer ? value : value === undefined ? [] : [value])));
    } catch (error) {
      this.interrupt(error);
      this.#broken(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) {
      // What was interrupted may throw because of it.
      if (!this.signal.aborted) this.#setting.report(error);
      return;
    }
    this.#leave();
    const answer = applicationErrorOf(error);
    if (answer === undefined) return this.#broken(error);
    try {
      assertLooseUri(answer.uri, 'ApplicationError.uri');
      this.#refuse(answer.uri, answer);
    } catch (unwritable) {
      this.#broken(unwritable);
    }
  }

  // Not meant for the caller, who hears of it all the same instead of waiting for ever.
  #broken(error: unknown): void {
    this.#setting.report(error);
    this.#refuse(WampUri.runtimeError, [error instanceof Error ? error.message : String(error)]);
  }

  #refuse(error: Uri, reason?: PayloadInput): void {
    this.#setting.session.send(ERROR, INVOCATION, this.#request, {}, error, ...cargo(readPayload(reason)));
  }

  #leave(): void {
    this.#isOver = true;
    this.#setting.onEnd();
  }
}
