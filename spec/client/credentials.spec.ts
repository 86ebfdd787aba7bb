import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, EMPTY, NEVER, Subject, asyncScheduler, concat, map, of, throwError, timer } from 'rxjs';
import type { Authenticator } from '../../lib/auth/authenticator.ts';
import { ticket } from '../../lib/auth/ticket.ts';
import type { Attempt } from '../../lib/client/options.ts';
import { AuthenticationError } from '../../lib/errors.ts';
import { wampMarbles } from '../../lib/testing/index.ts';

const at = (ms: number, act: () => void): void => { asyncScheduler.schedule(act, ms); };
const users = { ada: { ticket: 'A', role: 'user' }, bob: { ticket: 'B', role: 'user' } };
const router = { realms: { realm1: { auth: { ticket: { users } } } } };
const ada = ticket({ authid: 'ada', ticket: 'A' });
const bob = ticket({ authid: 'bob', ticket: 'B' });
const wrong = ticket({ authid: 'ada', ticket: '?' });
const kind = map(({ kind: [first] }: { readonly kind: string }) => first);

describe('the credentials of a client', () => {
  it('that are an Observable: each join has the last, or waits for the first', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const credentials$ = new Subject<Authenticator>();
      const shop = client({ auth: credentials$, renewal: 'next-join', retry: { initialDelay: 100, jitter: 'none' } });
      at(50, () => credentials$.next(ada));
      at(100, () => credentials$.next(bob));
      at(150, () => { shop.link.cut(); shop.link.restore(); });

      expectObservable(shop.session$.pipe(map((session) => session?.details.authid ?? 'n')), '^ 500ms !').toBe('n 49ms a 99ms n 99ms b', { n: 'n', a: 'ada', b: 'bob' });
      at(600, () => expect(credentials$.observed).toBe(false));
      expectLeaks().toBeEmpty();
    }, { router });
  });

  it('hand the session over when there are new ones', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const credentials$ = new BehaviorSubject<Authenticator>(ada);
      const shop = client({ auth: credentials$ });
      at(100, () => credentials$.next(bob));

      expectObservable(shop.session$.pipe(map((session) => session?.details.authid ?? 'n')), '^ 500ms !').toBe('a 99ms b', { a: 'ada', b: 'bob' });
      expectObservable(shop.topicStatus('com.x').pipe(kind), '^ 500ms !').toBe('s 99ms s');
      expectLeaks().toBeEmpty();
    }, { router });
  });

  it('leave the session as it is where the new ones are refused, and report that', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const credentials$ = new BehaviorSubject<Authenticator>(ada);
      const shop = client({ auth: credentials$ });
      at(100, () => credentials$.next(wrong));

      expectObservable(shop.session$.pipe(map((session) => session?.details.authid ?? 'n')), '^ 500ms !').toBe('a', { a: 'ada' });
      expectObservable(shop.errors$, '^ 500ms !').toBe('100ms e', { e: expect.objectContaining({ code: 'aborted' }) });
      expectLeaks().toBeEmpty();
    }, { router });
  });

  it.each([
    ['an Observable that errors', concat(of(ada), throwError(() => new Error('revoked')))],
    ['a function that throws a terminal error', () => { throw new AuthenticationError('revoked', { terminal: true }); }],
  ])('that are %s end the client', (_, auth) => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const shop = client({ auth });
      const failure = expect.objectContaining({ code: 'authentication', terminal: true });

      expectObservable(shop.topic('com.x')).toBe('#', undefined, failure);
      at(1, () => expect(shop.state).toEqual({ kind: 'closed', cause: failure }));
      expectLeaks().toBeEmpty();
    }, { router });
  });

  it('may end the client while it is joined', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const shop = client({ auth: concat(of(ada), timer(100).pipe(map(() => { throw new Error('revoked'); }))) });

      expectObservable(shop.topic('com.x')).toBe('100ms #', undefined, expect.objectContaining({ code: 'authentication', terminal: true }));
      expectLeaks().toBeEmpty();
    }, { router });
  });

  it('that are a function are told whether the last were refused, and are asked once more', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const asked: Partial<Attempt>[] = [];
      const auth = ({ attempt, rejected }: Attempt): Authenticator => {
        asked.push({ attempt, rejected });
        return rejected ? ada : wrong;
      };
      const shop = client({ auth, retry: { initialDelay: 100, jitter: 'none' } });
      const hopeless = client({ auth: wrong, retry: { initialDelay: 100, jitter: 'none' } });

      expectObservable(shop.state$.pipe(kind), '^ 300ms !').toBe('(icaaw) 93ms (caaj)');
      expectObservable(shop.session$.pipe(map((session) => session?.details.authid ?? 'n')), '^ 300ms !').toBe('n 99ms a', { n: 'n', a: 'ada' });
      expectObservable(hopeless.topic('com.x')).toBe('100ms #', undefined, expect.objectContaining({ reason: 'wamp.error.authentication_denied' }));
      at(400, () => expect(asked).toEqual([{ attempt: 0, rejected: false }, { attempt: 1, rejected: true }]));
      expectLeaks().toBeEmpty();
    }, { router });
  });

  it.each([['nothing', EMPTY, 0], ['nothing in time', NEVER, 10_000]])('that are %s fail the attempt, and it counts', (_, auth, ms) => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const shop = client({ auth: auth as typeof NEVER, retry: { maxAttempts: 0 } });

      expectObservable(shop.topic('com.x')).toBe(ms === 0 ? '#' : `${ms}ms #`, undefined, expect.objectContaining({ code: 'authentication' }));
      expectLeaks().toBeEmpty();
    }, { router });
  });

  it('that expire are asked for anew at about 80 % of their life', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const shop = client({ auth: () => ({ ...ada, expiresAt: asyncScheduler.now() + 100_000 }), random: () => 0.5 });
      const met = new Set<unknown>();

      expectObservable(shop.session$.pipe(map((session) => { met.add(session); return String(met.size); })), '^ 200s !').toBe('1 79999ms 2 79999ms 3');
      expectLeaks().toBeEmpty();
    }, { router });
  });

  it('that expire and cannot be renewed are asked for again and again, until the router ends the session', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      let times = 0;
      const shop = client({ auth: () => { if (times++ > 0) throw new Error('away'); return { ...ada, expiresAt: 10_000 }; }, random: () => 0.5 });

      expectObservable(shop.errors$.pipe(map(() => 'e')), '^ 20s !').toBe('8s e 1599ms e');
      expectObservable(shop.session$.pipe(map(() => 's')), '^ 20s !').toBe('s');
      expectLeaks().toBeEmpty();
    }, { router });
  });
});
