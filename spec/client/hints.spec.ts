import { afterEach, describe, expect, it } from '@jest/globals';
import { Observable, Subject, asyncScheduler, map } from 'rxjs';
import { browserHints, type Hint } from '../../lib/client/hints.ts';
import type { ClientState } from '../../lib/client/state.ts';
import { wampMarbles, GOODBYE } from '../../lib/testing/index.ts';

const at = (ms: number, act: () => void): void => { asyncScheduler.schedule(act, ms); };
/** A state as its first letter, a suspension with its cause. */
const short = map((state: ClientState): string => (state.kind === 'waiting' && state.delay === Infinity ? `waits: ${String(state.cause)}` : state.kind));
const STATES = { i: 'idle', c: 'connecting', a: 'authenticating', j: 'joined', w: 'waiting', d: 'draining', f: 'waits: offline', z: 'waits: frozen', h: 'waits: hidden' };

describe('the hints of a client', () => {
  it('offline closes the connection at once and waits without a timer; online tries once, within 250 ms', () => {
    wampMarbles(({ client, router, expectObservable, expectLeaks }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ hints$, random: () => 0.4 });
      at(50, () => hints$.next('offline'));
      at(51, () => expect(router.stats().connections).toBe(0));
      at(600_000, () => hints$.next('online'));

      expectObservable(shop.state$.pipe(short), '^ 601s !').toBe('(icaj) 44ms f 599949ms w 99ms (caj)', STATES);
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 601s !').toBe('s 49ms s 600049ms s');
      expectLeaks().toBeEmpty();
    });
  });

  it('that somebody looks does not make it dial while it is offline', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ hints$, random: () => 0 });
      at(50, () => hints$.next('offline'));
      at(100, () => { hints$.next('visible'); hints$.next('resume'); });

      expectObservable(shop.state$.pipe(short), '^ 1s !').toBe('(icaj) 44ms f', STATES);
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 1s !').toBe('s 49ms s');
      expectLeaks().toBeEmpty();
    });
  });

  it('dials not at all where it is offline from the beginning', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const hints$ = new Observable<Hint>((subscriber) => { subscriber.next('offline'); at(1000, () => subscriber.next('online')); });
      const shop = client({ hints$, random: () => 0 });

      expectObservable(shop.state$.pipe(short), '^ 2s !').toBe('(if) 996ms (wcaj)', STATES);
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 2s !').toBe('s 999ms s');
      expectLeaks().toBeEmpty();
    });
  });

  it('lets the user try all the same', () => {
    wampMarbles(({ client, expectObservable }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ hints$ });
      at(50, () => hints$.next('offline'));
      at(100, () => shop.reconnectNow());

      expectObservable(shop.state$.pipe(short), '^ 1s !').toBe('(icaj) 44ms f 49ms (caj)', STATES);
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 1s !').toBe('s 49ms s 49ms s');
    });
  });

  it.each(['online', 'visible', 'pageshow'] as const)('%s brings the next attempt forward', (hint) => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ hints$, random: () => 0.4, retry: { initialDelay: 30_000, jitter: 'none' } });
      at(50, () => shop.link.cut());
      at(80, () => shop.link.restore());
      at(100, () => hints$.next(hint));

      expectObservable(shop.state$.pipe(short), '^ 1s !').toBe('(icaj) 44ms w 49ms w 99ms (caj)', STATES);
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 1s !').toBe('s 49ms s 149ms s');
      expectLeaks().toBeEmpty();
    });
  });

  it.each(['freeze', 'pagehide'] as const)('%s says GOODBYE and closes without waiting for an answer', (hint) => {
    wampMarbles(({ client, expectObservable, expectFrames, expectLeaks }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ hints$, random: () => 0 });
      shop.link.latency(100);
      at(500, () => hints$.next(hint));
      at(701, () => expect(shop.link.open).toBe(0));
      at(5000, () => hints$.next(hint === 'freeze' ? 'resume' : 'pageshow'));

      expectFrames(shop.link.sent$, '300ms ^ 500ms !').toBe('500ms g', { g: GOODBYE() });
      expectObservable(shop.state$.pipe(short), '^ 5500ms !').toBe('(ica) 195ms j 299ms z 4499ms (wca) 195ms j', STATES);
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 5500ms !').toBe('s 199ms s 299ms s 4699ms s');
      expectLeaks().toBeEmpty();
    });
  });

  it('leaves when a page is hidden for as long as it was told, and comes back when it is visible', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ hints$, random: () => 0, closeWhenHidden: 1000 });
      at(10, () => hints$.next('hidden'));
      at(900, () => hints$.next('visible'));
      at(2000, () => hints$.next('hidden'));
      at(5000, () => hints$.next('visible'));

      expectObservable(shop.state$.pipe(short), '^ 6s !').toBe('(icaj) 2994ms h 1999ms (wcaj)', STATES);
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 6s !').toBe('s 2999ms s 1999ms s');
      expectLeaks().toBeEmpty();
    });
  });

  it('are not listened to while the client is idle or closed', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ hints$, idleClose: 10 });
      expect(hints$.observed).toBe(false);
      at(20, () => expect(hints$.observed).toBe(true));
      at(100, () => {
        expect([hints$.observed, shop.state.kind]).toEqual([false, 'idle']);
        void shop.connect().catch(() => {});
        expect(hints$.observed).toBe(true);
        void shop.close();
      });
      at(110, () => expect(hints$.observed).toBe(false));
      expectObservable(shop.topic('com.x'), '^ 50ms !').toBe('');
      expectLeaks().toBeEmpty();
    });
  });
});

