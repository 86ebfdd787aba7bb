import type { Observable } from 'rxjs';
import type { OverflowOptions } from '../operators/bounded-queue.ts';
import type { Attributes } from '../protocol/attributes.ts';
import type { InvocationPolicy, PublishOptions as SentPublishOptions } from '../protocol/options.ts';
import type { Passthru } from '../protocol/payload-passthru.ts';
import type { MatchPolicy } from '../protocol/uri.ts';
import type { Dict, Id, List, Payload, Uri } from '../types.ts';
import type { Strategy } from './admission.ts';
import type { Peer } from './verbs.ts';

/**
 * Options of `topic` and `topicStatus`. Observers of the same (uri, match) share one subscription whatever their options: each has its own
 * `onGap`, `retainedKey` and `requireJoined`; of `grace` that of the last one to leave counts; what `recover` bounds is bounded by the most
 * that any of them allows.
 */
export interface TopicOptions {
  /**
   * How the URI is compared with the topics of publications: the whole of it, its beginning, or with empty components standing for any.
   *
   * @default 'exact', and 'wildcard' for a URI template with holes
   */
  readonly match?: MatchPolicy | undefined;
  /**
   * Milliseconds for which the subscription is kept on the wire after its last observer left, so that one who comes back finds it. 0 waits
   * for nothing.
   *
   * @default to the end of the current macrotask
   */
  readonly grace?: number | undefined;
  /**
   * What is done about events that were published while the session was lost. `'history'` asks the router for them, which takes the
   * permission to call `wamp.subscription.get_events`: they come first and in order, with `recovered: true`, and live events wait for them.
   * Where that does not succeed there is a gap, as with `'off'`. On a Session it means nothing, since a topic of it ends with it.
   *
   * ```
   * published        a--b--c--d-----e
   * connection       o----x     o
   * recover: 'off'   a--b-------g---e    g gap
   * 'history'        a--b-------cdr-e    r recovered
   * ```
   *
   * @default 'off'
   */
  readonly recover?: 'off' | 'history' | RecoverOptions | undefined;
  /**
   * What a gap does to the stream: nothing but the signal in `topicStatus`; end it with GapError, so that `retry` starts it anew; or put the
   * events of an Observable in its place, and let what follows wait until that completes: up to 1000 signals, one more is an OverflowError.
   * What the Observable emits is handed on as it is: the schemas of a contract are for what the router sends.
   *
   * @default 'notify'
   */
  readonly onGap?: 'notify' | 'error' | ((gap: GapSignal) => Observable<TopicEvent>) | undefined;
  /**
   * Ask for the event that the router retains for the topic, or for each topic of a pattern: when a session subscribes for the first time,
   * and when this observer comes later than that. Only who asked gets it, with `retained: true`. @default false
   */
  readonly retained?: boolean | undefined;
  /**
   * Tells retained events that were seen before, since routers send them again in each session, some with a new publication id: one is
   * left out where its key is among those of the last 256 events. A function that throws ends the stream with what it threw.
   * It sees what subscribers see: events that a contract leaves out never get to it.
   *
   * @default none is left out
   */
  readonly retainedKey?: ((event: TopicEvent) => unknown) | undefined;
  /** Error with NotJoinedError where there is no session at the time of subscribing, in place of waiting for one. @default false */
  readonly requireJoined?: boolean | undefined;
}

/** Bounds of what is done to recover events. */
export interface RecoverOptions {
  /**
   * Missed events asked for in one call. A full page is followed by the next one, up to 100. Routers that know no filters (Crossbar.io) give
   * no second page. It must not be more than the router gives at a time: a page that is not full is taken for the last.
   *
   * @default 100
   */
  readonly limit?: number | undefined;
  /** Live events that may wait for the history; one more ends the recovery. @default 1000 */
  readonly maxHold?: number | undefined;
  /** Milliseconds that a recovery may take. @default 10000 */
  readonly timeout?: number | undefined;
}

/** One event of a topic (7.1). */
export interface TopicEvent<A extends List = List, K = Dict, P = Dict> extends Payload<A, K> {
  /** The topic it was published to; with patterns not the URI that was subscribed to. */
  readonly topic: Uri;
  /** The same for every receiver of one publication. */
  readonly publication: Id;
  /** The values of the holes, where the URI is a template. */
  readonly params: P;
  /** `EVENT.Details` as they came. */
  readonly details: Dict;
  /** Whether it was published earlier and kept by the router for those who come later. */
  readonly retained: boolean;
  /** Whether it was missed, and comes from the router's history. */
  readonly recovered: boolean;
}

