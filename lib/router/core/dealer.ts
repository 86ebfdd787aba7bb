/**
 * CALL to INVOCATION to YIELD to RESULT: the index gives the registration, its policy the callee, and the call is entered at both of
 * its ends, under `CALL.Request` at the caller's and `INVOCATION.Request` at the callee's. What the callee answers is found under the
 * latter and goes to the caller; with a final answer, or an early ERROR, the entry is struck out at both ends, so that an answer which
 * comes later finds nothing and is dropped. The payload is handed on by reference.
 */
import { addUp, type Census } from '../../census.ts';
import { ProtocolError } from '../../errors.ts';
import {
  MessageType, type Call, type Cancel, type ErrorMessage, type Register, type Unregister, type Yield,
} from '../../protocol/messages.ts';
import { readCallOptions, readCancelOptions, readYieldOptions } from '../../protocol/options.ts';
import { isUri } from '../../protocol/uri.ts';
import * as WampUri from '../../protocol/wamp-uris.ts';
import type { Dict, Id, List, Uri } from '../../types.ts';
import type { Directory } from './directory.ts';
import { interrupt, isInterruptible } from './interruption.ts';
import { detailsOf, layOut, takesInput, type RoutedCall } from './invocation-layout.ts';
import { Invocations, type CallTimer, type Invocation } from './invocations.ts';
import type { MembershipEvents } from './meta/membership-events.ts';
import { checkPassthru, NO_PASSTHRU, opaqueDetails, takesPayload } from './opaque-payload.ts';
import { NO_DETAILS, NOTHING, refusal, type Grant, type Member, type Outbound } from './outbound.ts';
import { Registrar } from './registrar.ts';
import type { Registration } from './registrations.ts';
import { mayDecline, nextFor, settle, type Detour } from './rerouting.ts';
import { endpointFor, runmodeFault } from './sharding.ts';

/** Options of {@link Dealer}. */
export interface DealerOptions<M extends Member> {
  /** Gives each registration an id that is free in the router (2.1.2). */
  readonly nextId: () => Id;
  /** Numbers from 0 up to but without 1, for the policy `random`. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Has a function run after so many milliseconds, and sends what it gives; gives a function that prevents it. */
  readonly after: (ms: number, run: () => readonly Outbound<M>[]) => () => void;
  /** Seconds since the epoch, for the meta API. @default always 0 */
  readonly now?: (() => number) | undefined;
  /** Tells of callees that come and go. @default nobody is told */
  readonly events?: MembershipEvents<M, Registration<M>> | undefined;
}

/** What a {@link Dealer} holds. All are 0 when everybody has left. */
export interface DealerSizes {
  readonly registrations: number;
  /** Members with at least one registration. */
  readonly callees: number;
  /** Calls without a final answer. */
  readonly invocations: number;
  /** Members that have called or been called. */
  readonly members: number;
}

const PROGRESS: Dict = Object.freeze({ progress: true });
const NO_INPUT: List = Object.freeze(['callee must announce progressive_call_invocations and call_canceling']);
const ALL_BUSY: List = Object.freeze(['every callee has as many calls as it takes']);
const CALLEE_LEFT: List = Object.freeze(['callee left before it answered']);

/**
 * Routes calls to callees and their answers back. Knows sessions as members and touches no socket, clock or scheduler: each method
 * takes one message and returns what follows from it, in order. Each call gets one final answer, unless its caller leaves first.
 * Options of a wrong type are a ProtocolError.
 */
export class Dealer<M extends Member> {
  readonly #registrar: Registrar<M>;
  readonly #invocations = new Invocations<M>();
  readonly #after: DealerOptions<M>['after'];

  constructor({ nextId, random = Math.random, after, now = () => 0, events }: DealerOptions<M>) {
    this.#registrar = new Registrar({ nextId, random, now, events });
    this.#after = after;
  }

  /** How much it holds at the moment. */
  get sizes(): DealerSizes {
    return {
      registrations: this.#registrar.size,
      callees: this.#registrar.callees,
      invocations: this.#invocations.size,
      members: this.#invocations.members,
    };
  }

  /** How many registrations a member has. */
  registrationsOf(member: M): number {
    return this.#registrar.countOf(member);
  }

  /** How many calls a member waits for. */
  callsOf(member: M): number {
    return this.#invocations.callsOf(member);
  }

  /** See {@link Registrar.hasExactly}. */
  hasExactly(procedure: Uri): boolean {
    return this.#registrar.hasExactly(procedure);
  }

  /** What is registered. */
  get registrations(): Directory<Registration<M>> {
    return this.#registrar.directory;
  }

