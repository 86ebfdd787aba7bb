import { Subscription } from 'rxjs';
import type { MaybeLater } from '../auth/authenticator.ts';
import { answerOf, isLater } from '../auth/maybe-later.ts';
import type { Census } from '../census.ts';
import { ProtocolError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { MessageType, type Call, type Message } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Id, List, Uri } from '../types.ts';
import { NO_DETAILS, NOTHING, refusal, type Member, type Outbound } from './core/outbound.ts';
import { Refusal, type ProcedureCall, type ProcedureResult } from './core/procedure.ts';

/**
 * A procedure that the router answers. It throws a {@link Refusal} where the caller is to get an ERROR, and ProtocolError over its arguments, which is
 * ERROR `invalid_argument`; anything else is `runtime_error`.
 */
export type RouterProcedure<M extends Member> = (call: ProcedureCall<M>) => MaybeLater<ProcedureResult<M>>;

/** Options of {@link RouterProcedures}. */
export interface RouterProceduresOptions<M extends Member> {
  readonly procedures: ReadonlyMap<Uri, RouterProcedure<M>>;
  /** Takes an answer that came later. */
  readonly deliver: (outbound: readonly Outbound<M>[]) => void;
  readonly log: Logger | undefined;
}

const NO_ARGS: List = Object.freeze([]);

/** Answers the calls of reserved URIs. An answer is there at once, or is awaited until the caller cancels or leaves. */
export class RouterProcedures<M extends Member> {
  readonly #options: RouterProceduresOptions<M>;
  readonly #pending = new Map<M, Map<Id, Subscription>>();

  constructor(options: RouterProceduresOptions<M>) {
    this.#options = options;
  }

  /** How many calls are awaited. */
  get size(): number {
    let size = 0;
    for (const calls of this.#pending.values()) size += calls.size;
    return size;
  }

  /** How many calls a member waits for. */
  callsOf(member: M): number {
    return this.#pending.get(member)?.size ?? 0;
  }

  /** Answers RESULT, or ERROR: `no_such_procedure` where the router has none of this name. */
  call(caller: M, { request, procedure, args = NO_ARGS, kwargs = NO_DETAILS }: Call): readonly Outbound<M>[] {
    const answer = this.#options.procedures.get(procedure);
    if (answer === undefined) return [{ to: caller, message: refusal(MessageType.CALL, request, WampUri.noSuchProcedure) }];
    try {
      const given = answer({ caller, procedure, args, kwargs });
      if (!isLater(given)) return answerTo(caller, request, given);
      this.#await(caller, request, procedure, given);
      return NOTHING;
    } catch (error) {
      return [{ to: caller, message: this.#failure(request, procedure, error) }];
    }
  }

  /** Gives up a call that is awaited, with ERROR `canceled`; `undefined` where there is none of this id. */
  cancel(caller: M, request: Id): readonly Outbound<M>[] | undefined {
    if (!this.#close(caller, request)) return undefined;
    return [{ to: caller, message: refusal(MessageType.CALL, request, WampUri.canceled) }];
  }

  /** Gives up all that a member waits for. */
  leave(member: M): void {
    for (const pending of this.#pending.get(member)?.values() ?? NOTHING) pending.unsubscribe();
    this.#pending.delete(member);
  }

  /** @internal */
  census(): Census {
    return { 'open calls of the router': this.size };
  }

  #await(caller: M, request: Id, procedure: Uri, given: MaybeLater<ProcedureResult<M>>): void {
    let pending = this.#pending.get(caller);
    if (pending === undefined) this.#pending.set(caller, (pending = new Map()));
    const answer = (outbound: readonly Outbound<M>[]): void => {
      if (this.#close(caller, request)) this.#options.deliver(outbound);
    };
    // Entered before it is waited for, since it may be there at once.
    const subscription = new Subscription();
    pending.set(request, subscription);
    subscription.add(answerOf(() => given).subscribe({
      next: (value) => answer(answerTo(caller, request, value)),
      error: (error) => answer([{ to: caller, message: this.#failure(request, procedure, error) }]),
    }));
  }

  #close(caller: M, request: Id): boolean {
    const pending = this.#pending.get(caller);
    const subscription = pending?.get(request);
    if (pending === undefined || subscription === undefined) return false;
    pending.delete(request);
    if (pending.size === 0) this.#pending.delete(caller);
    subscription.unsubscribe();
    return true;
  }

  #failure(request: Id, procedure: Uri, error: unknown): Message {
    if (error instanceof Refusal) return refusal(MessageType.CALL, request, error.uri, error.args);
    if (error instanceof ProtocolError) return refusal(MessageType.CALL, request, WampUri.invalidArgument, [error.message]);
    this.#options.log?.warn('procedure of the router failed', { procedure, error });
    return refusal(MessageType.CALL, request, WampUri.runtimeError, ['the router failed']);
  }
}

function answerTo<M extends Member>(caller: M, request: Id, { args, kwargs, follows = NOTHING }: ProcedureResult<M>): readonly Outbound<M>[] {
  const message: Message = { type: MessageType.RESULT, request, details: NO_DETAILS, args, kwargs, payload: undefined, source: undefined };
  return [{ to: caller, message }, ...follows];
}
