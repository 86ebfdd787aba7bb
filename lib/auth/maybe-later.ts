import { concatMap, defer, first, from, isObservable, map, of, type Observable } from 'rxjs';
import type { MaybeLater } from './authenticator.ts';

/**
 * Told of each promise that is about to be waited for, in words, where somebody has to know: virtual time passes without it.
 *
 * @internal
 */
export const promises: { onMet?: ((what: string) => void) | undefined } = {};

/** Tells an answer that comes later from one that is there. */
export function isLater<T>(answer: MaybeLater<T>): answer is PromiseLike<T> | Observable<T> {
  return isObservable(answer) || isThenable(answer);
}

/**
 * Asks on each subscription, and emits the answer: at once where it is there, or the first value of an Observable. Errors with whatever
 * is thrown, and with RxJS's EmptyError where an Observable ends without an answer. Unsubscribing gives an Observable up.
 */
export function answerOf<T>(ask: () => MaybeLater<T>): Observable<T> {
  return defer(() => toObservable(ask())).pipe(first());
}

/** Makes something else of an answer, and leaves it as early or as late as it is. */
export function mapAnswer<T, R>(answer: MaybeLater<T>, project: (value: T) => R): MaybeLater<R> {
  return isLater(answer) ? toObservable(answer).pipe(map(project)) : project(answer);
}

/** Asks for another answer once the first is there, and is as early or as late as both. */
export function chainAnswer<T, R>(answer: MaybeLater<T>, next: (value: T) => MaybeLater<R>): MaybeLater<R> {
  return isLater(answer) ? toObservable(answer).pipe(concatMap((value) => toObservable(next(value)))) : next(answer);
}

function toObservable<T>(answer: MaybeLater<T>): Observable<T> {
  if (isObservable(answer)) return answer;
  if (!isThenable(answer)) return of(answer);
  promises.onMet?.('credentials, a verdict or a decision');
  return from(answer);
}

/** Tells a promise, or what will pass for one. */
export function isThenable<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof answer === 'object' && answer !== null && 'then' in answer && typeof answer.then === 'function';
}
