/** Calls that their callee declines go to another one ("Call Re-Routing"). */
import { takesInput, type RoutedCall } from './invocation-layout.ts';
import type { Endpoint } from './invocation-policy.ts';
import type { Invocation } from './invocations.ts';
import { takesPayload } from './opaque-payload.ts';
import type { Member } from './outbound.ts';

/** Where a call goes on that was declined. */
export interface Detour<M extends Member> {
  readonly routed: RoutedCall<M>;
  readonly endpoint: Endpoint<M>;
}

/** Whether the callee of a call may decline it: it has announced that, nothing has come of the call so far, and it was not told to stop. */
export function mayDecline<M extends Member>({ callee, runs, interrupted }: Invocation<M>): boolean {
  return !runs && !interrupted && callee.member.has('callee', 'call_reroute');
}

/** The callee has the call for good: it can be handed to nobody else any more. */
export function settle<M extends Member>(invocation: Invocation<M>): void {
  invocation.runs = true;
  invocation.routed = undefined;
}

/** Whom the policy has next where the callee of a call has declined; `undefined` where nobody is left. Who could not take it counts as tried. */
export function nextFor<M extends Member>({ routed, callee }: Invocation<M>): Detour<M> | undefined {
  if (routed === undefined) return undefined;
  const { options, registration: { callees } } = routed;
  const tried = routed.tried ??= new WeakSet();
  tried.add(callee.member);
  for (;;) {
    const endpoint = callees.nextBut(tried);
    if (endpoint === undefined) return undefined;
    if (takesPayload(endpoint.member, 'callee', options) && (options.progress !== true || takesInput(endpoint.member))) return { routed, endpoint };
    tried.add(endpoint.member);
  }
}
