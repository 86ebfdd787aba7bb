import { EMPTY, Subscription, defer, of, repeat, throwError, timeout, timer, type Observable, type SchedulerLike } from 'rxjs';
import { TransportLostError } from '../errors.ts';
import { batchingOf, type Batching } from '../protocol/batches.ts';
import { isBatched, isText, mediaTypeOf } from '../protocol/long-poll.ts';
import { show } from '../protocol/show.ts';
import { BodyQueue } from './body-queue.ts';
import type { HttpReply, Post, PostRequest } from './http-post.ts';
import { Inbox } from './inbox.ts';
import type { Connection, Frame } from './transport.ts';
import { because } from './websocket-close.ts';

/** What an open transport of long-poll is made a connection of, and how. */
export interface LongPollConnectionOptions {
  readonly post: Post;
  /** Where a request goes. */
  readonly urlOf: (verb: LongPollVerb) => string;
  /** The peer, as error messages name it. */
  readonly label: string;
  /** What bodies hold. */
  readonly protocol: string;
  /** What frames hold: the same, or the messages of its batches. */
  readonly subprotocol: string;
  /** Bytes of unsent data above which `writable$` turns `false`. */
  readonly highWaterMark: number;
  /** Milliseconds in which the router must take what is sent. `0` waits for ever. */
  readonly sendTimeout: number;
  /** Milliseconds in which the router must answer a request to receive, be it with nothing. `0` waits for ever. */
  readonly pollTimeout: number;
  readonly scheduler: SchedulerLike;
  /** Called once, after the reader was told of the end. */
  readonly onEnd: () => void;
}

export type LongPollVerb = 'send' | 'receive' | 'close';

/** After an answer with nothing in it, so that a router that answers at once is not asked without a pause. */
const IDLE_PAUSE_MS = 50;

/** Before what was refused is asked for once more. */
const REFUSED_PAUSE_MS = 1000;

/** How long a router may take to hear that its client is gone. */
const FAREWELL_MS = 5000;

/** Statuses of who has handled the request: Crossbar.io says 204 where the text says 202. */
const TAKEN: ReadonlySet<number> = new Set([200, 202, 204]);

/** Statuses of who has not looked at the request yet. */
const REFUSED: ReadonlySet<number> = new Set([408, 429, 503]);

const NOT_FOUND = 404;
const GONE = 410;

/** An open transport of long-poll, the client's end: one request that receives is always open, and at most one that sends. */
export class LongPollConnection extends Inbox implements Connection {
  readonly subprotocol: string;
  readonly writable$: Observable<boolean>;
  readonly #options: LongPollConnectionOptions;
  readonly #isText: boolean;
  readonly #mediaType: string;
  /** Where frames are messages and bodies are batches. */
  readonly #batching: Batching | undefined;
  readonly #queue: BodyQueue;
  readonly #receiving: Subscription;
  #sending = Subscription.EMPTY;
  #pause = 0;
  #wasRefused = false;
  #closing = false;

  constructor(options: LongPollConnectionOptions) {
    super(options.onEnd);
    const { protocol, subprotocol, highWaterMark, scheduler } = options;
    this.#options = options;
    this.subprotocol = subprotocol;
    this.#isText = isText(protocol);
    this.#mediaType = mediaTypeOf(protocol);
    this.#batching = protocol === subprotocol ? undefined : batchingOf(!this.#isText);
    this.#queue = new BodyQueue({ batched: isBatched(protocol), highWaterMark });
    this.writable$ = this.#queue.writable$;
    this.#receiving = new Subscription();
    // What a reply brings is handled before the next one is asked for.
    const replies = defer(() => this.#request('receive', options.pollTimeout)).pipe(
      // Whoever closes wants no more of it: what comes now would be told that it is over, which browsers take for an error.
      repeat({ delay: () => (this.#closing ? EMPTY : this.#pause === 0 ? of(0) : timer(this.#pause, scheduler)) }),
    );
    this.#receiving.add(replies.subscribe({
      next: (reply) => this.#take(reply),
      error: (cause: unknown) => this.#lose('', cause),
    }));
  }

  get bufferedAmount(): number {
    return this.#queue.bufferedAmount;
  }

