import type { Client } from '../../../lib/client/client.ts';
import { MessageType, type ErrorMessage, type EventMessage, type Message, type Result } from '../../../lib/protocol/messages.ts';
import type { Id } from '../../../lib/types.ts';
import type { Faults } from './faults.ts';

/** A CALL or PUBLISH of the model: its number is its first argument. */
export interface Written {
  readonly session: number;
  readonly request: Id;
  /** Whether its answer is awaited by the client. */
  isOpen: boolean;
  isCancelled: boolean;
  /** When it was sent, or its last progressive result arrived. */
  sign: number;
}

/** Who is told what the wire says, before the client acts on it. */
export interface LedgerReader {
  /** Another frame of the router is about to be handled, and so all those before it have been. */
  settled(): void;
  event(key: string, message: EventMessage): void;
  result(n: number, message: Result): void;
  refused(type: 'call' | 'publish', n: number, message: ErrorMessage): void;
  published(n: number): void;
  /** A request is about to be sent. */
  sending(type: 'call' | 'publish', n: number): void;
  /** Whether a request was made before the session was there. */
  waited(type: 'call' | 'publish', n: number): boolean;
}

/** Procedures that the client itself calls. */
const OF_LIBRARY = 'wamp.';

/**
 * Books of one client, kept from nothing but its frames: what it has asked of the router in this session, and what it was given. Whatever is
 * asked that may not be is a fault: a second SUBSCRIBE of a key, an UNSUBSCRIBE of what it has not, an id out of turn, an answer too many.
 */
export class WireLedger {
  /** How many sessions there were. */
  sessions = 0;
  isJoined = false;
  readonly calls: Map<number, Written> = new Map();
  readonly publications: Map<number, Written> = new Map();
  readonly cause: { kind: 'goodbye' | 'abort' | undefined; reason: string } = { kind: undefined, reason: '' };
  /** What the session has: subscriptions by id, and the keys that were asked for. */
  readonly subscriptions: Map<Id, string> = new Map();
  readonly registrations: Set<Id> = new Set();
  readonly #faults: Faults;
  readonly #now: () => number;
  readonly #reader: LedgerReader;
  readonly #open = new Map<Id, Message>();
  readonly #byRequest = new Map<Id, number>();
  readonly #extra = new Set<Id>();
  readonly #invocations = new Set<Id>();
  readonly #interrupted = new Set<Id>();
  #requests = 0;
  #opening = 0;
  #hasFlushed = false;