/** What `topicStatus` emits: the events, and what becomes of the subscription that brings them. */
export type TopicSignal<A extends List = List, K = Dict, P = Dict> =
  | { readonly kind: 'event'; readonly event: TopicEvent<A, K, P> }
  | SubscribedSignal | SuspendedSignal | RecoveredSignal | GapSignal;

/** The router has the subscription: events published from now on arrive. */
export interface SubscribedSignal {
  readonly kind: 'subscribed';
  /** The session it belongs to. */
  readonly session: Id;
  readonly subscription: Id;
}

/** There is no subscription at the moment, and events are missed. */
export interface SuspendedSignal {
  readonly kind: 'suspended';
  /** Why the session ended; `undefined` where there has been none yet. */
  readonly cause: unknown;
}

/** All that was missed has been emitted. Comes behind `subscribed` and the events of the history, before the first live event. */
export interface RecoveredSignal {
  readonly kind: 'recovered';
  /** How many events the history had. */
  readonly count: number;
}

/**
 * Why it is not known what was missed:
 *
 * - `'off'`: nobody asked for recovery
 * - `'unanchored'`: no event has been seen from which on the history could be asked for
 * - `'forgotten'`: the history does not reach back to the last event, or goes on for longer than 100 pages
 * - `'failed'`: the router refused, or its answer made no sense
 * - `'timeout'`, `'overflow'`: the recovery took longer, or more live events came meanwhile, than `recover` allows
 * - `'dropped'`: the router dropped events, since they came faster than they were read; `cause` says how many. Routers of this library say so
 */
export type GapReason = 'off' | 'unanchored' | 'forgotten' | 'failed' | 'timeout' | 'overflow' | 'dropped';

/**
 * The subscription is back, and nobody can say what was published just here. Comes behind `subscribed` and before the first live event;
 * there is no other hole than this one, neither in front of it nor behind it. With the reason `'dropped'` the subscription was there all the
 * time, and the gap is in front of the event that comes next.
 */
export interface GapSignal {
  readonly kind: 'gap';
  /** The last event in front of the gap, if there was any. */
  readonly from: Id | undefined;
  /** How many events of the history were emitted before it went no further. */
  readonly recovered: number;
  readonly reason: GapReason;
  /** Milliseconds from the loss of the session to now; 0 where it was not lost. */
  readonly duration: number;
  /** What made the recovery fail, or else why the session ended. */
  readonly cause: unknown;
}

