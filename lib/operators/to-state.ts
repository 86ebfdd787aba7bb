import { Observable, ReplaySubject, concatMap, distinctUntilChanged, map, of, share, startWith, tap } from 'rxjs';

/** An Observable of states that knows its current one. Made by {@link toState}. */
export class StateObservable<S> extends Observable<S> {
  readonly #read: () => S;

  /** @internal */
  constructor(states: Observable<S>, read: () => S) {
    super((subscriber) => states.subscribe(subscriber));
    this.#read = read;
  }

  /** The current state; the seed while nobody watches. The same object until the state changes. */
  get value(): S {
    return this.#read();
  }
}

/**
 * Reduces values into a state that many can watch, and that can be read at any time.
 *
 * The source is subscribed to with the first observer and shared by all; each gets the current state at once, at first the seed, and then
 * every other one that is not the same (`Object.is`). When the last leaves, the source is unsubscribed and the state is the seed again, as
 * it is after an error, so that `retry` begins afresh. When the source completes, the last state stays, for late observers too. What
 * `reducer` throws is an error of the source. A `reducer` returns a new state and leaves the old one as it was.
 *
 * `value` is the current state as a plain property: the seed while nobody watches. In a pipe only the Observable remains; applied to the
 * source, {@link StateObservable} has both.
 *
 * With `(sum, n) => sum + n` and 0:
 *
 * ```
 * in      --1--0--2--|
 * out     0-1-----3--|
 * late        1---3--|
 * ```
 *
 * ```ts
 * const stock = toState((left: number, { args: [sold] }: TopicEvent<[sold: number]>) => left - sold, 100)(client.topic('com.shop.sold'));
 *
 * // React
 * const watch = (changed: () => void) => {
 *   const subscription = stock.subscribe(changed);
 *   return () => subscription.unsubscribe();
 * };
 * const left = useSyncExternalStore(watch, () => stock.value);
 * // 3 are sold => left is 100, then 97
 * ```
 */
export function toState<T, S>(reducer: (state: S, value: T) => S, seed: S): (source: Observable<T>) => StateObservable<S> {
  return (source) => {
    let current = seed;
    const reset = (): void => { current = seed; };

    const states = source.pipe(
      map((value) => (current = reducer(current, value))),
      startWith(seed),
      distinctUntilChanged(Object.is),
      // One `next` inside another waits here, or the observers behind the first would see them the wrong way round.
      concatMap((state) => of(state)),
      tap({ error: reset, unsubscribe: reset }),
      share({ connector: () => new ReplaySubject<S>(1), resetOnComplete: false }),
    );
    return new StateObservable(states, () => current);
  };
}
