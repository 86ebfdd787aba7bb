/**
 * JSON without the detour over lists, for the messages that come in thousands: heads are put together by hand, and a payload that came
 * in as JSON goes out as the text it came in.
 */
import { MessageType, type Cargo, type Message, type Source } from '../protocol/messages.ts';
import type { Dict, Uri } from '../types.ts';
import { elementsFrom } from './json-text.ts';
import type { Codec, CodecOptions, Serializer } from './serializer.ts';

type ToText = (value: unknown, depth: number) => string;

/** Where the payload of the messages that a router passes on begins. */
const PAYLOAD_AT: { readonly [type: number]: number } = {
  [MessageType.CALL]: 4,
  [MessageType.PUBLISH]: 4,
  [MessageType.YIELD]: 3,
  [MessageType.ERROR]: 5,
};

/** The codec of the JSON serializer, which lends it the writer of its values. */
export function jsonCodec(json: Serializer, toText: ToText, { end, keepSource = false }: CodecOptions): Codec {
  const { subprotocol } = json;

  function decode(frame: string | Uint8Array): Message {
    const list = json.decode(frame);
    const message = end.fromWire(list);
    const payloadAt = keepSource ? PAYLOAD_AT[message.type] : undefined;
    if (payloadAt !== undefined && hasPlainPayload(list, payloadAt)) {
      (message as { source: Source }).source = { subprotocol, frame, payloadAt };
    }
    return message;
  }

  function encode(message: Message): string {
    switch (message.type) {
      case MessageType.EVENT:
        return `[36,${message.subscription},${message.publication},${dict(message.details)}${cargo(message)}]`;
      case MessageType.RESULT:
        return `[50,${message.request},${dict(message.details)}${cargo(message)}]`;
      case MessageType.INVOCATION:
        return `[68,${message.request},${message.registration},${dict(message.details)}${cargo(message)}]`;
      case MessageType.CALL:
        return `[48,${message.request},${dict(message.options)},${uriText(message.procedure)}${cargo(message)}]`;
      case MessageType.YIELD:
        return `[70,${message.request},${dict(message.options)}${cargo(message)}]`;
      case MessageType.PUBLISH:
        return `[16,${message.request},${dict(message.options)},${uriText(message.topic)}${cargo(message)}]`;
      case MessageType.ERROR:
        return `[8,${message.requestType},${message.request},${dict(message.details)},${uriText(message.error)}${cargo(message)}]`;
      case MessageType.HELLO: case MessageType.WELCOME: case MessageType.ABORT: case MessageType.CHALLENGE:
      case MessageType.AUTHENTICATE: case MessageType.GOODBYE:
      case MessageType.PUBLISHED: case MessageType.SUBSCRIBE: case MessageType.SUBSCRIBED: case MessageType.UNSUBSCRIBE:
      case MessageType.UNSUBSCRIBED: case MessageType.EVENT_RECEIVED:
      case MessageType.CANCEL: case MessageType.REGISTER: case MessageType.REGISTERED: case MessageType.UNREGISTER:
      case MessageType.UNREGISTERED: case MessageType.INTERRUPT: case MessageType.ACK:
        return toText(end.toWire(message), 1);
    }
  }

  function dict(value: Dict): string {
    for (const _ in value) return toText(value, 2);
    return '{}';
  }

  function cargo({ args, kwargs, payload, source }: Cargo): string {
    if (source?.subprotocol === subprotocol) return relayed(source);
    if (payload !== undefined) return `,${toText(payload, 2)}`;
    if (kwargs !== undefined) return `,${args === undefined ? '[]' : toText(args, 2)},${toText(kwargs, 2)}`;
    return args === undefined ? '' : `,${toText(args, 2)}`;
  }

  return { subprotocol, binary: false, encode, decode };
}

// What the reader of messages skips (elements behind the last known one) or leaves out (null) must not go out again.
function hasPlainPayload(list: readonly unknown[], at: number): boolean {
  return list.length > at && list.length <= at + 2 && list[at] !== null && list[at + 1] !== null;
}

// A publication to several subscriptions is encoded once for each, one after the other. One entry, so that at most one frame is kept.
let lastSource: Source | undefined;
let lastRelayed = '';

function relayed(source: Source): string {
  if (source !== lastSource) {
    lastRelayed = `,${elementsFrom(source.frame as string, source.payloadAt)}`;
    lastSource = source;
  }
  return lastRelayed;
}

let lastUri: Uri | undefined;
let lastUriText = '';

const MAX_URI_TEXTS = 1000;
const MAX_URI_LENGTH = 255;
const uriTexts = new Map<Uri, string>();

/** URIs are few and come again and again. */
function uriText(uri: Uri): string {
  if (uri === lastUri) return lastUriText;
  lastUri = uri;
  lastUriText = uriTexts.get(uri) ?? keepUriText(uri);
  return lastUriText;
}

function keepUriText(uri: Uri): string {
  const text = JSON.stringify(uri);
  if (uri.length <= MAX_URI_LENGTH) {
    if (uriTexts.size === MAX_URI_TEXTS) uriTexts.clear();
    uriTexts.set(uri, text);
  }
  return text;
}
