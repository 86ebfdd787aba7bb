import { describe, expect, it } from '@jest/globals';
import { Subject, asyncScheduler, filter, map, tap, throwError } from 'rxjs';
import type { Hint } from '../../lib/client/hints.ts';
import type { Message } from '../../lib/protocol/messages.ts';
import { UNSUBSCRIBE, wampMarbles } from '../../lib/testing/index.ts';

const at = (ms: number, act: () => void): void => { asyncScheduler.schedule(act, ms); };
const kind = map(({ kind: [first] }: { readonly kind: string }) => first);
const isProbe = filter(({ type }: Message) => type === UNSUBSCRIBE().type);

describe('the heartbeat of a client', () => {
  it('asks a quiet router, takes the ERROR for life, and leaves no timer behind', () => {
    wampMarbles(({ client, expectFrames, expectObservable, expectLeaks }) => {
      const shop = client({ heartbeat: { interval: 1000, timeout: 500 } });
      expectFrames(shop.link.sent$.pipe(isProbe), '^ 5s !').toBe('1s p 1499ms p 1499ms p', { p: UNSUBSCRIBE() });
      expectObservable(shop.session$.pipe(map((session) => (session === undefined ? 'n' : 'j'))), '^ 5s !').toBe('j');
      expectObservable(shop.errors$, '^ 5s !').toBe('');
      expectLeaks().toBeEmpty();
    });
  });

  it('asks nothing as long as frames arrive', () => {
    wampMarbles(({ client, publishes, expectFrames, expectObservable, expectLeaks }) => {
      const shop = client({ heartbeat: { interval: 1000, timeout: 500 } });
      publishes('com.x', '900ms a 899ms b 899ms c 899ms d');

      expectFrames(shop.link.sent$.pipe(isProbe), '^ 5500ms !').toBe('5s p', { p: UNSUBSCRIBE() });
      expectObservable(shop.topic('com.x').pipe(map(() => 'e')), '^ 5500ms !').toBe('900ms e 899ms e 899ms e 899ms e');
      expectLeaks().toBeEmpty();
    });
  });

  it('drops a session whose router is gone, at once, and dials again', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const shop = client({ heartbeat: { interval: 1000, timeout: 500 }, retry: { initialDelay: 100, jitter: 'none' } });
      const causes: unknown[] = [];
      shop.link.marbles('200ms s 1499ms o');

      expectObservable(shop.state$.pipe(tap((state) => { if (state.kind === 'waiting') causes.push(state.cause); }), kind), '^ 1800ms !').toBe('(icaj) 1494ms w 99ms c 99ms (aj)');
      expectObservable(shop.session$.pipe(map((session) => (session === undefined ? 'n' : 'j'))), '^ 1850ms !').toBe('j 1499ms n 199ms j');
      at(1550, () => expect(causes).toMatchObject([{ code: 'heartbeat-lost' }]));
      expectLeaks().toBeEmpty();
    });
  });

  it('asks with a function of yours, of which only the frames count that come of it', () => {
    wampMarbles(({ client, answers, expectObservable }) => {
      answers('com.time', '(r|)');
      const asked: string[] = [];
      const answering = client({ heartbeat: (session) => { asked.push('asks'); return session.call('com.time'); } });
      const silent = client({ heartbeat: () => throwError(() => new Error('no')), retry: { initialDelay: 60_000, jitter: 'none' } });

      expectObservable(answering.session$.pipe(map(() => 's')), '^ 80s !').toBe('s');
      expectObservable(silent.state$.pipe(kind, filter((first) => first === 'w')), '^ 40s !').toBe('35s w');
      expectObservable(silent.session$, '^ 30s !').toBe('s', { s: expect.anything() });
      void silent.connect();
      at(70_000, () => expect(asked).toEqual(['asks', 'asks']));
      at(80_000, () => { void silent.close(); });
    });
  });

  it('is slower on a hidden page, and takes no silence for death there', () => {
    wampMarbles(({ client, expectFrames, expectObservable }) => {
      const hints$ = new Subject<Hint>();
      const shop = client({ hints$, heartbeat: { interval: 1000, timeout: 500 }, retry: { initialDelay: 60_000, jitter: 'none' } });
      at(100, () => hints$.next('hidden'));
      at(200, () => shop.link.stall());
      // Visible again: asked at once, with a limit of 3 s.
      at(9000, () => hints$.next('visible'));

      expectFrames(shop.link.sent$.pipe(isProbe), '^ 15s !').toBe('4100ms p 4499ms p 399ms p', { p: UNSUBSCRIBE() });
      expectObservable(shop.state$.pipe(kind, filter((first) => first === 'w')), '^ 15s !').toBe('12s w');
      expectObservable(shop.session$.pipe(map((session) => (session === undefined ? 'n' : 'j'))), '^ 15s !').toBe('j 11999ms n');
    });
  });

  it('sends nothing unless it is asked for', () => {
    wampMarbles(({ client, expectFrames, expectObservable }) => {
      const shop = client();
      expectFrames(shop.link.sent$.pipe(isProbe), '^ 5m !').toBe('', {});
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 5m !').toBe('s');
    });
  });
});
