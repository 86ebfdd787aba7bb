import { Observable, Subscription, timer, type SchedulerLike, type Subscriber } from 'rxjs';
import { TransportLostError } from '../../errors.ts';
import { isBatched } from '../../protocol/long-poll.ts';
import { BodyQueue } from '../../transports/body-queue.ts';
import { Inbox } from '../../transports/inbox.ts';
import type { Connection, Frame } from '../../transports/transport.ts';

/** What a request for messages is answered with: a body, or nothing yet, or that there will be no more of it. */
export type PollAnswer = { readonly body: Frame } | 'nothing' | 'over' | 'lost';

/** How a transport of long-poll is made a connection of. */
export interface PolledConnectionOptions {
  readonly subprotocol: string;
  /** The peer, as error messages name it. */
  readonly label: string;
  /** Bytes of unsent data above which `writable$` turns `false`. */
  readonly highWaterMark: number;
  /** Milliseconds after which a request for messages is answered with none. */
  readonly holdTime: number;
  /** Milliseconds without such a request after which the client is taken for gone. */
  readonly silenceTimeout: number;
  readonly scheduler: SchedulerLike;
  /** Called once, after the reader was told of the end. */
  readonly onEnd: () => void;
}

/**
 * An open transport of long-poll, the router's end. It knows nothing of HTTP: bodies that are sent go into {@link PolledConnection.take}, requests for
 * messages are subscriptions to {@link PolledConnection.poll}.
 */
export class PolledConnection extends Inbox implements Connection {
  readonly subprotocol: string;
  readonly writable$: Observable<boolean>;
  readonly #options: PolledConnectionOptions;
  readonly #queue: BodyQueue;
  #waiting: Subscriber<PollAnswer> | undefined;
  /** How long the request that waits, or the silence, may still last. */
  #patience = Subscription.EMPTY;
  #serving = Subscription.EMPTY;
  #closing = false;

  constructor(options: PolledConnectionOptions) {
    super(options.onEnd);
    this.#options = options;
    this.subprotocol = options.subprotocol;
    this.#queue = new BodyQueue({ batched: isBatched(options.subprotocol), highWaterMark: options.highWaterMark });
    this.writable$ = this.#queue.writable$;
    this.#awaitPoll();
  }

  get bufferedAmount(): number {
    return this.#queue.bufferedAmount;
  }

  next(frame: Frame): void {
    if (this.ended || this.#closing) return;
    this.#queue.push(frame);
    this.#schedule();
  }

  /** What was sent is asked for first; who asks for more hears that it is over. */
  complete(): void {
    if (this.ended || this.#closing) return;
    this.#closing = true;
    this.#schedule();
  }

  error(cause: unknown): void {
    if (this.ended) return;
    this.#stop('lost');
    this.drop(new TransportLostError(`connection to ${this.#options.label} was dropped`, { cause }));
  }

  /**
   * A request for messages: emits one answer and completes. There is one at a time: a newer one has the older answered with nothing.
   * Unsubscribing is for a request that went away; nothing is lost with it.
   */
  poll(): Observable<PollAnswer> {
    return new Observable((subscriber) => {
      if (this.ended) {
        subscriber.next('lost');
        return subscriber.complete();
      }
      this.#answer('nothing');
      this.#waiting = subscriber;
      this.#patience.unsubscribe();
      this.#patience = timer(this.#options.holdTime, this.#options.scheduler).subscribe(() => this.#answer('nothing'));
      subscriber.add(() => {
        this.#waiting = undefined;
        this.#awaitPoll();
      });
      this.#serve();
    });
  }

  /** Takes a body that the client sent, or says that it is too late. */
  take(body: Frame): boolean {
    if (this.ended) return false;
    this.receive(body);
    return true;
  }

  /** The body of the last answer has left the process. */
  written(): void {
    this.#queue.written();
  }

  /** The client said that it leaves. Whoever else waits for messages hears nothing of it. */
  leave(): void {
    this.#finish('nothing');
  }

  /** What was under way has not arrived, or arrived unreadable: nothing can come behind it. */
  lose(reason: string): void {
    if (this.ended) return;
    this.#stop('lost');
    this.end(new TransportLostError(`connection to ${this.#options.label} was lost: ${reason}`));
  }

  /** What is sent in one turn of the event loop goes together. */
  #schedule(): void {
    if (this.#waiting !== undefined && this.#serving.closed) this.#serving = timer(0, this.#options.scheduler).subscribe(() => this.#serve());
  }

  #serve(): void {
    if (this.#waiting === undefined) return;
    const body = this.#queue.take();
    if (body !== undefined) this.#answer({ body });
    else if (this.#closing) this.#finish('over');
  }

  #answer(answer: PollAnswer): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    waiting.next(answer);
    waiting.complete();
  }

  #awaitPoll(): void {
    const { silenceTimeout, scheduler } = this.#options;
    this.#patience.unsubscribe();
    if (this.ended) return;
    this.#patience = timer(silenceTimeout, scheduler).subscribe(() => this.lose(`it must ask for messages, and did not for ${silenceTimeout} ms`));
  }

  #finish(answer: 'over' | 'nothing'): void {
    if (this.ended) return;
    this.#stop(answer);
    this.end();
  }

  #stop(answer: 'over' | 'lost' | 'nothing'): void {
    this.#answer(answer);
    this.#patience.unsubscribe();
    this.#serving.unsubscribe();
    this.#queue.end();
  }
}
