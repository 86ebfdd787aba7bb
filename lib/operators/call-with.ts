import type { Observable, OperatorFunction } from 'rxjs';
import type { PayloadInput, Uri } from '../types.ts';
import { processEach, type ProcessEachOptions } from './process-each.ts';

/** What {@link callWith} asks of a Session, a Client, or whatever calls. */
export interface CallingPeer<R> {
  call(uri: Uri, payload: PayloadInput): Observable<R>;
}

/** Options of {@link callWith}: how many calls may be in flight (`concurrency`, 1), and what happens to the values that wait. */
export interface CallWithOptions<T> extends ProcessEachOptions<T> {}

/**
 * Calls a procedure with each value, no more than `concurrency` calls at a time, and emits their results as they come; with the default of
 * one call at a time that is the order of the values.
 *
 * No more than `limit` values wait; `overflow` says what happens to others, and `report` hears of what is dropped. Completes when the
 * source has completed and every call is answered. The first call that fails is the error of all: those in flight are cancelled (CANCEL),
 * and what waits is dropped; so it is at an error of the source, and when it is unsubscribed from.
 *
 * A call is that of the peer without options. For options, or calls that may fail, or that are retried, hand it a peer that makes them so;
 * for anything else there is `processEach`, which this is made of.
 *
 * With `{ concurrency: 2 }`, where the calls take three, one and one frames:
 *
 * ```
 * in   abc----|
 * out  --B(AC)|
 * ```
 *
 * ```ts
 * order$.pipe(map((order) => [order]), callWith(client, 'com.shop.order', { concurrency: 4, limit: 100 })).subscribe();
 *
 * const patient = { call: (uri: Uri, payload: PayloadInput) => client.call<Receipt>(uri, payload, { timeout: 5_000 }).pipe(retryCall()) };
 * order$.pipe(map((order) => [order]), callWith(patient, 'com.shop.order')).subscribe(({ args: [receipt] }) => file(receipt));
 * // => orders, and with the second pipe files the receipt of each
 * ```
 *
 * Throws RangeError where an option makes no sense.
 */
export function callWith<T extends PayloadInput, R>(peer: CallingPeer<R>, uri: Uri, options: CallWithOptions<T> = {}): OperatorFunction<T, R> {
  return processEach((payload: T) => peer.call(uri, payload), options);
}
