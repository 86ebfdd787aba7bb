import { MessageType } from '../../protocol/messages.ts';
import * as WampUri from '../../protocol/wamp-uris.ts';
import type { Dict } from '../../types.ts';
import type { Invocation } from './invocations.ts';
import { NOTHING, type Member, type Outbound } from './outbound.ts';

type Cause = 'kill' | 'killnowait' | 'timeout';

/** A time that is over is told besides the mode, as other routers do. */
const OPTIONS: { readonly [C in Cause]: Dict } = {
  kill: Object.freeze({ mode: 'kill' }),
  killnowait: Object.freeze({ mode: 'killnowait' }),
  timeout: Object.freeze({ mode: 'killnowait', reason: WampUri.timeout }),
};

/** Whether the callee of a call can be interrupted at all: with any other one, every mode is `skip` ("Call Canceling"). */
export function isInterruptible<M extends Member>({ callee }: Invocation<M>): boolean {
  return callee.member.has('callee', 'call_canceling');
}

/** The INTERRUPT for the callee of a call; nothing where it has had one, or cannot be interrupted. */
export function interrupt<M extends Member>(invocation: Invocation<M>, cause: Cause): readonly Outbound<M>[] {
  if (invocation.interrupted || !isInterruptible(invocation)) return NOTHING;
  invocation.interrupted = true;
  return [{ to: invocation.callee.member, message: { type: MessageType.INTERRUPT, request: invocation.request, options: OPTIONS[cause] } }];
}