  constructor(client: Client, faults: Faults, now: () => number, reader: LedgerReader) {
    this.#faults = faults;
    this.#now = now;
    this.#reader = reader;
    client.frames$.subscribe(({ direction, message }) => (direction === 'out' ? this.#out(message) : this.#in(message)));
  }

  /** Requests that were not answered, by type. */
  get unanswered(): readonly MessageType[] { return [...this.#open.values()].map(({ type }) => type); }

  /** The session is over. */
  end(): void {
    this.isJoined = false;
    this.subscriptions.clear();
    this.registrations.clear();
    this.#invocations.clear();
    this.#open.clear();
  }

  #out(message: Message): void {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the others ask for nothing
    switch (message.type) {
      case MessageType.HELLO: return this.#begin();
      case MessageType.GOODBYE:
      case MessageType.ABORT: return this.end();
      case MessageType.SUBSCRIBE: return this.#subscribe(message);
      case MessageType.UNSUBSCRIBE:
        if (!this.subscriptions.delete(message.subscription)) this.#faults.addOfWire(`UNSUBSCRIBE of ${message.subscription}, which this session has not`);
        return this.#ask(message);
      case MessageType.REGISTER:
        this.#opening += 1;
        return this.#ask(message);
      case MessageType.UNREGISTER:
        if (!this.registrations.delete(message.registration)) this.#faults.addOfWire(`UNREGISTER of ${message.registration}, which this session has not`);
        return this.#ask(message);
      case MessageType.CALL:
        if (message.procedure.startsWith(OF_LIBRARY)) return this.#ask(message);
        return this.#write(message, this.calls);
      case MessageType.PUBLISH: return this.#write(message, this.publications);
      case MessageType.CANCEL: return this.#cancel(message.request);
      case MessageType.YIELD: return this.#yield(message.request, message.options['progress'] === true);
      case MessageType.ERROR: return this.#yield(message.request, false);
    }
  }

  /** All that has arrived is handled. */
  settled(): void {
    for (const request of this.#interrupted) if (this.#invocations.has(request)) this.#faults.addOfWire(`INTERRUPT of the invocation ${request} was not answered`);
  }

  #in(message: Message): void {
    this.settled();
    this.#reader.settled();
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the others answer nothing
    switch (message.type) {
      case MessageType.WELCOME:
        this.sessions += 1;
        this.isJoined = true;
        return;
      case MessageType.GOODBYE: return this.#farewell('goodbye', message.reason);
      case MessageType.ABORT: return this.#farewell('abort', message.reason);
    }
    if (!this.isJoined) return;
    switch (message.type) {
      case MessageType.EVENT: {
        const key = this.subscriptions.get(message.subscription);
        return key === undefined ? undefined : this.#reader.event(key, message);
      }
      case MessageType.SUBSCRIBED: {
        const asked = this.#close(message.request, MessageType.SUBSCRIBE);
        if (asked?.type === MessageType.SUBSCRIBE) this.subscriptions.set(message.subscription, keyOf(asked.topic, asked.options['match']));
        return;
      }
      case MessageType.UNSUBSCRIBED:
        if (message.request === 0) this.subscriptions.delete(message.details?.['subscription'] as Id);
        else this.#close(message.request, MessageType.UNSUBSCRIBE);
        return;
      case MessageType.REGISTERED:
        if (this.#close(message.request, MessageType.REGISTER) !== undefined) this.registrations.add(message.registration);
        return;
      case MessageType.UNREGISTERED:
        if (message.request === 0) this.registrations.delete(message.details?.['registration'] as Id);
        else this.#close(message.request, MessageType.UNREGISTER);
        return;
      case MessageType.PUBLISHED: return this.#answered(message.request, MessageType.PUBLISH, (n) => this.#reader.published(n));
      case MessageType.RESULT: return this.#result(message);
      case MessageType.ERROR: return this.#refused(message);
      case MessageType.INVOCATION: return void this.#invocations.add(message.request);
      case MessageType.INTERRUPT:
        if (this.#invocations.has(message.request)) this.#interrupted.add(message.request);
        return;
      default: return;
    }
  }

  #begin(): void {
    this.#requests = 0;
    this.#opening = 0;
    this.#hasFlushed = false;
    this.cause.kind = undefined;
    for (const memory of [this.#open, this.#byRequest, this.#extra, this.subscriptions, this.registrations, this.#invocations, this.#interrupted]) memory.clear();
    this.end();
  }

  #farewell(kind: 'goodbye' | 'abort', reason: string): void {
    if (this.isJoined || kind === 'abort') Object.assign(this.cause, { kind, reason });
    if (kind === 'abort') this.end();
  }

  #subscribe(message: Message & { type: typeof MessageType.SUBSCRIBE }): void {
    const key = keyOf(message.topic, message.options['match']);
    const isOn = [...this.subscriptions.values()].includes(key);
    const isAsked = [...this.#open].some(([request, open]) => open.type === MessageType.SUBSCRIBE && !this.#extra.has(request) && keyOf(open.topic, open.options['match']) === key);
    // Only to have what is retained, one more is sent of what is subscribed.
    if (isOn && message.options['get_retained'] === true) this.#extra.add(message.request);
    else if (isOn || isAsked) this.#faults.addOfWire(`${key} was subscribed to twice`);
    this.#opening += 1;
    this.#ask(message);
  }

  #ask(message: Message & { request: Id }): void {
    if (message.request !== this.#requests + 1) this.#faults.addOfWire(`request ${message.request} after ${this.#requests}`);
    if (!this.isJoined) this.#faults.addOfWire(`message ${message.type} without a session`);
    this.#requests = message.request;
    this.#open.set(message.request, message);
  }

  #write(message: Message & { type: typeof MessageType.CALL | typeof MessageType.PUBLISH }, among: Map<number, Written>): void {
    const n = Number(message.args?.[0]);
    const isAwaited = message.type === MessageType.CALL || message.options['acknowledge'] === true;
    if (among.has(n)) this.#faults.addOfWire(`${message.type === MessageType.CALL ? 'call' : 'publication'} ${n} was sent twice`);
    this.#reader.sending(message.type === MessageType.CALL ? 'call' : 'publish', n);
    // What waited goes out behind the answers to all SUBSCRIBEs and REGISTERs of the join.
    if (!this.#hasFlushed && this.#reader.waited(message.type === MessageType.CALL ? 'call' : 'publish', n)) {
      this.#hasFlushed = true;
      if (this.#opening > 0) this.#faults.addOfWire(`request ${n} went out before ${this.#opening} answers of the join`);
    }
    among.set(n, { session: this.sessions, request: message.request, isOpen: isAwaited, isCancelled: false, sign: this.#now() });
    this.#byRequest.set(message.request, n);
    this.#ask(message);
    if (!isAwaited) this.#open.delete(message.request);
  }

  #cancel(request: Id): void {
    const call = this.#callOf(request);
    if (this.#open.get(request)?.type !== MessageType.CALL) this.#faults.addOfWire(`CANCEL of ${request}, which is no open call`);
    if (call?.isCancelled === true) this.#faults.addOfWire(`CANCEL of ${request} twice`);
    if (call !== undefined) call.isCancelled = true;
    // Of a call of the library itself.
    this.#open.delete(request);
  }

  #yield(request: Id, progress: boolean): void {
    if (!this.#invocations.has(request)) this.#faults.addOfWire(`answer to the invocation ${request}, which is over`);
    if (!progress) this.#invocations.delete(request);
    if (progress && this.#interrupted.has(request)) this.#faults.addOfWire(`progress of the invocation ${request} behind its INTERRUPT`);
  }

  #result(message: Result): void {
    const call = this.#callOf(message.request);
    const n = this.#byRequest.get(message.request);
    if (message.details['progress'] !== true) this.#close(message.request, MessageType.CALL);
    if (call === undefined || n === undefined || !call.isOpen) return;
    call.sign = this.#now();
    if (message.details['progress'] !== true) call.isOpen = false;
    this.#reader.result(n, message);
  }

  #refused(message: ErrorMessage): void {
    const asked = this.#close(message.request, message.requestType as MessageType);
    const n = this.#byRequest.get(message.request);
    if (asked === undefined || n === undefined) return;
    const written = (asked.type === MessageType.CALL ? this.calls : this.publications).get(n);
    if (written?.isOpen !== true) return;
    written.isOpen = false;
    this.#reader.refused(asked.type === MessageType.CALL ? 'call' : 'publish', n, message);
  }

  #answered(request: Id, type: MessageType, then: (n: number) => void): void {
    const asked = this.#close(request, type);
    const n = this.#byRequest.get(request);
    const written = n === undefined ? undefined : this.publications.get(n);
    if (asked === undefined || n === undefined || written?.isOpen !== true) return;
    written.isOpen = false;
    then(n);
  }

  #close(request: Id, type: MessageType): Message | undefined {
    const open = this.#open.get(request);
    if (open?.type !== type) return undefined;
    this.#open.delete(request);
    if (type === MessageType.SUBSCRIBE || type === MessageType.REGISTER) this.#opening -= 1;
    return open;
  }

  #callOf(request: Id): Written | undefined {
    const n = this.#byRequest.get(request);
    const call = n === undefined ? undefined : this.calls.get(n);
    return call?.session === this.sessions && call.request === request ? call : undefined;
  }
}

/** Names a subscription as the wire does. */
export function keyOf(topic: string, match: unknown): string {
  return `${typeof match === 'string' ? match : 'exact'} ${topic}`;
}
