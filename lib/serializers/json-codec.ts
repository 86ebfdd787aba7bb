/**
 * JSON without the detour over lists, for the messages that come in thousands: heads are put together by hand, and a payload
 * whose text was kept goes out as that.
 */
import { MessageType, type Cargo, type Message } from '../protocol/messages.ts';
import type { Dict, Uri } from '../types.ts';
import type { Codec, CodecOptions, Serializer } from './serializer.ts';

type ToText = (value: unknown, depth: number) => string;

/** The codec of the JSON serializer, which lends it the writer of its values. */
export function jsonCodec(json: Serializer, toText: ToText, { end, keepJsonSource }: CodecOptions): Codec {
  const { subprotocol } = json;

  function decode(frame: string | Uint8Array): Message {
    const list = json.decode(frame);
    const message = end.fromWire(list);
    keepJsonSource?.(message, list, frame);
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
      default:
        return toText(end.toWire(message), 1);
    }
  }

  function dict(value: Dict): string {
    for (const _ in value) return toText(value, 2);
    return '{}';
  }

  function cargo({ args, kwargs, payload, source }: Cargo): string {
    if (source?.subprotocol === subprotocol) return `,${source.elements}`;
    if (payload !== undefined) return `,${toText(payload, 2)}`;
    if (kwargs !== undefined) return `,${args === undefined ? '[]' : toText(args, 2)},${toText(kwargs, 2)}`;
    return args === undefined ? '' : `,${toText(args, 2)}`;
  }

  return { subprotocol, binary: false, encode, decode };
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
