/**
 * Messages to lists and back. What a message looks like on the wire stands in one file for both directions, one for each end that sends
 * it, so that a bundle with a client alone does not read what only routers are sent.
 *
 * Elements behind the last known one are ignored, as unknown attributes are (3.1). The objects made of messages that carry
 * application data always have every key, so that those of one type share one hidden class.
 */
import { ProtocolError } from '../errors.ts';
import { layOutClientMessage, readClientMessage } from './client-messages.ts';
import { layOutEitherMessage, readEitherMessage } from './either-messages.ts';
import { show } from './fields.ts';
import type { Message, WampList } from './messages.ts';
import { layOutRouterMessage, readRouterMessage } from './router-messages.ts';

/** How one end of a session reads and writes. */
export interface WireEnd {
  /** Reads a list that arrived. Throws {@link ProtocolError}, and nothing else, where it is no message that may arrive there. */
  fromWire(list: unknown): Message;
  /** Lays a message out as the list that is sent. Throws TypeError where it is none that may be sent from there. */
  toWire(message: Message): WampList;
}

/** The end of a client: it reads what routers send, and writes what clients do. */
export const CLIENT_END: WireEnd = {
  fromWire: (list) => {
    assertList(list);
    return readRouterMessage(list) ?? readEitherMessage(list) ?? refuseType(list[0], 'one that a router sends');
  },
  toWire: (message) => layOutClientMessage(message) ?? layOutEitherMessage(message) ?? refuseMessage(message),
};

/** Any end: it reads and writes every message. */
export const ANY_END: WireEnd = { fromWire, toWire };

/** Reads a list that arrived. Throws {@link ProtocolError}, and nothing else, where it is not a WAMP message. */
export function fromWire(list: unknown): Message {
  assertList(list);
  return readClientMessage(list) ?? readRouterMessage(list) ?? readEitherMessage(list) ?? refuseType(list[0], "one of WAMP's");
}

/** Lays a message out as the list that is sent. What a message leaves out at its end is left out of the list (3.7). */
export function toWire(message: Message): WampList {
  return layOutRouterMessage(message) ?? layOutClientMessage(message) ?? layOutEitherMessage(message) ?? refuseMessage(message);
}

function assertList(list: unknown): asserts list is readonly unknown[] {
  if (!Array.isArray(list)) throw new ProtocolError(`message must be a list, got ${show(list)}`);
}

function refuseType(type: unknown, expected: string): never {
  throw new ProtocolError(`message type must be ${expected}, got ${show(type)}`);
}

function refuseMessage(message: Message): never {
  throw new TypeError(`not a WAMP message: ${show(message)}`);
}
