import { NEVER, Observable, of, shareReplay } from 'rxjs';
import { randomId } from '../protocol/ids.ts';

/** What is used of Web Locks. */
interface Locks {
  request<T>(name: string, options: { mode?: 'exclusive' | 'shared'; ifAvailable?: boolean; signal?: AbortSignal }, granted: (lock: object | null) => T | Promise<T>): Promise<T>;
}

let held$: Observable<string | undefined> | undefined;

// Not there in Node before 24, nor on pages that came by http: from elsewhere.
function locksOf(): Locks | undefined {
  return (globalThis.navigator as { readonly locks?: Locks } | undefined)?.locks;
}

/** Whether there are Web Locks. */
export function hasWebLocks(): boolean {
  return locksOf() !== undefined;
}

/**
 * The name of a Web Lock that this page or worker holds as long as it lives: whoever may not know that it is gone waits for it. Held from the first
 * subscription on. `undefined` where there are no Web Locks.
 */
export function ownLock(): Observable<string | undefined> {
  held$ ??= hold(`rxwamp:${randomId().toString(36)}`).pipe(shareReplay(1));
  return held$;
}

function hold(name: string): Observable<string | undefined> {
  const locks = locksOf();
  if (locks === undefined) return of(undefined);
  return new Observable((subscriber) => {
    // Frames of an opaque origin have the interface, and are refused.
    locks.request(name, {}, () => new Promise<void>(() => subscriber.next(name))).catch(() => subscriber.next(undefined));
  });
}

/**
 * Emits when nobody holds the lock of this name any more: its page or worker is gone, closed or crashed. Never emits where it cannot be seen from
 * here, as that of another origin.
 *
 * Whoever tells a lock has it already. One that is free may so belong to another origin; where `isVisible` says that it cannot, its holder is gone already, and
 * this emits at once.
 */
export function whenReleased(name: string, isVisible = false): Observable<void> {
  const locks = locksOf();
  if (locks === undefined) return NEVER;
  return new Observable((subscriber) => {
    const waiting = new AbortController();
    const wait = (): Promise<void> => locks.request(name, { mode: 'shared', signal: waiting.signal }, () => subscriber.next());
    const waited = isVisible ? wait() : locks.request(name, { mode: 'shared', ifAvailable: true }, (lock) => lock === null).then((taken) => (taken ? wait() : undefined));
    waited.catch(() => undefined);
    return () => waiting.abort();
  });
}

/** Emits when this page or worker has the lock of this name, of all that ask for it; gives it back, or stops asking, when it is unsubscribed. */
export function whileHeld(name: string): Observable<void> {
  return new Observable((subscriber) => {
    const waiting = new AbortController();
    let release = (): void => {};
    locksOf()?.request(name, { signal: waiting.signal }, () => new Promise<void>((resolve) => {
      release = resolve;
      subscriber.next();
    })).catch((error: unknown) => subscriber.error(error));
    return () => {
      waiting.abort();
      release();
    };
  });
}
