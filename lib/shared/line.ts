import type { ErrorMessage, Message, MessageType } from '../protocol/messages.ts';
import type { Id } from '../types.ts';

/** What answers a request, ERROR aside. */
export type Answer = Exclude<Message, ErrorMessage>;

/** A request that waits for its answer. */
export interface Asked {
  /** It has an id, and is about to be sent. */
  opened?(request: Id): void;
  /** It could not be written: nothing was sent. */
  withdrawn?(): void;
  /** A progressive RESULT is an answer that does not end it. */
  answered(message: Answer): void;
  refused(message: ErrorMessage): void;
}

/** What topics, procedures and calls need of the session. */
export interface Line {
  /** Sends a request that the router answers, under an id of its own. Throws SerializationError where it cannot be written. */
  ask(type: MessageType, write: (request: Id) => Message, asked: Asked): void;
  /** Stops waiting for an answer. */
  forget(type: MessageType, request: Id): void;
  /** Sends a message that is no such request. Throws SerializationError where it cannot be written. */
  send(message: Message): void;
  /** The id of a request that is not answered. */
  tell(): Id;
  announces(role: 'broker' | 'dealer', feature: string): boolean;
}
