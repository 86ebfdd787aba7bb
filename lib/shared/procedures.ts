import { addUp, type Census } from '../census.ts';
import { SerializationError } from '../errors.ts';
import { MessageType, type ErrorMessage, type Interrupt, type Invocation, type Register, type Unregister, type Unregistered, type Yield } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Id, Uri } from '../types.ts';
import type { TabCallees } from './callees.ts';
import type { Line } from './line.ts';
import { SharedRegistrations } from './registrations.ts';
import type { Tab } from './tab.ts';

const { ERROR, INVOCATION } = MessageType;

/** An invocation that may still go to another tab. */
interface Offer {
  readonly message: Invocation;
  readonly callees: TabCallees<Tab>;
  /** Who has had it. */
  readonly tried: Set<Tab>;
}

/** An invocation, and the tab that runs it. */
interface Running {
  readonly tab: Tab;
  /** What the next tab would get, should this one decline; `undefined` once something has come of it. */
  offer: Offer | undefined;
}

/**
 * The procedures of all tabs, in one session. An invocation goes to one of the tabs that have the registration; where that one is busy (`wamp.error.unavailable`) to
 * the next, as a router does between sessions ("Call Re-Routing"), and where it goes away the caller is told (`wamp.error.canceled`).
 */
export class SharedProcedures {
  readonly #line: Line;
  readonly #registrations: SharedRegistrations;
  /** What runs, by the router's ids, which tabs get as they are. */
  readonly #invocations = new Map<Id, Running>();
  #newest: Id = 0;

  constructor(line: Line) {
    this.#line = line;
    this.#registrations = new SharedRegistrations(line);
  }

  register(tab: Tab, message: Register): void {
    this.#registrations.register(tab, message);
  }

  unregister(tab: Tab, message: Unregister): void {
    this.#registrations.unregister(tab, message);
  }

  /** UNREGISTERED with request 0. */
  revoked(message: Unregistered): void {
    this.#registrations.revoked(message);
  }

  invocation(message: Invocation): void {
    const { request, registration } = message;
    const running = this.#invocations.get(request);
    if (running !== undefined) return this.#goOn(running, message);
    if (this.#isLate(request)) return;
    const callees = this.#registrations.calleesOf(registration);
    // It crossed an UNREGISTER. The caller may try another callee.
    if (callees === undefined || callees.size === 0) return this.#fail(request, WampUri.unavailable, 'the procedure is being unregistered');
    if (!this.#give({ message, callees, tried: new Set() })) this.#fail(request, WampUri.payloadSizeExceeded, 'the tab takes no message so long');
  }

  interrupt(message: Interrupt): void {
    const running = this.#invocations.get(message.request);
    if (running === undefined) return;
    running.offer = undefined;
    running.tab.send(message);
  }

  yield(tab: Tab, message: Yield): void {
    const running = this.#runningAt(tab, message.request);
    if (running === undefined) return;
    running.offer = undefined;
    if (message.options['progress'] !== true) this.#invocations.delete(message.request);
    this.#answer(message);
  }

  /** A procedure of a tab has failed, or declines. */
  fail(tab: Tab, message: ErrorMessage): void {
    const running = message.requestType === INVOCATION ? this.#runningAt(tab, message.request) : undefined;
    if (running === undefined) return;
    if (message.error === WampUri.unavailable && running.offer !== undefined && this.#give(running.offer)) return;
    this.#invocations.delete(message.request);
    this.#answer(message);
  }

  leave(tab: Tab): void {
    this.#registrations.leave(tab);
    for (const [request, running] of this.#invocations) {
      if (running.tab !== tab) continue;
      this.#invocations.delete(request);
      this.#fail(request, WampUri.canceled, 'the tab is gone');
    }
  }

  /** @internal */
  census(): Census {
    return addUp({ 'invocations of tabs': this.#invocations.size }, this.#registrations.census());
  }

  #runningAt(tab: Tab, request: Id): Running | undefined {
    const running = this.#invocations.get(request);
    return running?.tab === tab ? running : undefined;
  }

  // Ids are given out one after the other, so that one that is not new is of an invocation of before, where there may be more for one.
  #isLate(request: Id): boolean {
    if (request <= this.#newest) return this.#line.announces('dealer', 'progressive_call_invocations');
    this.#newest = request;
    return false;
  }

  // Gives an invocation to the next tab that takes it; `false` where there is none.
  #give(offer: Offer): boolean {
    const { message, callees, tried } = offer;
    for (let tab = callees.next(tried); tab !== undefined; tab = callees.next(tried)) {
      tried.add(tab);
      // Entered before it is sent: over a link in memory the answer comes first.
      this.#invocations.set(message.request, { tab, offer });
      if (tab.send(message)) return true;
    }
    this.#invocations.delete(message.request);
    return false;
  }

  // More of an input, which the tab has begun to read.
  #goOn(running: Running, message: Invocation): void {
    running.offer = undefined;
    if (running.tab.send(message)) return;
    this.#invocations.delete(message.request);
    this.#fail(message.request, WampUri.payloadSizeExceeded, 'the tab takes no message so long');
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
}
