import { Subscription, asyncScheduler, identity, timer, type SchedulerLike } from 'rxjs';
import { MessageType, type Message, type WampList } from '../protocol/messages.ts';
import { show } from '../protocol/show.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { fromWire } from '../protocol/wire.ts';
import { linkTo } from '../router/link.ts';
import { codec } from '../serializers/codec.ts';
import { json } from '../serializers/json.ts';
import { checkCount, checkDuration, checkOneOf } from '../session/checks.ts';
import type { Connection, Frame, Transport } from '../transports/transport.ts';
import type { Dict } from '../types.ts';
import { ABORT, GOODBYE, WELCOME, type MessagePattern } from './builders.ts';
import { Conversation } from './conversation.ts';
import { ScriptError } from './script-error.ts';
import { ScriptIds } from './script-ids.ts';
import { ScriptedAnswer, type Exchange } from './scripted-answer.ts';
import { showMessage } from './show-message.ts';

/** Options of {@link scriptedRouter}. */
export interface ScriptedRouterOptions {
  /**
   * What a message does that was not expected: it fails the test, or is kept in `received` like every other, for a test that looks at
   * what came instead of saying what has to come. @default 'fail'
   */
  readonly unexpected?: 'fail' | 'keep' | undefined;
  /** Who answers HELLO with WELCOME and GOODBYE with GOODBYE: the router by itself, or only the script. @default 'polite' */
  readonly handshake?: 'polite' | 'script' | undefined;
  /** What stands in the details of each WELCOME beside `roles`, or in the place of them. @default {} */
  readonly welcome?: Dict | undefined;
  /** Milliseconds that each frame is under way. Without them it arrives before what sends it returns. @default 0 */
  readonly latency?: number | undefined;
  /** Where the latency and `after()` pass. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
  /** How many received messages are kept; the oldest are let go. @default 10000 */
  readonly keep?: number | undefined;
}

const BROKER = [
  'publisher_identification', 'publisher_exclusion', 'publication_trustlevels', 'subscriber_blackwhite_listing', 'pattern_based_subscription',
  'sharded_subscription', 'event_history', 'event_retention', 'subscription_revocation', 'subscription_meta_api', 'session_meta_api',
  'testament_meta_api', 'payload_passthru_mode',
];
const DEALER = [
  'progressive_call_results', 'progressive_call_invocations', 'call_timeout', 'call_canceling', 'caller_identification', 'call_trustlevels',
  'call_reroute', 'pattern_based_registration', 'shared_registration', 'sharded_registration', 'registration_revocation',
  'registration_meta_api', 'session_meta_api', 'testament_meta_api', 'payload_passthru_mode',
];
const featuresOf = (names: readonly string[]): Dict => ({ features: Object.fromEntries(names.map((name) => [name, true])) });

/** Every feature of the specification, so that none keeps a client from what a test wants to see. */
const ROLES: Dict = { broker: featuresOf(BROKER), dealer: featuresOf(DEALER) };

const JSON_SERIALIZER = json();
const JSON_CODEC = codec(JSON_SERIALIZER);

/** A connection, and what goes on for its sake. */
interface Line {
  readonly connection: Connection;
  readonly life: Subscription;
}

/**
 * The router that a test writes: it says what the client has to send, and what it gets for it. See {@link scriptedRouter}.
 *
 * Messages are expected in the order written. One that is not expected next fails the test: the connection is dropped, whoever dials again
 * gets a {@link ScriptError}, which ends a client as no loss of a connection does, and `verify()` throws it. So does a frame that cannot
 * be read, which is answered with ABORT.
 */
export class ScriptedRouter {
  /** Goes to `createClient({ transport })` or `join()`: in process, JSON. Can be dialled any number of times. */
  readonly transport: Transport;
  /** See {@link ScriptedRouterOptions.handshake}. */
  handshake: 'polite' | 'script';
  /** See {@link ScriptedRouterOptions.unexpected}. */
  unexpected: 'fail' | 'keep';
  readonly #scheduler: SchedulerLike;
  readonly #keep: number;
  readonly #ids: ScriptIds;
  readonly #conversation = new Conversation();
  readonly #expected: ScriptedAnswer[] = [];
  readonly #lines = new Set<Line>();
  #line: Line | undefined;
  #received: WampList[] = [];
  #failure: ScriptError | undefined;

