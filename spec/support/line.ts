import { Observable, Subject, merge, takeUntil } from 'rxjs';
import { ConnectFailedError, TransportLostError } from '../../lib/errors.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';

/** A transport over another one that can be cut and mended, as a person would with a pair of scissors. */
export class Line {
  readonly transport: Transport;
  readonly #open = new Set<() => void>();
  #broken = false;
  /** How often somebody dialled. */
  dials = 0;

  constructor(inner: Transport) {
    this.transport = new Observable((subscriber) => {
      this.dials += 1;
      if (this.#broken) return subscriber.error(new ConnectFailedError('connection must be accepted, got refused'));
      return inner.subscribe({
        next: (connection) => subscriber.next(this.#through(connection)),
        error: (error: unknown) => subscriber.error(error),
      });
    });
  }

  /** Both ends lose the connection; until it is mended nobody can dial. */
  cut(): void {
    this.#broken = true;
    for (const cut of this.#open) cut();
  }

  mend(): void {
    this.#broken = false;
  }

  #through(connection: Connection): Connection {
    const lost = new Subject<never>();
    const done = new Subject<void>();
    const cut = (): void => {
      this.#open.delete(cut);
      // The far end first: what it does about it is not heard here any more.
      done.next();
      connection.error(new TransportLostError('cut'));
      lost.error(new TransportLostError('cut'));
    };
    this.#open.add(cut);
    return Object.assign(new Observable<string | Uint8Array>((subscriber) => merge(connection.pipe(takeUntil(done)), lost).subscribe(subscriber)), {
      next: (frame: string | Uint8Array) => connection.next(frame),
      error: (error: unknown) => { this.#open.delete(cut); connection.error(error); },
      complete: () => { this.#open.delete(cut); connection.complete(); },
      subprotocol: connection.subprotocol,
      writable$: connection.writable$,
      bufferedAmount: 0,
    });
  }
}
