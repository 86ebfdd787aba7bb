/** Messages that only clients send, to lists and back. The reader and the writer give `undefined` for every other type. */
import type { List } from '../types.ts';
import { layOutFour, layOutThree } from './either-messages.ts';
import { readArgs, readDict, readId, readKwargs, readPayload, readString, readUri } from './fields.ts';
import { MessageType, type Call, type Message, type Publish, type WampList, type Yield } from './messages.ts';

/**
 * EVENT_RECEIVED as it is written. The specification has no such message yet and leaves codes from 256 on to implementations (3.6),
 * so those who have it write 337 and mean to write 37 once it is ratified. Both are read.
 */
const EVENT_RECEIVED_IN_USE = 337;

/** Reads a list that only a client may have sent. Throws ProtocolError where a field is not what it must be. */
export function readClientMessage(list: List): Message | undefined {
  const type = list[0];
  switch (type) {
    case MessageType.CALL: return readCall(list);
    case MessageType.YIELD: return readYield(list);
    case MessageType.PUBLISH: return readPublish(list);
    case MessageType.SUBSCRIBE:
      return {
        type, request: readId(list, 1, 'SUBSCRIBE.Request'), options: readDict(list, 2, 'SUBSCRIBE.Options'),
        // A URI that breaks the rules is answered with ERROR invalid_uri (2.1.1), which is the router's to say, here and below.
        topic: readString(list, 3, 'SUBSCRIBE.Topic'),
      };
    case MessageType.UNSUBSCRIBE:
      return { type, request: readId(list, 1, 'UNSUBSCRIBE.Request'), subscription: readId(list, 2, 'UNSUBSCRIBE.Subscription') };
    case MessageType.EVENT_RECEIVED:
    case EVENT_RECEIVED_IN_USE:
      return { type: MessageType.EVENT_RECEIVED, publication: readId(list, 1, 'EVENT_RECEIVED.Publication') };
    case MessageType.CANCEL:
      return { type, request: readId(list, 1, 'CANCEL.Request'), options: readDict(list, 2, 'CANCEL.Options') };
    case MessageType.REGISTER:
      return {
        type, request: readId(list, 1, 'REGISTER.Request'), options: readDict(list, 2, 'REGISTER.Options'),
        procedure: readString(list, 3, 'REGISTER.Procedure'),
      };
    case MessageType.UNREGISTER:
      return { type, request: readId(list, 1, 'UNREGISTER.Request'), registration: readId(list, 2, 'UNREGISTER.Registration') };
    case MessageType.HELLO:
      return { type, realm: readUri(list, 1, 'HELLO.Realm'), details: readDict(list, 2, 'HELLO.Details') };
    case MessageType.AUTHENTICATE:
      return { type, signature: readString(list, 1, 'AUTHENTICATE.Signature'), extra: readDict(list, 2, 'AUTHENTICATE.Extra') };
    default: return undefined;
  }
}

/** Lays out a message that only a client sends. */
export function layOutClientMessage(message: Message): WampList | undefined {
  switch (message.type) {
    case MessageType.CALL: return layOutFour(message.type, message.request, message.options, message.procedure, message);
    case MessageType.YIELD: return layOutThree(message.type, message.request, message.options, message);
    case MessageType.PUBLISH: return layOutFour(message.type, message.request, message.options, message.topic, message);
    case MessageType.SUBSCRIBE: return [message.type, message.request, message.options, message.topic];
    case MessageType.UNSUBSCRIBE: return [message.type, message.request, message.subscription];
    case MessageType.EVENT_RECEIVED: return [EVENT_RECEIVED_IN_USE, message.publication];
    case MessageType.CANCEL: return [message.type, message.request, message.options];
    case MessageType.REGISTER: return [message.type, message.request, message.options, message.procedure];
    case MessageType.UNREGISTER: return [message.type, message.request, message.registration];
    case MessageType.HELLO: return [message.type, message.realm, message.details];
    case MessageType.AUTHENTICATE: return [message.type, message.signature, message.extra];
    default: return undefined;
  }
}

function readCall(list: List): Call {
  return {
    type: MessageType.CALL,
    request: readId(list, 1, 'CALL.Request'),
    options: readDict(list, 2, 'CALL.Options'),
    procedure: readString(list, 3, 'CALL.Procedure'),
    args: readArgs(list, 4, 'CALL.Arguments'),
    kwargs: readKwargs(list, 5, 'CALL.ArgumentsKw'),
    payload: readPayload(list, 4),
    source: undefined,
  };
}

function readYield(list: List): Yield {
  return {
    type: MessageType.YIELD,
    request: readId(list, 1, 'YIELD.Request'),
    options: readDict(list, 2, 'YIELD.Options'),
    args: readArgs(list, 3, 'YIELD.Arguments'),
    kwargs: readKwargs(list, 4, 'YIELD.ArgumentsKw'),
    payload: readPayload(list, 3),
    source: undefined,
  };
}

function readPublish(list: List): Publish {
  return {
    type: MessageType.PUBLISH,
    request: readId(list, 1, 'PUBLISH.Request'),
    options: readDict(list, 2, 'PUBLISH.Options'),
    topic: readString(list, 3, 'PUBLISH.Topic'),
    args: readArgs(list, 4, 'PUBLISH.Arguments'),
    kwargs: readKwargs(list, 5, 'PUBLISH.ArgumentsKw'),
    payload: readPayload(list, 4),
    source: undefined,
  };
}
