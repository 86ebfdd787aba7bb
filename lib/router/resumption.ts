import { Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import type { Census } from '../census.ts';
import { constantTimeEqual, randomToken } from '../crypto/bytes.ts';
import { TransportLostError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Lifecycle } from '../protocol/lifecycle.ts';
import { MessageType, type Goodbye, type Message } from '../protocol/messages.ts';
import { ACK_WITHIN, Replay, type ResumeClaim } from '../protocol/resumption.ts';
import type { Codec } from '../serializers/serializer.ts';
import type { Frame } from '../transports/transport.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { Channel, EnduringReceiver, Receiver, SessionChannel } from './channel.ts';
import type { ResumeSettings } from './settings.ts';

/** A session that can be resumed, as it begins. */
export interface ResumableSession {
  readonly id: Id;
  readonly channel: Channel;
  /** The authid that HELLO claimed: who comes back claims the same. */
  readonly claimed: string | undefined;
  /** `WELCOME.Details`, which are the same each time. */
  readonly details: Dict;
}

/** What the sessions of a realm share for it. */
export interface ResumptionContext extends ResumeSettings {
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
}

/** The sessions of a realm that can be resumed, whether or not their connection is there. */
export class Resumptions {
  readonly #context: ResumptionContext;
  readonly #sessions = new Map<Id, EnduringChannel>();

  constructor(context: ResumptionContext) {
    this.#context = context;
  }

  /** What a new session is attached to in the place of its connection. */
  begin(session: ResumableSession): EnduringChannel {
    const channel = new EnduringChannel(session, this.#context, () => this.#sessions.delete(session.id));
    this.#sessions.set(session.id, channel);
    return channel;
  }

  /**
   * Gives a client its session back: WELCOME, and what it has not seen. `false` where there is none that the claim fits, or where it cannot
   * go on, and then it has ended.
   */
  resume(claim: ResumeClaim, claimed: string | undefined, channel: Channel): boolean {
    const session = this.#sessions.get(claim.session);
    if (session === undefined || !session.admits(claim, claimed)) return false;
    if (session.attach(channel, claim.received)) return true;
    session.drop(new TransportLostError('session cannot be resumed'));
    return false;
  }

  /** @internal */
  census(): Census {
    return { 'resumable sessions': this.#sessions.size };
  }
}

const TOKEN_BYTES = 16;
const UTF8 = new TextEncoder();

/**
 * The connection of a session that outlives its connections: it counts what goes through it, keeps what the client may not have seen, and
 * stands in for a connection that is away. The session notices none of it.
 *
 * ```
 * connection   o----x     o----x
 * session      a----d-----a----d---------|    a attached, d detached, | the time is over: it leaves the realm
 * ```
 */
export class EnduringChannel implements SessionChannel, Receiver {
  readonly codec: Codec;
  readonly #session: Omit<ResumableSession, 'channel'>;
  readonly #context: ResumptionContext;
  readonly #onEnd: () => void;
  readonly #replay: Replay<Frame>;
  #channel: Channel;
  #receiver: EnduringReceiver | undefined;
  #token = randomToken(TOKEN_BYTES);
  /** The one that was used last: it is used up when the client shows that it has heard of the next one. */
  #usedToken: string | undefined;
  #acknowledging = Subscription.EMPTY;
  #waiting = Subscription.EMPTY;
  #isDetached = false;
  #over = false;

  constructor({ channel, ...session }: ResumableSession, context: ResumptionContext, onEnd: () => void) {
    this.codec = channel.codec;
    this.#session = session;
    this.#context = context;
    this.#channel = channel;
    this.#replay = new Replay(context);
    this.#onEnd = onEnd;
  }

  /** What WELCOME says under `_resume`. */
  get grant(): Dict {
    const { timeout, messages, bytes } = this.#context;
    return { token: this.#token, timeout, messages, bytes };
  }

  get isOpen(): boolean { return !this.#over && !this.#isDetached && this.#channel.isOpen; }

  get state(): Lifecycle { return this.#isDetached ? 'established' : this.#channel.state; }

  /** Of what waits for a connection there is a bound of its own. */
  get bufferedAmount(): number { return this.#isDetached ? 0 : this.#channel.bufferedAmount; }

  get maxLength(): number { return this.#channel.maxLength; }

  /** Of the connection that it has; the next one's is its own. */
  get writable$(): Observable<boolean> { return this.#channel.writable$; }

  /** Gives what comes to the session. */
  start(receiver: EnduringReceiver): void {
    this.#receiver = receiver;
    this.#channel.handTo(this);
  }

  /** Whether a claim is that of this client, and the session has not been left: compared in constant time. */
  admits({ token }: ResumeClaim, claimed: string | undefined): boolean {
    if (!this.#isDetached && this.#channel.state !== 'established') return false;
    const given = UTF8.encode(token);
    const isToken = constantTimeEqual(given, UTF8.encode(this.#token));
    const isUsedToken = this.#usedToken !== undefined && constantTimeEqual(given, UTF8.encode(this.#usedToken));
    return (isToken || isUsedToken) && claimed === this.#session.claimed;
  }

  /** Goes on over another connection, and closes the one that it had. `false` where the client lacks what is not kept. */
  attach(channel: Channel, received: number): boolean {
    const frames = this.#replay.missing(received);
    if (frames === undefined || channel.codec !== this.codec) return false;
    const { id, details } = this.#session;
    const old = this.#channel;
    this.#waiting.unsubscribe();
    this.#isDetached = false;
    this.#usedToken = this.#token;
    this.#token = randomToken(TOKEN_BYTES);
    this.#channel = channel;
    // Half open, and nobody has noticed: what still comes over it was sent again, or will be.
    old.handTo(NOBODY);
    old.drop(new TransportLostError('session was resumed over another connection'));
    channel.bounds = old.bounds;
    channel.traffic = old.traffic;
    channel.handTo(this);
    channel.send({
      type: MessageType.WELCOME, session: id, details: { ...details, _resume: { resumed: true, received: this.#replay.received, token: this.#token } },
    });
    for (const frame of frames) channel.write(frame);
    return true;
  }

  write(frame: Frame): void {
    if (this.#over) return;
    const isKept = this.#replay.keep(frame);
    if (!this.#isDetached) this.#channel.write(frame);
    else if (!isKept) {
      this.#end('more waits for its connection than is kept');
    }
  }

  send(message: Goodbye): void {
    if (this.#isDetached) this.#end(message.reason);
    else this.#channel.send(message);
  }

  abort(reason: Uri, message: string): void {
    if (this.#isDetached) this.#end(reason);
    else this.#channel.abort(reason, message);
  }

  fail(error: unknown): void {
    if (this.#isDetached) this.#end('failed');
    else this.#channel.fail(error);
  }

  close(): void {
    if (this.#isDetached) this.#end('closed');
    else this.#channel.close();
  }

  drop(error: Error): void {
    if (this.#isDetached) this.#end(error.message);
    else this.#channel.drop(error);
  }

  receive(message: Message, size: number): void {
    this.#usedToken = undefined;
    if (message.type === MessageType.ACK) return this.#replay.confirm(message.received);
    if (message.type > MessageType.GOODBYE) this.#count();
    this.#receiver?.receive(message, size);
  }

  closed(reason: string): void {
    // Whoever ended a session with a word has ended it.
    if (this.#channel.isLost && this.#channel.state === 'established') this.#detach();
    else this.#end(reason);
  }

  /** @internal */
  census(): Census {
    return this.#receiver?.census() ?? {};
  }

  #detach(): void {
    const { timeout, scheduler } = this.#context;
    this.#isDetached = true;
    this.#waiting = timer(timeout, scheduler).subscribe(() => this.#end('not resumed in time'));
    this.#receiver?.detached();
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#isDetached = false;
    this.#acknowledging.unsubscribe();
    this.#waiting.unsubscribe();
    this.#onEnd();
    this.#receiver?.closed(reason);
  }

  #count(): void {
    if (this.#replay.count()) this.#acknowledge();
    else if (this.#acknowledging.closed) this.#acknowledging = timer(ACK_WITHIN, this.#context.scheduler).subscribe(() => this.#acknowledge());
  }

  #acknowledge(): void {
    this.#acknowledging.unsubscribe();
    this.#channel.write(this.codec.encode(this.#replay.acknowledge()));
  }
}

const NOBODY: Receiver = { receive: () => {}, closed: () => {}, census: () => ({}) };
