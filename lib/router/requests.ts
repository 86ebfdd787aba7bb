import { isObservable, type Observable } from 'rxjs';
import { ProtocolError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { MessageType, type Message } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Uri } from '../types.ts';
import type { Attachment } from './attachment.ts';
import type { Authorizable, Authorizer, Ruling } from './authorizer.ts';
import type { Broker } from './core/broker.ts';
import type { Dealer } from './core/dealer.ts';
import { refusal } from './core/outbound.ts';
import { isReserved } from './core/reserved-uri.ts';
import type { Delivery } from './delivery.ts';
import type { Action } from './options.ts';
import { takeRequest, type RequestOrder } from './request-order.ts';
import type { RouterProcedures } from './router-procedures.ts';
import type { StatsTopic } from './stats-topic.ts';
import type { Traffic } from './traffic.ts';
import type { Turns } from './turns.ts';

const ACTIONS: { readonly [T in Authorizable['type']]: Action } = {
  [MessageType.CALL]: 'call', [MessageType.PUBLISH]: 'publish', [MessageType.REGISTER]: 'register', [MessageType.SUBSCRIBE]: 'subscribe',
};

/** Options of {@link Requests}: the parts of a realm. */
export interface RequestsOptions {
  readonly realm: Uri;
  readonly sequence: RequestOrder;
  readonly broker: Broker<Attachment>;
  readonly dealer: Dealer<Attachment>;
  readonly procedures: RouterProcedures<Attachment>;
  readonly delivery: Delivery;
  readonly turns: Turns;
  readonly statsTopic: StatsTopic;
  readonly traffic: Traffic;
  readonly log: Logger | undefined;
  /** By the rules of the moment. */
  readonly rule: Authorizer['rule'];
  readonly isMember: (member: Attachment) => boolean;
  /** It says that it logs out, and not that it leaves alone. */
  readonly loggedOut: (member: Attachment) => void;
}

/** What members say: counted, ruled on in turn, held to their limits, and carried out by broker, dealer and router. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #broker: Broker<Attachment>;
  readonly #dealer: Dealer<Attachment>;
  readonly #procedures: RouterProcedures<Attachment>;
  readonly #delivery: Delivery;
  #takesCalls = true;

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#broker = options.broker;
    this.#dealer = options.dealer;
    this.#procedures = options.procedures;
    this.#delivery = options.delivery;
  }

  /** Answers no more calls but those that are open: others get ERROR `unavailable`. */
  refuseCalls(): void {
    this.#takesCalls = false;
  }

  /** A message of a member: handled now, or held where an answer to an earlier one is awaited. */
  take(member: Attachment, message: Message, size: number): void {
    if (!this.#options.isMember(member)) return;
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
      case MessageType.CALL:
        return takeRequest(member, message, this.#options.sequence) ? this.#authorize(member, message) : this.#delivery.deliver(this.#dealer.continuation(member, message));
      case MessageType.PUBLISH:
      case MessageType.SUBSCRIBE:
      case MessageType.REGISTER:
        takeRequest(member, message, this.#options.sequence);
        return this.#authorize(member, message);
      case MessageType.YIELD:
        return this.#delivery.deliver(this.#dealer.yield(member, message));
      case MessageType.ERROR:
        return this.#delivery.deliver(this.#dealer.error(member, message));
      case MessageType.CANCEL:
        return this.#delivery.deliver(this.#procedures.cancel(member, message.request) ?? this.#dealer.cancel(member, message));
      case MessageType.UNSUBSCRIBE:
        takeRequest(member, message, this.#options.sequence);
        this.#delivery.deliver(this.#broker.unsubscribe(member, message));
        return this.#options.statsTopic.rest();
      case MessageType.UNREGISTER:
        takeRequest(member, message, this.#options.sequence);
        return this.#delivery.deliver(this.#dealer.unregister(member, message));
      case MessageType.GOODBYE:
        if (message.reason === WampUri.logout) this.#options.loggedOut(member);
        return member.answerGoodbye();
      case MessageType.ABORT:
        return member.close();
      case MessageType.ACK:
        throw new ProtocolError('ACK must have been agreed on');
    }
  }

  #authorize(member: Attachment, message: Authorizable): void {
    const ruling = this.#options.rule(member, message);
    if (isObservable(ruling)) this.#wait(member, message, ruling);
    else this.#carryOut(member, message, ruling);
  }

  #wait(member: Attachment, message: Authorizable, rulings: Observable<Ruling>): void {
    member.holdUntil(rulings, (ruling) => this.#options.turns.run(() => {
      if (!this.#options.isMember(member)) return;
      const held = member.resume();
      try {
        this.#carryOut(member, message, ruling);
      } catch (error) {
        member.fail(error);
      }
      // The next of them may have to wait as well: then the rest is held again, in the same order.
      for (const { message: next, size } of held) this.take(member, next, size);
    }));
  }

  #carryOut(member: Attachment, message: Authorizable, { error, grant }: Ruling): void {
    if (error !== undefined) return this.#refuse(member, message, error);
    const { subscriptions, registrations, pendingCalls } = member.limits;
    switch (message.type) {
      case MessageType.PUBLISH:
        return this.#delivery.deliver(this.#broker.publish(member, message, grant));
      case MessageType.CALL:
        if (!this.#takesCalls) return this.#refuse(member, message, WampUri.unavailable, 'the router is closing');
        if (this.#dealer.callsOf(member) + this.#procedures.callsOf(member) >= pendingCalls) {
          return this.#refuse(member, message, WampUri.unavailable, 'too many calls');
        }
        return this.#delivery.deliver(
          isReserved(message.procedure) ? this.#procedures.call(member, message) : this.#dealer.call(member, message, grant),
        );
      case MessageType.SUBSCRIBE:
        if (this.#broker.subscriptionsOf(member) >= subscriptions) {
          return this.#refuse(member, message, WampUri.unavailable, 'too many subscriptions');
        }
        this.#delivery.deliver(this.#broker.subscribe(member, message));
        if (isReserved(message.topic)) this.#options.statsTopic.begin();
        return;
      case MessageType.REGISTER:
        if (this.#dealer.registrationsOf(member) >= registrations) {
          return this.#refuse(member, message, WampUri.unavailable, 'too many registrations');
        }
        return this.#delivery.deliver(this.#dealer.register(member, message));
    }
  }

  #refuse(member: Attachment, message: Authorizable, error: Uri, reason?: string): void {
    this.#options.traffic.deniedActions++;
    this.#options.log?.debug('request refused', {
      realm: this.#options.realm, session: member.id, action: ACTIONS[message.type], uri: 'topic' in message ? message.topic : message.procedure, error,
    });
    // Who did not ask for an answer to a publication gets none (3.3.1).
    if (message.type === MessageType.PUBLISH && message.options['acknowledge'] !== true) return;
    this.#delivery.send(member, refusal(message.type, message.request, error, reason === undefined ? undefined : [reason]));
  }
}
