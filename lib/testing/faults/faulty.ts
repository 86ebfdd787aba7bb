import { Observable, Subscription, type MonoTypeOperatorFunction } from 'rxjs';
import type { Connection } from '../../transports/transport.ts';
import { FaultyConnection, type Fault } from './faulty-connection.ts';

/** Puts a fault into each connection of a transport: what the operators of this folder are made with. */
export function faulty(faultOf: (inner: Connection) => Fault): MonoTypeOperatorFunction<Connection> {
  return (source) => new Observable((subscriber) => {
    const dial = new Subscription();
    let connection: FaultyConnection | undefined;
    dial.add(source.subscribe({
      next: (inner) => {
        connection = new FaultyConnection({ inner, fault: faultOf(inner), dial, onEnd: () => subscriber.complete() });
        subscriber.next(connection);
      },
      error: (error: unknown) => subscriber.error(error),
      // After a connection its own end is what counts, and that is still under way.
      complete: () => {
        if (connection === undefined) subscriber.complete();
      },
    }));
    return () => {
      if (connection === undefined) dial.unsubscribe();
      else connection.release();
    };
  });
}