  next(frame: Frame): void {
    if (this.ended || this.#closing) return;
    this.#queue.push(this.#batching === undefined ? frame : this.#batching.batch(frame));
    this.#schedule();
  }

  complete(): void {
    if (this.ended || this.#closing) return;
    this.#closing = true;
    this.#schedule();
  }

  error(cause: unknown): void {
    if (this.ended) return;
    this.#stop();
    this.#takeLeave();
    this.drop(new TransportLostError(`connection to ${this.#options.label} was dropped`, { cause }));
  }

  /** Drops the connection unless it is being closed already: then the closing runs on by itself. */
  release(): void {
    if (!this.#closing) this.error(undefined);
  }

  /** Frames of one turn of the event loop, and those that come while a request is under way, go together. */
  #schedule(): void {
    if (this.#sending.closed) this.#sending = timer(0, this.#options.scheduler).subscribe(() => this.#send());
  }

  #send(): void {
    const body = this.#queue.take();
    if (body !== undefined) this.#ask('send', () => this.#queue.written(), { body, type: this.#mediaType });
    else if (this.#closing) this.#ask('close', () => this.#finish());
  }

  #ask(verb: 'send' | 'close', done: () => void, request?: PostRequest): void {
    const asking = new Subscription();
    this.#sending = asking;
    asking.add(this.#request(verb, this.#options.sendTimeout, request).subscribe({
      next: ({ status }) => {
        if (TAKEN.has(status)) done();
        else this.#refused(verb, status);
      },
      error: (cause: unknown) => this.#lose('', cause),
      complete: () => {
        asking.unsubscribe();
        if (!this.ended) this.#send();
      },
    }));
  }

  #request(verb: LongPollVerb, most: number, request?: PostRequest): Observable<HttpReply> {
    const { post, urlOf, scheduler } = this.#options;
    const reply = post(urlOf(verb), request);
    return most === 0 ? reply : reply.pipe(timeout({ first: most, scheduler, with: () => throwError(() => new Error(`${verb} must be answered within ${most} ms`)) }));
  }

  #take(reply: HttpReply): void {
    this.#pause = 0;
    if (TAKEN.has(reply.status)) {
      this.#wasRefused = false;
      if (reply.body.length === 0) this.#pause = IDLE_PAUSE_MS;
      else this.#read(reply);
    } else if (REFUSED.has(reply.status) && !this.#wasRefused) {
      this.#wasRefused = true;
      this.#pause = REFUSED_PAUSE_MS;
    } else {
      this.#refused('receive', reply.status);
    }
  }

  #read({ type, body }: HttpReply): void {
    try {
      const frame = this.#isText ? textOf(type, body) : bytesOf(type, body);
      this.#batching?.check(frame);
      if (this.#batching === undefined) this.receive(frame);
      else this.#batching.split(frame, (message) => this.receive(message), () => !this.ended);
    } catch (error) {
      this.#lose('', error);
    }
  }

  #refused(verb: LongPollVerb, status: number): void {
    const isUnknown = status === GONE || status === NOT_FOUND;
    if (status === GONE || (isUnknown && this.#closing)) this.#finish();
    else if (isUnknown) this.#lose('the router does not know it any more');
    else this.#lose(`${verb} was answered with status ${status}`);
  }

  #finish(): void {
    this.#stop();
    this.end();
  }

  #lose(reason: string, cause?: unknown): void {
    if (this.ended) return;
    this.#stop();
    this.#takeLeave();
    this.end(new TransportLostError(`connection to ${this.#options.label} was lost${because(reason, cause)}`, { cause }));
  }

  /** Nobody would see a request that does not come: without a word the router keeps the session until it has been silent for too long. */
  #takeLeave(): void {
    this.#request('close', FAREWELL_MS, { keepalive: true }).subscribe({ error: () => {} });
  }

  #stop(): void {
    this.#receiving.unsubscribe();
    this.#sending.unsubscribe();
    this.#queue.end();
  }
}

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// A page of a proxy is no message, whatever its status says.
function textOf(type: string, body: Uint8Array): string {
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new TypeError(`media type of a body must be application/json, got ${show(type)}`);
  return TEXT.decode(body);
}

function bytesOf(type: string, body: Uint8Array): Uint8Array {
  if (!/^application\//i.test(type)) throw new TypeError(`media type of a body must be one of application, got ${show(type)}`);
  return body;
}
