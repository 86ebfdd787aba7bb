import type { Census } from '../../census.ts';
import { IdTable } from '../../protocol/id-table.ts';
import { MAX_ID } from '../../protocol/ids.ts';
import type { Dict, Id, Uri } from '../../types.ts';
import type { RoutedCall } from './invocation-layout.ts';
import type { Endpoint } from './invocation-policy.ts';
import type { Member } from './outbound.ts';

/** A call that has no final answer yet, as both of its ends know it. */
export interface Invocation<M extends Member> {
  readonly caller: Party<M>;
  /** `CALL.Request`. */
  readonly call: Id;
  callee: Party<M>;
  /** The callee's place in the registration. */
  endpoint: Endpoint<M>;
  /** `INVOCATION.Request`. */
  request: Id;
  /** Whether the caller takes progressive results. */
  readonly progress: boolean;
  /** Whether the callee was sent an INTERRUPT. One is enough. */
  interrupted: boolean;
  /** Whether the callee has it for certain: there has been a CALL behind the first, or a result before the last. */
  runs: boolean;
  /** What it takes to hand it to another callee; `undefined` where that is not to be, or there is none. */
  routed: RoutedCall<M> | undefined;
  /** What ends it when its time is over; `undefined` where it has all the time. */
  timer: CallTimer | undefined;
  /** What further CALLs of it go on with; `undefined` behind the last one, and where there are none. */
  input: Input | undefined;
}

/** The time of a call. */
export interface CallTimer {
  readonly ms: number;
  readonly stop: () => void;
}

/** A progressive call invocation whose last CALL has not come. */
export interface Input {
  /** The first CALL's: the others have to name the same. */
  readonly procedure: Uri;
  readonly registration: Id;
  /** `INVOCATION.Details` without `progress`: those of the first hold for all. */
  readonly details: Dict;
}

/** A member that called or was called: what it waits for, and what is waited for from it. */
export interface Party<M extends Member> {
  readonly member: M;
  readonly calls: IdTable<Invocation<M>>;
  readonly invocations: IdTable<Invocation<M>>;
  /** The id of the last INVOCATION to this member: session scope, so 1, 2, 3, ... (2.1.2); 0 where there was none. */
  lastRequest: Id;
}

/**
 * The calls under way, found from either end. An answer is looked for among the invocations of the member that sent it, so that nobody
 * can answer for another.
 */
export class Invocations<M extends Member> {
  readonly #parties = new Map<M, Party<M>>();
  #size = 0;

  /** How many calls are under way. */
  get size(): number {
    return this.#size;
  }

  /** How many members have called or been called, and are still there. */
  get members(): number {
    return this.#parties.size;
  }

  /** Enters a call that goes to a callee. The caller must have no other one open with this id. */
  open(caller: M, call: Id, endpoint: Endpoint<M>, progress: boolean): Invocation<M> {
    const from = this.#partyOf(caller);
    const to = this.#partyOf(endpoint.member);
    const invocation: Invocation<M> = {
      caller: from, call, callee: to, endpoint, request: nextRequest(to), progress, interrupted: false, runs: false, routed: undefined, timer: undefined,
      input: undefined,
    };
    from.calls.add(call, invocation);
    to.invocations.add(invocation.request, invocation);
    endpoint.running++;
    this.#size++;
    return invocation;
  }

  /** Takes a call from its callee and gives it to another one, under an id of that one's. */
  move(invocation: Invocation<M>, endpoint: Endpoint<M>): void {
    invocation.callee.invocations.take(invocation.request);
    invocation.endpoint.running--;
    const to = this.#partyOf(endpoint.member);
    invocation.callee = to;
    invocation.endpoint = endpoint;
    invocation.request = nextRequest(to);
    to.invocations.add(invocation.request, invocation);
    endpoint.running++;
  }

  /** The id of the last INVOCATION to a callee; 0 where there was none. */
  lastOf(callee: M): Id {
    return this.#parties.get(callee)?.lastRequest ?? 0;
  }

  /** How many calls a caller has open. */
  callsOf(caller: M): number {
    return this.#parties.get(caller)?.calls.size ?? 0;
  }

  /** The call that a caller has open under this `CALL.Request`. */
  ofCaller(caller: M, call: Id): Invocation<M> | undefined {
    return this.#parties.get(caller)?.calls.get(call);
  }

  /** The call that a callee owes an answer under this `INVOCATION.Request`. */
  ofCallee(callee: M, request: Id): Invocation<M> | undefined {
    return this.#parties.get(callee)?.invocations.get(request);
  }

  /** Whether a call has no final answer yet. */
  isOpen(invocation: Invocation<M>): boolean {
    return invocation.caller.calls.get(invocation.call) === invocation;
  }

  /** Strikes a call out. Whatever the callee still says of it finds nothing. */
  close({ caller, call, callee, endpoint, request, timer }: Invocation<M>): void {
    caller.calls.take(call);
    callee.invocations.take(request);
    endpoint.running--;
    timer?.stop();
    this.#size--;
  }

  /** Forgets a member and closes the calls that it made or was to answer: each once, its own first. */
  leave(member: M): readonly Invocation<M>[] {
    const party = this.#parties.get(member);
    if (party === undefined) return [];
    this.#parties.delete(member);
    const own = party.calls.values();
    for (const invocation of own) this.close(invocation);
    const owed = party.invocations.values();
    for (const invocation of owed) this.close(invocation);
    return own.concat(owed);
  }

  /** @internal */
  census(): Census {
    let [calls, invocations] = [0, 0];
    for (const party of this.#parties.values()) {
      calls += party.calls.values().length;
      invocations += party.invocations.values().length;
    }
    return { 'callers and callees': this.#parties.size, 'open calls': calls, 'open invocations': invocations };
  }

  #partyOf(member: M): Party<M> {
    let party = this.#parties.get(member);
    if (party === undefined) {
      party = { member, calls: new IdTable(), invocations: new IdTable(), lastRequest: 0 };
      this.#parties.set(member, party);
    }
    return party;
  }
}

function nextRequest<M extends Member>(callee: Party<M>): Id {
  return (callee.lastRequest = callee.lastRequest === MAX_ID ? 1 : callee.lastRequest + 1);
}
