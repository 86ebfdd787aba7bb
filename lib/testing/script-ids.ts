import { MessageType, type Message } from '../protocol/messages.ts';
import type { Dict, Id } from '../types.ts';
import { complete, type KnownFields, type MessagePattern } from './builders.ts';

/** Easy to tell from the other ids of a test. */
const FIRST_SESSION: Id = 1001;

/** The ids that a scripted router gives out, and what follows from them for messages that leave theirs out. */
export class ScriptIds {
  readonly #welcome: Dict;
  #session = FIRST_SESSION - 1;
  #subscription = 0;
  #registration = 0;
  #publication = 0;
  #invocation = 0;

  /** `welcome` is what every WELCOME has in its details. */
  constructor(welcome: Dict) {
    this.#welcome = welcome;
  }

  /** Makes a message of a pattern, where it answers one in the light of that. */
  complete(pattern: MessagePattern, asked?: Message): Message {
    const message = complete(this.#inFull(pattern), this.#known(pattern.type, asked));
    this.#remember(message);
    return message;
  }

  #inFull(pattern: MessagePattern): MessagePattern {
    return pattern.type === MessageType.WELCOME ? { ...pattern, details: { ...this.#welcome, ...pattern.details } } : pattern;
  }

  #known(type: MessageType, asked: Message | undefined): KnownFields {
    const { WELCOME, SUBSCRIBED, REGISTERED, PUBLISHED, EVENT, INVOCATION, INTERRUPT } = MessageType;
    const given = (last: Id, isNew: boolean): Id => (isNew ? last + 1 : Math.max(last, 1));
    return {
      request: type === INVOCATION || type === INTERRUPT ? given(this.#invocation, type === INVOCATION) : requestOf(asked),
      requestType: requestTypeOf(asked),
      session: given(this.#session, type === WELCOME),
      subscription: given(this.#subscription, type === SUBSCRIBED),
      registration: given(this.#registration, type === REGISTERED),
      publication: given(this.#publication, type === PUBLISHED || type === EVENT),
    };
  }

  // Ids that a test chose itself count as well.
  #remember(message: Message): void {
    switch (message.type) {
      case MessageType.WELCOME: this.#session = message.session; break;
      case MessageType.SUBSCRIBED: this.#subscription = message.subscription; break;
      case MessageType.REGISTERED: this.#registration = message.registration; break;
      case MessageType.PUBLISHED: case MessageType.EVENT: this.#publication = message.publication; break;
      case MessageType.INVOCATION: this.#invocation = message.request; break;
      default: break;
    }
  }
}

function requestOf(asked: Message | undefined): Id | undefined {
  return asked !== undefined && 'request' in asked ? asked.request : undefined;
}

// A call that is given up is answered as the call it was.
function requestTypeOf(asked: Message | undefined): number | undefined {
  return asked?.type === MessageType.CANCEL ? MessageType.CALL : asked?.type;
}
