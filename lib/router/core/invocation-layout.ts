import { MessageType, type Call, type Invocation as InvocationMessage } from '../../protocol/messages.ts';
import type { CallOptions, OpaquePayload } from '../../protocol/options.ts';
import type { Dict, Id } from '../../types.ts';
import type { Endpoint } from './invocation-policy.ts';
import { opaqueDetails } from './opaque-payload.ts';
import { NO_DETAILS, type Grant, type Member } from './outbound.ts';
import type { Registration } from './registrations.ts';

/** A call and where it goes: what it takes to hand it to a callee, and to another one after that. */
export interface RoutedCall<M extends Member> {
  readonly message: Call;
  readonly options: CallOptions & OpaquePayload;
  readonly registration: Registration<M>;
  readonly grant: Grant | undefined;
  /** Who has declined it; `undefined` while nobody has. */
  tried: WeakSet<M> | undefined;
}

const RECEIVE_PROGRESS: Dict = Object.freeze({ receive_progress: true });
const PROGRESS: Dict = Object.freeze({ progress: true });

/**
 * `INVOCATION.Details` of the first INVOCATION of a call, but for `progress`; one and the same where there is nothing to tell. `forwardsTimeout` says
 * whether the callee keeps the call's time. Attributes whose keys begin with an underscore are among them, as far as `readAttributes` goes: the
 * specification leaves them to implementations ("Extensibility"), and tracing needs them.
 */
export function detailsOf<M extends Member>(
  { message: { procedure }, options, registration: { match }, grant }: RoutedCall<M>, endpoint: Endpoint<M>, caller: M, forwardsTimeout: boolean,
): Dict {
  const { receiveProgress, timeout, discloseMe, attributes } = options;
  // Asked of the callee alone: the most used client takes progressive calls without announcing call_canceling.
  const progress = receiveProgress === true && endpoint.member.has('callee', 'progressive_call_results');
  const disclosed = grant?.disclose ?? (discloseMe === true || endpoint.terms.discloseCaller);
  const trustlevel = grant?.trustlevel;
  const opaque = opaqueDetails(options);
  const isPlain = match === 'exact' && !forwardsTimeout && !disclosed && (trustlevel ?? opaque ?? attributes) === undefined;
  if (isPlain) return progress ? RECEIVE_PROGRESS : NO_DETAILS;

  return {
    ...(match !== 'exact' && { procedure }),
    ...(progress && RECEIVE_PROGRESS),
    ...(forwardsTimeout && { timeout }),
    ...(disclosed && { caller: caller.id, caller_authid: caller.authid, caller_authrole: caller.authrole }),
    ...(trustlevel !== undefined && { trustlevel }),
    ...opaque,
    ...attributes,
  };
}

/** The INVOCATION that hands a CALL on. With `more` it says that others follow ("Progressive Call Invocations"). */
export function layOut(
  { args, kwargs, payload, source }: Call, request: Id, registration: Id, details: Dict, more: boolean,
): InvocationMessage {
  return { type: MessageType.INVOCATION, request, registration, details: more ? { ...details, ...PROGRESS } : details, args, kwargs, payload, source };
}

/**
 * Whether a callee can be handed a call in several pieces. "A Callee that supports progressive call invocations, but does not support call canceling,
 * shall be considered [...] as not supporting progressive call invocations."
 */
export function takesInput(callee: Member): boolean {
  return callee.has('callee', 'progressive_call_invocations') && callee.has('callee', 'call_canceling');
}
