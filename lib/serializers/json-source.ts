/** Payloads of JSON that are passed on as the text they came in: what routers keep, and clients do not. */
import { MessageType, type Message, type Source, type WampList } from '../protocol/messages.ts';
import type { Frame } from '../transports/transport.ts';
import { elementsFrom } from './json-text.ts';

/** Keeps the frame of a message that a router passes on in its `source`, given the list that it was read from. */
export function keepJsonSource(message: Message, list: WampList, frame: Frame): void {
  const payloadAt = payloadAtOf(message.type);
  if (payloadAt !== undefined && hasPlainPayload(list, payloadAt)) (message as { source: Source }).source = new JsonSource(frame as string, payloadAt);
}

/** Where the payload of the messages that a router passes on begins. */
function payloadAtOf(type: MessageType): number | undefined {
  switch (type) {
    case MessageType.CALL:
    case MessageType.PUBLISH:
      return 4;
    case MessageType.YIELD: return 3;
    case MessageType.ERROR: return 5;
    default: return undefined;
  }
}

// What the reader of messages skips (elements behind the last known one) or leaves out (null) must not go out again.
function hasPlainPayload(list: WampList, at: number): boolean {
  return list.length > at && list.length <= at + 2 && list[at] !== null && list[at + 1] !== null;
}

// A publication to several subscriptions is encoded once for each, one after the other. One entry, so that at most one frame is kept.
let lastFrame = '';
let lastElements = '';

/** The frame, and where in its list the payload begins. */
class JsonSource implements Source {
  // In sight, as one is made for each message: private ones take longer to make.
  readonly frame: string;
  readonly payloadAt: number;

  constructor(frame: string, payloadAt: number) {
    this.frame = frame;
    this.payloadAt = payloadAt;
  }

  get subprotocol(): string { return 'wamp.2.json'; }

  get elements(): string {
    if (this.frame !== lastFrame) {
      lastElements = elementsFrom(this.frame, this.payloadAt);
      lastFrame = this.frame;
    }
    return lastElements;
  }
}