  /** The registration that a call of this procedure goes to. */
  match(procedure: Uri): Registration<M> | undefined {
    return this.#registrar.find(procedure);
  }

  /** See {@link Registrar.revoke}. */
  revoke(callee: M, registration: Id, reason: string | undefined): readonly Outbound<M>[] | undefined {
    return this.#registrar.revoke(callee, registration, reason);
  }

  /** See {@link Registrar.register}. */
  register(member: M, message: Register): readonly Outbound<M>[] {
    return this.#registrar.register(member, message);
  }

  /** See {@link Registrar.unregister}. */
  unregister(member: M, message: Unregister): readonly Outbound<M>[] {
    return this.#registrar.unregister(member, message);
  }

  /**
   * What follows from a CALL that is numbered like one of before, of a caller that announces progressive_call_invocations. It was allowed with the
   * first one, and is handed to the same callee with the same details ("Progressive Call Invocations"). It is dropped where the call is over, which the
   * caller has not heard yet, is being cancelled, or was of another procedure. Throws ProtocolError where the call is open and takes no more.
   */
  continuation(member: M, message: Call): readonly Outbound<M>[] {
    const { request, procedure } = message;
    const invocation = this.#invocations.ofCaller(member, request);
    if (invocation === undefined) return NOTHING;
    const { input, callee } = invocation;
    if (input === undefined) throw stillOpen(request);
    const progress = readCallOptions(message.options).progress === true;
    if (input.procedure !== procedure || invocation.interrupted) return NOTHING;

    settle(invocation);
    if (!progress) invocation.input = undefined;
    return [{ to: callee.member, message: layOut(message, invocation.request, input.registration, input.details, progress) }];
  }