  /** Throws RangeError where an option cannot be right. `through` is what stands in front of the router where it is dialled. */
  constructor(options: ScriptedRouterOptions = {}, through: (router: Transport) => Transport = identity) {
    const { unexpected = 'fail', handshake = 'polite', welcome = {}, latency = 0, scheduler = asyncScheduler, keep = 10_000 } = options;
    checkOneOf(unexpected, ['fail', 'keep'], 'unexpected');
    checkOneOf(handshake, ['polite', 'script'], 'handshake');
    checkDuration(latency, 'latency');
    checkCount(keep, 'keep');
    this.handshake = handshake;
    this.unexpected = unexpected;
    this.#scheduler = scheduler;
    this.#keep = keep;
    this.#ids = new ScriptIds({ roles: ROLES, ...welcome });
    this.transport = through(linkTo({ subprotocol: JSON_CODEC.subprotocol, latency, scheduler, accept: (connection) => this.#accept(connection) }));
  }

  /** How many connections are open. */
  get open(): number { return this.#lines.size; }

  /** What came that was not expected, if anything did. @internal */
  get failure(): ScriptError | undefined { return this.#failure; }

  /** What has arrived, expected or not, since it was last taken. */
  get received(): readonly WampList[] { return this.#received; }

  /**
   * Says which message has to come next, behind those that are expected already, and gives back what is to be done about it. HELLO and
   * GOODBYE may be left out where the handshake is polite; written down, they are the script's, with no answer but its own.
   */
  expect(pattern: MessagePattern): ScriptedAnswer {
    return this.await(new ScriptedAnswer(pattern));
  }

  /** @internal */
  await(answer: ScriptedAnswer): ScriptedAnswer {
    this.#expected.push(answer);
    return answer;
  }

  /**
   * Sends messages without being asked, to whoever dialled last; what they leave out is filled in as in {@link ScriptedAnswer.reply}. Where
   * that connection is gone they are lost. Throws ScriptError where nobody has dialled, SerializationError where one cannot be written.
   */
  send(...messages: readonly MessagePattern[]): void {
    for (const message of messages) this.#deliver(this.#dialled(), this.#ids.complete(message));
  }

  /** Sends a list as it stands, right or wrong. Throws as {@link send} does. */
  sendList(...list: WampList): void {
    this.#write(this.#dialled(), JSON_SERIALIZER.encode(list));
  }

  /** Sends a frame as it stands, right or wrong. Throws ScriptError where nobody has dialled. */
  raw(frame: Frame): void {
    this.#write(this.#dialled(), frame);
  }

  /** Takes what has arrived. */
  take(): readonly WampList[] {
    const taken = this.#received;
    this.#received = [];
    return taken;
  }

  /** Drops the connection that was dialled last. What waits to be sent over it is not sent any more. */
  cut(): void {
    if (this.#line !== undefined) this.#drop(this.#line, new Error('cut by the scripted router'));
  }

  /** Closes the connection that was dialled last, in order and without GOODBYE. */
  close(): void {
    this.#line?.connection.complete();
  }

  /**
   * Throws ScriptError where the client did not do what was written: with the first message that was not expected, or with those that did
   * not come. Called at the end of a test.
   */
  verify(): void {
    if (this.#failure !== undefined) throw this.#failure;
    const missing = this.#expected.map(({ pattern }) => `\n  ${showMessage(pattern)}`);
    if (missing.length > 0) throw this.#error(`expected ${missing.length} more from the client, got none of them:${missing.join('')}`);
  }

  #accept(connection: Connection): void {
    if (this.#failure !== undefined) throw this.#failure;
    const life = new Subscription(() => this.#lines.delete(line));
    const line: Line = { connection, life };
    this.#lines.add(line);
    this.#line = line;
    life.add(connection.subscribe({
      next: (frame) => this.#receive(line, frame),
      error: () => life.unsubscribe(),
      complete: () => life.unsubscribe(),
    }));
  }

  #receive(line: Line, frame: Frame): void {
    if (this.#failure !== undefined) return;
    const message = this.#read(line, frame);
    if (message === undefined) return;
    this.#conversation.add('client', message);
    this.#attempt(message, () => this.#answer(line, message));
  }

  #read(line: Line, frame: Frame): Message | undefined {
    try {
      const list = JSON_SERIALIZER.decode(frame);
      this.#received.push(list);
      if (this.#received.length > this.#keep) this.#received.shift();
      return fromWire(list);
    } catch (cause) {
      this.#conversation.add('client', show(frame));
      this.#failure = this.#error(`frame must be a WAMP message, got ${show(frame)}`, cause);
      this.#abort(line, ABORT(WampUri.protocolViolation));
      return undefined;
    }
  }

  #answer(line: Line, message: Message): void {
    const [next] = this.#expected;
    if (next?.matches(message) === true) {
      this.#expected.shift();
      next.meet(this.#exchange(line, message));
    } else if (this.handshake === 'polite' && message.type === MessageType.HELLO && next?.pattern.type !== message.type) {
      this.#deliver(line, this.#ids.complete(WELCOME()));
    } else if (this.handshake === 'polite' && message.type === MessageType.GOODBYE && next?.pattern.type !== message.type) {
      this.#deliver(line, this.#ids.complete(GOODBYE(WampUri.goodbyeAndOut)));
    } else if (this.unexpected === 'fail') {
      this.#fail(`expected ${next === undefined ? 'nothing more' : showMessage(next.pattern)}, got ${showMessage(message)}`);
    }
  }

  #exchange(line: Line, received: Message): Exchange {
    return {
      received,
      send: (pattern) => this.#deliver(line, this.#ids.complete(pattern, received)),
      deliver: (message) => this.#deliver(line, message),
      abort: (reason, details) => this.#abort(line, ABORT(reason, { details })),
      cut: () => this.#drop(line, new Error('cut by the scripted router')),
      later: (ms, goOn) => { line.life.add(timer(ms, this.#scheduler).subscribe(() => this.#attempt(received, goOn))); },
    };
  }

  // What a test wrote may throw: a matcher, or an answer that nobody can send.
  #attempt(received: Message, answer: () => void): void {
    try {
      answer();
    } catch (cause) {
      this.#fail(`${showMessage(received)} must be answered as it is written, got ${cause instanceof Error ? cause.message : show(cause)}`, cause);
    }
  }

  #dialled(): Line {
    if (this.#line === undefined) throw new ScriptError('router must be dialled before it can send, got no connection');
    return this.#line;
  }

  #deliver(line: Line, message: Message): void {
    this.#write(line, JSON_CODEC.encode(message), message);
  }

  #write(line: Line, frame: Frame, said?: Message): void {
    if (!this.#lines.has(line)) return;
    this.#conversation.add('router', said ?? show(frame));
    line.connection.next(frame);
  }

  #abort(line: Line, pattern: MessagePattern): void {
    this.#deliver(line, this.#ids.complete(pattern));
    line.connection.complete();
  }

  #drop({ connection, life }: Line, cause: Error): void {
    connection.error(cause);
    life.unsubscribe();
  }

  #fail(what: string, cause?: unknown): void {
    const failure = this.#error(what, cause);
    this.#failure = failure;
    for (const line of this.#lines) this.#drop(line, failure);
  }

  #error(what: string, cause?: unknown): ScriptError {
    return new ScriptError(`${what}\n${String(this.#conversation)}`, cause === undefined ? undefined : { cause });
  }
}

/**
 * Makes a router that a test writes message by message, in process and without a socket.
 *
 * ```ts
 * const router = scriptedRouter();
 * router.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED()).after(100).reply(EVENT(['a']));
 * router.expect(CALL('com.add', [2, 3])).reply(RESULT([5]));
 * router.expect(CALL('com.slow')).silence();
 * router.expect(PUBLISH('com.x')).abort('wamp.error.protocol_violation');
 *
 * const client = createClient({ transport: router.transport, realm: 'realm1' });
 * // ... and at the end:
 * router.verify();
 * ```
 *
 * A client that loses its connection (`cut()`) and dials again goes on with the same script: all connections are one conversation, and
 * what is sent unasked goes to the last. `expect(HELLO())` says where in the script the next one begins.
 *
 * With `unexpected: 'keep'` nothing has to be expected, and a test looks at `take()` instead.
 */
export function scriptedRouter(options?: ScriptedRouterOptions): ScriptedRouter {
  return new ScriptedRouter(options);
}
