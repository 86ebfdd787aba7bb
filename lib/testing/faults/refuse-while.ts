import { Observable, type MonoTypeOperatorFunction } from 'rxjs';
import { ConnectFailedError } from '../../errors.ts';
import type { Connection } from '../../transports/transport.ts';

/**
 * Dials error with ConnectFailedError while the last value is `true`, those that are on their way too. Open connections live on.
 *
 * ```
 * refused   f---t---f
 * dials     -c---#---c
 * ```
 *
 * `refused$` is subscribed to by each dial until it is open, and says then what holds, as a BehaviorSubject does; while it has said
 * nothing, nobody is refused. Should it fail, the dial errors with its error.
 */
export function refuseWhile(refused$: Observable<boolean>): MonoTypeOperatorFunction<Connection> {
  return (source) => new Observable((subscriber) => {
    const watching = refused$.subscribe({
      next: (isRefused) => {
        if (isRefused) subscriber.error(new ConnectFailedError('connection must be accepted, got refused'));
      },
      error: (error: unknown) => subscriber.error(error),
    });
    subscriber.add(watching);
    if (subscriber.closed) return undefined;
    return source.subscribe({
      next: (connection) => {
        watching.unsubscribe();
        subscriber.next(connection);
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}
