import { MessageType, type Call, type Invocation as InvocationMessage } from '../../protocol/messages.ts';
import type { CallOptions } from '../../protocol/options.ts';
import type { Dict, Id, Uri } from '../../types.ts';
import type { Endpoint } from './invocation-policy.ts';
import { NO_DETAILS, type Grant, type Member } from './outbound.ts';
import type { Registration } from './registrations.ts';

/** What `INVOCATION.Details` are made of. */
export interface DetailSources {
  readonly registration: Registration<Member>;
  readonly procedure: Uri;
  readonly options: CallOptions;
  readonly endpoint: Endpoint<Member>;
  readonly caller: Member;
  readonly grant: Grant | undefined;
  /** Whether the callee keeps the call's time. */
  readonly forwardsTimeout: boolean;
}

const RECEIVE_PROGRESS: Dict = Object.freeze({ receive_progress: true });
const PROGRESS: Dict = Object.freeze({ progress: true });

/**
 * `INVOCATION.Details` of the first INVOCATION of a call, but for `progress`; one and the same where there is nothing to tell. Attributes whose keys begin
 * with an underscore are among them, as far as `readAttributes` goes: the specification leaves them to implementations
 * ("Extensibility"), and tracing needs them.
 */
export function detailsOf({ registration: { match }, procedure, options, endpoint, caller, grant, forwardsTimeout }: DetailSources): Dict {
  const { receiveProgress, timeout, discloseMe, attributes } = options;
  // Asked of the callee alone: the most used client takes progressive calls without announcing call_canceling.
  const progress = receiveProgress === true && endpoint.member.has('callee', 'progressive_call_results');
  const disclosed = grant?.disclose ?? (discloseMe === true || endpoint.terms.discloseCaller);
  if (match === 'exact' && !forwardsTimeout && !disclosed && attributes === undefined) return progress ? RECEIVE_PROGRESS : NO_DETAILS;

  return {
    ...(match !== 'exact' && { procedure }),
    ...(progress && RECEIVE_PROGRESS),
    ...(forwardsTimeout && { timeout }),
    ...(disclosed && { caller: caller.id, caller_authid: caller.authid, caller_authrole: caller.authrole }),
    ...attributes,
  };
}

/** The INVOCATION that hands a CALL on. With `more` it says that others follow ("Progressive Call Invocations"). */
export function layOut({ args, kwargs, payload, source }: Call, request: Id, registration: Id, details: Dict, more: boolean): InvocationMessage {
  return { type: MessageType.INVOCATION, request, registration, details: more ? { ...details, ...PROGRESS } : details, args, kwargs, payload, source };
}

/**
 * Whether a callee can be handed a call in several pieces. "A Callee that supports progressive call invocations, but does not support call canceling,
 * shall be considered [...] as not supporting progressive call invocations."
 */
export function takesInput(callee: Member): boolean {
  return callee.has('callee', 'progressive_call_invocations') && callee.has('callee', 'call_canceling');
}

/** Whether the callee keeps the time of this call, and not the dealer: it has asked for that, and has announced it ("Call Timeouts"). */
export function keepsTime({ timeout = 0 }: CallOptions, { member, terms }: Endpoint<Member>): boolean {
  return timeout > 0 && terms.forwardTimeout && member.has('callee', 'call_timeout');
}
