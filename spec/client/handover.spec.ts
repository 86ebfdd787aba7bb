import { describe, expect, it } from '@jest/globals';
import { EMPTY, asyncScheduler, concat, defer, delay, interval, map, of, switchMap, take, timer, type Observable } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { AuthenticationError, NotJoinedError, TransportLostError } from '../../lib/errors.ts';
import type { TopicSignal } from '../../lib/session/options.ts';
import type { Session } from '../../lib/session/session.ts';
import { anonymous } from '../../lib/auth/anonymous.ts';
import { ERROR, GOODBYE, REGISTER, REGISTERED, SUBSCRIBE, SUBSCRIBED, UNREGISTER, UNREGISTERED, UNSUBSCRIBE, UNSUBSCRIBED, wampMarbles } from '../../lib/testing/index.ts';

const EXISTS = 'wamp.error.procedure_already_exists';

/** A signal as the first letter of its kind, with `u` for subscribed, an event as what it carries. */
const short = (signal: TopicSignal): unknown => (signal.kind === 'event' ? signal.event.args[0] : signal.kind === 'subscribed' ? 'u' : signal.kind[0]);
const at = (ms: number, act: () => void): void => { asyncScheduler.schedule(act, ms); };

/** What a handover says, from a moment on. */
function told(client: Client, from: number, options?: Parameters<Client['handover']>[0]): Observable<string> {
  return timer(from).pipe(switchMap(() => concat(client.handover(options).pipe(map(() => 'next')), of('complete'))));
}

/** Sessions by letters, in the order they are met; `n` for none. */
function lettered(): (session: Session | undefined) => string {
  const met: Session[] = [];
  return (session) => {
    if (session === undefined) return 'n';
    if (!met.includes(session)) met.push(session);
    return 'ABC'[met.indexOf(session)] ?? '?';
  };
}

/** All that comes of something, for a look behind. */
function logged(source: Observable<unknown>): unknown[] {
  const log: unknown[] = [];
  source.subscribe({ next: (value) => log.push(value), error: (error: Error) => log.push(error.name), complete: () => log.push('complete') });
  return log;
}

