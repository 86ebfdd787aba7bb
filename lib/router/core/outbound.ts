import { MessageType, type ErrorMessage, type Message } from '../../protocol/messages.ts';
import type { Dict, Id, List, Uri } from '../../types.ts';

/** What the broker and the dealer know of a session: who it is and what it announced. Identity is by reference. */
export interface Member {
  readonly id: Id;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  /** Whether the peer announced this feature for this role (6.1). */
  has(role: 'publisher' | 'subscriber' | 'caller' | 'callee', feature: string): boolean;
  /** How it is connected, for whoever may ask. */
  readonly transport: Dict;
}

/**
 * A message and the session or sessions it is for. Broker and dealer return these, in order; the realm sends them. One message for
 * many is encoded once for each serializer among them.
 */
export interface Outbound<M extends Member = Member> {
  readonly to: M | readonly M[];
  readonly message: Message;
}

/** What the authorizer or the rules of the realm say about a publication or a call that they let pass. */
export interface Grant {
  /** Whether the other side learns who published or called, whatever `disclose_me` says; where it is left out, that decides. */
  readonly disclose?: boolean | undefined;
  /** `INVOCATION.Details.trustlevel` and `EVENT.Details.trustlevel`: an integer from 0, which is the lowest trust. */
  readonly trustlevel?: number | undefined;
}

/** Nothing follows from a message. */
export const NOTHING: readonly never[] = Object.freeze([]);

/** Details and options where there are none. */
export const NO_DETAILS: Dict = Object.freeze({});

/** The ERROR that answers a request. */
export function refusal(requestType: MessageType, request: Id, error: Uri, args?: List): ErrorMessage {
  return { type: MessageType.ERROR, requestType, request, details: NO_DETAILS, error, args, kwargs: undefined };
}
