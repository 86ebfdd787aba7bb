import { Observable, type Observer, type Subscription } from 'rxjs';

/**
 * Subscribes to a source as a part of `parent`, whose end ends the source at once: also one that emits without end while it is being
 * subscribed to.
 *
 * Internal: `parent.add(source.subscribe(observer))` learns of the subscription only when such a source has emitted everything.
 */
export function subscribeWithin<T>(parent: Subscription, source: Observable<T>, observer: Observer<T>): void {
  new Observable<T>((subscriber) => {
    parent.add(subscriber);
    if (!subscriber.closed) source.subscribe(subscriber);
  }).subscribe(observer);
}
