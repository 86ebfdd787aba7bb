import { Subject, Subscription, asyncScheduler, delay, of, timer, type Observable, type SchedulerLike } from 'rxjs';
import { TransportLostError } from '../errors.ts';
import { assertRange } from './assert-range.ts';
import { Inbox } from './inbox.ts';
import type { Connection, Frame } from './transport.ts';

/** Options of {@link memoryLink}. */
export interface MemoryLinkOptions {
  /** The serializer that both ends speak. @default 'wamp.2.json' */
  readonly subprotocol?: string | undefined;
  /** Milliseconds that each frame, and the close, is under way. Without them it arrives before `next()` returns. @default 0 */
  readonly latency?: number | undefined;
  /** Where the latency passes. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Two connections that are the two ends of one link: what one sends the other receives, in order, with no socket in between.
 *
 * Without latency delivery is synchronous, but never inside the handling of another frame on the same end. `complete()` on one end
 * completes the other and then itself, after what is under way in either direction; `error()` loses what is under way, and errors both
 * with TransportLostError. Bytes are handed over as they are: a frame that was sent belongs to the receiver.
 *
 * ```ts
 * const [client, router] = memoryLink();
 * router.subscribe((frame) => router.next(frame));
 * client.subscribe(console.log);
 * client.next('[1]'); // prints [1]
 * ```
 */
export function memoryLink(options: MemoryLinkOptions = {}): readonly [Connection, Connection] {
  const { subprotocol = 'wamp.2.json', latency = 0, scheduler = asyncScheduler } = options;
  assertRange({ latency });

  const left = new LinkEnd(subprotocol, latency, scheduler);
  const right = new LinkEnd(subprotocol, latency, scheduler);
  left.join(right);
  right.join(left);
  return [left, right];
}

class LinkEnd extends Inbox implements Connection {
  readonly subprotocol: string;
  readonly writable$: Observable<boolean> = of(true);
  readonly bufferedAmount = 0;
  readonly #latency: number;
  readonly #scheduler: SchedulerLike;
  #peer: LinkEnd = this;
  /** What is under way to the peer. There is none where nothing takes time. */
  #line: Subject<() => void> | undefined;
  #delivery = Subscription.EMPTY;
  #sending = true;

  constructor(subprotocol: string, latency: number, scheduler: SchedulerLike) {
    super();
    this.subprotocol = subprotocol;
    this.#latency = latency;
    this.#scheduler = scheduler;
  }

  join(peer: LinkEnd): void {
    this.#peer = peer;
    if (this.#latency === 0) return;
    this.#line = new Subject();
    this.#delivery = this.#line.pipe(delay(this.#latency, this.#scheduler)).subscribe((arrive) => arrive());
  }

  next(frame: Frame): void {
    if (!this.#sending) return;
    if (this.#line === undefined) this.#peer.receive(frame);
    else this.#line.next(() => this.#peer.receive(frame));
  }

  complete(): void {
    if (!this.#sending) return;
    this.#sending = false;
    if (this.#line === undefined) this.#peer.#closed();
    else this.#line.next(() => this.#peer.#closed());
  }

  error(cause: unknown): void {
    if (this.ended) return;
    this.#sending = false;
    this.#delivery.unsubscribe();
    const lose = (): void => this.#peer.end(new TransportLostError('the other end dropped the link'));
    if (this.#line === undefined) lose();
    else timer(this.#latency, this.#scheduler).subscribe(lose);
    this.drop(new TransportLostError('the link was dropped', { cause }));
  }

  // The close is answered, as a WebSocket does: what this end had sent before still arrives, and then the other end completes as well.
  #closed(): void {
    this.end();
    this.complete();
  }
}
