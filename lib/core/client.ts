import {
  BehaviorSubject, Observable, Subject, Subscription, asyncScheduler, catchError, defer, filter, startWith, switchMap, take, throwError, timeout, timer,
  type MonoTypeOperatorFunction, type SchedulerLike, type Subscriber,
} from 'rxjs';
import { answerOf } from '../auth/maybe-later.ts';
import { withoutCredentials } from '../auth/offered.ts';
import type { ClientTimeouts } from '../client/options.ts';
import { Reconnection } from '../client/reconnect.ts';
import type { ClosedState } from '../client/state.ts';
import type { AnyUri, KnownUri, NamedOf, NamedUri, Of } from '../contract/api-types.ts';
import { DrainingError, NotJoinedError, QueueFullError, TimeoutError, WampError, type Operation } from '../errors.ts';
import { retryBackoff, type Wait } from '../operators/retry-backoff.ts';
import { assertLooseUri } from '../protocol/uri.ts';
import { checkDuration, checkOneOf } from '../session/checks.ts';
import type { AnyProcedure, Publication, PublishOptions as WholePublishOptions, Registration, SessionDetails, TopicEvent } from '../session/options.ts';
import { readPayload } from '../session/payload.ts';
import { reportUnhandled } from '../session/report.ts';
import type { Auto, Emission, EventOf, PublishRest, StreamRest } from '../session/verb-types.ts';
import type { Dict, Id, List, PayloadInput } from '../types.ts';
import { live, type Way } from './life.ts';
import type { CallOptions, ClientOptions, ClientState, OptionsFor, ProcedureOf, PublishOptions, RegisterOptions, TopicOptions } from './options.ts';
import { cargo, refuseOthers, wireOptions } from './outgoing.ts';
import { Procedures, readRegister } from './procedures.ts';
import type { Session } from './session.ts';
import { dial } from './socket.ts';
import { Topics, readTopic } from './topics.ts';

/** Requests that may wait for a session. */
const QUEUE_LIMIT = 1000;

const PUBLISH = 16;
const CALL = 48;
const CANCEL = 49;

/** A request that waits for a session. */
interface Waiting {
  readonly operation: Operation;
  readonly offline: 'wait' | 'fail';
  readonly sink: Subscriber<unknown>;
  readonly start: (session: Session) => Observable<unknown>;
}

/** What is asked for later on. */
interface Settings extends Pick<ClientOptions, 'realm' | 'auth'> {
  readonly idleClose: number;
  readonly offline: 'wait' | 'fail';
  readonly timeouts: ClientTimeouts;
}

/** A way to the router, and the URL of it where it was made from one. */
interface Route {
  readonly url: string | undefined;
  readonly transport: Way;
}

/**
 * A session that comes back, in a quarter of the bytes: the client of `rxwamp` with JSON over WebSocket, and with its four main verbs.
 *
 * Topics and registrations outlive sessions and are made anew in each; calls and publications that were written fail with the session
 * (TransportLostError), those that were not wait for the next. All that it does it does as the other client, from which it differs by what
 * it leaves out: an ERROR is always an ApplicationError, whatever its URI; nothing looks whether a quiet router lives; there is no recovery of missed
 * events, no session that survives its connection, and no contract.
 *
 * ```
 * connection        x---o-----------x       o------
 * client.state$     c---j-----------w-------c-j----     c connecting, j joined, w waiting
 * client.topic(…)   ------a--b--------------------c--
 * ```
 */
export class Client<T = any> {
  /** Where the client stands; replays the current state, never errors, and completes once it is closed. Watching it does not dial. */
  readonly state$: Observable<ClientState>;
  /** Failures that nobody is subscribed to, such as what procedures throw. Where nobody watches they go to the runtime's `reportError`. */
  readonly errors$: Observable<unknown>;
  readonly #options: Settings;
  readonly #ways: readonly Route[];
  readonly #scheduler: SchedulerLike;
  readonly #state = new BehaviorSubject<ClientState>({ kind: 'idle' });
  readonly #errors = new Subject<unknown>();
  readonly #now = new Subject<void>();
  readonly #waiting = new Set<Waiting>();
  readonly #topics: Topics;
  readonly #procedures: Procedures;
  readonly #reconnection: Reconnection;
  readonly #again: MonoTypeOperatorFunction<Session>;
  #life = Subscription.EMPTY;
  #idling = Subscription.EMPTY;
  #session: Session | undefined;
  #isHeld = false;
  // What wants a session; connections that are open or being closed; how often in a row it was tried in vain; attempts in all.
  #uses = 0;
  #open = 0;
  #attempt = 0;
  #cause: unknown;
  #dials = 0;

