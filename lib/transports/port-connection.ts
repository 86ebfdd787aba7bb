import { BehaviorSubject, Subscription, timer, type Observable, type SchedulerLike } from 'rxjs';
import { TransportLostError } from '../errors.ts';
import { isCount } from '../protocol/fields.ts';
import { show } from '../protocol/show.ts';
import { isLonger } from './frame-length.ts';
import { Inbox } from './inbox.ts';
import { readFrame, writeFrame, type PortMessageKind } from './port-message.ts';
import type { Connection, Frame } from './transport.ts';

/** What a {@link PortConnection} is made of. */
export interface PortConnectionOptions {
  /** Says something to the other end. */
  readonly post: (kind: PortMessageKind, value?: unknown) => void;
  /** Where it leads, for messages of errors. */
  readonly label: string;
  readonly subprotocol: string;
  /** Whether bytes can be posted as they are. */
  readonly bytes: boolean;
  /** The longest frame that the other end takes. */
  readonly maxLength: number;
  /** The longest frame that is taken. */
  readonly maxPayload: number;
  /** The other end is told after so many characters or bytes that they were read. */
  readonly every: number;
  /** Characters or bytes that the other end has not read above which `writable$` turns `false`. */
  readonly highWaterMark: number;
  readonly scheduler: SchedulerLike;
  /** Called once, when the reader has been told of the end. */
  readonly onEnd: () => void;
}

/** How long the other end may take to answer `close`. */
const CLOSE_GRACE_MS = 5000;

/**
 * One connection over a port, either end of it. A port shows nobody how much waits in it, so that each end tells the other what it has read: what it
 * has not is `bufferedAmount`, exact to what it tells at a time.
 */
export class PortConnection extends Inbox implements Connection {
  readonly subprotocol: string;
  readonly maxLength: number;
  readonly writable$: Observable<boolean>;
  readonly #options: PortConnectionOptions;
  readonly #writable = new BehaviorSubject(true);
  #closing = false;
  #grace = Subscription.EMPTY;
  #sent = 0;
  /** What of it the other end has read. */
  #taken = 0;
  #read = 0;
  /** What of it the other end has been told. */
  #told = 0;

  constructor(options: PortConnectionOptions) {
    super(options.onEnd);
    this.#options = options;
    this.subprotocol = options.subprotocol;
    this.maxLength = options.maxLength;
    this.writable$ = this.#writable.asObservable();
  }

  get bufferedAmount(): number {
    return this.#sent - this.#taken;
  }

  next(frame: Frame): void {
    if (this.#closing || this.ended) return;
    this.#sent += frame.length;
    this.#options.post('frame', writeFrame(frame, this.#options.bytes));
    this.#mind();
  }

  complete(): void {
    if (this.#closing || this.ended) return;
    this.#closing = true;
    this.#grace = timer(CLOSE_GRACE_MS, this.#options.scheduler).subscribe(() => this.lose(`it must close within ${CLOSE_GRACE_MS} ms`));
    this.#options.post('close');
  }

  error(cause: unknown): void {
    if (this.ended) return;
    this.#options.post('lost');
    this.#stop();
    this.drop(new TransportLostError(`connection to ${this.#options.label} was dropped`, { cause }));
  }

  /** Drops the connection unless it is being closed already: then the closing runs on by itself. */
  release(): void {
    if (!this.#closing) this.error(undefined);
  }

  /** Takes what the other end says. */
  take(kind: PortMessageKind, value: unknown): void {
    if (this.ended) return;
    if (kind === 'frame') this.#takeFrame(value);
    else if (kind === 'read') this.#takeRead(value);
    else if (kind === 'close') this.#takeClose();
    else if (kind === 'lost') this.lose('the other end dropped it');
    else this.#violated(`what is said must be of an open connection, got ${show(kind)}`);
  }

  /** Nothing can come or go any more. What came before is delivered first. */
  lose(reason: string, cause?: unknown): void {
    if (this.ended) return;
    this.#stop();
    this.end(new TransportLostError(`connection to ${this.#options.label} was lost: ${reason}`, { cause }));
  }

  #takeFrame(value: unknown): void {
    const { maxPayload, every, post } = this.#options;
    const frame = readFrame(value);
    if (frame === undefined) return this.#violated(`frames must be text or bytes, got ${show(value)}`);
    if (isLonger(frame, maxPayload)) return this.#violated(`frames must not be longer than ${maxPayload} bytes, got ${frame.length}`);
    this.receive(frame);
    this.#read += frame.length;
    if (this.ended || this.#read - this.#told < every) return;
    this.#told = this.#read;
    post('read', this.#read);
  }

  #takeRead(value: unknown): void {
    if (!isCount(value) || value < this.#taken || value > this.#sent) return this.#violated(`what was read must be from ${this.#taken} to ${this.#sent}, got ${show(value)}`);
    this.#taken = value;
    this.#mind();
  }

  // Of two that cross, each is taken for the answer to the other.
  #takeClose(): void {
    const isAnswer = this.#closing;
    this.#stop();
    if (!isAnswer) this.#options.post('close');
    this.end();
  }

  #violated(rule: string): void {
    this.error(new TypeError(rule));
  }

  #mind(): void {
    const writable = this.bufferedAmount <= this.#options.highWaterMark;
    if (writable !== this.#writable.value) this.#writable.next(writable);
  }

  #stop(): void {
    this.#closing = true;
    this.#grace.unsubscribe();
    this.#writable.complete();
  }
}
