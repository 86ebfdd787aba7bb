import { Observable, Subject, asyncScheduler, type SchedulerLike } from 'rxjs';
import type { Message } from '../protocol/messages.ts';
import type { Connection, Transport } from '../transports/transport.ts';

/** Options of {@link Link}. */
export interface LinkOptions {
  /** Source of chance from 0 up to 1: of jitter, of where a frame is cut short, of what is corrupted. */
  readonly random: () => number;
  /** Where latency, bandwidth and marbles pass. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What the letters of {@link Link.marbles} do. */
export type LinkActions = { readonly [letter: string]: (link: Link) => void };

/** A transport over another one, whose network a test holds in its hand. */
export class Link extends Observable<Connection> {
  /** What the client sent, as it enters the link. Hot; decoded only while somebody looks. */
  readonly sent$: Observable<Message>;
  /** What reached the client. Hot; decoded only while somebody looks. */
  readonly received$: Observable<Message>;
  readonly #scheduler: SchedulerLike;
  readonly #random: () => number;
  readonly #sent = new Subject<Message>();
  readonly #received = new Subject<Message>();
  #dials = 0;
  #open = 0;

  constructor(inner: Transport, { random, scheduler = asyncScheduler }: LinkOptions) {
    super((subscriber) => {
      this.#dials += 1;
      return inner.subscribe(subscriber);
    });
    this.#random = random;
    this.#scheduler = scheduler;
    this.sent$ = this.#sent.asObservable();
    this.received$ = this.#received.asObservable();
  }

  /** How often somebody dialled. */
  get dials(): number {
    return this.#dials;
  }

  /** Connections that are open at the client's end. */
  get open(): number {
    return this.#open;
  }

  /** Drops every open connection, and refuses dials until {@link restore}. */
  cut(): void {}

  /** Ends what {@link cut}, {@link stall} and {@link refuse} began. */
  restore(): void {}

  /** Lets nothing pass in either direction, and tells nobody, until {@link restore}. */
  stall(): void {}

  /** Refuses dials until {@link restore}; open connections live on. */
  refuse(): void {}

  /** Cuts the next frame short, in whichever direction it goes. */
  truncate(): void {}

  /** Changes one byte of the next frame, in whichever direction it goes. */
  corrupt(): void {}

  /** Each frame is under way so many milliseconds from now on, and up to `jitter` more. */
  latency(_ms: number, _jitter = 0): void {}

  /** So many bytes pass in a second from now on; `undefined` is any number. */
  bandwidth(_bytesPerSecond: number | undefined): void {}

  /** Plays a diagram from now on. */
  marbles(_diagram: string, _actions: LinkActions = {}): void {
    this.#scheduler.schedule(this.#random);
  }
}