describe('browserHints', () => {
  const before = Object.getOwnPropertyDescriptors(globalThis);
  const define = (name: string, value: unknown): void => { Object.defineProperty(globalThis, name, { value, configurable: true, writable: true }); };
  afterEach(() => {
    for (const name of ['addEventListener', 'removeEventListener', 'document', 'navigator']) {
      const descriptor = before[name as keyof typeof before];
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  });

  /** A page that counts its listeners. */
  function page(visibilityState: string, onLine: boolean): { readonly window: EventTarget; readonly document: EventTarget & { visibilityState: string }; listeners(): number } {
    let count = 0;
    class Target extends EventTarget {
      override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void { count += 1; super.addEventListener(...args); }
      override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void { count -= 1; super.removeEventListener(...args); }
    }
    const window = new Target();
    const document = Object.assign(new Target(), { visibilityState });
    define('addEventListener', window.addEventListener.bind(window));
    define('removeEventListener', window.removeEventListener.bind(window));
    define('document', document);
    define('navigator', { onLine });
    return { window, document, listeners: () => count };
  }

  it('tells what happens to the network and to the page, and takes its listeners off', () => {
    const { window, document, listeners } = page('visible', true);
    const heard: Hint[] = [];
    const subscription = browserHints().subscribe((hint) => heard.push(hint));
    for (const event of ['offline', 'online', 'pagehide', 'pageshow']) window.dispatchEvent(new Event(event));
    for (const event of ['freeze', 'resume']) document.dispatchEvent(new Event(event));
    document.visibilityState = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));

    expect([heard, listeners()]).toEqual([['offline', 'online', 'pagehide', 'pageshow', 'freeze', 'resume', 'hidden'], 7]);
    subscription.unsubscribe();
    expect(listeners()).toBe(0);
  });

  it('says at once what is not as usual', () => {
    page('hidden', false);
    const heard: Hint[] = [];
    browserHints().subscribe((hint) => heard.push(hint)).unsubscribe();

    expect(heard).toEqual(['offline', 'hidden']);
  });

  it('says nothing where there is no page', () => {
    const heard: unknown[] = [];
    browserHints().subscribe({ next: (hint) => heard.push(hint), error: (error) => heard.push(error), complete: () => heard.push('complete') }).unsubscribe();

    expect(heard).toEqual([]);
  });
});
