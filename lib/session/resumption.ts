import {
  BehaviorSubject, Subscription, distinctUntilChanged, of, switchMap, timer, type Observable, type SchedulerLike,
} from 'rxjs';
import type { Census } from '../census.ts';
import { AbortError, GoodbyeError, ProtocolError, SerializationError, TransportLostError, type WampError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { MessageType, type Message, type Welcome } from '../protocol/messages.ts';
import { ACK_WITHIN, Replay, readGrant, readResumed, type ResumeGrant, type Resumed } from '../protocol/resumption.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Frame } from '../transports/transport.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { Session } from './session.ts';
import type { SessionWire, Wire, WireReader } from './wire.ts';

/** Options of a client's `resume`. */
export interface ResumeOptions {
  /** Milliseconds for which a lost session waits to be resumed; never longer than the router does. @default as long as the router does */
  readonly timeout?: number | undefined;
  /** Messages that are kept until the router has processed them. @default 1000 */
  readonly messages?: number | undefined;
  /** Bytes of their frames, or characters where these are text. @default 1048576 */
  readonly bytes?: number | undefined;
}

/** A session that may outlive its connection. */
interface Held {
  readonly session: Session;
  readonly wire: EnduringWire;
}

/**
 * What lives on between the connections of a client: at most one session that can be resumed.
 *
 * While its connection is away the session is detached. It takes part in everything as ever: what it sends is counted and kept, and what
 * it waits for stays open. It ends, and fails all that is open, when the router begins another session instead, after the time that both
 * ends agreed on, or when more was sent than is kept.
 *
 * ```
 * connection     o------x    o-------x          o---
 * session        j------d----r-------d-------|  j---     j joined, d detached, r resumed, | lost: the time was over
 * client.state$  j------w----j-------w----------j---
 * ```
 */
export class Resumption {
  readonly #options: ResumeOptions;
  readonly #onLost: () => void;
  #held: Held | undefined;
  /** What the last HELLO said: a WELCOME that says more has not been asked. */
  #asked: 'nothing' | 'new' | 'same' = 'nothing';

  /** `onLost` is called when a detached session is given up, before anything that is open in it hears so. */
  constructor(options: ResumeOptions, onLost: () => void) {
    this.#options = options;
    this.#onLost = onLost;
  }

  /** Whether there is a session whose connection is away. */
  get isDetached(): boolean { return this.#held?.wire.isDetached ?? false; }

  /**
   * What HELLO says under `_resume`: that we would, or what we want to go on with. Frames are kept as they were written, so the session
   * does not go on with another serializer.
   *
   * A router that has to prove itself (`mutual`) is offered nothing: that it takes a token proves nothing of it.
   */
  hello(subprotocol: string, mutual: boolean): { readonly _resume: Dict } | undefined {
    const held = this.#held;
    const isSame = held !== undefined && held.session.details.subprotocol === subprotocol;
    this.#asked = mutual ? 'nothing' : isSame ? 'same' : 'new';
    if (mutual) return undefined;
    return { _resume: isSame ? { session: held.session.id, ...held.wire.claim } : {} };
  }

  /**
   * Goes on with the session that WELCOME names, and sends what the router has not seen; `onDetached` hears of the next loss. Where WELCOME
   * names another one, the session that was held is lost.
   */
  resume(wire: Wire, { session: id, details }: Welcome, onDetached: DetachedHandler): Session | undefined {
    const held = this.#held;
    const resumed = this.#asked === 'same' ? readResumed(details) : undefined;
    if (resumed === undefined) this.#giveUp('the router has begun another one');
    else if (held?.session.id !== id) this.#abort(wire, 'it was given up meanwhile');
    else if (held.wire.missing(resumed.received) === undefined) this.#abort(wire, 'the router lacks messages that are not kept');
    else {
      held.wire.onDetached = onDetached;
      held.wire.attach(wire, resumed);
      return held.session;
    }
    return undefined;
  }

  /** What a new session speaks through: a wire that endures where the router resumes, else the one that there is. */
  wireFor(wire: Wire, { details }: Welcome): SessionWire {
    const grant = this.#asked === 'nothing' ? undefined : readGrant(details);
    return grant === undefined ? wire : new EnduringWire(wire, grant, this.#options, { giveUp: (why) => this.#giveUp(why), over: () => this.#forget() });
  }

  /** Keeps a session in mind, and who is to hear that its connection is away. One that does not endure is none of ours. */
  hold(session: Session, wire: SessionWire, onDetached: DetachedHandler): void {
    if (!(wire instanceof EnduringWire)) return;
    this.#held = { session, wire };
    wire.onDetached = onDetached;
  }

  /**
   * Closes the connection without a word, so that the session is detached and its life is over without an error. `false` where there is no
   * session that can be resumed.
   */
  detach(cause: WampError): boolean {
    const held = this.#held;
    if (held === undefined) return false;
    held.wire.onDetached = undefined;
    held.session.drop(cause);
    return this.isDetached;
  }

  /** Ends for good: a session that is detached is lost, and one that is not goes its own way. */
  end(): void {
    if (this.isDetached) this.#giveUp('the client has left');
    this.#held?.wire.release();
    this.#forget();
  }

  /** @internal */
  census(): Census {
    return { 'detached sessions': Number(this.isDetached) };
  }

  // The router has it, and waits for what will not come: it is told, and the next attempt begins another one.
  #abort(wire: Wire, why: string): void {
    this.#giveUp(why);
    wire.abort(WampUri.closeNormal, new TransportLostError(`session could not be resumed: ${why}`));
  }

  #giveUp(why: string): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#forget();
    this.#onLost();
    held.wire.fail(new TransportLostError(`session could not be resumed: ${why}`, { cause: held.wire.cause }));
  }

  #forget(): void {
    this.#held = undefined;
  }
}

