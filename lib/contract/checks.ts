/**
 * What a session asks of a contract. A session knows no more of it than this: whoever has no contract carries none of what checks payloads.
 */
import type { TeardownLogic } from 'rxjs';
import type { Payload, Uri } from '../types.ts';

/** A payload before it is sent; what is not there is not sent. */
export interface SentPayload {
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: { readonly [key: string]: unknown } | undefined;
}

/** Where a verb emits. */
export interface Receiver<T> {
  readonly closed: boolean;
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
  add(teardown: TeardownLogic): void;
}

/** What a contract says of every URI. */
export interface Checks {
  /** `undefined` where it says nothing of a topic. */
  topic(uri: Uri): TopicChecks | undefined;
  /** `undefined` where it says nothing of a procedure. */
  procedure(uri: Uri): ProcedureChecks | undefined;
}

/** What a contract says of a topic. */
export interface TopicChecks {
  /** Throws TypeCheckError where an event must not be published. */
  publish(payload: SentPayload): void;
  /** Receives events, and hands them on as they are read. One that cannot be read goes to `report`, and is left out. */
  events(sink: Receiver<never>, report: (error: unknown) => void): Receiver<never>;
  /** The same with what becomes of the subscription. */
  signals(sink: Receiver<never>, report: (error: unknown) => void): Receiver<never>;
}

/** What a contract says of a procedure. */
export interface ProcedureChecks {
  /** Throws TypeCheckError where it must not be called so. */
  call(payload: SentPayload): void;
  /** Throws TypeCheckError where its input must not have this. */
  sentInput(payload: SentPayload): void;
  /** A result as it is read. Throws TypeCheckError. */
  result<R extends Payload & { readonly progress: boolean }>(result: R): R;
  /** Receives results, and hands them on as they are read. One that cannot be read is the error of the call. */
  results(sink: Receiver<never>): Receiver<never>;
  /** What the procedure gets. Throws ApplicationError `wamp.error.invalid_argument` where it gets nothing. */
  invocation(payload: Payload): Payload;
  /** What it gets of a call that goes both ways, behind the first payload. Throws as `invocation` does. */
  input(payload: Payload): Payload;
  /** Throws TypeCheckError where it must not answer so. */
  answer(progress: boolean, payload: SentPayload): void;
}
