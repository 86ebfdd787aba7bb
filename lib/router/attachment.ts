import { Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import { addUp, type Census } from '../census.ts';
import { TimeoutError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isDict } from '../protocol/fields.ts';
import { MessageType, type Message } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Codec } from '../serializers/serializer.ts';
import type { Frame } from '../transports/transport.ts';
import type { Dict, Id, Uri } from '../types.ts';
import { Backlog } from './backlog.ts';
import type { EnduringReceiver, SessionChannel } from './channel.ts';
import type { Member } from './core/outbound.ts';
import type { SessionInfo } from './options.ts';
import type { Requester } from './request-order.ts';
import type { LimitSettings } from './settings.ts';
import { SharedValues } from './shared-values.ts';
import type { Traffic } from './traffic.ts';

/** Where an attachment is attached to: its realm. */
export interface Host {
  receive(member: Attachment, message: Message, size: number): void;
  /** Its connection is lost, and may come back. */
  detached(member: Attachment): void;
  /** Called once for each member, with what it left by: in a few words, or the reason of a GOODBYE or ABORT. */
  leave(member: Attachment, reason: string): void;
}

/** What an {@link Attachment} is made of. */
export interface AttachmentOptions {
  readonly channel: SessionChannel;
  readonly host: Host;
  readonly session: SessionInfo;
  /** `HELLO.Details.roles`. */
  readonly roles: Dict;
  readonly limits: LimitSettings;
  readonly traffic: Traffic;
  /** Milliseconds for which a client that is dismissed since it reads too slowly may take to answer. */
  readonly goodbyeTimeout: number;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
}

/** A message that waits, and the length of the frame it came in. */
export interface Held {
  readonly message: Message;
  readonly size: number;
}

// No reason of the specification says it.
const SLOW_CONSUMER: Uri = 'rxwamp.close.slow_consumer';

// What a message that waits takes besides its frame, roughly: a flood of short ones is bounded as well.
const HELD_OVERHEAD = 256;

/**
 * A session that has joined: who it is, and how much it may be behind. It is a member of its realm from WELCOME until its GOODBYE, the
 * router's, or the end of the connection, whichever comes first.
 */
export class Attachment implements Member, Requester, SessionInfo, EnduringReceiver {
  readonly id: Id;
  readonly realm: Uri;
  readonly authid: string;
  readonly authrole: string;
  readonly authmethod: string;
  readonly authprovider: string;
  readonly transport: Dict;
  readonly limits: LimitSettings;
  /** See {@link Requester.lastRequest}. */
  lastRequest: Id = 0;
  readonly #channel: SessionChannel;
  readonly #host: Host;
  readonly #traffic: Traffic;
  readonly #goodbyeTimeout: number;
  readonly #scheduler: SchedulerLike;
  readonly #log: Logger | undefined;
  readonly #features: Features;
  #isMember = true;
  #backlog: Backlog | undefined;
  #held: Held[] | undefined;
  #heldSize = 0;
  /** What it waits for: a decision before it goes on, or the client's GOODBYE behind the router's. */
  #pending = Subscription.EMPTY;

  constructor({ channel, host, session, roles, limits, traffic, goodbyeTimeout, scheduler, log }: AttachmentOptions) {
    this.id = session.id;
    this.realm = session.realm;
    this.authid = session.authid;
    this.authrole = session.authrole;
    this.authmethod = session.authmethod;
    this.authprovider = session.authprovider;
    this.transport = session.transport;
    this.limits = limits;
    this.#channel = channel;
    this.#host = host;
    this.#features = featuresOf(roles);
    this.#traffic = traffic;
    this.#goodbyeTimeout = goodbyeTimeout;
    this.#scheduler = scheduler;
    this.#log = log;
  }

  /** How its messages are written. */
  get codec(): Codec {
    return this.#channel.codec;
  }

  /** The longest frame that it takes, in bytes. */
  get maxLength(): number {
    return this.#channel.maxLength;
  }

  /** Whether its messages wait for a decision. */
  get isWaiting(): boolean {
    return this.#held !== undefined;
  }

  has(role: 'publisher' | 'subscriber' | 'caller' | 'callee', feature: string): boolean {
    return this.#features.get(role)?.has(feature) ?? false;
  }

