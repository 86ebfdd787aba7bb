import { Observable, throwError, type Subscriber } from 'rxjs';
import { OverflowError, type WampError } from '../errors.ts';
import type { Frame } from './transport.ts';

/** Characters or bytes that may wait while nobody reads. */
const MAX_WAITING = 1024 * 1024;

/** What a waiting frame counts besides its length, so that empty ones are bounded too. */
const FRAME_COST = 64;

/** Delivered frames are let go of when so many of them stand in the queue, however long the conversation. */
const COMPACT_AFTER = 1024;

/**
 * The receiving half of every connection: an Observable of frames with one reader at a time.
 *
 * Frames wait while nobody reads, up to 1 MiB of them; beyond that the connection is dropped. They are delivered one after the other:
 * what arrives while the reader handles a frame waits until it has. The end passes through the same queue, and nothing comes after it.
 * Unsubscribing only stops the reading.
 *
 * It is its own queue and not a Subject: a Subject reverses the order of a `next` inside a `next`, and costs five times as much.
 */
export abstract class Inbox extends Observable<Frame> {
  #onEnd: (() => void) | undefined;
  /** It may have unsubscribed: that is seen when it is looked at, so that nobody has to tell. */
  #reader: Subscriber<Frame> | undefined;
  /** Made when the first frame has to wait, which most connections never see. */
  #waiting: Frame[] | undefined;
  #unread = 0;
  #busy = false;
  #ended = false;
  #failure: WampError | undefined;

  /** `onEnd` is called once, when the reader has been told of the end, or at the end where there is none. */
  constructor(onEnd?: () => void) {
    super(Inbox.#read);
    this.#onEnd = onEnd;
  }

  // One function for all of them, which RxJS calls on the one that is subscribed to.
  static #read(this: Observable<Frame>, subscriber: Subscriber<Frame>): void {
    (this as Inbox).#attach(subscriber);
  }

  /** Drops the connection at once. Called from here where frames pile up and nobody reads. */
  abstract error(cause: unknown): void;

  /** Whether the end has come; the reader may not have heard of it yet. */
  protected get ended(): boolean {
    return this.#ended;
  }

  /** Takes a frame that arrived. */
  protected receive(frame: Frame): void {
    if (this.#ended) return;
    // Who reads and is not busy has had everything that waited.
    if (!this.#isRead || this.#busy) return this.#keep(frame);
    this.#busy = true;
    deliver(frame, this.#reader);
    this.#busy = false;
    if (this.#waiting?.[0] !== undefined || this.#ended) this.#drain();
  }

  /** Takes the end: in order, or with an error. What arrived before it is delivered first. */
  protected end(failure?: WampError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#drain();
  }

  /** Takes the end and forgets what arrived before it and was not delivered. */
  protected drop(failure: WampError): void {
    if (!this.#ended) this.#waiting?.splice(0);
    this.end(failure);
  }

  get #isRead(): boolean {
    return this.#reader?.closed === false;
  }

  #attach(subscriber: Subscriber<Frame>): void {
    if (this.#isRead) {
      subscriber.error(new Error('a connection has one reader at a time, and this one is being read'));
      return;
    }
    this.#reader = subscriber;
    this.#unread = 0;
    this.#drain();
  }

  #keep(frame: Frame): void {
    (this.#waiting ??= []).push(frame);
    if (this.#isRead) return this.#drain();
    this.#unread += frame.length + FRAME_COST;
    if (this.#unread > MAX_WAITING) this.error(new OverflowError(`unread frames must not exceed ${MAX_WAITING} bytes`));
  }

  #drain(): void {
    if (this.#busy) return;
    this.#busy = true;
    const waiting = this.#waiting ?? [];
    let next = 0;
    // A frame can bring another one, the end, or a change of reader: each is looked at afresh.
    while (this.#isRead && next < waiting.length) {
      deliver(waiting[next++] as Frame, this.#reader);
      if (next === COMPACT_AFTER) {
        waiting.splice(0, next);
        next = 0;
      }
    }
    waiting.splice(0, next);
    this.#busy = false;
    if (this.#ended) this.#tell();
  }

  #tell(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (this.#failure === undefined) reader?.complete();
    else reader?.error(this.#failure);
    this.#onEnd?.();
    this.#onEnd = undefined;
  }
}

// A reader that throws must not stop the work of the socket. RxJS itself reports what a subscriber throws, and later; so is the rest.
function deliver(frame: Frame, reader: Subscriber<Frame> | undefined): void {
  try {
    reader?.next(frame);
  } catch (error) {
    throwError(() => error).subscribe();
  }
}