/** Options of `call`. */
export interface CallOptions {
  /**
   * Milliseconds without an answer, from the moment the CALL is written, after which the call errors with TimeoutError and is cancelled.
   * With `progress` each value starts the time anew. The caller keeps this time itself, since routers disagree about whose unit is what.
   * 0 is no limit.
   *
   * @default the client's `timeouts.call`, or no limit
   */
  readonly timeout?: number | undefined;
  /**
   * Milliseconds for the whole call, counted and ended as with {@link timeout}; progressive results do not prolong it.
   *
   * ```
   * timeout: 6, progress: true               C--p--p-----#       C the CALL is written
   * timeout: 6, deadline: 8, progress: true  C--p--p-#
   * ```
   *
   * @default no limit
   */
  readonly deadline?: number | undefined;
  /**
   * Whether the time that a call on a Client waits for a session counts as well, of the times that are given with this. Where one is over before there is one nothing was sent, and
   * the TimeoutError says so: its effect is `'none'`.
   *
   * @default false
   */
  readonly includeQueue?: boolean | undefined;
  /**
   * Ends the call when it is aborted: it errors with the signal's reason, and is cancelled as if it had been unsubscribed from. With one that is
   * aborted already nothing is sent.
   */
  readonly signal?: AbortSignal | undefined;
  /** On a Client: whether this call waits while a lost session is being replaced. @default the client's `offline` */
  readonly offline?: 'wait' | 'fail' | undefined;
  /** Ask for progressive results: each is emitted as it arrives, with `progress: true`. @default false */
  readonly progress?: boolean | undefined;
  /**
   * What unsubscribing does to the procedure that is still running:
   *
   * - `'skip'`: nothing; its result is dropped
   * - `'kill'`: it is interrupted, and the router keeps the call until it has answered
   * - `'killnowait'`: it is interrupted, and the router forgets the call at once
   * - `'none'`: nothing is sent at all
   *
   * @default 'killnowait'
   */
  readonly cancelMode?: 'skip' | 'kill' | 'killnowait' | 'none' | undefined;
  /**
   * What the call is about, such as the key of a record: calls with the same key go to the same one of several callees, where the router announces
   * sharded_registration, as long as that one is there. Is sent with the run mode `partition` ("Sharded Registration").
   *
   * ```ts
   * client.call('com.cart.add', ['tea'], { rkey: customer });
   * ```
   *
   * @default the policy of the registration decides
   */
  readonly rkey?: string | undefined;
  /** Let the callee see who calls. A router may refuse with `wamp.error.option_disallowed.disclose_me`. @default false */
  readonly discloseMe?: boolean | undefined;
  /**
   * Send the {@link timeout} along, so that the router or the callee keeps it too: in milliseconds, as the specification has it, or in whole
   * seconds, as Crossbar.io reads it.
   *
   * @default it is not sent
   */
  readonly routerTimeout?: 'ms' | 's' | undefined;
  /**
   * Attributes of the application's own in `CALL.Options`, which stand in `invocation.details` where the router hands them on: the embedded one
   * does, others may drop them. Throws TypeError or RangeError where they are none. See {@link Attributes}.
   *
   * ```ts
   * client.call('com.shop.order', ['tea'], { attributes: { _traceparent: '00-…-01' } });
   * ```
   */
  readonly attributes?: Attributes | undefined;
  /** The payload is one Uint8Array that nobody on its way looks into: see {@link PublishOptions.passthru}. Throws TypeError with an Observable as the payload. */
  readonly passthru?: Passthru | undefined;
}

/** Options of `publish`. */
export interface PublishOptions extends SentPublishOptions {
  /**
   * The payload is one Uint8Array that is encoded already, such as a message of MQTT ("Payload Passthru Mode"): it goes as it is, past the client's
   * `payloadCodec` too, and who gets it has it as its one argument, with `ppt_scheme` and the others in `details`. Throws TypeError where the payload is
   * anything else; errors with FeatureNotSupportedError, before anything is sent, where the router does not announce payload_passthru_mode.
   *
   * ```ts
   * client.publish('com.mqtt.sensors', [bytes], { passthru: { scheme: 'mqtt', serializer: 'native' } });
   * ```
   */
  readonly passthru?: Passthru | undefined;
}

/** The final result of a call (6.2). */
export interface CallResult<R = unknown, A extends List = readonly [R, ...List], K = Dict> extends Payload<A, K> {
  readonly progress: false;
  /** `RESULT.Details` as they came. */
  readonly details: Dict;
}

/** A progressive result of a call that has not ended. */
export interface CallProgress<G = unknown, K = Dict> extends Payload<readonly [G, ...List], K> {
  readonly progress: true;
  /** `RESULT.Details` as they came. */
  readonly details: Dict;
}

/** What `publish` emits. */
export interface Publication {
  /** The id the broker gave; only with `acknowledge`. */
  readonly id: Id | undefined;
}

