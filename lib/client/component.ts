import { EMPTY, NEVER, Observable, Subscription, combineLatest, defer, filter, forkJoin, from, ignoreElements, isObservable, merge, take, tap } from 'rxjs';
import type { Client } from './client.ts';

/** What `main` of a component may give: nothing, and it runs until it is told to stop; or what it does until it completes. */
export type ComponentWork = void | PromiseLike<unknown> | Observable<unknown> | AsyncIterable<unknown>;

/** How a component came to its end. */
export interface ComponentEnd {
  /** 0, or 1 after a failure, or what the request to stop says. */
  readonly code: number;
  /** What it failed with. */
  readonly error?: unknown;
}

/** What {@link component} runs. */
export interface Component {
  readonly clients: readonly Client[];
  /** Begins to work; all clients are joined. */
  readonly main: () => ComponentWork;
  /** Requests to stop, each with the code of the end that it asks for. The second one ends it at once. */
  readonly stop$: Observable<number>;
  /** Milliseconds that clients have to drain. @default 30000 */
  readonly timeout?: number | undefined;
}

/**
 * Runs a component: holds its clients open, begins `main` when all of them are joined, and puts everything away in the end. Emits how it ended, and
 * completes.
 *
 * It ends when `main` completes or fails, a client gives up, all of them are closed, or it is asked to. Then every client drains: procedures are
 * unregistered and topics unsubscribed, what runs comes to its end, and the client leaves and disconnects. What `main` is about is
 * unsubscribed from last, since it may be what the clients wait for. A failure behind the first reason to end is none.
 *
 * ```
 * clients      c---j-----------d---x        j joined, d draining, x closed
 * main             ^---------------!
 * stop$        ----------------s----
 * out          --------------------(o|)     o { code: 143 }
 * ```
 *
 * Unsubscribing closes the clients without time to drain.
 */
export function component({ clients, main, stop$, timeout }: Component): Observable<ComponentEnd> {
  return new Observable((subscriber) => {
    const work = new Subscription();
    let isEnding = false;
    const drain = (within: number | undefined): Observable<unknown> => forkJoin(clients.map((client) => client.drain({ timeout: within })));
    const leave = (end: ComponentEnd): void => {
      work.unsubscribe();
      subscriber.next(end);
      subscriber.complete();
    };
    const begin = (end: ComponentEnd): void => {
      if (isEnding) return;
      isEnding = true;
      subscriber.add(drain(timeout).subscribe({ complete: () => leave(end) }));
    };

    subscriber.add(work);
    subscriber.add(() => drain(0).subscribe());
    subscriber.add(stop$.subscribe((code) => {
      if (isEnding) leave({ code });
      else begin({ code });
    }));
    work.add(merge(...clients.map(whatEnds)).subscribe({ error: (error: unknown) => begin({ code: 1, error }), complete: () => begin({ code: 0 }) }));
    const joined$ = combineLatest(clients.map((client) => client.session$)).pipe(filter((sessions) => !sessions.includes(undefined)), take(1));
    // What `main` does outlives the first sessions, which are watched to hold the clients open.
    work.add(merge(...clients.map(({ session$ }) => session$)).subscribe());
    work.add(joined$.subscribe(() => {
      work.add(defer(() => workOf(main())).subscribe({ error: (error: unknown) => begin({ code: 1, error }), complete: () => begin({ code: 0 }) }));
    }));
  });
}

/** Errors with the reason for which a client gives up, and completes when it is closed without one. */
function whatEnds({ state$ }: Client): Observable<never> {
  return state$.pipe(tap((state) => {
    if (state.kind === 'closed' && state.cause !== undefined) throw state.cause;
  }), ignoreElements());
}

function workOf(given: ComponentWork): Observable<unknown> {
  if (isObservable(given)) return given;
  if (given === undefined) return NEVER;
  if (typeof given === 'object' && given !== null && ('then' in given || Symbol.asyncIterator in given)) return from(given);
  return EMPTY;
}
