/** Messages that only routers send, to lists and back. The reader and the writer give `undefined` for every other type. */
import type { List } from '../types.ts';
import { layOutFour, layOutThree } from './either-messages.ts';
import { readArgs, readDict, readId, readIdOrZero, readKwargs, readOptionalDict, readPayload, readString } from './fields.ts';
import { MessageType, type EventMessage, type Invocation, type Message, type Result, type WampList } from './messages.ts';

/** Reads a list that only a router may have sent. Throws ProtocolError where a field is not what it must be. */
export function readRouterMessage(list: List): Message | undefined {
  const type = list[0];
  switch (type) {
    case MessageType.EVENT: return readEvent(list);
    case MessageType.RESULT: return readResult(list);
    case MessageType.INVOCATION: return readInvocation(list);
    case MessageType.PUBLISHED:
      return { type, request: readId(list, 1, 'PUBLISHED.Request'), publication: readId(list, 2, 'PUBLISHED.Publication') };
    case MessageType.SUBSCRIBED:
      return { type, request: readId(list, 1, 'SUBSCRIBED.Request'), subscription: readId(list, 2, 'SUBSCRIBED.Subscription') };
    case MessageType.REGISTERED:
      return { type, request: readId(list, 1, 'REGISTERED.Request'), registration: readId(list, 2, 'REGISTERED.Registration') };
    // "Subscription Revocation", "Registration Revocation": the details say which one, and stand only there; some routers add them to answers too.
    case MessageType.UNSUBSCRIBED:
      return { type, request: readIdOrZero(list, 1, 'UNSUBSCRIBED.Request'), details: readOptionalDict(list, 2, 'UNSUBSCRIBED.Details') };
    case MessageType.UNREGISTERED:
      return { type, request: readIdOrZero(list, 1, 'UNREGISTERED.Request'), details: readOptionalDict(list, 2, 'UNREGISTERED.Details') };
    case MessageType.INTERRUPT:
      return { type, request: readId(list, 1, 'INTERRUPT.Request'), options: readDict(list, 2, 'INTERRUPT.Options') };
    case MessageType.WELCOME:
      return { type, session: readId(list, 1, 'WELCOME.Session'), details: readDict(list, 2, 'WELCOME.Details') };
    case MessageType.CHALLENGE:
      return { type, method: readString(list, 1, 'CHALLENGE.AuthMethod'), extra: readDict(list, 2, 'CHALLENGE.Extra') };
    default: return undefined;
  }
}

/** Lays out a message that only a router sends. */
export function layOutRouterMessage(message: Message): WampList | undefined {
  switch (message.type) {
    case MessageType.EVENT: return layOutFour(message.type, message.subscription, message.publication, message.details, message);
    case MessageType.RESULT: return layOutThree(message.type, message.request, message.details, message);
    case MessageType.INVOCATION: return layOutFour(message.type, message.request, message.registration, message.details, message);
    case MessageType.PUBLISHED: return [message.type, message.request, message.publication];
    case MessageType.SUBSCRIBED: return [message.type, message.request, message.subscription];
    case MessageType.REGISTERED: return [message.type, message.request, message.registration];
    case MessageType.UNSUBSCRIBED:
    case MessageType.UNREGISTERED:
      return message.details === undefined ? [message.type, message.request] : [message.type, message.request, message.details];
    case MessageType.INTERRUPT: return [message.type, message.request, message.options];
    case MessageType.WELCOME: return [message.type, message.session, message.details];
    case MessageType.CHALLENGE: return [message.type, message.method, message.extra];
    default: return undefined;
  }
}

function readEvent(list: List): EventMessage {
  return {
    type: MessageType.EVENT,
    subscription: readId(list, 1, 'EVENT.Subscription'),
    publication: readId(list, 2, 'EVENT.Publication'),
    details: readDict(list, 3, 'EVENT.Details'),
    args: readArgs(list, 4, 'EVENT.Arguments'),
    kwargs: readKwargs(list, 5, 'EVENT.ArgumentsKw'),
    payload: readPayload(list, 4),
    source: undefined,
  };
}

function readResult(list: List): Result {
  return {
    type: MessageType.RESULT,
    request: readId(list, 1, 'RESULT.Request'),
    details: readDict(list, 2, 'RESULT.Details'),
    args: readArgs(list, 3, 'RESULT.Arguments'),
    kwargs: readKwargs(list, 4, 'RESULT.ArgumentsKw'),
    payload: readPayload(list, 3),
    source: undefined,
  };
}

function readInvocation(list: List): Invocation {
  return {
    type: MessageType.INVOCATION,
    request: readId(list, 1, 'INVOCATION.Request'),
    registration: readId(list, 2, 'INVOCATION.Registration'),
    details: readDict(list, 3, 'INVOCATION.Details'),
    args: readArgs(list, 4, 'INVOCATION.Arguments'),
    kwargs: readKwargs(list, 5, 'INVOCATION.ArgumentsKw'),
    payload: readPayload(list, 4),
    source: undefined,
  };
}
