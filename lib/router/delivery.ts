import type { Logger } from '../log.ts';
import { MessageType, type Message } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Codec } from '../serializers/serializer.ts';
import { isLonger } from '../transports/frame-length.ts';
import type { Frame } from '../transports/transport.ts';
import type { Uri } from '../types.ts';
import { Attachment } from './attachment.ts';
import type { Dealer } from './core/dealer.ts';
import { refusal, type Outbound } from './core/outbound.ts';
import type { Traffic } from './traffic.ts';

/** What a {@link Delivery} needs. */
export interface DeliveryOptions {
  /** Told where one client's payload cannot be written for another. */
  readonly dealer: Dealer<Attachment>;
  readonly traffic: Traffic;
  readonly log: Logger | undefined;
}

/** Where what broker, dealer and router say is written and sent: one encoding for each serializer, however many it goes to. */
export class Delivery {
  readonly #dealer: Dealer<Attachment>;
  readonly #traffic: Traffic;
  readonly #log: Logger | undefined;

  constructor({ dealer, traffic, log }: DeliveryOptions) {
    this.#dealer = dealer;
    this.#traffic = traffic;
    this.#log = log;
  }

  /** Sends what follows from a message, in order. */
  deliver(outbound: readonly Outbound<Attachment>[]): void {
    for (const { to, message } of outbound) {
      if (to instanceof Attachment) this.send(to, message);
      else if (to.length === 1) this.send(to[0]!, message);
      else this.#sendToAll(to, message);
    }
  }

  /** Sends one message to one member. */
  send(member: Attachment, message: Message): void {
    this.#write(member, this.#encode(member.codec, message), message);
  }

  // Those who use the same serializer mostly stand side by side.
  #sendToAll(members: readonly Attachment[], message: Message): void {
    const frames = new Map<Codec, Frame | undefined>();
    let codec: Codec | undefined;
    let frame: Frame | undefined;
    for (const member of members) {
      if (member.codec !== codec) {
        ({ codec } = member);
        if (!frames.has(codec)) frames.set(codec, this.#encode(codec, message));
        frame = frames.get(codec);
      }
      this.#write(member, frame, message);
    }
  }

  #write(member: Attachment, frame: Frame | undefined, message: Message): void {
    if (frame === undefined) this.#giveUp(member, message, WampUri.invalidArgument, `payload cannot be written as ${member.codec.subprotocol}`);
    else if (isLonger(frame, member.maxLength)) this.#giveUp(member, message, WampUri.payloadSizeExceeded, `message must not be longer than the ${member.maxLength} bytes that its receiver takes`);
    else member.write(frame, message);
  }

  #encode(codec: Codec, message: Message): Frame | undefined {
    try {
      return codec.encode(message);
    } catch (error) {
      this.#log?.debug('message cannot be written', { serializer: codec.subprotocol, error });
      return undefined;
    }
  }

  /**
   * What one client wrote may be nothing that another one's serializer can carry, or more than it takes: the request ends with an error that
   * says so, and both sessions go on.
   */
  #giveUp(member: Attachment, message: Message, error: Uri, why: string): void {
    const { INVOCATION, RESULT, ERROR, EVENT, INTERRUPT, CANCEL, CALL } = MessageType;
    const reason = [why];
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- nothing else carries what a client wrote
    switch (message.type) {
      case EVENT:
        this.#traffic.droppedEvents++;
        return;
      case INVOCATION:
        return this.deliver(this.#dealer.unwritable(member, message.request, reason, error));
      case RESULT: {
        // Where it was a progressive one the call is still open: it is cancelled, for which this is the answer.
        const cancelled = this.#dealer.cancel(member, { type: CANCEL, request: message.request, options: { mode: 'killnowait' } });
        this.send(member, refusal(CALL, message.request, error, reason));
        return this.deliver(cancelled.filter(({ message: { type } }) => type === INTERRUPT));
      }
      case ERROR:
        return this.send(member, refusal(CALL, message.request, message.error, reason));
    }
  }
}