/** Options of `register`. */
export interface RegisterOptions {
  /** As for topics. @default 'exact', and 'wildcard' for a URI template with holes */
  readonly match?: MatchPolicy | undefined;
  /** How calls are spread where several callees register the procedure; all of them must say the same. @default 'single' */
  readonly invoke?: InvocationPolicy | undefined;
  /**
   * Which value of an Observable or AsyncIterable is the result. `'empty'` sends every value as a progressive result at once and ends
   * with an empty one; `'last'` holds one value back so that the last travels in the result itself. A caller that did not ask for
   * progress gets the last value either way.
   *
   * @default 'empty'
   */
  readonly final?: 'empty' | 'last' | undefined;
  /**
   * What becomes of the invocations when the registration ends, because it was unsubscribed from or revoked: they come to their end, those
   * that wait too, or are interrupted with the cause `'unregistered'`.
   *
   * @default 'drain'
   */
  readonly onStop?: 'drain' | 'interrupt' | undefined;
  /**
   * What becomes of the invocations when the session ends, and with it whoever waits for their answers: they are stopped with the cause
   * `'lost'`, or come to their end, and what they answer is dropped. Those that wait to be started never are.
   *
   * @default 'interrupt'
   */
  readonly onLoss?: 'interrupt' | 'finish' | undefined;
  /**
   * Which invocations run at a time, as the operators of RxJS have it, for each {@link key}:
   *
   * - `'merge'`: all
   * - `'concat'`: one after the other, in the order they came
   * - `'switch'`: the newest; the one before is interrupted with the cause `'superseded'` and answers `wamp.error.canceled`
   * - `'exhaust'`: the oldest; while it runs the others are answered with `wamp.error.unavailable`
   *
   * An invocation runs until it has been answered: what an interrupted promise still does, without heeding {@link Invocation.signal},
   * nobody waits for.
   *
   * ```ts
   * client.register('com.doc.save', save, { strategy: 'concat', key: ({ args: [document] }) => document });
   * ```
   *
   * @default 'merge'
   */
  readonly strategy?: Strategy | undefined;
  /** Who shares a turn: told apart as the keys of a Map are. Throws TypeError with the strategy `'merge'`. @default the same key for all */
  readonly key?: ((invocation: Invocation) => unknown) | undefined;
  /** How many invocations may run at a time, whatever their keys. The router is not told: each has rules of its own. @default no limit */
  readonly concurrency?: number | undefined;
  /**
   * How many invocations may wait to be started, whatever their keys. Those that find no room are answered with `wamp.error.unavailable`:
   * a router that announces call_reroute tries another callee, and tells the caller `wamp.error.no_available_callee` where there is none.
   *
   * @default 0, and 1000 with the strategy 'concat'
   */
  readonly queue?: number | undefined;
  /**
   * How much of {@link Invocation.input$} may wait for the procedure to subscribe to it. One more, and the invocation is interrupted with the cause
   * `'overflow'` and answers `rxwamp.error.overflow`.
   *
   * @default { limit: 64 }
   */
  readonly input?: { readonly limit?: number | undefined } | undefined;
  /**
   * What may wait for the credit of a caller that asked for it with `callStream`, and what happens to more. That is for Observables: an
   * AsyncIterable is not asked for what there is no credit for. With the rule `'error'` too much interrupts the invocation as with {@link input}.
   *
   * @default { limit: 64, overflow: 'error' }
   */
  readonly output?: OverflowOptions<unknown> | undefined;
  /**
   * On a Client: take the procedure back from our old session, which the router has not missed yet, instead of waiting until it has. Asked
   * for with `REGISTER.Options.force_reregister`, which is no part of the specification: a router that does not know it answers as ever,
   * and is asked again. Of a shared procedure nothing has to be taken, and the first registration never takes.
   *
   * @default false
   */
  readonly takeover?: boolean | undefined;
  /**
   * On a Client: milliseconds after a reconnect for which `wamp.error.procedure_already_exists` is taken for the doing of our old session, and
   * the registration tried again with growing waits. Afterwards, and at the first registration, it errors.
   *
   * @default 60000
   */
  readonly staleSessionTimeout?: number | undefined;
  /** Attributes of the application's own in `REGISTER.Options`, for routers that know them. See {@link Attributes}. */
  readonly attributes?: Attributes | undefined;
}

/** What `register` emits at each registration. */
export interface Registration {
  readonly id: Id;
  readonly uri: Uri;
}

/**
 * One call as a procedure sees it (6.2.2).
 *
 * Its `call` and `publish` are those of the session it came on, with the types of its contract, and part of it: a call has no more time than is left to the
 * {@link deadline}, and is cancelled with the invocation. First what was called hears of it, then the procedure's own finalizers run,
 * then the caller is answered; a promise of such a call rejects after that. Once the invocation was interrupted both error, and nothing
 * is sent.
 *
 * ```
 * client.register('com.report', (invocation) => invocation.call('com.rows').pipe(map(({ args: [rows] }) => render(rows))));
 *
 * caller     CALL ------------------ CANCEL
 * report     INVOCATION, CALL ------ INTERRUPT, CANCEL, ERROR canceled
 * rows                   INVOCATION ------------ INTERRUPT
 * ```
 */
