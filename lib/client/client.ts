import {
  BehaviorSubject, Observable, Subject, Subscription, asyncScheduler, defer, distinctUntilChanged, filter, map, tap, timer, type SchedulerLike,
} from 'rxjs';
import { addUp, type Census } from '../census.ts';
import { DrainingError, NotJoinedError, TransportLostError, type Operation } from '../errors.ts';
import { retryBackoff, type Wait } from '../operators/retry-backoff.ts';
import type { RegisterRequest } from '../session/callee.ts';
import type { CallRequest } from '../session/caller.ts';
import type { Consumer, FunctionSink, Sink } from '../session/direct-observable.ts';
import type { CallProgress, CallResult, Publication, Registration, SessionDetails, TopicEvent, TopicSignal } from '../session/options.ts';
import type { PublishRequest } from '../session/publisher.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { Topics } from '../session/subscriber.ts';
import type { TopicRequest } from '../session/topic-request.ts';
import { Verbs } from '../session/verbs.ts';
import type { TappedFrame } from '../session/wire.ts';
import { KeptRegistration, type Keeper } from './kept-registration.ts';
import type { ClientStage } from './lives.ts';
import { Reconnection, type RetryOptions } from './reconnect.ts';
import { RequestQueue } from './request-queue.ts';
import type { ClientState } from './state.ts';

/** What a client is made of. */
export interface ClientParts {
  /** One life from dialling to the loss of its session, anew at each subscription. */
  readonly lives: (client: LifeContext) => Observable<ClientStage>;
  readonly retry: RetryOptions;
  readonly stableAfter: number;
  readonly lazy: boolean;
  readonly idleClose: number;
  readonly offline: 'wait' | 'fail';
  readonly queueLimit: number;
  readonly scheduler: SchedulerLike | undefined;
  readonly random: () => number;
  /** Where failures go while nobody watches `errors$`. */
  readonly onUnhandled: (error: unknown) => void;
}

/** What a life is told of the client whose life it is. */
export interface LifeContext {
  /** How often in a row it was tried in vain before. */
  readonly attempt: number;
  readonly previousError: unknown;
  readonly lastDetails: SessionDetails | undefined;
  readonly tap: Subject<TappedFrame>;
  readonly session: SessionOptions;
}

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
export class Client extends Verbs {
  /** Where the client stands; replays the current state, never errors, and completes once it is closed. Watching it does not dial. */
  readonly state$: Observable<ClientState>;
  /** The joined session, `undefined` while there is none, the next one after each reconnect. Watching it is a use: a lazy client dials. */
  readonly session$: Observable<Session | undefined>;
  /** Failures that nobody is subscribed to: what procedures throw, what a TopicSubject could not publish. */
  readonly errors$: Observable<unknown>;
  /** Every message on the wire, both ways. Costs nothing while nobody looks. */
  readonly frames$: Observable<TappedFrame>;

