import { asyncScheduler, type MonoTypeOperatorFunction, type Subscription } from 'rxjs';
import { linkTo } from '../../lib/router/link.ts';
import type { Connection, Transport } from '../../lib/transports/transport.ts';

/** An open connection, the spec at both of its ends. */
export interface Dialled {
  /** The end of who dialled, with the faults in front of it. */
  readonly near: Connection;
  readonly far: Connection;
  /** The subscription to the transport. */
  readonly line: Subscription;
}

/** A transport in memory that takes no time, and the far ends of the connections that were made with it. */
export function farEnds(): { readonly transport: Transport; readonly far: readonly Connection[] } {
  const far: Connection[] = [];
  const accept = (connection: Connection): void => { far.push(connection); };
  return { transport: linkTo({ subprotocol: 'wamp.2.json', latency: 0, scheduler: asyncScheduler, accept }), far };
}

/** Dials through faults, the one nearest to the far end first. Throws where no connection comes of it at once. */
export function dialled(...faults: readonly MonoTypeOperatorFunction<Connection>[]): Dialled {
  const { transport, far } = farEnds();
  let near: Connection | undefined;
  const line = faults.reduce((source, fault) => source.pipe(fault), transport).subscribe((connection) => { near = connection; });
  if (near === undefined || far[0] === undefined) throw new Error('a connection must be there at once');
  return { near, far: far[0], line };
}

/** All that a connection brings: its frames, and 'complete' or the name of its error. */
export function heard(connection: Connection): unknown[] {
  const seen: unknown[] = [];
  connection.subscribe({
    next: (frame) => seen.push(frame),
    complete: () => seen.push('complete'),
    error: ({ name }: Error) => seen.push(name),
  });
  return seen;
}
