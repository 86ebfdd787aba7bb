/** Messages that clients and routers both send, to lists and back. Readers and writers give `undefined` for every other type. */
import type { List } from '../types.ts';
import { readArgs, readCount, readDict, readId, readKwargs, readPayload, readRequestType, readUri } from './fields.ts';
import { MessageType, type Abort, type Cargo, type ErrorMessage, type Message, type WampList } from './messages.ts';

/** Reads a list that either end may have sent. Throws ProtocolError where a field is not what it must be. */
export function readEitherMessage(list: List): Message | undefined {
  const type = list[0];
  switch (type) {
    case MessageType.ERROR: return readError(list);
    case MessageType.ABORT: return readAbort(list);
    case MessageType.GOODBYE:
      return { type, details: readDict(list, 1, 'GOODBYE.Details'), reason: readUri(list, 2, 'GOODBYE.Reason') };
    case MessageType.ACK: return { type, received: readCount(list, 1, 'ACK.Received') };
    default: return undefined;
  }
}

/** Lays out a message that either end may send. */
export function layOutEitherMessage(message: Message): WampList | undefined {
  switch (message.type) {
    case MessageType.ERROR:
      return [message.type, ...layOutFour(message.requestType, message.request, message.details, message.error, message)];
    case MessageType.ABORT: return layOutThree(message.type, message.details, message.reason, message);
    case MessageType.GOODBYE: return [message.type, message.details, message.reason];
    case MessageType.ACK: return [message.type, message.received];
    default: return undefined;
  }
}

// Literals of the final length: growing a list costs as much as the rest together.
/** Three elements and the cargo behind them. */
export function layOutThree(a: unknown, b: unknown, c: unknown, { args, kwargs, payload }: Cargo): WampList {
  if (payload !== undefined) return [a, b, c, payload];
  if (kwargs !== undefined) return [a, b, c, args ?? [], kwargs];
  return args === undefined ? [a, b, c] : [a, b, c, args];
}

/** Four elements and the cargo behind them. */
export function layOutFour(a: unknown, b: unknown, c: unknown, d: unknown, { args, kwargs, payload }: Cargo): WampList {
  if (payload !== undefined) return [a, b, c, d, payload];
  if (kwargs !== undefined) return [a, b, c, d, args ?? [], kwargs];
  return args === undefined ? [a, b, c, d] : [a, b, c, d, args];
}

function readError(list: List): ErrorMessage {
  return {
    type: MessageType.ERROR,
    requestType: readRequestType(list, 1, 'ERROR.Type'),
    request: readId(list, 2, 'ERROR.Request'),
    details: readDict(list, 3, 'ERROR.Details'),
    error: readUri(list, 4, 'ERROR.Error'),
    args: readArgs(list, 5, 'ERROR.Arguments'),
    kwargs: readKwargs(list, 6, 'ERROR.ArgumentsKw'),
    payload: readPayload(list, 5),
    source: undefined,
  };
}

function readAbort(list: List): Abort {
  return {
    type: MessageType.ABORT,
    details: readDict(list, 1, 'ABORT.Details'),
    reason: readUri(list, 2, 'ABORT.Reason'),
    args: readArgs(list, 3, 'ABORT.Arguments'),
    kwargs: readKwargs(list, 4, 'ABORT.ArgumentsKw'),
    payload: readPayload(list, 3),
    source: undefined,
  };
}
