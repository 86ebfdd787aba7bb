import { Observable, Subscription, concat, defer, finalize, from, type ObservableInput, type Subscriber } from 'rxjs';
import type { Checks, ProcedureChecks } from '../contract/checks.ts';
import { FeatureNotSupportedError, OverflowError, applicationErrorOf } from '../errors.ts';
import { BoundedQueue, checkOverflow, type OverflowOptions } from '../operators/bounded-queue.ts';
import { subscribeWithin } from '../operators/subscribe-within.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, List, PayloadInput, Uri } from '../types.ts';
import { readCall, type CallRequest } from './caller.ts';
import { checkCount } from './checks.ts';
import { CREDIT_KEY, MORE_KEY, creditIn, withoutCredit } from './credit.ts';
import type { Sink } from './direct-observable.ts';
import type { CallOptions, CallProgress, CallResult } from './options.ts';
import { StreamIterator } from './stream-iterator.ts';

/** Who keeps a stream from being faster than its consumer: `'credit'`, its callee; `'none'`, nobody but a bound. */
export type CallFlow = 'credit' | 'none';

/** What `callStream` emits: results as `call` has them, and who bounds them. */
export type StreamedResult<G = unknown, R = unknown, GK = Dict, RK = Dict> = (CallProgress<G, GK> | CallResult<R, readonly [R, ...List], RK>) & { readonly details: Dict & { readonly flow: CallFlow } };

/**
 * Options of `callStream`: those of `call`, and of what waits here. Of the latter `overflow`, `limit` and `report` are for callees and routers
 * that know nothing of credit; where it is kept to, no more than `credit` can come, and one more ends the stream with OverflowError.
 */
export interface CallStreamOptions<T = StreamedResult> extends Omit<CallOptions, 'progress'>, OverflowOptions<T> {
  /**
   * How many values may be on their way or wait here. After half of them have been processed the callee may send as many more.
   *
   * @default none is given, and the callee sends as it likes
   */
  readonly credit?: number | undefined;
  /**
   * Works on each value before it is emitted, one at a time; when what it gives completes, the value has been processed. An error of it cancels the call.
   *
   * @default a value has been processed when `next` returns
   */
  readonly process?: ((value: T) => ObservableInput<unknown>) | undefined;
}

/** What a stream needs of a Session or a Client. */
export interface StreamingPeer {
  startCall(request: CallRequest, sink: Sink<CallResult | CallProgress>): void;
}

type Process = (value: StreamedResult) => ObservableInput<unknown>;

/** A stream that was read and found right. */
interface StreamRequest {
  readonly call: CallRequest;
  /** What its contract says of its results, once the agreement about credit has been taken out of them. */
  readonly checks: ProcedureChecks | undefined;
  readonly credit: number | undefined;
  readonly process: Process | undefined;
  readonly overflow: OverflowOptions<StreamedResult>;
}

/**
 * The values of a `callStream`, for each subscriber anew; or one after the other, as a loop asks for them.
 *
 * ```ts
 * for await (const { args: [row] } of client.callStream<Row>('com.db.rows', [], { credit: 32 })) await save(row);
 * ```
 */
export class CallStream<G = unknown, R = unknown, GK = Dict, RK = Dict> extends Observable<StreamedResult<G, R, GK, RK>> implements AsyncIterable<StreamedResult<G, R, GK, RK>> {
  readonly #peer: StreamingPeer;
  readonly #request: StreamRequest;

  /** @internal */
  constructor(peer: StreamingPeer, request: StreamRequest) {
    super((subscriber) => new StreamRun(peer, request, subscriber as unknown as Subscriber<StreamedResult>).start());
    this.#peer = peer;
    this.#request = request;
  }

