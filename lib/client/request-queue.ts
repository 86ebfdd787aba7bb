import { QueueFullError, type Operation, type WampError } from '../errors.ts';
import type { Sink } from '../session/direct-observable.ts';
import type { Session } from '../session/session.ts';

/** A request that waits for a session. */
export interface QueuedRequest {
  readonly operation: Operation;
  /** Whether it waits also while a lost session is being replaced. */
  readonly offline: 'wait' | 'fail';
  /** Makes the request; its answers go to the subscriber that waited. */
  start(session: Session): void;
  fail(error: WampError): void;
}

/** Requests that wait for a session, in the order they were made, and no more than `limit` of them. */
export class RequestQueue {
  readonly #limit: number;
  readonly #onEmpty: () => void;
  readonly #waiting = new Set<QueuedRequest>();

  /** `onEmpty` is told when the last one was taken out without a session. */
  constructor(limit: number, onEmpty: () => void) {
    this.#limit = limit;
    this.#onEmpty = onEmpty;
  }

  get size(): number { return this.#waiting.size; }

  /** Adds a request; over the limit it is the new one that fails. Unsubscribing `sink` takes it out again. */
  add(request: QueuedRequest, sink: Sink<never>): void {
    if (this.#waiting.size >= this.#limit) {
      request.fail(new QueueFullError(`no more than ${this.#limit} requests may wait for a session`, { operation: request.operation }));
      return;
    }
    this.#waiting.add(request);
    sink.add(() => {
      if (this.#waiting.delete(request) && this.#waiting.size === 0) this.#onEmpty();
    });
  }

  /** Starts what waits, and what is added meanwhile, for as long as `session` is the one. */
  flush(session: Session, isCurrent: () => boolean): void {
    for (const request of this.#waiting) {
      if (!isCurrent()) return;
      this.#waiting.delete(request);
      request.start(session);
    }
  }

  /** Fails what waits, or of that what does not wait while a lost session is being replaced. */
  fail(error: (operation: Operation) => WampError, which: 'all' | 'offline' = 'all'): void {
    const failing = [...this.#waiting].filter(({ offline }) => which === 'all' || offline === 'fail');
    for (const request of failing) this.#waiting.delete(request);
    for (const request of failing) request.fail(error(request.operation));
  }
}
