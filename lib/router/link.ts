import { Observable, type SchedulerLike } from 'rxjs';
import { TransportLostError } from '../errors.ts';
import { ForwardingConnection } from '../transports/forwarding-connection.ts';
import { memoryLink } from '../transports/memory.ts';
import type { Connection, Transport } from '../transports/transport.ts';

/** What {@link linkTo} needs. */
export interface LinkToOptions {
  readonly subprotocol: string;
  /** Milliseconds a frame is under way. */
  readonly latency: number;
  readonly scheduler: SchedulerLike;
  /** Takes the other end over, or throws what the transport is to error with. */
  readonly accept: (connection: Connection) => void;
}

/** A transport in the same process: each subscription makes a link, has its far end accepted, and emits its near one. */
export function linkTo({ subprotocol, latency, scheduler, accept }: LinkToOptions): Transport {
  return new Observable((subscriber) => {
    const [near, far] = memoryLink({ subprotocol, latency, scheduler });
    accept(far);
    subscriber.next(new LinkedConnection(near, () => subscriber.complete()));
    return () => near.error(new TransportLostError('the link was given up'));
  });
}

/** A connection that says when its reader has been told of its end, for the transport is to complete after that. */
class LinkedConnection extends ForwardingConnection {
  constructor(connection: Connection, onEnd: () => void) {
    super(connection, (reader) => connection.subscribe({
      next: (frame) => reader.next(frame),
      error: (error) => {
        reader.error(error);
        onEnd();
      },
      complete: () => {
        reader.complete();
        onEnd();
      },
    }));
  }
}
