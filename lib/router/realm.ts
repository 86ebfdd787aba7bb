import { isObservable, type Observable, type SchedulerLike } from 'rxjs';
import type { Verifier } from '../auth/authenticator.ts';
import { addUp, type Census } from '../census.ts';
import { ProtocolError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { MessageType, type Message } from '../protocol/messages.ts';
import { ROUTER_ROLES } from '../protocol/features.ts';
import type { ResumeClaim } from '../protocol/resumption.ts';
import { WampUri } from '../protocol/uri.ts';
import type { Codec } from '../serializers/serializer.ts';
import type { Frame } from '../transports/transport.ts';
import type { Dict, Id, Uri } from '../types.ts';
import { Attachment, type Host } from './attachment.ts';
import type { Authorizable, Ruling } from './authorizer.ts';
import type { Channel } from './channel.ts';
import { Broker } from './core/broker.ts';
import { Dealer } from './core/dealer.ts';
import { refusal, type Outbound } from './core/outbound.ts';
import type { SessionInfo } from './options.ts';
import { Resumptions } from './resumption.ts';
import type { RealmSettings } from './settings.ts';
import type { Traffic } from './traffic.ts';
import { Turns } from './turns.ts';

/** Options of {@link Realm}. */
export interface RealmContext {
  readonly name: Uri;
  readonly settings: RealmSettings;
  /** Ids of subscriptions and registrations: of the router's scope (2.1.2). */
  readonly nextId: () => Id;
  /** Ids of publications: of the global scope (2.1.2). */
  readonly publicationId: () => Id;
  readonly random: () => number;
  readonly scheduler: SchedulerLike;
  readonly traffic: Traffic;
  readonly log: Logger | undefined;
  readonly onJoin: () => void;
  /** Called once for each member, whatever it left by. */
  readonly onLeave: (session: SessionInfo) => void;
}

/** A client that may come in. */
export interface Admission {
  readonly channel: Channel;
  readonly session: SessionInfo;
  /** `HELLO.Details.roles`. */
  readonly roles: Dict;
  /** Goes into `WELCOME.Details.authextra`. */
  readonly authextra: Dict | undefined;
  /** Who HELLO claimed to be, where it offered to resume. */
  readonly resumable: { readonly claimed: string | undefined } | undefined;
}

/** A client that wants its session back. */
export interface Return {
  readonly channel: Channel;
  readonly claim: ResumeClaim;
  /** The authid that HELLO claimed. */
  readonly claimed: string | undefined;
  /** It does not get it: it may come in like any other. */
  readonly refused: () => void;
}

/**
 * One realm: the sessions in it, and the only place where what broker and dealer say is sent. It works in turns: whatever comes in
 * while something is sent waits until that is done, so that every session sees one order of things.
 */
export class Realm implements Host {
  readonly name: Uri;
  readonly verifiers: readonly Verifier[];
  readonly #context: RealmContext;
  readonly #settings: RealmSettings;
  readonly #traffic: Traffic;
  readonly #members = new Set<Attachment>();
  readonly #broker: Broker<Attachment>;
  readonly #dealer: Dealer<Attachment>;
  readonly #resumptions: Resumptions | undefined;
  readonly #turns = new Turns();

  constructor(context: RealmContext) {
    const { name, settings, nextId, publicationId, random, scheduler, traffic, log } = context;
    this.name = name;
    this.verifiers = settings.verifiers;
    this.#context = context;
    this.#settings = settings;
    this.#traffic = traffic;
    this.#broker = new Broker({ nextId, publicationId });
    this.#dealer = new Dealer({ nextId, random });
    this.#resumptions = settings.resume && new Resumptions({ ...settings.resume, scheduler, log });
  }

  /** Who is in it, in the order they came. */
  get sessions(): ReadonlySet<SessionInfo> {
    return this.#members;
  }

  /** How much it holds. All are 0 when everybody has left. */
  get sizes(): { readonly subscriptions: number; readonly registrations: number; readonly pendingCalls: number } {
    return {
      subscriptions: this.#broker.sizes.subscriptions,
      registrations: this.#dealer.sizes.registrations,
      pendingCalls: this.#dealer.sizes.invocations,
    };
  }

  /** Lets a client in and sends it WELCOME, before anything else that the realm has for it. */
  join(admission: Admission): void {
    this.#turns.run(() => this.#admit(admission));
  }

  /** Gives a client its session back, or says that it does not get it. */
  resume({ channel, claim, claimed, refused }: Return): void {
    this.#turns.run(() => {
      if (!channel.isOpen) return;
      if (this.#resumptions?.resume(claim, claimed, channel) !== true) refused();
    });
  }

  /** A message of a member. */
  receive(member: Attachment, message: Message, size: number): void {
    if (!this.#turns.begin()) return this.#turns.later(() => this.#take(member, message, size));
    this.#take(member, message, size);
    this.#turns.end();
  }

  /** Forgets a member, and tells those who wait for it. */
  leave(member: Attachment): void {
    this.#turns.run(() => {
      if (!this.#members.delete(member)) return;
      this.#deliver(this.#broker.leave(member));
      this.#deliver(this.#dealer.leave(member));
      this.#context.onLeave(member);
    });
  }

  /** Says GOODBYE to every member, each with its own details, and waits so many milliseconds for each. */
  dismiss(reason: Uri, detailsFor: () => Dict, wait: number): void {
    this.#turns.run(() => {
      for (const member of this.#members) member.goodbye(reason, detailsFor(), wait);
    });
  }

  /** @internal */
  census(): Census {
    return addUp({ sessions: this.#members.size, 'waiting turns': this.#turns.size }, this.#broker.census(), this.#dealer.census(), this.#resumptions?.census() ?? {});
  }

  #admit({ channel, session, roles, authextra, resumable }: Admission): void {
    if (!channel.isOpen) return;
    const { scheduler, traffic, log } = this.#context;
    const { limits } = this.#settings;
    const { id, realm, authid, authrole, authmethod, authprovider } = session;
    const details = {
      realm, authid, authrole, authmethod, authprovider, ...(authextra !== undefined && { authextra }), roles: ROUTER_ROLES,
    };
    const enduring = resumable && this.#resumptions?.begin({ id, channel, claimed: resumable.claimed, details });
    const member = new Attachment({ channel: enduring ?? channel, host: this, session, roles, limits, traffic, scheduler, log });
    channel.messageSize = limits.messageSize;
    this.#members.add(member);
    if (enduring === undefined) channel.handTo(member);
    else enduring.start(member);
    try {
      channel.send({ type: MessageType.WELCOME, session: id, details: enduring === undefined ? details : { ...details, _resume: enduring.grant } });
    } catch (error) {
      log?.warn('WELCOME cannot be written', error);
      return channel.abort(WampUri.authenticationFailed, 'the router failed to authenticate');
    }
    this.#context.onJoin();
  }

  #take(member: Attachment, message: Message, size: number): void {
    if (!this.#members.has(member)) return;
    if (member.isWaiting) return member.hold(message, size);
    try {
      this.#handle(member, message);
    } catch (error) {
      member.fail(error);
    }
  }

  #handle(member: Attachment, message: Message): void {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- what a client may not send is refused by the channel
    switch (message.type) {
      case MessageType.CALL: {
        const outbound = this.#dealer.continuation(member, message);
        return outbound === undefined ? this.#authorize(member, message) : this.#deliver(outbound);
      }
      case MessageType.PUBLISH:
      case MessageType.SUBSCRIBE:
      case MessageType.REGISTER:
        return this.#authorize(member, message);
      case MessageType.YIELD:
        return this.#deliver(this.#dealer.yield(member, message));
      case MessageType.ERROR:
        return this.#deliver(this.#dealer.error(member, message));
      case MessageType.CANCEL:
        return this.#deliver(this.#dealer.cancel(member, message));
      case MessageType.UNSUBSCRIBE:
        return this.#deliver(this.#broker.unsubscribe(member, message));
      case MessageType.UNREGISTER:
        return this.#deliver(this.#dealer.unregister(member, message));
      case MessageType.GOODBYE:
        return member.answerGoodbye();
      case MessageType.ABORT:
        return member.close();
      case MessageType.ACK:
        throw new ProtocolError('ACK must have been agreed on');
    }
  }

  #authorize(member: Attachment, message: Authorizable): void {
    const ruling = this.#settings.authorizer.rule(member, message);
    if (isObservable(ruling)) this.#wait(member, message, ruling);
    else this.#carryOut(member, message, ruling);
  }

  #wait(member: Attachment, message: Authorizable, rulings: Observable<Ruling>): void {
    member.holdUntil(rulings, (ruling) => this.#turns.run(() => {
      if (!this.#members.has(member)) return;
      const held = member.resume();
      try {
        this.#carryOut(member, message, ruling);
      } catch (error) {
        member.fail(error);
      }
      // The next of them may have to wait as well: then the rest is held again, in the same order.
      for (const { message: next, size } of held) this.#take(member, next, size);
    }));
  }

  #carryOut(member: Attachment, message: Authorizable, { error, grant }: Ruling): void {
    if (error !== undefined) return this.#refuse(member, message, error);
    const { subscriptions, registrations, pendingCalls } = member.limits;
    switch (message.type) {
      case MessageType.PUBLISH:
        return this.#deliver(this.#broker.publish(member, message, grant));
      case MessageType.CALL:
        if (this.#dealer.callsOf(member) >= pendingCalls) return this.#refuse(member, message, WampUri.unavailable, 'too many calls');
        return this.#deliver(this.#dealer.call(member, message, grant));
      case MessageType.SUBSCRIBE:
        if (this.#broker.subscriptionsOf(member) >= subscriptions) {
          return this.#refuse(member, message, WampUri.unavailable, 'too many subscriptions');
        }
        return this.#deliver(this.#broker.subscribe(member, message));
      case MessageType.REGISTER:
        if (this.#dealer.registrationsOf(member) >= registrations) {
          return this.#refuse(member, message, WampUri.unavailable, 'too many registrations');
        }
        return this.#deliver(this.#dealer.register(member, message));
    }
  }

  #refuse(member: Attachment, message: Authorizable, error: Uri, reason?: string): void {
    this.#context.log?.debug(`session ${member.id} was refused with ${error}`);
    // Who did not ask for an answer to a publication gets none (3.3.1).
    if (message.type === MessageType.PUBLISH && message.options['acknowledge'] !== true) return;
    this.#send(member, refusal(message.type, message.request, error, reason === undefined ? undefined : [reason]));
  }

  #deliver(outbound: readonly Outbound<Attachment>[]): void {
    for (const { to, message } of outbound) {
      if (to instanceof Attachment) this.#send(to, message);
      else if (to.length === 1) this.#send(to[0]!, message);
      else this.#sendToAll(to, message);
    }
  }

  #send(member: Attachment, message: Message): void {
    const frame = this.#encode(member.codec, message);
    if (frame === undefined) this.#giveUp(member, message);
    else member.write(frame, message.type === MessageType.EVENT);
  }

  // One encoding for each serializer, however many read it. Those who use the same one mostly stand side by side.
  #sendToAll(members: readonly Attachment[], message: Message): void {
    const isEvent = message.type === MessageType.EVENT;
    const frames = new Map<Codec, Frame | undefined>();
    let codec: Codec | undefined;
    let frame: Frame | undefined;
    for (const member of members) {
      if (member.codec !== codec) {
        ({ codec } = member);
        if (!frames.has(codec)) frames.set(codec, this.#encode(codec, message));
        frame = frames.get(codec);
      }
      if (frame === undefined) this.#giveUp(member, message);
      else member.write(frame, isEvent);
    }
  }

  #encode(codec: Codec, message: Message): Frame | undefined {
    try {
      return codec.encode(message);
    } catch (error) {
      this.#context.log?.debug(`message for ${codec.subprotocol} cannot be written`, error);
      return undefined;
    }
  }

  /**
   * What one client wrote may be nothing that another one's serializer can carry: the request ends with an error that says so, and
   * both sessions go on.
   */
  #giveUp(member: Attachment, message: Message): void {
    const { INVOCATION, RESULT, ERROR, EVENT, INTERRUPT, CANCEL, CALL } = MessageType;
    const reason = [`payload cannot be written as ${member.codec.subprotocol}`];
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- nothing else carries what a client wrote
    switch (message.type) {
      case EVENT:
        this.#traffic.droppedEvents++;
        return;
      case INVOCATION:
        return this.#deliver(this.#dealer.unwritable(member, message.request, reason));
      case RESULT: {
        // Where it was a progressive one the call is still open: it is cancelled, for which this is the answer.
        const cancelled = this.#dealer.cancel(member, { type: CANCEL, request: message.request, options: { mode: 'killnowait' } });
        this.#send(member, refusal(CALL, message.request, WampUri.invalidArgument, reason));
        return this.#deliver(cancelled.filter(({ message: { type } }) => type === INTERRUPT));
      }
      case ERROR:
        return this.#send(member, refusal(CALL, message.request, message.error, reason));
    }
  }
}
