import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Connection } from '../../transports/transport.ts';
import { faulty } from './faulty.ts';

/**
 * Drops every open connection at each emission: both ends error with TransportLostError, the far one first, and what is under way is lost.
 * The next dial is nothing to it; see {@link refuseWhile}.
 *
 * ```
 * notifier     ---x-----x
 * connection   c--#
 * the next     -----c---#
 * ```
 *
 * It cuts where it stands in the pipe: behind `latency()`, as in the example, the client hears of it at once and the router a latency
 * later; before it, the other way round. The notifier is subscribed to by each connection, until that has ended; should it fail, the
 * connection is dropped with its error as the cause.
 *
 * ```ts
 * ws('ws://127.0.0.1:8080/ws').pipe(latency(50), cutWhen(fromEvent(button, 'click')));
 * ```
 */
export function cutWhen(notifier$: Observable<unknown>): MonoTypeOperatorFunction<Connection> {
  return faulty(() => ({
    start: (connection) => notifier$.subscribe({ next: () => connection.cut(), error: (error: unknown) => connection.error(error) }),
  }));
}
