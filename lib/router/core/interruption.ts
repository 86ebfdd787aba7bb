import { MessageType } from '../../protocol/messages.ts';
import type { Dict } from '../../types.ts';
import type { Invocation } from './invocations.ts';
import { NOTHING, type Member, type Outbound } from './outbound.ts';

const KILL: Dict = Object.freeze({ mode: 'kill' });
const KILLNOWAIT: Dict = Object.freeze({ mode: 'killnowait' });

/** Whether the callee of a call can be interrupted at all: with any other one, every mode is `skip` ("Call Canceling"). */
export function isInterruptible<M extends Member>({ callee }: Invocation<M>): boolean {
  return callee.member.has('callee', 'call_canceling');
}

/** The INTERRUPT for the callee of a call; nothing where it has had one, or cannot be interrupted. */
export function interrupt<M extends Member>(invocation: Invocation<M>, mode: 'kill' | 'killnowait'): readonly Outbound<M>[] {
  if (invocation.interrupted || !isInterruptible(invocation)) return NOTHING;
  invocation.interrupted = true;
  const options = mode === 'kill' ? KILL : KILLNOWAIT;
  return [{ to: invocation.callee.member, message: { type: MessageType.INTERRUPT, request: invocation.request, options } }];
}
