import { combineLatest, distinctUntilChanged, map, type Observable, type Subscription, type TeardownLogic } from 'rxjs';
import { OverflowError, TransportLostError, WampError } from '../../errors.ts';
import { Inbox } from '../../transports/inbox.ts';
import type { Connection, Frame } from '../../transports/transport.ts';
import type { ChannelBinding } from '../../types.ts';
import { Ending, straightLane, type Direction, type Lane, type Outlet, type Parcel } from './lane.ts';
import { MAX_UNDER_WAY } from './queue-lane.ts';

/** What goes wrong on one connection. */
export interface Fault {
  /** Lays the lane of a direction, `'out'` first. @default straight lanes */
  readonly lane?: ((outlet: Outlet, direction: Direction) => Lane) | undefined;
  /** Called before anybody sees the connection. What it returns is done once nothing of the connection is left, at either end. */
  readonly start?: ((connection: FaultyConnection) => TeardownLogic) | undefined;
}

/** What a {@link FaultyConnection} is made of. */
export interface FaultyConnectionOptions {
  readonly inner: Connection;
  readonly fault: Fault;
  /** The subscription to the transport of the inner connection: let go of when the end has got through. */
  readonly dial: Subscription;
  /** Called once, after the reader was told of the end. */
  readonly onEnd: () => void;
}

/**
 * A connection over another one, with a lane for each direction in between: whatever passes, the end included, takes the lane, and how
 * the lane treats it is the fault.
 *
 * Dropped, it is over for its reader at once, and what is under way either way is lost; the news takes the lane, so that a peer behind a
 * slow or stalled one hears of it late. It still lives as long as that takes, whether or not somebody holds the transport. A close by the
 * peer is answered by the inner connection at its own end of the lane: what is under way to the peer by then is lost.
 */
export class FaultyConnection extends Inbox implements Connection {
  readonly subprotocol: string;
  readonly writable$: Observable<boolean>;
  readonly #inner: Connection;
  readonly #dial: Subscription;
  readonly #out: Lane;
  readonly #in: Lane;
  #state: 'open' | 'closing' | 'over' = 'open';

  constructor({ inner, fault: { lane = (outlet) => straightLane(outlet), start }, dial, onEnd }: FaultyConnectionOptions) {
    super(onEnd);
    this.#inner = inner;
    this.#dial = dial;
    this.subprotocol = inner.subprotocol;
    const overflow = (): void => this.error(new OverflowError(`frames under way must not exceed ${MAX_UNDER_WAY} bytes`));
    this.#out = lane({ arrive: (parcel) => this.#leave(parcel), overflow }, 'out');
    this.#in = lane({ arrive: (parcel) => this.#arrive(parcel), overflow }, 'in');
    this.writable$ = bothOf(inner.writable$, this.#out.writable$);
    dial.add(start?.(this));
    this.#listen();
  }

  get bufferedAmount(): number {
    return this.#out.bufferedAmount + this.#inner.bufferedAmount;
  }

  get maxLength(): number | undefined {
    return this.#inner.maxLength;
  }

  channelId(type: ChannelBinding): Uint8Array | undefined {
    return this.#inner.channelId?.(type);
  }

  next(frame: Frame): void {
    if (this.#state === 'open') this.#out.send(frame);
  }

  complete(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#out.send(new Ending('closed'));
  }

  error(cause: unknown): void {
    this.#drop(cause, new TransportLostError('the connection was dropped', { cause }));
  }

  /** Both ends lose the connection, the far one first. */
  cut(): void {
    const failure = new TransportLostError('the connection was cut');
    this.#drop(failure, failure);
  }

  /** Drops the connection unless it is being closed already: then the closing runs on by itself. */
  release(): void {
    if (this.#state === 'open') this.error(undefined);
  }

  #listen(): void {
    // Once it is over for us, what still comes is read all the same: it would pile up in the inner connection.
    const take = (parcel: Parcel): void => {
      if (this.#state !== 'over') this.#in.send(parcel);
    };
    this.#inner.subscribe({
      next: take,
      error: (cause: unknown) => take(new Ending('dropped', cause)),
      complete: () => take(new Ending('closed')),
    });
  }

  #drop(cause: unknown, failure: TransportLostError): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#in.lose();
    this.#out.lose();
    this.#out.send(new Ending('dropped', cause));
    this.drop(failure);
  }

  #leave(parcel: Parcel): void {
    if (!(parcel instanceof Ending)) this.#inner.next(parcel);
    else if (parcel.kind === 'closed') this.#inner.complete();
    else {
      this.#inner.error(parcel.cause);
      this.#dial.unsubscribe();
    }
  }

  #arrive(parcel: Parcel): void {
    if (!(parcel instanceof Ending)) {
      this.receive(parcel);
      return;
    }
    this.#state = 'over';
    this.#in.lose();
    this.#out.lose();
    this.#dial.unsubscribe();
    this.end(parcel.kind === 'closed' ? undefined : lossOf(parcel.cause));
  }
}

function lossOf(cause: unknown): WampError {
  return cause instanceof WampError ? cause : new TransportLostError('the connection was lost', { cause });
}

function bothOf(inner$: Observable<boolean>, own$: Observable<boolean> | undefined): Observable<boolean> {
  if (own$ === undefined) return inner$;
  return combineLatest([inner$, own$]).pipe(map(([inner, own]) => inner && own), distinctUntilChanged());
}
