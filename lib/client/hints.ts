import { Observable } from 'rxjs';

/**
 * What a runtime tells of the network and of the page. A hint brings an attempt forward or puts it off, and never proves anything: whether
 * a router can be reached is told by its frames alone.
 *
 * - `offline`: there is no network; `online`: there may be one again
 * - `hidden`: nobody looks at the page; `visible`: somebody does
 * - `freeze`, `pagehide`: the page is about to stop; `resume`, `pageshow`: it goes on
 */
export type Hint = 'online' | 'offline' | 'visible' | 'hidden' | 'freeze' | 'resume' | 'pagehide' | 'pageshow';

const OF_WINDOW = ['online', 'offline', 'pagehide', 'pageshow'] as const;
const OF_DOCUMENT = ['freeze', 'resume'] as const;

/** What of a page is looked at. Workers have no document, and Node has neither events nor document. */
interface Page {
  readonly addEventListener?: EventTarget['addEventListener'];
  readonly removeEventListener?: EventTarget['removeEventListener'];
  readonly navigator?: { readonly onLine?: boolean };
  readonly document?: EventTarget & { readonly visibilityState: string };
}

/**
 * The hints of a browser, from the events of its window and document. On subscribe it says at once what is not as it usually is: `offline`,
 * `hidden`. Never ends; unsubscribing takes the listeners off. Where there is no page it says nothing.
 *
 * ```ts
 * createClient({ url, realm: 'realm1', hints$: browserHints().pipe(filter((hint) => hint !== 'offline')) });
 * ```
 */
export function browserHints(): Observable<Hint> {
  return new Observable((subscriber) => {
    const page = globalThis as Page;
    const { document } = page;
    const listen = (target: Pick<EventTarget, 'addEventListener' | 'removeEventListener'>, event: string, hint: () => Hint): void => {
      const listener = (): void => subscriber.next(hint());
      target.addEventListener(event, listener);
      subscriber.add(() => target.removeEventListener(event, listener));
    };
    const visibility = (): Hint => (document?.visibilityState === 'hidden' ? 'hidden' : 'visible');

    if (page.addEventListener === undefined) return;
    for (const event of OF_WINDOW) listen(globalThis, event, () => event);
    if (document !== undefined) {
      for (const event of OF_DOCUMENT) listen(document, event, () => event);
      listen(document, 'visibilitychange', visibility);
    }
    if (page.navigator?.onLine === false) subscriber.next('offline');
    if (visibility() === 'hidden') subscriber.next('hidden');
  });
}