  /** A value counts as processed when the next one is asked for. */
  [Symbol.asyncIterator](): AsyncIterableIterator<StreamedResult<G, R, GK, RK>, undefined> {
    const { process } = this.#request;
    return new StreamIterator<StreamedResult<G, R, GK, RK>>((taken) => {
      const request = { ...this.#request, process: (value: StreamedResult) => concat(process === undefined ? [] : defer(() => process(value)), taken(value as StreamedResult<G, R, GK, RK>)) };
      return new CallStream<G, R, GK, RK>(this.#peer, request);
    });
  }
}

/** Reads what a user passed to `callStream`. Throws InvalidUriError, TypeError, RangeError or TypeCheckError. */
export function readCallStream(uri: Uri, payload: PayloadInput | undefined, options: CallStreamOptions<never> = {}, contract?: Checks): StreamRequest {
  const { credit, process, limit, overflow, report, ...callOptions } = options as CallStreamOptions;
  checkOverflow(options, 'callStream');
  checkCount(credit, 'credit', 1);
  if (credit === Infinity) throw new RangeError('credit must be a number that ends, got Infinity');
  if (process !== undefined && typeof process !== 'function') throw new TypeError(`process must be a function, got ${typeof process}`);
  const { checks, ...call } = readCall(uri, payload, { ...callOptions, progress: true }, contract);
  return { call, checks, credit, process, overflow: { limit, overflow, report } };
}

/** One subscription to a stream: values in order, one at a time, and a grant whenever half of the credit has been used up. */
class StreamRun {
  readonly #peer: StreamingPeer;
  readonly #request: StreamRequest;
  readonly #subscriber: Subscriber<StreamedResult>;
  readonly #work = new Subscription();
  #waiting: BoundedQueue<StreamedResult>;
  #flow: CallFlow | undefined;
  /** How many the callee may still send. */
  #left = 0;
  /** How many have been processed and not been granted again. */
  #owed = 0;
  #grants: Subscriber<PayloadInput> | undefined;
  #isBusy = false;
  #isPumping = false;
  #hasEnded = false;

  constructor(peer: StreamingPeer, request: StreamRequest, subscriber: Subscriber<StreamedResult>) {
    this.#peer = peer;
    this.#request = request;
    this.#subscriber = subscriber;
    this.#waiting = new BoundedQueue(request.overflow);
    subscriber.add(this.#work);
  }

  start(): void {
    const { call, credit } = this.#request;
    if (credit === undefined) return this.#call(call, false);
    this.#left = credit;
    const { args, kwargs } = call.payload;
    this.#call({
      ...call,
      payload: { args, kwargs: { ...kwargs, [CREDIT_KEY]: credit } },
      input: new Observable<PayloadInput>((grants) => {
        this.#grants = grants;
        this.#grant(credit);
      }),
      isPaused: () => this.#flow === 'credit' && this.#left <= 0,
    }, true);
  }

  #call(request: CallRequest, givesCredit: boolean): void {
    subscribeWithin(this.#work, new Observable<CallResult | CallProgress>((sink) => this.#peer.startCall(request, sink)), {
      next: (result) => this.#receive(result, givesCredit),
      error: (error: unknown) => {
        // Nothing has come of it: the callee, or the router, wants to be called as ever.
        if (givesCredit && this.#flow === undefined && isUnsupported(error)) this.#call(this.#request.call, false);
        else this.#fail(error);
      },
      complete: () => {
        this.#hasEnded = true;
        this.#pump();
      },
    });
  }

  #receive(result: CallResult | CallProgress, givesCredit: boolean): void {
    const { progress, args, details } = result;
    const isFirst = this.#flow === undefined;
    const flow = this.#flow ??= this.#agree(givesCredit && creditIn(result.kwargs, CREDIT_KEY) !== undefined);
    const kwargs = isFirst && givesCredit ? withoutCredit(result.kwargs, CREDIT_KEY) : result.kwargs;
    if (progress) this.#left -= 1;
    // An empty end says no more than complete() does.
    else if (args.length === 0 && Object.keys(kwargs).length === 0) return;
    if (flow === 'credit' && this.#left < 0) return this.#fail(new OverflowError(`callee of ${this.#request.call.uri} must keep to its credit, got a result more`));
    this.#take({ progress, args, kwargs, details: { ...details, flow } } as StreamedResult);
  }

  #agree(isCredited: boolean): CallFlow {
    const { credit } = this.#request;
    if (!isCredited || credit === undefined) return 'none';
    // The last result needs no credit.
    this.#waiting = new BoundedQueue({ limit: credit + 1 });
    return 'credit';
  }

  #take(received: StreamedResult): void {
    let value: StreamedResult;
    try {
      value = this.#request.checks?.result(received) ?? received;
      if (this.#isBusy || this.#isPumping || this.#waiting.size > 0) return this.#waiting.push(value);
    } catch (error) {
      return this.#fail(error);
    }
    this.#isPumping = true;
    this.#begin(value);
    this.#isPumping = false;
    this.#pump();
  }

  // A loop and no recursion: a grant may bring the next values along while they are counted.
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (!this.#isBusy && this.#waiting.size > 0 && !this.#subscriber.closed) this.#begin(this.#waiting.shift());
    this.#isPumping = false;
    if (this.#hasEnded && !this.#isBusy && this.#waiting.size === 0) this.#subscriber.complete();
  }

  #begin(value: StreamedResult): void {
    const { process } = this.#request;
    if (process === undefined) return this.#processed(value);
    this.#isBusy = true;
    let isDone = false;
    // It counts until it is torn down, and not until it completes: the next may need what it held.
    const counted = defer(() => from(process(value))).pipe(finalize(() => {
      if (!isDone) return;
      this.#isBusy = false;
      this.#processed(value);
      this.#pump();
    }));
    subscribeWithin(this.#work, counted, { next: () => {}, error: (error: unknown) => this.#fail(error), complete: () => { isDone = true; } });
  }

  #processed(value: StreamedResult): void {
    this.#subscriber.next(value);
    const { credit } = this.#request;
    if (this.#flow !== 'credit' || credit === undefined) return;
    this.#owed += 1;
    this.#grant(credit);
  }

  // The first values may be here before the CALL that asked for them has been written to its end.
  #grant(credit: number): void {
    if (this.#grants === undefined || this.#owed < Math.ceil(credit / 2)) return;
    const more = this.#owed;
    this.#owed = 0;
    this.#left += more;
    this.#grants.next({ kwargs: { [MORE_KEY]: more } });
  }

  #fail(error: unknown): void {
    this.#work.unsubscribe();
    this.#subscriber.error(error);
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof FeatureNotSupportedError || applicationErrorOf(error)?.uri === WampUri.featureNotSupported;
}
