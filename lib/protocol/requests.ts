import { addUp, type Census } from '../census.ts';
import { ProtocolError } from '../errors.ts';
import type { Id } from '../types.ts';
import { IdTable } from './id-table.ts';
import { nameOf } from './lifecycle.ts';
import type { MessageType } from './messages.ts';

interface Open<T> {
  readonly type: MessageType;
  readonly entry: T;
}

/**
 * The requests of one direction that are still unanswered: which answer fits which request, exactly once.
 *
 * An id is open at most once, whatever the type, since all requests of a direction draw from one sequence (2.1.2). An answer names the
 * type as well, so that a RESULT does not close a SUBSCRIBE.
 */
export class Requests<T> implements Iterable<T> {
  readonly #open = new IdTable<Open<T>>();

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Enters a request. Do so before it is sent: on a synchronous link the answer comes first. Throws {@link ProtocolError} where the id
   * is open.
   */
  open(type: MessageType, request: Id, entry: T): void {
    if (this.#open.get(request) !== undefined) throw new ProtocolError(`request id must be new, got ${request}, which is still open`);
    this.#open.add(request, { type, entry });
  }

  /** What was entered for the request, which stays open; `undefined` where no such request is. */
  get(type: MessageType, request: Id): T | undefined {
    const open = this.#open.get(request);
    return open?.type === type ? open.entry : undefined;
  }

  /** What was entered for the request, which is no longer open; `undefined` where no such request was. */
  close(type: MessageType, request: Id): T | undefined {
    const open = this.#open.get(request);
    if (open?.type !== type) return undefined;
    this.#open.take(request);
    return open.entry;
  }

  /** Closes all requests and gives what was entered, by ascending id: the order in which they were made. */
  clear(): readonly T[] {
    const entries = [...this];
    this.#open.clear();
    return entries;
  }

  /** How many are open of each type. @internal */
  census(): Census {
    return addUp(...this.#open.values().map(({ type }) => ({ [`open ${nameOf(type)}`]: 1 })));
  }

  /** What was entered, by ascending id. */
  [Symbol.iterator](): Iterator<T> {
    return this.#open.values().map(({ entry }) => entry)[Symbol.iterator]();
  }
}
