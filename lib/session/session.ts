import { Observable, Subject, type SchedulerLike } from 'rxjs';
import { addUp, type Census } from '../census.ts';
import type { Checks } from '../contract/checks.ts';
import type { PayloadCodec } from '../encryption/payload-codec.ts';
import { DrainingError, NotJoinedError, ProtocolError, TransportLostError, type WampError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { announces } from '../protocol/announces.ts';
import { idSequence } from '../protocol/ids.ts';
import { MessageType, type ErrorMessage, type Message, type Result } from '../protocol/messages.ts';
import { Requests } from '../protocol/requests.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Id, Uri } from '../types.ts';
import { Callee, type RegisterRequest } from './callee.ts';
import { isProgress, progress, startCall, type CallRequest } from './caller.ts';
import type { Consumer, FunctionSink, Sink } from './direct-observable.ts';
import { ErrorMapping } from './error-mapping.ts';
import type { CallProgress, CallResult, Publication, Registration, SessionDetails, TopicEvent, TopicSignal } from './options.ts';
import { excluding, startPublish, type PublishRequest } from './publisher.ts';
import type { Resumption } from './resumption.ts';
import { reportUnhandled } from './report.ts';
import type { AnswerMessage, PendingRequest } from './role-host.ts';
import { Topics } from './subscriber.ts';
import type { SessionTopics } from './topic-change.ts';
import type { TopicRequest } from './topic-request.ts';
import { Verbs } from './verbs.ts';
import type { SessionWire } from './wire.ts';

/** What a session is given by whoever joined it. */
export interface SessionOptions {
  /** Topics that outlive the session. @default its own */
  readonly topics?: Topics | undefined;
  /** Who has its subscriptions, where it is not the topics yet. */
  readonly subscriber?: SessionTopics | undefined;
  /** What ERRORs become, and what procedures throw. @default the classes of this library */
  readonly errors?: ErrorMapping | undefined;
  /** What its contract has to say. @default nothing */
  readonly checks?: Checks | undefined;
  /** What encodes and decodes payloads. @default they go as they are */
  readonly payloadCodec?: PayloadCodec | undefined;
  /** Milliseconds a call may take that says nothing about it. @default no limit */
  readonly callTimeout?: number | undefined;
  /** Where failures go that have no subscriber. @default the runtime's reportError, or the console */
  readonly report?: ((error: unknown) => void) | undefined;
  /** Keeps the session over a loss of its connection, where the router does so too. @default it ends with its connection */
  readonly resumption?: Resumption | undefined;
  /** Something that was open is not any more. */
  readonly onSettled?: (() => void) | undefined;
}

/** What is open in a session. */
export interface SessionLoad {
  readonly registrations: number;
  readonly invocations: number;
  readonly requests: number;
}

/**
 * One joined life in a realm (4): the five verbs, until it is left or lost. What is open then errors, with TransportLostError where it
 * was sent and NotJoinedError where it comes too late.
 *
 * One `switch` hands each message on; whose it is takes one look-up: answers in the ledger of open requests, events among the topics,
 * invocations among the registrations.
 */
export class Session<T = any> extends Verbs<T> {
  readonly id: Id;
  readonly details: SessionDetails;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
  /** @internal */
  override readonly errors: ErrorMapping;
  /** @internal */
  override readonly checks: Checks | undefined;
  /** @internal */
  readonly payloadCodec: PayloadCodec | undefined;
  readonly callTimeout: number | undefined;
  /** Who has its subscriptions. @internal */
  subscriber: SessionTopics;
  /** The session that this one takes turns with, which is not to be told what this one publishes. @internal */
  twin: Id | undefined;
  readonly #wire: SessionWire;
  readonly #nextId = idSequence();
  readonly #requests = new Requests<PendingRequest>();
  readonly #topics: Topics;
  readonly #callee = new Callee(this);
  readonly #ended = new Subject<void>();
  readonly #report: (error: unknown) => void;
  readonly #onSettled: (() => void) | undefined;
  #opening = 0;
  #released: Id | undefined;
  #cause: WampError | undefined;
  #over = false;
  #failed = false;
  #retired = false;

  /** @internal */
  constructor(wire: SessionWire, details: SessionDetails, { topics, subscriber, errors = new ErrorMapping(), checks, payloadCodec, callTimeout, report = reportUnhandled, onSettled }: SessionOptions = {}) {
    super();
    this.#wire = wire;
    this.id = details.id;
    this.details = details;
    this.scheduler = wire.scheduler;
    this.log = wire.log;
    this.errors = errors;
    this.checks = checks;
    this.payloadCodec = payloadCodec;
    this.callTimeout = callTimeout;
    this.#topics = topics ?? new Topics();
    this.subscriber = subscriber ?? this.#topics;
    this.#report = report;
    this.#onSettled = onSettled;
    wire.session = details.id;
    wire.reader = this;
    if (topics === undefined) this.#topics.attach(this);
  }

  /**
   * Leaves the realm: sends GOODBYE, waits for the router's up to 2 s, closes the connection, and completes. What is open errors at once.
   * Without a subscriber nothing is sent.
   */
  leave(reason: Uri = WampUri.closeNormal): Observable<never> {
    return new Observable<never>((subscriber) => {
      if (this.#over) return subscriber.complete();
      subscriber.add(this.#ended.subscribe({ complete: () => subscriber.complete() }));
      this.fail(new TransportLostError(`session left with ${reason}`));
      this.#wire.leave(reason);
    });
  }

  /** Whether nothing has arrived since this was set. @internal */
  get quiet(): boolean { return this.#wire.quiet; }
  set quiet(quiet: boolean) { this.#wire.quiet = quiet; }

  /** Asks the router for an answer that every one of them gives, that takes no permission and has no effect. @internal */
  probe(nobodys: Id, answered: () => void = () => {}): void {
    const request = this.ask(MessageType.UNSUBSCRIBE, { answered, refused: answered, lost: () => {} });
    this.send({ type: MessageType.UNSUBSCRIBE, request, subscription: nobodys });
  }

  /** Closes the connection without a word: it is lost, with this cause. @internal */
  drop(cause: WampError): void {
    this.#wire.drop(cause);
  }

  /** As `drop`, and whoever made the session is not told: it is nobody's business any more. With `'goodbye'` the router is. @internal */
  abandon(cause: WampError, how: 'drop' | 'goodbye'): void {
    this.onEnded = undefined;
    if (how === 'drop') return this.#wire.drop(cause);
    this.fail(cause);
    this.#wire.part();
  }

  /** @internal */
  override startTopic(request: TopicRequest, sink: Sink<TopicEvent> | Sink<TopicSignal>, kind: 'events' | 'signals'): void {
    if (this.#stays(sink)) this.#topics.observe(request, sink, kind, true);
  }

  /** @internal */
  override startDirectTopic(request: TopicRequest, consume: Consumer<TopicEvent>): FunctionSink<never> | undefined {
    return this.isLive && !this.#retired ? this.#topics.observeDirectly(request, consume, true) : undefined;
  }

  /** @internal */
  override startCall(request: CallRequest, sink: Sink<CallResult | CallProgress>): void {
    if (this.#live(sink)) startCall(this, request, sink);
  }

  /** @internal */
  override startRegister(request: RegisterRequest, sink: Sink<Registration>): void {
    if (this.#stays(sink)) this.#callee.start(request, sink);
  }

  /** @internal */
  override startPublish(request: PublishRequest, sink: Sink<Publication>): void {
    if (this.#live(sink)) startPublish(this, this.twin === undefined ? request : excluding(request, this.twin), sink);
  }

  /** Another session has taken over: what is open comes to its end, and nothing that would last begins. @internal */
  retire(): void {
    this.#retired = true;
  }

  /** What is open, by number. @internal */
  get load(): SessionLoad {
    return { ...this.#callee.load, requests: this.#requests.size };
  }

  /** Nothing is open: no request, subscription, registration or invocation. @internal */
  get idle(): boolean { return this.subscriber.idle && this.#callee.idle && this.#requests.size === 0; }

  /** @internal */
  get writable$(): Observable<boolean> { return this.#wire.writable$; }

  /** Whether anything can be asked in it. @internal */
  get isLive(): boolean { return !this.#failed && !this.#wire.over; }

  /** How many subscriptions and registrations wait for their answer. @internal */
  get opening(): number { return this.#opening; }

  /** @internal */
  announces(role: 'broker' | 'dealer', feature: string): boolean {
    return announces(this.details.welcome, role, feature);
  }

  /** @internal */
  ask(type: MessageType, pending: PendingRequest): Id {
    const id = this.tell();
    // What is undone while all that is open fails has nobody left to ask.
    if (this.#failed) return id;
    this.#requests.open(type, id, pending);
    if (type === MessageType.SUBSCRIBE || type === MessageType.REGISTER) this.#opening += 1;
    return id;
  }

  /** @internal */
  tell(): Id {
    const id = this.#released ?? this.#nextId();
    this.#released = undefined;
    return id;
  }

  /** @internal */
  withdraw(type: MessageType, request: Id): void {
    this.#requests.close(type, request);
    this.#released = request;
  }

  /** @internal */
  forget(type: MessageType, request: Id): boolean {
    if (this.#requests.close(type, request) === undefined) return false;
    this.settled();
    return true;
  }

  /** @internal */
  send(message: Message): void {
    if (!this.#failed) this.#wire.send(message);
  }

  /** @internal */
  override report(error: unknown): void {
    this.#report(error);
  }

  /** Whoever leaves a session waits for nobody. @internal */
  override handling(): void {}

  /** @internal */
  settled(): void {
    this.#onSettled?.();
  }

  /** @internal */
  message(message: Message): void {
    // Left, and the router has not heard yet: what it answers is asked for by nobody any more.
    if (this.#failed) return;
    switch (message.type) {
      case MessageType.EVENT: return this.subscriber.event(message);
      case MessageType.RESULT: return this.#result(message);
      case MessageType.INVOCATION: return this.#callee.invocation(message);
      case MessageType.INTERRUPT: return this.#callee.interrupt(message);
      case MessageType.PUBLISHED: return this.#answer(MessageType.PUBLISH, message);
      case MessageType.SUBSCRIBED: return this.#answer(MessageType.SUBSCRIBE, message);
      case MessageType.REGISTERED: return this.#answer(MessageType.REGISTER, message);
      case MessageType.UNSUBSCRIBED: return message.request === 0 ? this.subscriber.revoked(message.details) : this.#answer(MessageType.UNSUBSCRIBE, message);
      case MessageType.UNREGISTERED: return message.request === 0 ? this.#callee.revoked(message.details) : this.#answer(MessageType.UNREGISTER, message);
      case MessageType.ERROR: return this.#refusal(message);
      default: throw new ProtocolError(`message type must be one that a router sends, got ${message.type}`);
    }
  }

  /** Has what the router sends from now on handled by somebody else, who gives back what answers none of their requests. @internal */
  relay(message: (message: Message) => void): void {
    this.#wire.reader = { message, ended: (cause) => this.ended(cause) };
  }

  /** @internal */
  ended(cause: WampError | undefined): void {
    this.#over = true;
    this.#cause ??= cause;
    this.onEnded?.(cause);
    this.fail(cause ?? new TransportLostError('session left'));
    this.#ended.complete();
  }

  /** Told of the end before anything that is open hears of it. @internal */
  onEnded: ((cause: WampError | undefined) => void) | undefined;

  /** Fails all that is open, once: requests first, then topics, then running invocations. @internal */
  fail(cause: WampError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#cause ??= cause;
    this.#opening = 0;
    for (const pending of this.#requests.clear()) pending.lost(cause);
    this.subscriber.detach(cause);
    this.#callee.lost(cause);
  }

  /** What it holds, its topics included, which are its client's where it has one. @internal */
  census(): Census {
    return addUp({ sessions: Number(!this.#wire.over) }, this.#requests.census(), this.subscriber.census(), this.#callee.census());
  }

  #result(message: Result): void {
    if (isProgress(message)) progress(this.#requests.get(MessageType.CALL, message.request), message);
    else this.#answer(MessageType.CALL, message);
  }

  #answer(type: MessageType, message: AnswerMessage): void {
    const pending = this.#close(type, message.request);
    if (pending !== undefined) {
      pending.answered(message);
      this.settled();
    } else if (type === MessageType.SUBSCRIBE || type === MessageType.REGISTER) {
      // Nobody can have stopped waiting for these, and what they open would never be closed.
      const asked = type === MessageType.SUBSCRIBE ? 'SUBSCRIBE' : 'REGISTER';
      throw new ProtocolError(`${asked === 'SUBSCRIBE' ? 'SUBSCRIBED' : 'REGISTERED'}.Request must be that of an open ${asked}, got ${message.request}`);
    } else this.log?.debug('late answer', message);
  }

  #refusal(message: ErrorMessage): void {
    if (message.requestType === MessageType.INVOCATION) throw new ProtocolError(`ERROR.RequestType must be that of a request of ours, got ${message.requestType}`);
    const pending = this.#close(message.requestType as MessageType, message.request);
    if (pending === undefined) return this.log?.debug('late answer', message);
    pending.refused(message);
    this.settled();
  }

  #close(type: MessageType, request: Id): PendingRequest | undefined {
    const pending = this.#requests.close(type, request);
    if (pending !== undefined && (type === MessageType.SUBSCRIBE || type === MessageType.REGISTER)) this.#opening -= 1;
    return pending;
  }

  #stays(sink: Pick<Sink<never>, 'error'>): boolean {
    if (!this.#live(sink)) return false;
    if (this.#retired) sink.error(new DrainingError('session must not be leaving, got one that another has taken over from'));
    return !this.#retired;
  }

  #live(sink: Pick<Sink<never>, 'error'>): boolean {
    if (this.isLive) return true;
    sink.error(new NotJoinedError('session must be joined, got one that has ended', { cause: this.#cause }));
    return false;
  }
}