/** Is told that a connection is away, and why. */
type DetachedHandler = (cause: WampError) => void;

/** What a wire that endures tells. */
interface Outcome {
  /** The session cannot be resumed. */
  giveUp(why: string): void;
  /** It is over. */
  over(): void;
}

const NOBODY: WireReader = { message: () => {}, ended: () => {} };

/** What is kept of a message: the message too, for whoever watches frames when it is sent again. */
interface Sent {
  readonly message: Message;
  readonly frame: Frame;
  /** Of the frame. */
  readonly length: number;
}

/** The wire of a session that outlives its connections: it counts what goes through it and keeps what the router may not have seen. */
class EnduringWire implements SessionWire, WireReader {
  /** The session. */
  reader: WireReader = NOBODY;
  /** Hears of a connection that is away. */
  onDetached: DetachedHandler | undefined;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
  readonly writable$: Observable<boolean>;
  readonly #wires: BehaviorSubject<Wire | undefined>;
  readonly #replay: Replay<Sent>;
  readonly #timeout: number;
  readonly #outcome: Outcome;
  #wire: Wire;
  #token: string;
  #session: Id | undefined;
  #acknowledging = Subscription.EMPTY;
  #waiting = Subscription.EMPTY;
  #isDetached = false;
  #isReleased = false;
  #cause: WampError | undefined;
  #over = false;

  constructor(wire: Wire, grant: ResumeGrant, { timeout = Infinity, messages = 1000, bytes = 2 ** 20 }: ResumeOptions, outcome: Outcome) {
    this.scheduler = wire.scheduler;
    this.log = wire.log;
    this.#wire = wire;
    this.#wires = new BehaviorSubject<Wire | undefined>(wire);
    this.writable$ = this.#wires.pipe(switchMap((current) => current?.writable$ ?? of(false)), distinctUntilChanged());
    this.#token = grant.token;
    this.#timeout = Math.min(timeout, grant.timeout, LONGEST_WAIT);
    this.#replay = new Replay({ messages, bytes });
    this.#outcome = outcome;
    wire.reader = this;
  }

