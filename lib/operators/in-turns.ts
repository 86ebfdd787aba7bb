import { Observable, type SchedulerLike } from 'rxjs';
import { Outlet, type Store } from './outlet.ts';
import { subscribeWithin } from './subscribe-within.ts';

/**
 * Hands values on in turns of a scheduler. The first goes at once, and makes the consumer busy until the turn is over; what comes until
 * then waits in the store, and goes at the end of the turn, which makes the consumer busy for another.
 *
 * Internal: `bufferOverflow` and `conflate` differ in their store.
 */
export function inTurns<T>(source: Observable<T>, store: Store<T>, scheduler: SchedulerLike): Observable<T> {
  return new Observable((subscriber) => {
    let allowed = 1;
    let inTurn = false;

    const outlet = new Outlet(subscriber, store, () => {
      if (allowed === 0) return false;
      allowed -= 1;
      if (!inTurn) beginTurn();
      return true;
    });

    function beginTurn(): void {
      inTurn = true;
      subscriber.add(scheduler.schedule(endTurn));
    }

    // What is emitted while the consumer is handed the values of a turn is for the next one, so that a loop does not hold up everything.
    function endTurn(): void {
      inTurn = false;
      allowed = Math.max(1, store.size);
      outlet.flush();
    }

    subscribeWithin(subscriber, source, outlet);
  });
}
