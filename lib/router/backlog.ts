import { Subscription, interval, merge, type SchedulerLike } from 'rxjs';
import type { Census } from '../census.ts';
import { DROPPED } from '../protocol/attributes.ts';
import { MessageType, type EventMessage, type Message } from '../protocol/messages.ts';
import type { Frame } from '../transports/transport.ts';
import type { Id } from '../types.ts';
import type { SessionChannel } from './channel.ts';

/** What a {@link Backlog} needs. */
export interface BacklogOptions {
  readonly channel: Pick<SessionChannel, 'codec' | 'isOpen' | 'bufferedAmount' | 'writable$' | 'write'>;
  /** Bytes that may wait here, and as many may wait in the connection. */
  readonly bytes: number;
  readonly scheduler: SchedulerLike;
  /** Called for each EVENT that is dropped, with how many have been. */
  readonly onDrop: (count: number) => void;
  /** Called where answers alone are more than may wait. */
  readonly onFull: () => void;
  /** Called when nothing waits and nothing is left to be said: it is of no more use. */
  readonly onIdle: () => void;
}

/** A frame that waits: one of a list of all of them, and where it is an EVENT's of a list of those. */
interface Waiting {
  readonly frame: Frame;
  readonly event: EventMessage | undefined;
  before: Waiting | undefined;
  behind: Waiting | undefined;
  nextEvent: Waiting | undefined;
}

/** What a frame that waits takes besides its length, roughly: a flood of short ones is bounded as well. */
const OVERHEAD = 256;

/** How often is looked whether there is room, where the connection does not say so by itself. */
const LOOK_EVERY_MS = 100;

/** Subscriptions of which is remembered how much they lost. One more, and the session is of no use to anybody. */
const MAX_LOSSES = 10_000;

/**
 * What waits for a session that reads slower than it is sent to, in the order in which it is to be sent. Where more waits than may, the oldest
 * EVENTs go, never an answer, and the next EVENT of each subscription that lost some says how many in `EVENT.Details._dropped`:
 *
 * ```
 * sent         1  2  3  A  4  5       A an answer
 * room for 3         (over: 1 goes, then 2)
 * received           3  A  4  5       3 with _dropped: 2
 * ```
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #lost = new Map<Id, number>();
  #oldest: Waiting | undefined;
  #newest: Waiting | undefined;
  #oldestEvent: Waiting | undefined;
  #newestEvent: Waiting | undefined;
  #count = 0;
  #size = 0;
  #dropped = 0;
  #isSending = false;
  #looking = Subscription.EMPTY;

  constructor(options: BacklogOptions) {
    this.#options = options;
  }

  /** Sends a frame, now or behind those that wait. */
  write(frame: Frame, message: Message): void {
    const event = message.type === MessageType.EVENT ? message : undefined;
    this.#append({ frame, event, before: undefined, behind: undefined, nextEvent: undefined });
    this.#advance();
    const { bytes, onFull } = this.#options;
    while (this.#size > bytes && this.#oldestEvent !== undefined) this.#drop(this.#oldestEvent, this.#oldestEvent.event as EventMessage);
    if (this.#size > bytes || this.#lost.size > MAX_LOSSES) onFull();
    else this.#look();
  }

  /** Sends all that waits, however little room there is: nothing else will come. */
  flush(): void {
    while (this.#oldest !== undefined) this.#sendOldest(this.#oldest);
    this.stop();
  }

  /** Forgets what waits. */
  stop(): void {
    this.#looking.unsubscribe();
    this.#oldest = this.#newest = this.#oldestEvent = this.#newestEvent = undefined;
    this.#count = this.#size = 0;
    this.#lost.clear();
  }

  /** @internal */
  census(): Census {
    return { 'waiting frames': this.#count, 'untold losses': this.#lost.size, 'looks for room': Number(!this.#looking.closed) };
  }

  #look(): void {
    if (!this.#looking.closed || this.#oldest === undefined) return;
    const { channel, scheduler } = this.#options;
    // It may be over before `subscribe` has returned.
    this.#looking = new Subscription();
    this.#looking.add(merge(channel.writable$, interval(LOOK_EVERY_MS, scheduler)).subscribe(() => this.#advance()));
  }

  // What is sent may make room, or bring more to send, before it is written: none goes in front of it.
  #advance(): void {
    if (this.#isSending) return;
    const { channel, bytes, onIdle } = this.#options;
    this.#isSending = true;
    while (this.#oldest !== undefined && channel.isOpen && channel.bufferedAmount <= bytes) this.#sendOldest(this.#oldest);
    this.#isSending = false;
    if (this.#oldest !== undefined) return;
    this.#looking.unsubscribe();
    if (this.#lost.size === 0) onIdle();
  }

  #sendOldest(waiting: Waiting): void {
    const { channel } = this.#options;
    const { frame, event } = waiting;
    this.#remove(waiting);
    const lost = event === undefined ? undefined : this.#lost.get(event.subscription);
    if (event === undefined || lost === undefined) return channel.write(frame);
    this.#lost.delete(event.subscription);
    channel.write(channel.codec.encode({ ...event, details: { ...event.details, [DROPPED]: lost } }));
  }

  #drop(waiting: Waiting, { subscription }: EventMessage): void {
    this.#remove(waiting);
    this.#lost.set(subscription, (this.#lost.get(subscription) ?? 0) + 1);
    this.#options.onDrop(++this.#dropped);
  }

  #append(waiting: Waiting): void {
    waiting.before = this.#newest;
    if (this.#newest === undefined) this.#oldest = waiting;
    else this.#newest.behind = waiting;
    this.#newest = waiting;
    if (waiting.event !== undefined) {
      if (this.#newestEvent === undefined) this.#oldestEvent = waiting;
      else this.#newestEvent.nextEvent = waiting;
      this.#newestEvent = waiting;
    }
    this.#count += 1;
    this.#size += waiting.frame.length + OVERHEAD;
  }

  // Either the oldest of all, or the oldest EVENT: an EVENT that goes is the oldest in any case.
  #remove(waiting: Waiting): void {
    const { before, behind } = waiting;
    if (before === undefined) this.#oldest = behind;
    else before.behind = behind;
    if (behind === undefined) this.#newest = before;
    else behind.before = before;
    if (waiting === this.#oldestEvent) {
      this.#oldestEvent = waiting.nextEvent;
      if (this.#oldestEvent === undefined) this.#newestEvent = undefined;
    }
    this.#count -= 1;
    this.#size -= waiting.frame.length + OVERHEAD;
  }
}
