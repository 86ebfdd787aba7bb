import { Observable, Subscription } from 'rxjs';
import { subscribeWithin } from '../operators/subscribe-within.ts';

/**
 * Emits the last values of all sources, once each of them has emitted, and again once each has emitted anew. Completes when all have; with no
 * sources it emits an empty list.
 *
 * ```
 * a    1---2-----|
 * b    --1---2-----|
 * out  --x---y-----|     x [a1, b1], y [a2, b2]
 * ```
 */
export function allOf<T>(sources: readonly Observable<T>[]): Observable<readonly T[]> {
  return new Observable((subscriber) => {
    const values = new Map<number, T>();
    const heard = new Set<number>();
    let open = sources.length;
    if (open === 0) {
      subscriber.next([]);
      return subscriber.complete();
    }
    const all = new Subscription();
    subscriber.add(all);
    for (const [at, source] of sources.entries()) {
      subscribeWithin(all, source, {
        next: (value) => {
          values.set(at, value);
          heard.add(at);
          if (heard.size < sources.length) return;
          heard.clear();
          subscriber.next(sources.map((_, index) => values.get(index) as T));
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => {
          open -= 1;
          if (open === 0) subscriber.complete();
        },
      });
      if (subscriber.closed) return;
    }
  });
}