  get over(): boolean { return this.#over; }

  get isDetached(): boolean { return this.#isDetached; }

  /** Why the connection is away. */
  get cause(): WampError | undefined { return this.#cause; }

  /** With what the session is asked for. */
  get claim(): { readonly token: string; readonly received: number } {
    return { token: this.#token, received: this.#replay.received };
  }

  get session(): Id | undefined { return this.#session; }
  set session(id: Id | undefined) {
    this.#session = id;
    this.#wire.session = id;
  }

  get quiet(): boolean { return this.#wire.quiet; }
  set quiet(quiet: boolean) { this.#wire.quiet = quiet; }

  send(message: Message): void {
    if (this.#over) return;
    if (this.#isReleased) return this.#wire.send(message);
    const frame = this.#wire.encode(message);
    // Before it is written: on a synchronous link it is confirmed by then.
    if (!this.#replay.keep({ message, frame, length: frame.length }) && this.#isDetached) return this.#outcome.giveUp('more was sent than is kept');
    this.#wire.write(message, frame);
  }

  leave(reason?: Uri): void {
    if (this.#isDetached) return this.#outcome.giveUp('it was left');
    this.release();
    this.#wire.leave(reason);
  }

  part(reason?: Uri): void {
    if (this.#isDetached) return this.#outcome.giveUp('it was left');
    this.release();
    this.#wire.part(reason);
  }

  drop(cause: WampError): void {
    if (!this.#isDetached) this.#wire.drop(cause);
  }

  message(message: Message): void {
    if (message.type === MessageType.ACK) return this.#replay.confirm(message.received);
    if (this.#isReleased) return this.reader.message(message);
    if (this.#replay.count()) this.#acknowledge();
    else if (this.#acknowledging.closed) this.#acknowledging = timer(ACK_WITHIN, this.scheduler).subscribe(() => this.#acknowledge());
    this.reader.message(message);
  }

  /** The connection is over. Where neither end has said that the session is, it is detached. */
  ended(cause: WampError | undefined): void {
    if (cause !== undefined && !this.#isReleased && !isLastWord(cause)) this.#detach(cause);
    else this.fail(cause);
  }

  /** What a router that has processed so many has to be sent; `undefined` where it is not there any more. */
  missing(received: number): readonly Sent[] | undefined {
    return this.#replay.missing(received);
  }

  /** Goes on over another connection. */
  attach(wire: Wire, { token, received }: Resumed): void {
    this.#waiting.unsubscribe();
    this.#token = token;
    wire.session = this.#session;
    wire.reader = this;
    // Shows the router that we have the new token, which is the end of the old one.
    wire.send(this.#replay.acknowledge());
    // Whoever watches frames may have more sent meanwhile: that is kept, and comes behind.
    for (let next = received, unseen = this.#replay.missing(next); unseen !== undefined && unseen.length > 0; unseen = this.#replay.missing(next)) {
      for (const { message, frame } of unseen) wire.repeat(message, frame);
      next += unseen.length;
    }
    // It may be lost again, of which it has told.
    if (wire.over || this.#over) return;
    this.#wire = wire;
    this.#isDetached = false;
    this.#cause = undefined;
    this.#wires.next(wire);
  }

  /** The session is over. */
  fail(cause: WampError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#isDetached = false;
    this.release();
    this.#outcome.over();
    this.reader.ended(cause);
  }

  /** Counts no more, and ends with its connection. Behind GOODBYE nothing is said, and nothing will be asked for again. */
  release(): void {
    this.#isReleased = true;
    this.#acknowledging.unsubscribe();
    this.#waiting.unsubscribe();
    this.#wires.complete();
  }

  #detach(cause: WampError): void {
    this.#isDetached = true;
    this.#cause = cause;
    this.#waiting = timer(this.#timeout, this.scheduler).subscribe(() => this.#outcome.giveUp(`it was away for ${this.#timeout} ms`));
    this.#wires.next(undefined);
    this.onDetached?.(cause);
  }

  #acknowledge(): void {
    this.#acknowledging.unsubscribe();
    this.#wire.send(this.#replay.acknowledge());
  }
}

// Timers take no more.
const LONGEST_WAIT = 2 ** 31 - 1;

/** Whether an end is one that a session cannot come back from: somebody said so. */
function isLastWord(cause: WampError): boolean {
  return cause instanceof GoodbyeError || cause instanceof AbortError || cause instanceof ProtocolError || cause instanceof SerializationError;
}