  readonly #parts: ClientParts;
  readonly #scheduler: SchedulerLike;
  readonly #state = new BehaviorSubject<ClientState>({ kind: 'idle' });
  readonly #errors = new Subject<unknown>();
  readonly #frames = new Subject<TappedFrame>();
  readonly #now = new Subject<void>();
  readonly #topics: Topics;
  readonly #registrations = new Set<KeptRegistration>();
  readonly #queue: RequestQueue;
  readonly #keeper: Keeper;
  readonly #reconnection: Reconnection;
  #life = Subscription.EMPTY;
  #idling = Subscription.EMPTY;
  #session: Session | undefined;
  #ready = false;
  #watchers = 0;
  #held = false;
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
    this.state$ = this.#state.asObservable();
    this.errors$ = this.#errors.asObservable();
    this.frames$ = this.#frames.asObservable();
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
    return new Promise((resolve, reject) => {
      const refuse = (cause: unknown): void => reject(cause ?? new NotJoinedError('client was closed'));
      // What is complete does not tell its last value any more.
      if (this.state.kind === 'closed') return refuse(this.state.cause);
      const watching = new Subscription();
      watching.add(this.#state.subscribe((state) => {
        if (state.kind === 'joined') resolve(state.details);
        else if (state.kind === 'closed') refuse(state.cause);
        else return;
        // The state may have been there already, before the subscription was.
        watching.unsubscribe();
      }));
    });
  }

  /** Ends a wait: tries again now. Does nothing in any other state. */
  reconnectNow(): void {
    this.#now.next();
  }

  /**
   * Leaves for good: topics and registrations complete, calls that were not answered and requests that wait error. Sends GOODBYE, waits for
   * the router's up to 2 s, and resolves when the connection is closed.
   */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const session = this.#session;
      if (this.state.kind === 'closed') return resolve();
      this.#state.subscribe({ complete: resolve });
      if (this.state.kind === 'draining') return;
      if (session === undefined) return this.#end(undefined);
      this.#lose();
      this.#show({ kind: 'draining' });
      this.#topics.close(undefined);
      session.leave().subscribe({ complete: () => this.#end(undefined) });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

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
    else this.#queueUp(sink, { verb: 'call', uri: request.uri }, (session) => session.startCall(request, sink));
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
   * What it and its session hold. Those who watch `state$`, `errors$` and `frames$` are left out: they open nothing and hold nothing open.
   *
   * @internal
   */
  census(): Census {
    return addUp((this.#session ?? this.#topics).census(), {
      'requests waiting for a session': this.#queue.size,
      'kept registrations': this.#registrations.size,
      'held by connect()': Number(this.#held),
      'session$ watchers': this.#watchers,
      lives: Number(!this.#life.closed),
    });
  }

  // A request that waits is a use; one on a session holds it open by itself.
  #queueUp(sink: Sink<never>, operation: Operation, start: (session: Session) => void): void {
    if (!this.#takes(sink, operation)) return;
    if (this.#parts.offline === 'fail' && this.state.kind === 'waiting') {
      return sink.error(offline(operation, this.state.cause));
    }
    this.#queue.add({ operation, start, fail: (error) => sink.error(error) }, sink);
    this.#wake();
  }

  get #isLeaving(): boolean { return this.state.kind === 'closed' || this.state.kind === 'draining'; }

  #takes(sink: Pick<Sink<never>, 'error'>, operation: Operation): boolean {
    if (!this.#isLeaving) return true;
    sink.error(this.state.kind === 'closed'
      ? closed(operation)
      : new DrainingError(`client must not be leaving, got ${operation.verb} of ${operation.uri}`, { operation }));
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
      if (!this.#wanted && this.#session?.idle !== false) this.#hangUp();
    });
  }

  #hangUp(): void {
    if (this.#isLeaving) return;
    this.#lose();
    this.#attempt = 0;
    // Before it is told: whoever uses the client when it hears of it gets another life, and not the end of this one.
    this.#life.unsubscribe();
    this.#show({ kind: 'idle' });
    // What came while the life ended found it not idle yet.
    this.#wake();
  }

  #lose(): void {
    this.#session = undefined;
    this.#ready = false;
    for (const registration of this.#registrations) registration.lost();
  }

  #dial(): void {
    const { stableAfter, random } = this.#parts;
    const lives = defer(() => this.#parts.lives({
      attempt: this.#attempt,
      previousError: this.#previousError,
      lastDetails: this.#lastDetails,
      tap: this.#frames,
      session: { topics: this.#topics, report: (error) => this.report(error), onSettled: () => this.#settled() },
    }));
    const sessions = lives.pipe(
      tap((stage) => { if (stage.kind !== 'joined') this.#show({ ...stage, attempt: this.#attempt }); }),
      filter((stage) => stage.kind === 'joined'),
      map(({ session }) => session),
      retryBackoff({
        stableAfter, random, scheduler: this.#scheduler, wake$: this.#now,
        maxAttempts: this.#parts.retry.maxAttempts,
        shouldRetry: (cause, attempt) => this.#reconnection.decide(cause, attempt),
        onWait: (wait) => this.#waiting(wait),
      }),
    );
    const life = new Subscription();
    this.#life = life;
    new Observable<Session>((subscriber) => {
      // Before it begins: whoever hears of its first stages may end it there.
      life.add(subscriber);
      sessions.subscribe(subscriber);
    }).subscribe({
      next: (session) => this.#joined(session),
      error: (cause: unknown) => this.#end(cause),
      complete: () => this.#end(undefined),
    });
  }

  #joined(session: Session): void {
    this.#reconnection.joined();
    this.#session = session;
    this.#lastDetails = session.details;
    this.#show({ kind: 'joined', session, details: session.details, since: this.#scheduler.now() });
    // Whoever saw the state may have left, or the session may be gone already; that it is over may not have come through yet.
    if (this.#session !== session || !session.isLive) return;
    // Those that come while a synchronous link answers are made at once.
    const registrations = [...this.#registrations];
    this.#topics.attach(session);
    for (const registration of registrations) {
      if (this.#session === session && this.#registrations.has(registration)) registration.joined(session);
    }
    this.#settled();
  }

  #waiting(wait: Wait): void {
    this.#attempt = wait.attempt;
    this.#previousError = wait.cause;
    this.#lose();
    this.#show({ kind: 'waiting', ...wait });
    if (this.#parts.offline === 'fail') this.#queue.fail((operation) => offline(operation, wait.cause));
    // What was open, or waited, may have been all that a session was wanted for.
    this.#relax();
  }

  // Something was answered: it may have been the last thing that others wait for.
  #settled(): void {
    const session = this.#session;
    if (session === undefined) return;
    if (!this.#ready && session.opening === 0 && this.#topics.online) {
      this.#queue.flush(session, () => this.#session === session);
      this.#ready = this.#session === session;
    }
    this.#relax();
  }

  #end(cause: unknown): void {
    if (this.state.kind === 'closed') return;
    this.#lose();
    this.#held = false;
    this.#show({ kind: 'closed', cause });
    this.#life.unsubscribe();
    this.#idling.unsubscribe();
    const why = cause ?? new TransportLostError('client was closed');
    this.#queue.fail((operation) => closed(operation, why));
    this.#topics.close(cause);
    for (const registration of [...this.#registrations]) registration.ended(cause);
    this.#errors.complete();
    this.#frames.complete();
    this.#state.complete();
  }

  #show(state: ClientState): void {
    this.#state.next(state);
  }
}

function offline(operation: Operation, cause: unknown): NotJoinedError {
  return new NotJoinedError(`client must be joined for ${operation.uri}, got one that waits to reconnect`, { cause, operation });
}

function closed(operation: Operation, cause?: unknown): NotJoinedError {
  return new NotJoinedError(`client must not be closed, got ${operation.verb} of ${operation.uri}`, { cause, operation });
}
