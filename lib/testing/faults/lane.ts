import type { Observable } from 'rxjs';
import type { Frame } from '../../transports/transport.ts';

/** Which way a lane leads, as the client sees it. */
export type Direction = 'out' | 'in';

/** How one end ends a connection: the last that a lane carries, behind its frames. */
export class Ending {
  readonly kind: 'closed' | 'dropped';
  /** Why it was dropped. */
  readonly cause: unknown;

  constructor(kind: 'closed' | 'dropped', cause?: unknown) {
    this.kind = kind;
    this.cause = cause;
  }
}

/** What travels. */
export type Parcel = Frame | Ending;

/** Where a lane leads to. Its functions can be taken off it. */
export interface Outlet {
  readonly arrive: (parcel: Parcel) => void;
  /** Told where more is under way than the lane has room for. */
  readonly overflow: () => void;
}

/** One direction of a connection with a fault: takes what is sent at its one end and hands it out at the other, in order. */
export interface Lane {
  send(parcel: Parcel): void;
  /** Loses what is under way. Nothing but an ending may follow. */
  lose(): void;
  /** Bytes that wait here and have not left the process. */
  readonly bufferedAmount: number;
  /** `false` while too many wait; absent where none ever does. */
  readonly writable$?: Observable<boolean>;
}

/** A lane that takes no time; `alter` sees each frame and says what arrives in its place. */
export function straightLane({ arrive }: Outlet, alter?: (frame: Frame) => Frame): Lane {
  return {
    send: alter === undefined ? arrive : (parcel) => arrive(parcel instanceof Ending ? parcel : alter(parcel)),
    lose: () => {},
    bufferedAmount: 0,
  };
}
