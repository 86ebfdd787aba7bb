import type { Census } from '../census.ts';
import { SerializationError } from '../errors.ts';
import {
  MessageType, type ErrorMessage, type Interrupt, type Invocation, type Register, type Registered, type Unregister, type Unregistered, type Yield,
} from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Id, Uri } from '../types.ts';
import type { Line } from './line.ts';
import type { Tab } from './tab.ts';

const { ERROR, INVOCATION, REGISTER, UNREGISTER } = MessageType;

/** The procedures of all tabs, in one session: each belongs to the tab that registered it, and ends with it. */
export class SharedProcedures {
  readonly #line: Line;
  readonly #registrations = new Map<Id, Tab>();
  /** What runs, by the router's ids, which tabs get as they are. */
  readonly #invocations = new Map<Id, Tab>();
  #newest: Id = 0;

  constructor(line: Line) {
    this.#line = line;
  }

  register(tab: Tab, message: Register): void {
    const { request } = message;
    this.#line.ask(REGISTER, (id) => ({ ...message, request: id }), {
      answered: ({ type, registration }: Registered) => {
        if (!tab.isOpen) return this.#unregister(registration);
        this.#registrations.set(registration, tab);
        tab.send({ type, request, registration });
      },
      refused: (error) => void tab.send({ ...error, request }),
    });
  }

  unregister(tab: Tab, message: Unregister): void {
    const { request, registration } = message;
    if (this.#registrations.get(registration) !== tab) return tab.refuse(UNREGISTER, request, WampUri.noSuchRegistration);
    this.#line.ask(UNREGISTER, (id) => ({ ...message, request: id }), {
      answered: (answer: Unregistered) => {
        this.#registrations.delete(registration);
        tab.send({ ...answer, request });
      },
      refused: (error) => {
        this.#registrations.delete(registration);
        tab.send({ ...error, request });
      },
    });
  }

  /** UNREGISTERED with request 0. */
  revoked(message: Unregistered): void {
    const registration = message.details?.['registration'] as Id;
    const tab = this.#registrations.get(registration);
    this.#registrations.delete(registration);
    tab?.send(message);
  }

  invocation(message: Invocation): void {
    const { request, registration } = message;
    const running = this.#invocations.get(request);
    if (running === undefined && this.#isLate(request)) return;
    const tab = running ?? this.#registrations.get(registration);
    // It crossed an UNREGISTER. The caller may try another callee.
    if (tab === undefined) return this.#fail(request, WampUri.unavailable, 'the procedure is being unregistered');
    this.#invocations.set(request, tab);
    if (tab.send(message)) return;
    this.#invocations.delete(request);
    this.#fail(request, WampUri.payloadSizeExceeded, 'the tab takes no message so long');
  }

  interrupt(message: Interrupt): void {
    this.#invocations.get(message.request)?.send(message);
  }

  yield(tab: Tab, message: Yield): void {
    if (this.#invocations.get(message.request) !== tab) return;
    if (message.options['progress'] !== true) this.#invocations.delete(message.request);
    this.#answer(message);
  }

  /** A procedure of a tab has failed. */
  fail(tab: Tab, message: ErrorMessage): void {
    if (message.requestType !== INVOCATION || this.#invocations.get(message.request) !== tab) return;
    this.#invocations.delete(message.request);
    this.#answer(message);
  }

  leave(tab: Tab): void {
    for (const [request, owner] of this.#invocations) {
      if (owner !== tab) continue;
      this.#invocations.delete(request);
      this.#fail(request, WampUri.canceled, 'the tab is gone');
    }
    for (const [registration, owner] of this.#registrations) {
      if (owner !== tab) continue;
      this.#registrations.delete(registration);
      this.#unregister(registration);
    }
  }

  /** @internal */
  census(): Census {
    return { 'registrations of tabs': this.#registrations.size, 'invocations of tabs': this.#invocations.size };
  }

  // Ids are given out one after the other, so that one that is not new is of an invocation of before, where there may be more for one.
  #isLate(request: Id): boolean {
    if (request <= this.#newest) return this.#line.announces('dealer', 'progressive_call_invocations');
    this.#newest = request;
    return false;
  }

  #answer(message: Yield | ErrorMessage): void {
    try {
      this.#line.send(message);
    } catch (error) {
      if (!(error instanceof SerializationError)) throw error;
      this.#invocations.delete(message.request);
      this.#fail(message.request, WampUri.payloadSizeExceeded, error.message);
    }
  }

  #fail(request: Id, error: Uri, reason: string): void {
    this.#line.send({ type: ERROR, requestType: INVOCATION, request, details: {}, error, args: [reason], kwargs: undefined });
  }

  // A revocation may have crossed it, and then there is nothing to unregister.
  #unregister(registration: Id): void {
    this.#line.ask(UNREGISTER, (request) => ({ type: UNREGISTER, request, registration }), { answered: () => {}, refused: () => {} });
  }
}
