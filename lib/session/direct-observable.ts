import { Observable, Subscription, throwError, type Observer, type Subscriber, type SubscriptionLike, type TeardownLogic, type Unsubscribable } from 'rxjs';

/** Who receives what a verb emits, and is undone with it: a Subscriber, or a consumer function in the lean form below. */
export type Sink<T> = Pick<Subscriber<T>, 'next' | 'error' | 'complete' | 'add' | 'closed'>;

/** A function that is called with each value. */
export type Consumer<T> = (value: T) => void;

/**
 * An Observable that hands a consumer function straight to whoever feeds it. RxJS puts a Subscriber, a consumer and a list of finalizers
 * around each, which is most of what a subscription to a topic would hold, and half of what an event would cost. Observers and operators
 * get their Subscriber as ever.
 */
export class DirectObservable<T> extends Observable<T> {
  readonly #start: (sink: Sink<T>) => void;
  readonly #direct: ((consume: Consumer<T>) => FunctionSink<never> | undefined) | undefined;

  /** `direct` starts with a consumer function and makes the sink itself, or leaves it to `start`. */
  constructor(start: (sink: Sink<T>) => void, direct?: (consume: Consumer<T>) => FunctionSink<never> | undefined) {
    super(start);
    this.#start = start;
    this.#direct = direct;
  }

  override subscribe(observerOrNext?: Partial<Observer<T>> | Consumer<T> | null, error?: ((error: unknown) => void) | null, complete?: (() => void) | null): Subscription {
    const consume = observerOrNext ?? ignore;
    if (typeof consume !== 'function' || error != null || complete != null) return super.subscribe(consume as Consumer<T>, error, complete);
    return (this.#direct?.(consume) ?? this.#feed(consume)).asSubscription();
  }

  #feed(consume: Consumer<T>): FunctionSink<T> {
    const sink = new UndoneSink(consume);
    try {
      this.#start(sink);
    } catch (thrown) {
      sink.error(thrown);
    }
    return sink;
  }
}

function ignore(): void {}

/** A consumer function as a sink, and as the subscription to what feeds it: what RxJS asks of one, in less room. */
export abstract class FunctionSink<T> implements Sink<T>, SubscriptionLike {
  closed = false;
  readonly #consume: Consumer<T>;
  #more: Subscription | undefined;

  constructor(consume: Consumer<T>) {
    this.#consume = consume;
  }

  next(value: T): void {
    if (this.closed) return;
    try {
      this.#consume(value);
    } catch (thrown) {
      reportLater(thrown);
    }
  }

  error(error: unknown): void {
    if (this.closed) return;
    this.unsubscribe();
    reportLater(error);
  }

  complete(): void {
    this.unsubscribe();
  }

  add(teardown: TeardownLogic): void {
    this.#more ??= new Subscription();
    if (this.closed) this.#more.unsubscribe();
    this.#more.add(teardown);
  }

  remove(teardown: Exclude<TeardownLogic, void>): void {
    this.#more?.remove(teardown);
  }

  unsubscribe(): void {
    if (this.closed) return;
    this.closed = true;
    this.undo();
    this.#more?.unsubscribe();
  }

  /** It has all that RxJS looks for in a subscription that is not its own. */
  asSubscription(): Subscription {
    return this as SubscriptionLike as Subscription;
  }

  /** Ends what feeds it. Called once. */
  protected abstract undo(): void;
}

/** A sink that is told what to undo. */
class UndoneSink<T> extends FunctionSink<T> {
  #undo: Unsubscribable | undefined;

  override add(teardown: TeardownLogic): void {
    if (this.#undo === undefined && !this.closed && typeof teardown === 'object') this.#undo = teardown;
    else super.add(teardown);
  }

  protected override undo(): void {
    const undo = this.#undo;
    this.#undo = undefined;
    undo?.unsubscribe();
  }
}

/** As RxJS does with what nobody handles: it is thrown when the stack is empty. */
function reportLater(error: unknown): void {
  throwError(() => error).subscribe();
}