export interface Invocation<A extends List = List, K = Dict, P = Dict, I extends List = List, T = any> extends Payload<A, K>, Pick<Peer<T>, 'call' | 'publish'> {
  /** The procedure that was called; with patterns not the URI that was registered. */
  readonly procedure: Uri;
  /** The values of the holes, where the URI is a template. */
  readonly params: P;
  /** `INVOCATION.Details` as they came. */
  readonly details: Dict;
  /** The caller's session, where it is disclosed. */
  readonly caller: Id | undefined;
  /** Whether the caller wants progressive results. */
  readonly progress: boolean;
  /**
   * When the caller's time is over, as the scheduler counts it; `undefined` where the router handed none on. The invocation is then
   * interrupted, and answers `wamp.error.timeout`. Each progressive result starts the time anew.
   */
  readonly deadline: number | undefined;
  /**
   * What the caller sends behind the first payload, of a call that goes both ways ("Progressive Call Invocations"); of any other it completes at once.
   * It may be subscribed to once. What comes before that is kept, within the registration's `input`. Completes with the caller's input, and
   * errors when the invocation is interrupted, for those who are not stopped by that: with ApplicationError `wamp.error.canceled`, or with
   * TimeoutError. Once the invocation has been answered nothing comes any more.
   *
   * ```ts
   * client.register('com.files.put', ({ args: [name], input$ }) => input$.pipe(reduce((size, { args: [bytes] }) => size + write(name, bytes), 0)));
   * ```
   *
   * A caller of another make may send its first value in the first payload, and its last one with the end.
   */
  readonly input$: Observable<Payload<I>>;
  /** Aborted when the invocation is interrupted, with {@link cause} as its reason. */
  readonly signal: AbortSignal;
  /**
   * Why the invocation was interrupted; `undefined` while it was not:
   *
   * - `'lost'`: its session ended
   * - `'unregistered'`: its registration did, with `onStop: 'interrupt'`
   * - `'superseded'`: by a newer one, with `strategy: 'switch'`
   * - `'deadline'`: the caller's time is over
   * - `'overflow'`: more came, or was to be sent, than may wait
   * - what the INTERRUPT gave as its reason, such as `wamp.error.timeout`, else its mode, `kill` or `killnowait`, else `'canceled'`
   * - the error, where an answer of it could not be written
   */
  readonly cause: unknown;
}

/**
 * Answers the calls of a procedure: with a value, a promise, an Observable or an AsyncIterable. A plain iterable is a value: so is a string,
 * so is a list. What an async generator yields are progressive results, and what it returns is the final one. An error that is thrown,
 * rejected or emitted answers with `wamp.error.runtime_error`, an ApplicationError or one of a class that the option `errors` maps with its own
 * URI and payload.
 */
export type Procedure<A extends List = List, K = Dict, P = Dict> = (invocation: Invocation<A, K, P>) => unknown;

/** A procedure whatever the types of its arguments. */
export type AnyProcedure = (invocation: never) => unknown;

/** An answer of several values, or with keyword arguments. Made by {@link result}. */
export class CallAnswer<A extends List = List, K = Dict> implements Payload<A, K> {
  readonly args: A;
  readonly kwargs: K;

  /** @internal */
  constructor(args: A, kwargs: K) {
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** What an Observable answers a call with when it knows that nothing follows: the result itself, and not progress. @internal */
export class FinalAnswer extends CallAnswer {}

/** Answers a call with several values, or with keyword arguments. Any other value, a list too, is one positional result. */
export function result<const A extends List>(args: A): CallAnswer<A, {}>;
export function result<const A extends List, const K extends Dict>(args: A, kwargs: K): CallAnswer<A, K>;
export function result(args: List, kwargs: Dict = {}): CallAnswer {
  return new CallAnswer(args, kwargs);
}

/** Who we are in a session, and what the router said of itself (4.1.2). */
export interface SessionDetails {
  readonly id: Id;
  readonly realm: Uri;
  readonly authid: string | undefined;
  readonly authrole: string | undefined;
  readonly authmethod: string | undefined;
  readonly authprovider: string | undefined;
  readonly authextra: Dict;
  /** The serializer in use, by its WebSocket name. */
  readonly subprotocol: string;
  /** `WELCOME.Details` as they came, but for tokens of resumption. */
  readonly welcome: Dict;
  /** What the router says of session resumption, in the attributes of the specification. */
  readonly resumable?: boolean | undefined;
  readonly resumed?: boolean | undefined;
  /** A secret: who has it can take the session over. */
  readonly resumeToken?: string | undefined;
}