  /**
   * Gives the INVOCATION for the callee, or for the caller an ERROR:
   *
   * - `no_such_procedure` or `invalid_uri`
   * - `option_not_allowed` where its run mode is none, or has no key ("Sharded Registration")
   * - `no_available_callee` where all have as many calls as they take; with a run mode, where the callee of the key has
   * - `feature_not_supported` where it is progressive and the callee does not announce that, or cannot be interrupted; and where its payload is passed
   *   through and the callee does not announce that ("Payload Passthru Mode")
   *
   * Throws ProtocolError where the id of the call is still open, and where it is progressive or passed through and the caller has not announced that.
   *
   * A call with a `timeout` that its callee does not keep itself ends when that is over: ERROR `timeout` for the caller, and where the callee announces
   * call_canceling an INTERRUPT ("Call Timeouts"). The time is that up to the first result, and each progressive result starts
   * it anew ("Progressive Call Results", "Timeouts"); more input does not.
   */
  call(member: M, message: Call, grant?: Grant): readonly Outbound<M>[] {
    const { request, procedure } = message;
    const options = readCallOptions(message.options);
    if (options.progress && !member.has('caller', 'progressive_call_invocations')) {
      throw new ProtocolError('CALL.Options.progress must be false where the caller has not announced progressive_call_invocations, got true');
    }
    checkPassthru(member, 'caller', options, 'CALL');
    if (this.#invocations.ofCaller(member, request) !== undefined) throw stillOpen(request);

    const registration = this.#registrar.find(procedure);
    if (registration === undefined) return refused(member, request, isUri(procedure) ? WampUri.noSuchProcedure : WampUri.invalidUri);
    const fault = runmodeFault(options);
    if (fault !== undefined) return refused(member, request, WampUri.optionNotAllowed, fault);
    const endpoint = endpointFor(options, registration.callees);
    if (endpoint === undefined) return refused(member, request, WampUri.noAvailableCallee, ALL_BUSY);
    if (options.progress && !takesInput(endpoint.member)) return refused(member, request, WampUri.featureNotSupported, NO_INPUT);
    if (!takesPayload(endpoint.member, 'callee', options)) return refused(member, request, WampUri.featureNotSupported, NO_PASSTHRU.callee);

    const invocation = this.#invocations.open(member, request, endpoint, options.receiveProgress ?? false);
    return [this.#hand(invocation, { message, options, registration, grant, tried: undefined })];
  }

  /**
   * Ends a call as `mode` says ("Call Canceling"), which is `killnowait` where none is given:
   *
   * - `skip`: the caller gets ERROR `canceled` at once, the callee hears nothing
   * - `killnowait`: the caller gets ERROR `canceled` at once, the callee is interrupted
   * - `kill`: the callee is interrupted, and its answer decides
   *
   * With a callee that does not announce call_canceling all are `skip`. A call that is not open was answered in the meantime: nothing
   * follows.
   */
  cancel(member: M, { request, options }: Cancel): readonly Outbound<M>[] {
    const { mode = 'killnowait' } = readCancelOptions(options);
    const invocation = this.#invocations.ofCaller(member, request);
    if (invocation === undefined) return NOTHING;
    if (mode === 'kill' && isInterruptible(invocation)) return interrupt(invocation, 'kill');

    this.#invocations.close(invocation);
    const answer = { to: member, message: refusal(MessageType.CALL, request, WampUri.canceled) };
    return mode === 'skip' ? [answer] : [answer, ...interrupt(invocation, 'killnowait')];
  }

  /**
   * Gives the RESULT for the caller. A progressive one that the caller did not ask for is dropped, as is an answer to an invocation
   * that is not open any more: it was answered, cancelled, timed out, or its caller left. Throws ProtocolError where the member has never had
   * an invocation of this id ("Protocol Errors").
   *
   * One whose payload is passed through, to a caller that does not announce that, ends the call with ERROR `feature_not_supported` for the caller, and
   * where more was to come with an INTERRUPT ("Payload Passthru Mode"). The callee would get an ERROR by the specification; but YIELD is no
   * request, and clients end their session over an answer to none. Throws ProtocolError where the callee itself has not announced it.
   */
  yield(member: M, message: Yield): readonly Outbound<M>[] {
    const { request, args, kwargs, payload, source } = message;
    const options = readYieldOptions(message.options);
    checkPassthru(member, 'callee', options, 'YIELD');
    const progress = options.progress === true;
    const invocation = this.#invocations.ofCallee(member, request);
    if (invocation === undefined) return this.#late(member, request, 'YIELD.INVOCATION.Request');
    if (progress && !invocation.progress) return NOTHING;
    if (!takesPayload(invocation.caller.member, 'caller', options)) return this.#unsupported(invocation, NO_PASSTHRU.caller, progress);

    if (progress) this.#goOn(invocation);
    else this.#invocations.close(invocation);
    const opaque = opaqueDetails(options);
    const details = opaque === undefined ? (progress ? PROGRESS : NO_DETAILS) : { ...(progress && PROGRESS), ...opaque };
    return [{
      to: invocation.caller.member,
      message: { type: MessageType.RESULT, request: invocation.call, details, args, kwargs, payload, source },
    }];
  }

  /**
   * Gives the callee's ERROR to the caller, as it is; dropped where the invocation is not open any more.
   *
   * With `unavailable` a callee that announces call_reroute declines the call: it goes to the next one that the policy of the registration has, and when
   * all have declined, or have as many calls as they take, the caller gets ERROR `no_available_callee` with the payload of the last ("Call Re-Routing").
   * Where the callee has sent a progressive result, or was sent more than the first INVOCATION, it is an error like any other.
   *
   * Throws ProtocolError where it answers anything but an INVOCATION, which is all that a client is asked, or one that it has never had.
   */
  error(member: M, message: ErrorMessage): readonly Outbound<M>[] {
    const { requestType, request, details, error, args, kwargs, payload, source } = message;
    if (requestType !== MessageType.INVOCATION) {
      throw new ProtocolError(`ERROR.REQUEST.Type must be ${MessageType.INVOCATION}, got ${requestType}`);
    }
    const invocation = this.#invocations.ofCallee(member, request);
    if (invocation === undefined) return this.#late(member, request, 'ERROR.INVOCATION.Request');

    const isDeclined = error === WampUri.unavailable && mayDecline(invocation);
    const next = isDeclined ? nextFor(invocation) : undefined;
    if (next !== undefined) return [this.#pass(invocation, next)];

    this.#invocations.close(invocation);
    return [{
      to: invocation.caller.member,
      message: {
        type: MessageType.ERROR, requestType: MessageType.CALL, request: invocation.call, details,
        error: isDeclined ? WampUri.noAvailableCallee : error, args, kwargs, payload, source,
      },
    }];
  }

  /**
   * Ends a call of which an INVOCATION could not be written for its callee: ERROR `invalid_argument` for the caller, and for a callee that has
   * had the first one an interruption.
   */
  unwritable(callee: M, request: Id, reason: List, error: Uri = WampUri.invalidArgument): readonly Outbound<M>[] {
    const invocation = this.#invocations.ofCallee(callee, request);
    if (invocation === undefined) return NOTHING;

    this.#invocations.close(invocation);
    const answer = { to: invocation.caller.member, message: refusal(MessageType.CALL, invocation.call, error, reason) };
    return invocation.runs ? [answer, ...interrupt(invocation, 'killnowait')] : [answer];
  }

  /**
   * Forgets a member. Those who wait for its answers get ERROR `canceled` ("Callee Leaving During an RPC Invocation"), and those who
   * work for it are interrupted where they announce call_canceling ("Caller Leaving During an RPC Invocation").
   */
  leave(member: M): readonly Outbound<M>[] {
    const events = this.#registrar.leave(member);
    const outbound: Outbound<M>[] = [];
    for (const invocation of this.#invocations.leave(member)) {
      const { caller, call, callee } = invocation;
      if (caller.member !== member) {
        outbound.push({ to: caller.member, message: refusal(MessageType.CALL, call, WampUri.canceled, CALLEE_LEFT) });
      } else if (callee.member !== member) {
        outbound.push(...interrupt(invocation, 'killnowait'));
      }
    }
    return events.length === 0 ? outbound : outbound.concat(events);
  }

  /** @internal */
  census(): Census {
    return addUp(this.#registrar.census(), this.#invocations.census());
  }

  /** The INVOCATION for the callee that a call has been given to; for its time, and for its way to others, is cared for. */
  #hand(invocation: Invocation<M>, routed: RoutedCall<M>): Outbound<M> {
    const { message, options, registration: { id, callees } } = routed;
    const { timeout = 0, progress = false } = options;
    const { endpoint, caller, request } = invocation;
    const { member } = endpoint;
    const isTimed = timeout > 0 && invocation.timer === undefined;
    const forwardsTimeout = isTimed && endpoint.terms.forwardTimeout && member.has('callee', 'call_timeout');
    if (isTimed && !forwardsTimeout) this.#keepTime(invocation, timeout);
    // The payload is held only where somebody else could be handed it. What is about a key is for nobody but its callee.
    invocation.routed = callees.size > 1 && options.runmode === undefined && member.has('callee', 'call_reroute') ? routed : undefined;
    const details = detailsOf(routed, endpoint, caller.member, forwardsTimeout);
    if (progress) invocation.input = { procedure: message.procedure, registration: id, details };
    return { to: member, message: layOut(message, request, id, details, progress) };
  }

  // Ids count up for each callee, so that no table of those that are over is needed.
  #late(callee: M, request: Id, field: string): readonly Outbound<M>[] {
    const last = this.#invocations.lastOf(callee);
    if (request <= last) return NOTHING;
    throw new ProtocolError(`${field} must be an id of an invocation, so up to ${last}, got ${request}`);
  }

  #pass(invocation: Invocation<M>, { routed, endpoint }: Detour<M>): Outbound<M> {
    this.#invocations.move(invocation, endpoint);
    return this.#hand(invocation, routed);
  }

  /** Ends a call that goes no further since one of its ends does not support it. `runs`: its callee is to hear of that. */
  #unsupported(invocation: Invocation<M>, reason: List, runs: boolean): readonly Outbound<M>[] {
    this.#invocations.close(invocation);
    const message = refusal(MessageType.CALL, invocation.call, WampUri.featureNotSupported, reason);
    return [{ to: invocation.caller.member, message }, ...(runs ? interrupt(invocation, 'killnowait') : NOTHING)];
  }

