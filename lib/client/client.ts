import { BehaviorSubject, Observable, Subject, Subscription, asyncScheduler, distinctUntilChanged, filter, map, timer, type SchedulerLike } from 'rxjs';
import { addUp, type Census } from '../census.ts';
import { DrainingError, NotJoinedError, TransportLostError, type Operation } from '../errors.ts';
import type { Wait } from '../operators/retry-backoff.ts';
import type { RegisterRequest } from '../session/callee.ts';
import type { CallRequest } from '../session/caller.ts';
import type { Consumer, FunctionSink, Sink } from '../session/direct-observable.ts';
import type { CallProgress, CallResult, Publication, Registration, SessionDetails, TopicEvent, TopicSignal } from '../session/options.ts';
import type { PublishRequest } from '../session/publisher.ts';
import { Resumption } from '../session/resumption.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { Topics } from '../session/subscriber.ts';
import type { TopicRequest } from '../session/topic-request.ts';
import { checkDuration } from '../session/checks.ts';
import { Verbs } from '../session/verbs.ts';
import type { TappedFrame, WireEntry } from '../session/wire-tap.ts';
import { Drain, type DrainOptions, type Remaining } from './drain.ts';
import { Handover, type HandoverOptions } from './handover.ts';
import { Heartbeat } from './heartbeat.ts';
import { HintRules } from './hint-rules.ts';
import { KeptRegistration, type Keeper } from './kept-registration.ts';
import { Lifeline } from './lifeline.ts';
import type { ClientStage } from './lives.ts';
import { onceJoined } from './once-joined.ts';
import type { ClientParts } from './parts.ts';
import { Reconnection } from './reconnect.ts';
import { closed, draining, offline } from './refusals.ts';
import { Renewal } from './renewal.ts';
import { RequestQueue } from './request-queue.ts';
import type { ClientState, Suspension } from './state.ts';
import { waitingCall } from './waiting-call.ts';

/**
 * A session that comes back: the same verbs as a Session, over as many sessions as it takes.
 *
 * Topics and registrations outlive sessions and are made anew in each; calls and publications that were written fail with the session
 * (TransportLostError), those that were not wait for the next. At a loss `state$` says `waiting` first, then open requests fail, then topics
 * are suspended, then running procedures are interrupted. At a join `state$` says `joined`, then all SUBSCRIBEs and REGISTERs go out in one
 * burst, and once they are answered the requests that waited.
 *
 * ```
 * connection        x---o-----------x       o------
 * client.state$     c---j-----------w-------c-j----     c connecting, j joined, w waiting
 * client.topic(…)   ------a--b--------------------c--
 * ```
 */
export class Client<T = any> extends Verbs<T> {
  /** Where the client stands; replays the current state, never errors, and completes once it is closed. Watching it does not dial. */
  readonly state$: Observable<ClientState>;
  /**
   * The joined session, `undefined` while there is none, the next one after each reconnect. Watching it is a use: a lazy client dials. What is to
   * be made for each session and undone with it is composed with `switchMap`.
   *
   * ```ts
   * client.session$.pipe(switchMap((session) => (session === undefined ? EMPTY : session.topic('com.shop.price'))));
   * ```
   */
  readonly session$: Observable<Session<T> | undefined>;
  /** Failures that nobody is subscribed to: what procedures throw, what a TopicSubject could not publish. */
  readonly errors$: Observable<unknown>;
  /** Every message on the wire, both ways. Hot; costs nothing while nobody looks. */
  readonly frames$: Observable<TappedFrame>;
  /** The same, and what becomes of each connection between them: what is to be recorded to be replayed. */
  readonly wire$: Observable<WireEntry>;

