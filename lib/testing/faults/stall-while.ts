import { Observable, asyncScheduler, concat, concatMap, dematerialize, materialize, of, type MonoTypeOperatorFunction } from 'rxjs';
import type { Connection } from '../../transports/transport.ts';
import { faulty } from './faulty.ts';
import { QueueLane } from './queue-lane.ts';

/**
 * Nothing passes in either direction while the last value is `true`, and nobody is told: the connection is half open. Dials hang. When it
 * is over, what waited arrives in order, as TCP has it.
 *
 * ```
 * sent      -a-b-c----d
 * stalled   f-t---f
 * arrives   -a----(bc)d
 * ```
 *
 * Ends wait as frames do. A client that gives a stalled connection up has lost it at once and may dial again, while the router goes on
 * with it until the stall is over. What waits to be sent stands in `bufferedAmount`, and above 64 KiB of it `writable$` is `false`. The
 * peer does not see in its own `bufferedAmount` what it has sent. More than 32 MiB in one direction drop the connection: at this end at
 * once, at the other when the stall is over.
 *
 * `stalled$` is subscribed to by each dial and each connection, and says then what holds, as a BehaviorSubject does; while it has said
 * nothing, nothing is stalled. Should it fail, the dial errors with its error, and the connection is dropped.
 *
 * ```ts
 * const stalled$ = new BehaviorSubject(false);
 * ws('ws://127.0.0.1:8080/ws').pipe(stallWhile(stalled$));
 * ```
 */
export function stallWhile(stalled$: Observable<boolean>): MonoTypeOperatorFunction<Connection> {
  const free = whenFalse(stalled$);
  const stalling = faulty(() => {
    const lanes: QueueLane[] = [];
    let isHeld = false;
    // What leaves the first lane can bring another value: then that holds for the second one too.
    const hold = (value: boolean): void => {
      isHeld = value;
      for (const lane of lanes) lane.hold(isHeld);
    };
    return {
      lane: (outlet) => {
        const lane = new QueueLane(outlet, { isBuffer: true, scheduler: asyncScheduler });
        lanes.push(lane);
        return lane;
      },
      start: (connection) => stalled$.subscribe({
        next: hold,
        error: (error: unknown) => {
          connection.error(error);
          hold(false);
        },
      }),
    };
  });
  return (source) => concat(
    free,
    // Once it is open the end is up to the connection, which has its own queue.
    source.pipe(stalling, materialize(), concatMap((news, index) => (index === 0 ? concat(free, of(news)) : of(news))), dematerialize()),
  );
}

/** Completes once the last value is not `true`. */
function whenFalse(flag$: Observable<boolean>): Observable<never> {
  return new Observable((subscriber) => {
    let flag = false;
    let isKnown = false;
    const complete = (): void => {
      if (isKnown && !flag) subscriber.complete();
    };
    subscriber.add(flag$.subscribe({
      next: (value) => {
        flag = value;
        complete();
      },
      error: (error: unknown) => subscriber.error(error),
    }));
    // What it says on subscribe may be several values, and the last one holds.
    isKnown = true;
    complete();
  });
}