  /** @internal */
  constructor(options: ClientOptions) {
    const { url, transport, realm, retry = {}, random = Math.random, scheduler = asyncScheduler, lazy = true, idleClose = 0, offline = 'wait', timeouts = {}, auth, ...others } = options;
    refuseOthers(others);
    assertLooseUri(realm, 'realm');
    checkDuration(idleClose, 'idleClose');
    checkOneOf(offline, ['wait', 'fail'], 'offline');
    for (const name of ['open', 'join', 'call', 'leave'] as const) checkDuration(timeouts[name], `timeouts.${name}`);
    const settings = { scheduler, backoff: retry, random, session: () => this.#session };
    this.#options = { realm, idleClose, offline, timeouts, auth };
    this.#scheduler = scheduler;
    this.#ways = waysOf(url, transport, timeouts.open, scheduler);
    this.#topics = new Topics(settings);
    this.#procedures = new Procedures(settings, { report: (error) => this.#report(error), used: () => this.#used(), unused: () => this.#unused() });
    this.#reconnection = new Reconnection(retry, random);
    this.#again = retryBackoff({
      ...retry, random, stableAfter: 5000, scheduler, wake$: this.#now, onWait: (wait) => this.#lost(wait),
      shouldRetry: (cause, attempt) => this.#reconnection.decide(cause, attempt),
    });
    this.state$ = this.#state.asObservable();
    this.errors$ = this.#errors.asObservable();
    if (!lazy) this.#hold();
  }

  /** Where the client stands now. */
  get state(): ClientState { return this.#state.value; }

  /**
   * The events of a topic. The first observer of a (uri, match) sends SUBSCRIBE, the last one to leave UNSUBSCRIBE. Goes on with the next
   * session. Errors with ApplicationError where the router refuses, be it in a later session, SubscriptionRevokedError where it takes it away.
   */
  topic<A extends List = List, K = Dict, const U extends KnownUri<T, 'topics'> | AnyUri = AnyUri>(
    uri: U & Of<T, 'topics', U>, options?: TopicOptions,
  ): Observable<EventOf<T, U, A, K>> {
    const request = readTopic(uri, options);
    return this.#kept({ verb: 'subscribe', uri }, (sink) => this.#topics.observe(request, sink as Subscriber<TopicEvent>));
  }

  /**
   * Calls a procedure, once for each subscriber, and completes with the final result; with `progress` it emits the results on the way too.
   * Unsubscribing sends CANCEL. Errors with ApplicationError (the callee's or the router's word), TimeoutError, or
   * TransportLostError when the session ends first; `effect` says whether it may have run.
   */
  call<R = unknown, G = Auto, const U extends NamedUri<T, 'procedures'> | AnyUri = AnyUri, const O extends CallOptions = OptionsFor<G>>(
    uri: U & NamedOf<T, 'procedures', U>, ...[payload, options = {} as O]: StreamRest<T, U, O>
  ): Observable<Emission<T, U, NoInfer<R>, NoInfer<G>, O>> {
    const { timeout: ms = this.#options.timeouts.call ?? 0, progress, cancelMode: mode = 'killnowait', discloseMe, offline: rule, ...others } = options as CallOptions;
    refuseOthers(others);
    assertLooseUri(uri, 'procedure');
    checkDuration(ms, 'timeout');
    checkOneOf(mode, ['skip', 'kill', 'killnowait', 'none'], 'cancelMode');
    checkOneOf(rule, ['wait', 'fail'], 'offline');
    const operation: Operation = { verb: 'call', uri };
    const given = cargo(readPayload(payload as PayloadInput | undefined));
    return this.#asked(operation, (session) => {
      const receiveProgress = progress && session.announces('dealer', 'progressive_call_results') ? true : undefined;
      const call$ = new Observable<unknown>((sink) => {
        const id = session.ask(CALL, [wireOptions({ receiveProgress, discloseMe }), uri, ...given], {
          operation,
          progressed: ({ args, kwargs, values }) => { if (progress === true) sink.next({ progress, args, kwargs, details: values[1] }); },
          answered: ({ args, kwargs, values }, hasProgressed) => {
            // An empty end behind progressive results says no more than complete() does.
            if (!hasProgressed || args.length > 0 || Object.keys(kwargs).length > 0) sink.next({ progress: false, args, kwargs, details: values[1] });
            sink.complete();
          },
          failed: (error) => sink.error(error),
        });
        return () => {
          if (session.forget(id) && mode !== 'none' && session.announces('dealer', 'call_canceling')) session.send(CANCEL, id, { mode });
        };
      });
      if (ms === 0) return call$;
      return call$.pipe(timeout({ each: ms, scheduler: this.#scheduler, with: () => throwError(() => new TimeoutError(`no answer from ${uri} within ${ms} ms`, { operation })) }));
    }, rule);
  }

  /** Publishes an event, once for each subscriber. Emits once and completes when it is written, or with `acknowledge` when the broker has taken it. */
  publish<A extends List = List, const U extends NamedUri<T, 'topics'> | AnyUri = AnyUri>(
    uri: U & NamedOf<T, 'topics', U>, ...[payload, options]: PublishRest<T, U, NoInfer<A>, PublishOptions>
  ): Observable<Publication> {
    const { attributes, passthru, ...sent } = (options ?? {}) as WholePublishOptions;
    refuseOthers({ attributes, passthru });
    assertLooseUri(uri, 'topic');
    const operation: Operation = { verb: 'publish', uri };
    const rest = [wireOptions(sent), uri, ...cargo(readPayload(payload as PayloadInput | undefined))];
    return this.#asked(operation, (session) => new Observable<unknown>((sink) => {
      const done = (id: Id | undefined): void => { sink.next({ id }); sink.complete(); };
      if (sent.acknowledge !== true) {
        session.ask(PUBLISH, rest);
        return done(undefined);
      }
      const id = session.ask(PUBLISH, rest, { operation, answered: ({ values }) => done(values[1] as Id), failed: (error) => sink.error(error) });
      return () => session.forget(id);
    }));
  }

  /** Registers a procedure for as long as it is subscribed to, anew in every session, and emits each time. */
  register<A extends List = List, K = Dict, const U extends KnownUri<T, 'procedures'> | AnyUri = AnyUri>(
    uri: U & Of<T, 'procedures', U>, procedure: ProcedureOf<T, U, A, K>, options?: RegisterOptions,
  ): Observable<Registration> {
    const request = readRegister(uri, procedure as AnyProcedure, options);
    return this.#kept({ verb: 'register', uri }, (sink) => this.#procedures.register(request, sink as Subscriber<Registration>));
  }

  /**
   * Holds the connection open from now on, used or not, until `close()`. Resolves when a session is joined; rejects when the client gives up
   * or is closed before that.
   */
  connect(): Promise<SessionDetails> {
    if (!this.#isLeaving) this.#hold();
    return new Promise((resolve, reject) => {
      // What is complete does not tell its last value any more.
      this.#state.pipe(startWith(this.state), filter(({ kind }) => kind === 'joined' || kind === 'closed'), take(1)).subscribe((state) => {
        if (state.kind === 'joined') resolve(state.details);
        else reject((state as ClosedState).cause ?? new NotJoinedError('client was closed'));
      });
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
    if (!this.#isLeaving) {
      this.#state.next({ kind: 'draining' });
      this.#fail();
      this.#topics.close(undefined);
      this.#procedures.close(undefined);
      this.#hangUp();
      this.#gone(0);
    }
    return new Promise((resolve) => { this.#state.subscribe({ complete: resolve }); });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #isLeaving(): boolean { return this.state.kind === 'closed' || this.state.kind === 'draining'; }

  // Told in each session anew, for as long as somebody is subscribed.
  #kept<R>(operation: Operation, start: (sink: Subscriber<unknown>) => void): Observable<R> {
    return new Observable<unknown>((sink) => { if (this.#takes(operation, sink)) start(sink); }) as Observable<R>;
  }

  // Asked once, in this session or, where there is none, in the next.
  #asked<R>(operation: Operation, start: (session: Session) => Observable<unknown>, rule: 'wait' | 'fail' = this.#options.offline): Observable<R> {
    return new Observable<unknown>((sink) => {
      if (!this.#takes(operation, sink)) return;
      if (this.#session !== undefined) return start(this.#session).subscribe(sink);
      if (rule === 'fail' && this.state.kind === 'waiting') return sink.error(this.#refusal(operation));
      if (this.#waiting.size >= QUEUE_LIMIT) return sink.error(new QueueFullError(`no more than ${QUEUE_LIMIT} requests may wait for a session`, { operation }));
      const waiting: Waiting = { operation, offline: rule, sink, start };
      this.#waiting.add(waiting);
      return () => this.#waiting.delete(waiting);
    }) as Observable<R>;
  }

  // A use holds the session for as long as its subscriber is there.
  #takes(operation: Operation, sink: Subscriber<unknown>): boolean {
    if (!this.#isLeaving) {
      sink.add(() => this.#unused());
      this.#used();
    }
    // Dialling may have been the end.
    if (this.#isLeaving) sink.error(this.#refusal(operation));
    return !sink.closed;
  }

  #hold(): void {
    if (!this.#isHeld) this.#used();
    this.#isHeld = true;
  }

  #used(): void {
    this.#uses += 1;
    this.#idling.unsubscribe();
    if (this.state.kind === 'idle') this.#dial();
  }

  #unused(): void {
    this.#uses -= 1;
    if (this.#uses === 0 && !this.#isLeaving) this.#idling = timer(this.#options.idleClose, this.#scheduler).subscribe(() => {
      this.#hangUp();
      this.#state.next({ kind: 'idle' });
    });
  }

  #dial(): void {
    const life = new Subscription();
    this.#life = life;
    life.add(defer(() => this.#lives()).pipe(this.#again).subscribe({ next: (session) => this.#joined(session), error: (cause: unknown) => this.#end(cause) }));
  }

  #lives(): Observable<Session> {
    const { realm, auth, timeouts } = this.#options;
    const { url, transport } = this.#ways[this.#dials++ % this.#ways.length] as Route;
    return answerOf(() => (typeof auth === 'function' ? auth({ attempt: this.#attempt, previousError: this.#cause }) : auth)).pipe(
      catchError((cause: unknown) => throwError(() => withoutCredentials(cause))),
      switchMap((given) => {
        this.#state.next({ kind: 'connecting', url, attempt: this.#attempt });
        this.#open += 1;
        return live(transport, {
          realm, auth: given, timeouts, scheduler: this.#scheduler, topics: this.#topics, procedures: this.#procedures, onGone: () => this.#gone(1),
          onAuthenticating: (method) => this.#state.next({ kind: 'authenticating', method, attempt: this.#attempt }),
        });
      }),
    );
  }

  #joined(session: Session): void {
    this.#reconnection.joined();
    this.#session = session;
    this.#state.next({ kind: 'joined', details: session.details, since: this.#scheduler.now() });
    const isCurrent = (): boolean => this.#session === session;
    // Whoever saw the state may have left, here and below.
    if (isCurrent()) this.#topics.joined();
    if (isCurrent()) this.#procedures.joined();
    for (const waiting of this.#waiting) {
      if (!isCurrent()) return;
      this.#waiting.delete(waiting);
      waiting.start(session).subscribe(waiting.sink);
    }
  }

  #lost(wait: Wait): void {
    this.#session = undefined;
    this.#attempt = wait.attempt;
    this.#cause = wait.cause;
    this.#state.next({ kind: 'waiting', ...wait });
    this.#fail('fail');
  }

  #fail(which?: 'fail'): void {
    for (const waiting of [...this.#waiting]) if (which === undefined || waiting.offline === which) waiting.sink.error(this.#refusal(waiting.operation));
  }

  #refusal(operation: Operation): WampError {
    const { kind } = this.state;
    const Refused = kind === 'draining' ? DrainingError : NotJoinedError;
    return new Refused(`client must be joined for ${operation.uri}, got one that is ${kind}`, { cause: this.#cause, operation });
  }

  #hangUp(): void {
    this.#idling.unsubscribe();
    this.#session = undefined;
    this.#attempt = 0;
    this.#life.unsubscribe();
  }

  // It gives up.
  #end(cause: unknown): void {
    this.#hangUp();
    this.#cause = cause;
    this.#close(cause);
    this.#fail();
    this.#topics.close(cause);
    this.#procedures.close(cause);
  }

  #gone(count: number): void {
    this.#open -= count;
    if (this.#open === 0 && this.state.kind === 'draining') this.#close(undefined);
  }

  #close(cause: unknown): void {
    this.#state.next({ kind: 'closed', cause });
    this.#errors.complete();
    this.#state.complete();
  }

  #report(error: unknown): void {
    if (this.#errors.observed) this.#errors.next(error);
    else reportUnhandled(error);
  }
}

function waysOf(url: ClientOptions['url'], transport: Way | undefined, openTimeout: number | undefined, scheduler: SchedulerLike): readonly Route[] {
  if ((url === undefined) === (transport === undefined)) throw new TypeError(`client must have either a url or a transport, got ${url === undefined ? 'neither' : 'both'}`);
  if (transport !== undefined) return [{ url: undefined, transport }];
  const urls = [url].flat() as readonly string[];
  // What it is instead may hold a password.
  if (urls.length === 0 || !urls.every((each) => /^wss?:\/\/[^/]/.test(each))) throw new TypeError('url must be one or several that begin with ws:// or wss://');
  return urls.map((each) => ({ url: each, transport: dial(each, openTimeout ?? 10_000, scheduler) }));
}