  readonly #parts: ClientParts;
  readonly #scheduler: SchedulerLike;
  readonly #state = new BehaviorSubject<ClientState>({ kind: 'idle' });
  readonly #errors = new Subject<unknown>();
  readonly #tap = new Subject<WireEntry>();
  readonly #topics: Topics;
  readonly #registrations = new Set<KeptRegistration>();
  readonly #queue: RequestQueue;
  readonly #keeper: Keeper;
  readonly #reconnection: Reconnection;
  readonly #lifeline: Lifeline;
  readonly #hints: HintRules;
  readonly #renewal: Renewal;
  #heartbeat: Heartbeat | undefined;
  #handover: Handover | undefined;
  #drain: Drain | undefined;
  #idling = Subscription.EMPTY;
  #stirring = Subscription.EMPTY;
  readonly #resumption: Resumption | undefined;
  /** The joined session, also while its connection is away and it waits to be resumed. */
  #session: Session | undefined;
  #ready = false;
  #watchers = 0;
  #held = false;
  #handlers = 0;
  #attempt = 0;
  #previousError: unknown;
  #lastDetails: SessionDetails | undefined;

  /** @internal */
  constructor(parts: ClientParts) {
    super();
    this.#parts = parts;
    this.#scheduler = parts.scheduler ?? asyncScheduler;
    this.#topics = new Topics({ backoff: parts.retry, random: parts.random, onUnobserved: () => this.#relax() });
    this.#queue = new RequestQueue(parts.queueLimit, () => this.#relax());
    this.#keeper = {
      backoff: parts.retry, random: parts.random, scheduler: this.#scheduler,
      onEnd: (registration) => { this.#registrations.delete(registration); this.#relax(); },
    };
    this.#reconnection = new Reconnection(parts.retry, parts.random);
    this.#resumption = parts.resume && new Resumption(parts.resume, () => { this.#lose(); this.#relax(); });
    this.#lifeline = this.#makeLifeline();
    this.#hints = this.#makeHints();
    this.#renewal = new Renewal({
      credentials: parts.credentials, random: parts.random, scheduler: this.#scheduler,
      renew: () => this.handover(), report: (error) => this.report(error),
    });
    this.state$ = this.#state.asObservable();
    this.errors$ = this.#errors.asObservable();
    this.wire$ = this.#tap.asObservable();
    this.frames$ = this.#tap.pipe(filter((entry) => entry.kind === 'frame'));
    const session$ = this.#state.pipe(map((state) => (state.kind === 'joined' ? state.session : undefined)), distinctUntilChanged());
    this.session$ = new Observable((subscriber) => {
      this.#watchers += 1;
      subscriber.add(() => { this.#watchers -= 1; this.#relax(); });
      this.#wake();
      subscriber.add(session$.subscribe(subscriber));
    });
    if (!parts.lazy) this.#hold();
  }

  /** Where the client stands now. */
  get state(): ClientState { return this.#state.value; }

  /**
   * Holds the connection open from now on, used or not, until `close()`. Resolves when a session is joined; rejects when the client gives up
   * or is closed before that.
   */
  connect(): Promise<SessionDetails> {
    if (this.state.kind !== 'closed') this.#hold();
    return onceJoined(this.#state);
  }

  /** Ends a wait: tries again now. Does nothing in any other state. */
  reconnectNow(): void {
    if (this.state.kind !== 'waiting') return;
    this.#stirring.unsubscribe();
    // Where a hint had it wait, there is nothing that could be woken.
    if (this.#lifeline.isOpen) this.#lifeline.wake();
    else this.#lifeline.dial();
  }

  /**
   * Replaces the session by another one without a gap (make before break): joins it, with credentials that are asked for anew, and subscribes
   * and registers everything there; only then gives up what the session before has. Events that arrive in both are delivered once, and in
   * order. Calls that were sent before come to their end in the session before, up to `drainTimeout`.
   *
   * Emits the session once it is the one, and completes when the one before has left. Where the next session cannot be joined, or cannot have
   * a topic or a shared procedure, it errors and all stays as it was; so it does when it is unsubscribed until then. Another handover
   * at the same time is the same one. Errors with NotJoinedError where there is no session.
   *
   * ```
   * client.session$           a-------b----------
   * client.handover()             ----b----|
   * client.topicStatus(…)     s-e--e--s-e-e--e---     s subscribed, e event
   * ```
   *
   * A procedure that only one session may have is taken from the session before where the router has `force_reregister`, else it is away
   * for two round trips. What is published in the meantime is not brought back to the client by its other session.
   *
   * The session before is left for good. The next one is not offered resumption (`resume`): it is lost with its connection, and the one that is
   * joined then can be resumed again.
   */
  handover(options: HandoverOptions = {}): Observable<Session<T>> {
    checkDuration(options.drainTimeout, 'drainTimeout');
    return new Observable((subscriber) => {
      const session = this.#session;
      const running = this.#handover;
      if (running !== undefined) return running.watch(subscriber);
      if (session === undefined || this.#isLeaving) return subscriber.error(new NotJoinedError(`client must be joined to hand its session over, got one that is ${this.state.kind}`));
      const handover = this.#makeHandover(session, options);
      this.#handover = handover;
      handover.watch(subscriber);
      handover.begin();
    });
  }

  /**
   * Leaves for good, in order: what is new errors with DrainingError; all procedures are unregistered, then all topics are unsubscribed, each
   * delivering events until that is answered, and completing then; invocations, calls and acknowledgements come to their end; GOODBYE.
   * After `timeout` what remains fails: invocations are interrupted, and the router cancels the calls of whoever says GOODBYE. A connection
   * that is lost on the way is the end, also where the session could be resumed; who leaves while it is away is closed at once.
   *
   * Cold: begins when it is subscribed to, and goes on without a subscriber. Emits what remains whenever that changes, and completes when the
   * connection is closed. Whoever drains or closes a client that is leaving joins those who do.
   *
   * ```
   * client.drain()     a--b--c-----|     a 1 registration, 2 topics; b 2 topics; c 1 request; GOODBYE
   * ```
   */
  drain(options: DrainOptions = {}): Observable<Remaining> {
    checkDuration(options.timeout, 'timeout');
    return new Observable((subscriber) => {
      if (this.state.kind === 'closed') return subscriber.complete();
      if (this.#drain !== undefined) return this.#drain.watch(subscriber);
      const session = this.#session;
      if (session === undefined || this.#resumption?.isDetached === true) {
        this.#end(undefined);
        return subscriber.complete();
      }
      this.#drain = this.#makeDrain(session);
      this.#drain.watch(subscriber);
      this.#leave(this.#drain, options.timeout ?? 30_000);
    });
  }

  /**
   * Leaves for good: topics and registrations complete, calls that were not answered and requests that wait error. Sends GOODBYE, waits for
   * the router's up to 2 s, and resolves when the connection is closed. It is `drain` without time to come to an end.
   */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.drain({ timeout: 0 }).subscribe({ complete: resolve });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  override get checks(): ClientParts['checks'] { return this.#parts.checks; }

  /** @internal */
  override get errors(): ClientParts['errors'] { return this.#parts.errors; }

  /** @internal */
  override handling(change: 1 | -1): void { this.#handlers += change; this.#settled(); }

  /** @internal */
  override startTopic(request: TopicRequest, sink: Sink<TopicEvent> | Sink<TopicSignal>, kind: 'events' | 'signals'): void {
    if (!this.#takes(sink, { verb: 'subscribe', uri: request.uri })) return;
    this.#topics.observe(request, sink, kind, false);
    this.#wake();
  }

  /** @internal */
  override startDirectTopic(request: TopicRequest, consume: Consumer<TopicEvent>): FunctionSink<never> | undefined {
    if (this.#isLeaving) return undefined;
    const observer = this.#topics.observeDirectly(request, consume, false);
    this.#wake();
    return observer;
  }

  /** @internal */
  override startCall(request: CallRequest, sink: Sink<CallResult | CallProgress>): void {
    if (this.#ready && this.#session !== undefined) this.#session.startCall(request, sink);
    else this.#queueUp(sink, { verb: 'call', uri: request.uri }, waitingCall(request, sink, this.#scheduler), request.options.offline);
  }

  /** @internal */
  override startPublish(request: PublishRequest, sink: Sink<Publication>): void {
    if (this.#ready && this.#session !== undefined) this.#session.startPublish(request, sink);
    else this.#queueUp(sink, { verb: 'publish', uri: request.uri }, (session) => session.startPublish(request, sink));
  }

  /** @internal */
  override startRegister(request: RegisterRequest, sink: Sink<Registration>): void {
    if (!this.#takes(sink, { verb: 'register', uri: request.uri })) return;
    const registration = new KeptRegistration(request, sink, this.#keeper);
    this.#registrations.add(registration);
    sink.add(registration);
    // Before the topics are attached the session has been told of, and the registrations are about to be made.
    if (this.#session !== undefined && this.#topics.online) registration.joined(this.#session);
    else this.#wake();
  }

  /** @internal */
  override report(error: unknown): void {
    if (this.#errors.observed) this.#errors.next(error);
    else this.#parts.onUnhandled(error);
  }

  /**
   * What it and its session hold. Those who watch `state$`, `errors$`, `frames$` and `wire$` are left out: they open nothing and hold nothing open.
   *
   * @internal
   */
  census(): Census {
    return addUp((this.#session ?? this.#topics).census(), this.#resumption?.census() ?? {}, {
      'requests waiting for a session': this.#queue.size,
      'kept registrations': this.#registrations.size,
      'held by connect()': Number(this.#held),
      'session$ watchers': this.#watchers,
      lives: Number(this.#lifeline.isOpen),
      handovers: Number(this.#handover !== undefined), 'running handlers': this.#handlers,
    });
  }

  // A request that waits is a use; one on a session holds it open by itself.
  #queueUp(sink: Sink<never>, operation: Operation, start: (session: Session) => void, rule = this.#parts.offline): void {
    if (!this.#takes(sink, operation)) return;
    if (rule === 'fail' && this.state.kind === 'waiting') return sink.error(offline(operation, this.state.cause));
    this.#queue.add({ operation, offline: rule, start, fail: (error) => sink.error(error) }, sink);
    this.#wake();
  }

  get #isLeaving(): boolean { return this.state.kind === 'closed' || this.state.kind === 'draining'; }

  #takes(sink: Pick<Sink<never>, 'error'>, operation: Operation): boolean {
    if (!this.#isLeaving) return true;
    sink.error(this.state.kind === 'closed' ? closed(operation) : draining(operation));
    return false;
  }

  #hold(): void {
    this.#held = true;
    this.#wake();
  }

  /** Whether anything wants a session. */
  get #wanted(): boolean {
    return this.#held || this.#watchers > 0 || this.#topics.observed || this.#registrations.size > 0 || this.#queue.size > 0;
  }

  // Something has begun to want a session.
  #wake(): void {
    // What was over before it had begun wants nothing.
    if (!this.#wanted) return;
    this.#idling.unsubscribe();
    if (this.state.kind === 'idle') this.#dial();
  }

  // Something has stopped to want one.
  #relax(): void {
    if (this.#wanted || !this.#idling.closed || this.state.kind === 'closed') return;
    this.#idling = timer(this.#parts.idleClose, this.#scheduler).subscribe(() => {
      // What is still open comes back here when it is settled.
      if (!this.#wanted && this.#session?.idle !== false && this.#handover === undefined) this.#hangUp();
    });
  }

  #hangUp(): void {
    if (this.#isLeaving) return;
    this.#lose();
    this.#attempt = 0;
    // Before it is told: whoever uses the client when it hears of it gets another life, and not the end of this one.
    this.#resumption?.end();
    this.#lifeline.hangUp();
    this.#hints.stop();
    this.#parts.credentials.stop();
    this.#show({ kind: 'idle' });
    // What came while the life ended found it not idle yet.
    this.#wake();
  }

  // There is no session any more, but for one that may be resumed; whoever ends it does so next.
  #lose(cause?: unknown): void {
    if (this.#resumption?.isDetached !== true) this.#session = undefined;
    this.#ready = false;
    this.#stirring.unsubscribe();
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#renewal.stop();
    this.#handover?.lost(cause);
    if (this.#session === undefined) for (const registration of this.#registrations) registration.lost();
  }

  #dial(): void {
    this.#parts.credentials.start({
      renewed: () => { if (this.#session !== undefined && this.#parts.renewal === 'handover' && this.#parts.credentials.isStale) this.#renewal.now(); },
      failed: (error) => this.#end(error),
    });
    if (this.#isLeaving) return;
    this.#hints.start();
    // Either may have been the end already.
    if (this.state.kind === 'idle') this.#lifeline.dial();
  }

  #lives(session: SessionOptions): Observable<ClientStage> {
    return this.#parts.lives({
      attempt: this.#attempt,
      previousError: this.#previousError,
      lastDetails: this.#lastDetails,
      tap: this.#tap,
      session: { topics: this.#topics, checks: this.checks, errors: this.errors, report: (error) => this.report(error), onSettled: () => this.#settled(), ...session },
    });
  }

  #makeLifeline(): Lifeline {
    const { stableAfter, random, retry: { maxAttempts } } = this.#parts;
    return new Lifeline({
      stableAfter, random, maxAttempts, scheduler: this.#scheduler,
      lives: () => this.#lives({ resumption: this.#resumption }),
      shouldRetry: (cause, attempt) => !this.#isLeaving && this.#reconnection.decide(cause, attempt),
      onStage: (stage) => this.#show({ ...stage, attempt: this.#attempt }),
      onJoined: (session) => this.#joined(session),
      onWait: (wait) => this.#waiting(wait),
      onEnd: (cause) => this.#end(this.#isLeaving ? undefined : cause),
    });
  }

  #makeHints(): HintRules {
    const { hints$, closeWhenHidden, random } = this.#parts;
    return new HintRules({
      suspend: (cause) => this.#suspend(cause),
      stir: (delay) => this.#stir(delay),
      check: (limit) => { if (!this.#isLeaving) this.#heartbeat?.check(limit); },
      hide: (isHidden) => this.#heartbeat?.hide(isHidden),
      report: (error) => this.report(error),
    }, { hints$, closeWhenHidden, random, scheduler: this.#scheduler });
  }

  #makeHandover(session: Session, options: HandoverOptions): Handover {
    return new Handover({
      topics: this.#topics, registrations: this.#registrations, lifeline: this.#lifeline, scheduler: this.#scheduler,
      lives: (given) => this.#lives(given),
      adopt: (next) => this.#adopt(next),
      over: (handover) => {
        if (this.#handover !== handover) return;
        this.#handover = undefined;
        if (this.#session !== undefined && this.#session !== session) this.#renew();
        this.#settled();
      },
    }, session, options);
  }

  #makeDrain(session: Session): Drain {
    return new Drain({
      topics: this.#topics, scheduler: this.#scheduler,
      isHandingOver: () => this.#handover !== undefined, handlers: () => this.#handlers,
      unregister: () => { for (const registration of [...this.#registrations]) registration.leave(); },
      left: () => this.#end(undefined),
    }, session);
  }

  #leave(drain: Drain, timeout: number): void {
    this.#lose(new DrainingError('client must not be leaving to hand its session over'));
    this.#show({ kind: 'draining' });
    this.#queue.fail((operation) => draining(operation));
    drain.begin(timeout);
  }

  // A hint has it wait for another hint.
  #suspend(cause: Suspension): void {
    const { kind } = this.state;
    if (this.#isLeaving || (kind === 'idle' && !this.#wanted)) return;
    const session = this.#session;
    const loss = new TransportLostError(`connection must be closed while the client is ${cause}`);
    // Who leaves a page that nobody looks at means to leave; the others are about to come back.
    const isKept = cause !== 'hidden' && this.#resumption?.detach(loss) === true;
    this.#lose(loss);
    this.#show({ kind: 'waiting', attempt: 1, delay: Infinity, retryAt: Infinity, cause });
    if (!isKept) {
      this.#resumption?.end();
      session?.abandon(loss, cause === 'offline' ? 'drop' : 'goodbye');
    }
    this.#handover?.end();
    // Whoever heard of it may have had it try again.
    if (this.state.kind !== 'waiting' || this.state.cause !== cause) return;
    this.#lifeline.hangUp();
    this.#attempt = 0;
    this.#queue.fail((operation) => offline(operation, cause), 'offline');
    this.#relax();
  }

  #stir(delay: number): void {
    const { state } = this;
    if (state.kind !== 'waiting' || !this.#stirring.closed) return;
    const retryAt = this.#scheduler.now() + delay;
    if (state.retryAt <= retryAt) return;
    this.#stirring = timer(delay, this.#scheduler).subscribe(() => this.reconnectNow());
    this.#show({ ...state, delay, retryAt });
  }

  #joined(session: Session): void {
    const isResumed = this.#session === session;
    this.#take(session);
    // Whoever saw the state may have left, or the session may be gone already; that it is over may not have come through yet.
    if (this.#session !== session || !session.isLive) return;
    // Those that come while a synchronous link answers are made at once. What was open in a session that is resumed still is.
    const registrations = isResumed ? [] : [...this.#registrations];
    if (!isResumed) this.#topics.attach(session);
    for (const registration of registrations) {
      if (this.#session === session && this.#registrations.has(registration)) registration.joined(session);
    }
    this.#settled();
    if (this.#session === session) this.#renew();
  }

  // The next session of a handover, which has everything already.
  #adopt(session: Session): void {
    this.#heartbeat?.stop();
    // The one before goes its own way, and ends with its connection.
    this.#resumption?.end();
    this.#take(session);
  }

  #take(session: Session): void {
    this.#reconnection.joined();
    this.#session = session;
    this.#lastDetails = session.details;
    this.#heartbeat = new Heartbeat(session, { ...this.#parts.heartbeat, random: this.#parts.random, scheduler: this.#scheduler }, this.#hints.isHidden);
    this.#show({ kind: 'joined', session, details: session.details, since: this.#scheduler.now() });
  }

  #renew(): void {
    if (this.#parts.renewal === 'handover') this.#renewal.joined();
  }

  #waiting(wait: Wait): void {
    // Lost on the way out: what close() began goes on to its end.
    if (this.#isLeaving) return;
    this.#attempt = wait.attempt;
    this.#previousError = wait.cause;
    this.#lose(wait.cause);
    this.#show({ kind: 'waiting', ...wait });
    this.#queue.fail((operation) => offline(operation, wait.cause), 'offline');
    // What was open, or waited, may have been all that a session was wanted for.
    this.#relax();
  }

  // Something was answered: it may have been the last thing that others wait for.
  #settled(): void {
    this.#handover?.settled();
    this.#drain?.settled();
    const session = this.#session;
    if (session === undefined) return;
    if (!this.#ready && session.opening === 0 && this.#topics.online && this.#resumption?.isDetached !== true) {
      this.#queue.flush(session, () => this.#session === session);
      this.#ready = this.#session === session;
    }
    this.#relax();
  }

  #end(cause: unknown): void {
    if (this.state.kind === 'closed') return;
    this.#lose(cause);
    this.#held = false;
    this.#show({ kind: 'closed', cause });
    this.#hints.stop();
    this.#parts.credentials.stop();
    this.#resumption?.end();
    this.#lifeline.hangUp();
    this.#handover?.end();
    this.#idling.unsubscribe();
    const why = cause ?? new TransportLostError('client was closed');
    this.#queue.fail((operation) => closed(operation, why));
    this.#topics.close(cause);
    for (const registration of [...this.#registrations]) registration.ended(cause);
    this.#errors.complete();
    this.#tap.complete();
    this.#state.complete();
    this.#drain?.over();
  }

  #show(state: ClientState): void { this.#state.next(state); }
}
