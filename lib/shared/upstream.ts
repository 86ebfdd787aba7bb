import { addUp, type Census } from '../census.ts';
import { SerializationError } from '../errors.ts';
import { MessageType, type ErrorMessage, type Message, type Result } from '../protocol/messages.ts';
import { Requests } from '../protocol/requests.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Session } from '../session/session.ts';
import type { Id } from '../types.ts';
import { SharedCalls } from './calls.ts';
import type { Answer, Asked, Line } from './line.ts';
import { SharedProcedures } from './procedures.ts';
import type { Tab } from './tab.ts';
import { SharedTopics } from './topics.ts';

/** One joined session that tabs share: their requests under ids of its own, and its messages to the tabs they are for. */
export class Upstream implements Line {
  readonly session: Session;
  readonly #requests = new Requests<Asked>();
  readonly #topics = new SharedTopics(this);
  readonly #procedures = new SharedProcedures(this);
  readonly #calls = new SharedCalls(this);

  constructor(session: Session) {
    this.session = session;
    session.relay((message) => this.#receive(message));
  }

  /** Takes a message of a tab. */
  take(tab: Tab, message: Message): void {
    try {
      this.#take(tab, message);
    } catch (error) {
      if (!(error instanceof SerializationError)) throw error;
      // The router cannot be told, in its serializer or for its length, what the tab could say.
      if ('request' in message) tab.refuse(message.type, message.request, WampUri.invalidArgument, error.message);
    }
  }

  /** Undoes all that a tab has. */
  leave(tab: Tab): void {
    this.#calls.leave(tab);
    this.#procedures.leave(tab);
    this.#topics.leave(tab);
  }

  ask(type: MessageType, write: (request: Id) => Message, asked: Asked): void {
    const request = this.session.tell();
    this.#requests.open(type, request, asked);
    asked.opened?.(request);
    try {
      this.session.send(write(request));
    } catch (error) {
      this.#requests.close(type, request);
      this.session.withdraw(type, request);
      asked.withdrawn?.();
      throw error;
    }
  }

  forget(type: MessageType, request: Id): void {
    this.#requests.close(type, request);
  }

  send(message: Message): void {
    this.session.send(message);
  }

  tell(): Id {
    return this.session.tell();
  }

  announces(role: 'broker' | 'dealer', feature: string): boolean {
    return this.session.announces(role, feature);
  }

  /** @internal */
  census(): Census {
    return addUp(this.#requests.census(), this.#topics.census(), this.#procedures.census());
  }

  #take(tab: Tab, message: Message): void {
    switch (message.type) {
      case MessageType.PUBLISH: return this.#topics.publish(tab, message);
      case MessageType.SUBSCRIBE: return this.#topics.subscribe(tab, message);
      case MessageType.UNSUBSCRIBE: return this.#topics.unsubscribe(tab, message);
      case MessageType.CALL: return this.#calls.call(tab, message);
      case MessageType.CANCEL: return this.#calls.cancel(tab, message);
      case MessageType.REGISTER: return this.#procedures.register(tab, message);
      case MessageType.UNREGISTER: return this.#procedures.unregister(tab, message);
      case MessageType.YIELD: return this.#procedures.yield(tab, message);
      case MessageType.ERROR: return this.#procedures.fail(tab, message);
      // EVENT_RECEIVED: the session has received the event once, whatever a tab says of it.
      default: return undefined;
    }
  }

  #receive(message: Message): void {
    switch (message.type) {
      case MessageType.EVENT: return this.#topics.event(message);
      case MessageType.INVOCATION: return this.#procedures.invocation(message);
      case MessageType.INTERRUPT: return this.#procedures.interrupt(message);
      case MessageType.RESULT: return this.#result(message);
      case MessageType.PUBLISHED: return this.#answer(MessageType.PUBLISH, message);
      case MessageType.SUBSCRIBED: return this.#answer(MessageType.SUBSCRIBE, message);
      case MessageType.REGISTERED: return this.#answer(MessageType.REGISTER, message);
      case MessageType.UNSUBSCRIBED: return message.request === 0 ? this.#topics.revoked(message) : this.#answer(MessageType.UNSUBSCRIBE, message);
      case MessageType.UNREGISTERED: return message.request === 0 ? this.#procedures.revoked(message) : this.#answer(MessageType.UNREGISTER, message);
      case MessageType.ERROR: return this.#refusal(message);
      default: return this.session.message(message);
    }
  }

  #result(message: Result): void {
    if (message.details['progress'] !== true) return this.#answer(MessageType.CALL, message);
    this.#requests.get(MessageType.CALL, message.request)?.answered(message);
  }

  // What nobody here has asked for, the session may have: a sign of life.
  #answer(type: MessageType, message: Answer & { readonly request: Id }): void {
    const asked = this.#requests.close(type, message.request);
    if (asked === undefined) this.session.message(message);
    else asked.answered(message);
  }

  #refusal(message: ErrorMessage): void {
    const asked = this.#requests.close(message.requestType as MessageType, message.request);
    if (asked === undefined) this.session.message(message);
    else asked.refused(message);
  }
}
