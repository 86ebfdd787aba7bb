/** Whether the requests of a session are numbered as the specification has it ("Session Scope IDs", "Protocol Errors"). */
import { ProtocolError } from '../errors.ts';
import { MAX_ID } from '../protocol/ids.ts';
import { nameOf } from '../protocol/lifecycle.ts';
import { MessageType, type Call, type Publish, type Register, type Subscribe, type Unregister, type Unsubscribe } from '../protocol/messages.ts';
import type { Id } from '../types.ts';
import type { Member } from './core/outbound.ts';

/** What a client numbers. */
export type NumberedRequest = Call | Publish | Register | Subscribe | Unregister | Unsubscribe;

/**
 * How requests have to be numbered:
 *
 * - `'strict'`: 1, 2, 3, ..., whatever their type
 * - `'lenient'`: as the client likes
 */
export type RequestOrder = 'strict' | 'lenient';

/** Who asks: what is known of its requests, and what it has announced. */
export interface Requester extends Pick<Member, 'has'> {
  /** The highest number so far; with `'lenient'` of its CALLs alone. */
  lastRequest: Id;
}

/**
 * Takes note of a request. `true` where it is a new one, `false` where it is a CALL that can only belong to a call of before ("Verification of CALL Request IDs"):
 * it is numbered like one of those, and its sender announces progressive_call_invocations. A request out of order is a ProtocolError with `'strict'`; gaps,
 * and numbers that come again, are nothing with `'lenient'`.
 */
export function takeRequest(requester: Requester, { type, request }: NumberedRequest, order: RequestOrder): boolean {
  const { lastRequest } = requester;
  const isCall = type === MessageType.CALL;
  if (order === 'lenient' && !isCall) return true;
  const expected = lastRequest === MAX_ID ? 1 : lastRequest + 1;
  if (request === expected || (order === 'lenient' && request > expected)) {
    requester.lastRequest = request;
    return true;
  }
  if (isCall && request < expected && requester.has('caller', 'progressive_call_invocations')) return false;
  if (order === 'lenient') return true;
  throw new ProtocolError(`${nameOf(type)}.Request must be ${expected}, got ${request}`);
}