describe('Client.handover', () => {
  it('replaces the session, and those who observe see the new one and no gap', () => {
    wampMarbles(({ client, publishes, expectObservable, expectLeaks }) => {
      const shop = client();
      shop.link.latency(5);
      publishes('com.x', '20ms a 29ms b 9ms c 9ms d 9ms e');

      // It dials at 30 ms, is welcomed at 40 and subscribed at 60; UNSUBSCRIBED at 70, all that both have brought at 80, GOODBYE at 90.
      expectObservable(told(shop, 30), '^ 99ms !').toBe('60ms n 29ms (c|)', { n: 'next', c: 'complete' });
      expectObservable(shop.session$.pipe(map(lettered())), '^ 99ms !').toBe('n 9ms A 49ms B');
      expectObservable(shop.topicStatus('com.x').pipe(map(short)), '^ 99ms !')
        .toBe('s 19ms u 4ms a 29ms b 4ms u 4ms c 9ms d 9ms e');
      expectLeaks().toBeEmpty();
    });
  });

  it('lets calls come to their end in the session before, and sends new ones in the next', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const user = client();
      const slow = answers('com.slow', '50ms (r|)', { r: 'done' });
      const args = map(({ args: [value] }: { readonly args: readonly unknown[] }) => value);

      expectObservable(user.call('com.slow').pipe(args)).toBe('50ms (d|)', { d: 'done' });
      expectObservable(told(user, 10)).toBe('10ms n 39ms (c|)', { n: 'next', c: 'complete' });
      expectObservable(timer(20).pipe(switchMap(() => user.call('com.slow').pipe(args)))).toBe('70ms (d|)', { d: 'done' });
      expectObservable(slow.calls$.pipe(map(() => 'c'))).toBe('c 19ms c');
      expectLeaks().toBeEmpty();
    });
  });

  it('fails calls that have not come to their end in time', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const user = client();
      answers('com.slow', '50ms (r|)');

      expectObservable(told(user, 10, { drainTimeout: 20 })).toBe('10ms n 19ms (c|)', { n: 'next', c: 'complete' });
      expectObservable(user.call('com.slow')).toBe('30ms #', undefined, expect.objectContaining({ code: 'transport-lost', sent: true, effect: 'unknown' }));
      expectLeaks().toBeEmpty();
    });
  });

  it.each([
    ['that one session alone may have', 'single', '50ms n 34ms (c|)'],
    ['that several share', 'roundrobin', '60ms n 34ms (c|)'],
  ] as const)('has a procedure %s there at every moment, and lets what runs come to its end', (_, invoke, course) => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const [bank, user] = [client(), client()];
      bank.link.latency(5);
      const registered: unknown[] = [];
      const registration = bank.register('com.add', ({ args: [n] }) => of(n).pipe(delay(15)), { invoke, onStop: 'interrupt' }).subscribe(({ uri }) => registered.push(uri));
      const log: unknown[] = [];
      at(30, () => interval(1).pipe(take(60)).subscribe((n) => user.call('com.add', [n]).subscribe({ next: ({ args: [sum] }) => log.push(sum), error: (error: Error) => log.push(error.message) })));

      expectObservable(told(bank, 40), '^ 190ms !').toBe(course, { n: 'next', c: 'complete' });
      at(200, () => {
        expect(log.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 60 }, (_unused, n) => n));
        expect(registered).toEqual(['com.add', 'com.add']);
        registration.unsubscribe();
      });
      expectLeaks().toBeEmpty();
    });
  });

  it('interrupts nothing that runs, although the router takes the procedure away in the session before', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const [bank, user] = [client(), client()];
      expectObservable(bank.register('com.ticks', () => interval(20).pipe(take(3)), { onStop: 'interrupt' }).pipe(map(() => 'r')), '^ 199ms !').toBe('r 29ms r');

      expectObservable(told(bank, 30), '^ 99ms !').toBe('30ms n 34ms (c|)', { n: 'next', c: 'complete' });
      expectObservable(user.call('com.ticks', [], { progress: true }).pipe(map(({ args: [n] }) => n)), '5ms ^').toBe('25ms a 19ms b 19ms (c|)', { a: 0, b: 1, c: 2 });
      expectLeaks().toBeEmpty();
    });
  });

  it('lets go of a procedure that nobody wants any more while it changes its session', () => {
    wampMarbles(({ client, router, expectObservable, expectLeaks }) => {
      const bank = client();
      bank.link.latency(5);

      expectObservable(bank.register('com.add', () => 1).pipe(map(() => 'r')), '^ 44ms !').toBe('20ms r');
      expectObservable(told(bank, 30), '^ 100ms !').toBe('40ms n 19ms (c|)', { n: 'next', c: 'complete' });
      at(65, () => expect(router.stats().registrations).toBe(0));
      expectLeaks().toBeEmpty();
    });
  });

  it('gives a procedure up and makes it anew where the router does not know how to take it', () => {
    wampMarbles(({ client, scriptedRouter, expectObservable }) => {
      const router = scriptedRouter();
      const bank = client({ transport: router.transport });
      router.expect(REGISTER('com.add')).reply(REGISTERED());
      router.expect(REGISTER('com.add', { options: { force_reregister: true } })).reply(ERROR(EXISTS));
      router.expect(UNREGISTER()).after(5).reply(UNREGISTERED());
      router.expect(REGISTER('com.add')).reply(REGISTERED());

      expectObservable(bank.register('com.add', () => 1).pipe(map(() => 'r')), '^ 50ms !').toBe('r 14ms r');
      expectObservable(told(bank, 10), '^ 50ms !').toBe('10ms n 4ms (c|)', { n: 'next', c: 'complete' });
      at(40, () => router.expect(UNREGISTER()).reply(UNREGISTERED()));
    });
  });

  it('tells a registration that the next session may not have it', () => {
    wampMarbles(({ client, scriptedRouter, expectObservable }) => {
      const router = scriptedRouter();
      const bank = client({ transport: router.transport });
      router.expect(REGISTER('com.add')).reply(REGISTERED());
      router.expect(REGISTER('com.add', { options: { force_reregister: true } })).reply(ERROR('wamp.error.not_authorized'));
      router.expect(UNREGISTER()).reply(UNREGISTERED());

      expectObservable(told(bank, 10)).toBe('10ms (nc|)', { n: 'next', c: 'complete' });
      expectObservable(bank.register('com.add', () => 1).pipe(map(() => 'r'))).toBe('r 9ms #', undefined, expect.objectContaining({ uri: 'wamp.error.not_authorized' }));
    });
  });

  it('leaves all as it was where the next session cannot be joined', () => {
    wampMarbles(({ client, publishes, expectObservable, expectLeaks }) => {
      const gone = new AuthenticationError('the token store is away');
      const shop = client({ auth: ({ lastDetails }) => { if (lastDetails !== undefined) throw gone; return anonymous(); } });
      publishes('com.x', '5ms a 14ms b');

      expectObservable(shop.handover(), '10ms ^').toBe('10ms #', undefined, expect.objectContaining({ code: 'authentication', cause: gone }));
      expectObservable(shop.session$.pipe(map(lettered())), '^ 30ms !').toBe('A');
      expectObservable(shop.topicStatus('com.x').pipe(map(short)), '^ 30ms !').toBe('u----a 14ms b');
      expectLeaks().toBeEmpty();
    });
  });

  it('leaves all as it was where the next session may not subscribe', () => {
    wampMarbles(({ client, scriptedRouter, expectObservable }) => {
      const router = scriptedRouter();
      const shop = client({ transport: router.transport });
      router.expect(SUBSCRIBE('com.x')).reply(SUBSCRIBED());
      router.expect(UNSUBSCRIBE()).reply(ERROR('wamp.error.no_such_subscription'));
      router.expect(SUBSCRIBE('com.x')).reply(ERROR('wamp.error.not_authorized'));
      router.expect(GOODBYE()).reply(GOODBYE());
      router.expect(UNSUBSCRIBE()).reply(UNSUBSCRIBED());

      expectObservable(shop.handover(), '10ms ^').toBe('10ms #', undefined, expect.objectContaining({ uri: 'wamp.error.not_authorized' }));
      expectObservable(shop.topicStatus('com.x').pipe(map(short)), '^ 30ms !').toBe('(su)');
    });
  });

  it('is given up when it is unsubscribed before the next session is the one', () => {
    wampMarbles(({ client, expectObservable, expectLeaks }) => {
      const shop = client();
      shop.link.latency(5);

      expectObservable(shop.handover(), '^ 1ms !').toBe('#', undefined, expect.any(NotJoinedError));
      expectObservable(shop.handover(), '30ms ^ 25ms !').toBe('');
      expectObservable(shop.session$.pipe(map(lettered())), '^ 90ms !').toBe('n 9ms A');
      expectObservable(shop.topicStatus('com.x').pipe(map(short)), '^ 90ms !').toBe('s 19ms u');
      expectLeaks().toBeEmpty();
    });
  });

  it('is the same for all who ask for it at the same time, and errors where there is no session', () => {
    wampMarbles(({ client, router, expectLeaks }) => {
      const shop = client();
      shop.link.latency(5);
      const early = logged(shop.handover());
      void shop.connect();
      at(20, () => {
        const [one, other] = [logged(shop.handover()), logged(shop.handover())];
        at(10, () => expect(router.stats()).toMatchObject({ sessions: 2 }));
        at(70, () => {
          expect([early, one.length, other.length, one[0] === other[0]]).toEqual([['NotJoinedError'], 2, 2, true]);
          expect(router.stats()).toMatchObject({ sessions: 1 });
          void shop.close();
        });
      });
      expectLeaks().toBeEmpty();
    });
  });

  it('does not bring back what the client itself has published', () => {
    wampMarbles(({ client, publishes, expectObservable, expectLeaks }) => {
      const shop = client();
      shop.link.latency(5);
      publishes('com.x', '35ms a 29ms b');
      for (let ms = 30; ms < 90; ms += 1) at(ms, () => shop.publish('com.x', ['mine']).subscribe());
      at(55, () => shop.publish('com.x', ['mine for all'], { excludeMe: false }).subscribe());

      expectObservable(told(shop, 30), '^ 120ms !').toBe('60ms n 29ms (c|)', { n: 'next', c: 'complete' });
      expectObservable(shop.topic('com.x').pipe(map(({ args: [value] }) => value)), '^ 120ms !').toBe('40ms a 24ms m 4ms b', { a: 'a', b: 'b', m: 'mine for all' });
      expectLeaks().toBeEmpty();
    });
  });

  it('ends what belongs to the session before, and composes what is made for each session anew', () => {
    wampMarbles(({ client, publishes, expectLeaks }) => {
      const shop = client();
      publishes('com.x', '5ms a 14ms b');
      const letter = lettered();
      let first: Session | undefined;
      const perSession = logged(shop.session$.pipe(
        switchMap((session) => (session === undefined ? EMPTY : session.topic('com.x').pipe(map(({ args: [value] }) => `${letter(session)} ${String(value)}`)))),
        take(2),
      ));
      at(2, () => { first = shop.state.kind === 'joined' ? shop.state.session : undefined; });
      const bound = logged(timer(3).pipe(switchMap(() => first?.topic('com.x') ?? EMPTY), map(() => 'event')));
      at(10, () => shop.handover().subscribe());
      at(12, () => {
        const late = [logged(first!.topic('com.y')), logged(first!.register('com.y', () => 1))];
        expect(late).toEqual([['NotJoinedError'], ['NotJoinedError']]);
      });
      at(30, () => {
        expect(perSession).toEqual(['A a', 'B b', 'complete']);
        expect(bound).toEqual(['event', 'TransportLostError']);
        void shop.close();
      });
      expectLeaks().toBeEmpty();
    });
  });

  it('refuses what would last in a session that is about to go', () => {
    wampMarbles(({ client, answers }) => {
      const user = client();
      answers('com.slow', '50ms (r|)');
      user.call('com.slow').subscribe();
      at(5, () => {
        const before = user.state.kind === 'joined' ? user.state.session : undefined;
        user.handover().subscribe();
        expect([logged(before!.topic('com.y')), logged(before!.register('com.y', () => 1))]).toEqual([['DrainingError'], ['DrainingError']]);
      });
    });
  });

  it('tells of a gap where the session before is lost before its last events are in', () => {
    wampMarbles(({ client, link, publishes, expectObservable, expectLeaks }) => {
      const links = [link(), link()];
      let dials = 0;
      const shop = client({ transport: defer(() => links[dials++] ?? EMPTY) });
      for (const line of links) line.latency(5);
      publishes('com.x', '20ms a 31ms b 9ms c');
      // The line of the session before stands still just before the next one is subscribed, and is given up.
      at(51, () => links[0]?.stall());
      at(4900, () => links[0]?.restore());

      expectObservable(told(shop, 30, { drainTimeout: 20 }), '^ 5s !').toBe('60ms n 2019ms (c|)', { n: 'next', c: 'complete' });
      expectObservable(shop.topicStatus('com.x').pipe(map(short)), '^ 5s !').toBe('s 19ms u 4ms a 34ms u 19ms (sugc)');
      expectLeaks().toBeEmpty();
    });
  });

  it('reconnects as ever where the next session is lost', () => {
    wampMarbles(({ client, link, publishes, expectObservable, expectLeaks }) => {
      const links = [link(), link(), link()];
      let dials = 0;
      const shop = client({ transport: defer(() => links[dials++] ?? EMPTY), retry: { initialDelay: 100, jitter: 'none' } });
      publishes('com.x', '5ms a 14ms b 199ms c');
      at(30, () => links[1]?.cut());

      expectObservable(told(shop, 10), '^ 300ms !').toBe('10ms (nc|)', { n: 'next', c: 'complete' });
      expectObservable(shop.topicStatus('com.x').pipe(map(short)), '^ 300ms !').toBe('(su)-a----u 9ms b 9ms s 99ms (ug) 86ms c');
      expectLeaks().toBeEmpty();
    });
  });

  it('ends with the client', () => {
    wampMarbles(({ client, answers, expectObservable, expectLeaks }) => {
      const user = client();
      answers('com.slow', '50ms (r|)');
      at(20, () => void user.close());

      expectObservable(told(user, 10)).toBe('10ms n 9ms (c|)', { n: 'next', c: 'complete' });
      expectObservable(user.call('com.slow')).toBe('20ms #', undefined, expect.any(TransportLostError));
      expectLeaks().toBeEmpty();
    });
  });
});