  receive(message: Message, size: number): void {
    if (this.#isMember) this.#host.receive(this, message, size);
    // It has not seen our GOODBYE yet: what it still says has no address, and of its own GOODBYE nothing more follows.
    else if (message.type === MessageType.GOODBYE || message.type === MessageType.ABORT) this.#channel.close();
  }

  detached(): void {
    if (this.#isMember) this.#host.detached(this);
  }

  closed(reason: string): void {
    this.#pending.unsubscribe();
    this.#leave(reason);
  }

  /** Sends the frame of a message, unless it has left, or the client reads so slowly that the rule for slow consumers takes it. */
  write(frame: Frame, message: Message): void {
    // Nothing follows GOODBYE (4.2), and the broker may not have forgotten it yet.
    if (!this.#isMember) return;
    if (this.#backlog !== undefined) this.#backlog.write(frame, message);
    else if (this.#channel.bufferedAmount <= this.limits.queueBytes) this.#channel.write(frame);
    else if (this.limits.overflow === 'close') this.#dismissSlow();
    else (this.#backlog = this.#newBacklog()).write(frame, message);
  }

  /** Answers the client's GOODBYE (4.2) and closes the connection. */
  answerGoodbye(): void {
    // It is the answer to ours, and came before we had left.
    if (this.#channel.state === 'closed') return this.#channel.close();
    this.#backlog?.flush();
    this.#channel.send({ type: MessageType.GOODBYE, details: {}, reason: WampUri.goodbyeAndOut });
    this.#leave('goodbye');
    this.#channel.close();
  }

  /** Says GOODBYE, or answers the client's, leaves the realm, and waits so many milliseconds for the client's before the connection is dropped. */
  goodbye(reason: Uri, details: Dict, wait: number): void {
    if (this.#channel.state === 'client-leaving') return this.answerGoodbye();
    this.#backlog?.flush();
    this.#channel.send({ type: MessageType.GOODBYE, details, reason });
    this.#leave(reason);
    // On a synchronous link the client has answered by now.
    if (!this.#channel.isOpen) return;
    this.#pending.unsubscribe();
    this.#pending = timer(wait, this.#scheduler).subscribe(() =>
      this.#channel.drop(new TimeoutError(`GOODBYE must be answered within ${wait} ms`)));
  }

  /** Ends the session without an answer, after the client's ABORT. */
  close(): void {
    this.#leave('abort');
    this.#channel.close();
  }

  /** Ends the session over an error that came up while one of its messages was handled. */
  fail(error: unknown): void {
    this.#channel.fail(error);
  }

  /** Holds what comes from now on until {@link resume}, and tells the answer when it is there. */
  holdUntil<T>(answer: Observable<T>, next: (value: T) => void): void {
    this.#held = [];
    this.#pending = answer.subscribe(next);
  }

  /** Puts a message behind those that wait. More than one message may be long is not kept. */
  hold(message: Message, size: number): void {
    this.#heldSize += size + HELD_OVERHEAD;
    if (this.#heldSize > this.limits.messageSize + HELD_OVERHEAD) {
      this.#channel.abort(WampUri.payloadSizeExceeded, 'too much was sent while a decision was awaited');
    } else {
      this.#held?.push({ message, size });
    }
  }

  /** Gives what was held, and holds no more. */
  resume(): readonly Held[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldSize = 0;
    return held;
  }

  /** What it holds besides what its realm has of it. What is known of the features of clients is bounded and meant to stay. @internal */
  census(): Census {
    return addUp({ 'held messages': this.#held?.length ?? 0, 'pending decisions': Number(!this.#pending.closed) }, this.#backlog?.census() ?? {});
  }

  #leave(reason: string): void {
    if (!this.#isMember) return;
    this.#isMember = false;
    this.#held = undefined;
    this.#backlog?.stop();
    this.#host.leave(this, reason);
  }

  // A client that reads, if slowly, learns why; one that does not is cut off when it had its time to answer.
  #dismissSlow(): void {
    this.#traffic.slowSessions++;
    this.#backlog?.stop();
    const message = `more than ${this.limits.queueBytes} bytes wait to be sent`;
    this.#log?.warn('session reads too slowly and is dismissed', { realm: this.realm, session: this.id, bufferedAmount: this.#channel.bufferedAmount });
    this.goodbye(SLOW_CONSUMER, { message }, this.#goodbyeTimeout);
  }

  #newBacklog(): Backlog {
    return new Backlog({
      channel: this.#channel,
      bytes: this.limits.queueBytes,
      scheduler: this.#scheduler,
      onDrop: (count) => {
        this.#traffic.droppedEvents++;
        if (count === 1) this.#log?.warn('session reads too slowly and loses events', { realm: this.realm, session: this.id, bufferedAmount: this.#channel.bufferedAmount });
      },
      onFull: () => this.#dismissSlow(),
      onIdle: () => { this.#backlog = undefined; },
    });
  }
}

// Read once, since the dealer asks for each call. The client's words: any shape will do, and only `true` is an announcement.
type Features = ReadonlyMap<string, ReadonlySet<string>>;

const known = new SharedValues<Features>();

/** Clients of one make announce the same: their sessions share what is known of it. */
function featuresOf(roles: Dict): Features {
  let key = '';
  for (const role of Object.keys(roles)) key += `${JSON.stringify(role)}:${JSON.stringify(announcedIn(roles[role]))}`;
  return known.get(key, () => new Map(Object.entries(roles).map(([role, description]) => [role, new Set(announcedIn(description))])));
}

function announcedIn(description: unknown): readonly string[] {
  const features = isDict(description) && Object.hasOwn(description, 'features') ? description['features'] : undefined;
  return isDict(features) ? Object.keys(features).filter((name) => features[name] === true) : [];
}
