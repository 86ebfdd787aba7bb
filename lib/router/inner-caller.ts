import { EMPTY, Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { ApplicationError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { CLIENT_ROLES } from '../protocol/features.ts';
import { idSequence } from '../protocol/ids.ts';
import { MessageType, type ErrorMessage, type Result } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { codec } from '../serializers/codec.ts';
import { json } from '../serializers/json.ts';
import type { Codec } from '../serializers/serializer.ts';
import type { Frame } from '../transports/transport.ts';
import type { Dict, Id, List, Payload, Uri } from '../types.ts';
import { Attachment } from './attachment.ts';
import type { SessionChannel } from './channel.ts';
import type { Dealer } from './core/dealer.ts';
import { NO_DETAILS, refusal, type Outbound } from './core/outbound.ts';
import type { LimitSettings } from './settings.ts';
import type { Traffic } from './traffic.ts';
import type { Turns } from './turns.ts';

/** What an {@link InnerCaller} knows of its realm. */
export interface InnerCallerOptions {
  readonly realm: Uri;
  readonly dealer: Dealer<Attachment>;
  readonly turns: Turns;
  readonly deliver: (outbound: readonly Outbound<Attachment>[]) => void;
  readonly limits: LimitSettings;
  readonly traffic: Traffic;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
}

const NO_ARGS: List = Object.freeze([]);

/**
 * Calls procedures of a realm for the router itself: those that authenticate and authorize. It is a caller as the dealer knows them, and
 * no session: nobody sees it, and whom it calls is not told who calls. It is one only while calls are open.
 */
export class InnerCaller {
  readonly #options: InnerCallerOptions;
  readonly #member: Attachment;
  readonly #nextId = idSequence();
  readonly #open = new Map<Id, Subscriber<Payload>>();

  constructor(options: InnerCallerOptions) {
    const { realm, limits, traffic, scheduler, log } = options;
    this.#options = options;
    this.#member = new Attachment({
      channel: new InnerChannel((answer) => this.#take(answer)),
      host: { receive: ignore, detached: ignore, leave: ignore },
      session: { id: 0, realm, authid: 'router', authrole: 'router', authmethod: 'internal', authprovider: 'router', transport: NO_DETAILS },
      roles: CLIENT_ROLES, limits, traffic, goodbyeTimeout: 0, scheduler, log,
    });
  }

  /** How many calls are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Calls on subscribe and emits the result; errors with ApplicationError, of `wamp.error.no_such_procedure` where nobody has registered it
   * by its own name: who may register a pattern is not meant to decide who comes in. The answer comes within a turn of the realm. Unsubscribing cancels the call.
   */
  call(procedure: Uri, args: List = NO_ARGS, kwargs: Dict = NO_DETAILS): Observable<Payload> {
    return new Observable((subscriber) => {
      const { turns, dealer, deliver } = this.#options;
      const request = this.#nextId();
      this.#open.set(request, subscriber);
      turns.run(() => {
        if (!this.#open.has(request)) return;
        if (!dealer.hasExactly(procedure)) return this.#take(refusal(MessageType.CALL, request, WampUri.noSuchProcedure));
        deliver(dealer.call(this.#member, { type: MessageType.CALL, request, options: NO_DETAILS, procedure, args, kwargs }, { disclose: false }));
      });
      return () => {
        if (!this.#open.delete(request)) return;
        turns.run(() => {
          deliver(dealer.cancel(this.#member, { type: MessageType.CANCEL, request, options: NO_DETAILS }));
          this.#rest();
        });
      };
    });
  }

  #take(answer: Result | ErrorMessage): void {
    const { request, args = NO_ARGS, kwargs = NO_DETAILS } = answer;
    const subscriber = this.#open.get(request);
    if (subscriber === undefined) return;
    this.#open.delete(request);
    this.#options.turns.run(() => this.#rest());
    if (answer.type === MessageType.RESULT) {
      subscriber.next({ args, kwargs });
      subscriber.complete();
    } else {
      subscriber.error(new ApplicationError(answer.error, { args, kwargs }));
    }
  }

  #rest(): void {
    if (this.#open.size === 0) this.#options.deliver(this.#options.dealer.leave(this.#member));
  }
}

/** Gives what is sent to the one end of it: it has no other. */
class InnerChannel implements SessionChannel {
  readonly codec: Codec = codec(json());
  readonly isOpen = true;
  readonly state = 'established';
  readonly bufferedAmount = 0;
  readonly maxLength = Infinity;
  readonly writable$: Observable<boolean> = EMPTY;
  readonly #next: (answer: Result | ErrorMessage) => void;

  constructor(next: (answer: Result | ErrorMessage) => void) {
    this.#next = next;
  }

  // Read from what was written, so that nobody has a hand on what others hold.
  write(frame: Frame): void {
    const message = this.codec.decode(frame);
    if (message.type === MessageType.RESULT || message.type === MessageType.ERROR) this.#next(message);
  }

  send(): void {}
  abort(): void {}
  fail(): void {}
  close(): void {}
  drop(): void {}
}

function ignore(): void {}