  // A callee that was told to stop gains no time by results.
  #goOn(invocation: Invocation<M>): void {
    settle(invocation);
    const { timer, interrupted } = invocation;
    if (timer !== undefined && !interrupted) this.#keepTime(invocation, timer.ms);
  }

  #keepTime(invocation: Invocation<M>, ms: number): void {
    invocation.timer?.stop();
    const timer: CallTimer = { ms, stop: this.#after(ms, () => this.#expire(invocation, timer)) };
    invocation.timer = timer;
  }

  #expire(invocation: Invocation<M>, timer: CallTimer): readonly Outbound<M>[] {
    // It may have ended, or come a step further, while this waited for its turn.
    if (invocation.timer !== timer || !this.#invocations.isOpen(invocation)) return NOTHING;
    this.#invocations.close(invocation);
    const message = refusal(MessageType.CALL, invocation.call, WampUri.timeout, [`callee must answer within ${timer.ms} ms`]);
    return [{ to: invocation.caller.member, message }, ...interrupt(invocation, 'timeout')];
  }
}

function refused<M extends Member>(caller: M, call: Id, error: Uri, args?: List): readonly Outbound<M>[] {
  return [{ to: caller, message: refusal(MessageType.CALL, call, error, args) }];
}

function stillOpen(call: Id): ProtocolError {
  return new ProtocolError(`CALL.Request must be new, got ${call}, which is still open`);
}
