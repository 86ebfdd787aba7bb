import { describe, expect, it } from '@jest/globals';
import { NEVER, VirtualTimeScheduler, interval, timer } from 'rxjs';
import { LeaksError, expectNoLeaks, leaksOf } from '../../lib/testing/leaks.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

describe('leaksOf', () => {
  it('finds nothing in a client and a router that nobody uses, and where it is not told to look', () => {
    tidyMarbles(({ client, router, scheduler }) => {
      const clients = [client()];

      expect([leaksOf({ clients, router, scheduler }), leaksOf({})]).toEqual([[], []]);
    });
  });

  it('tells what clients and router have, and who has it', () => {
    tidyMarbles(({ client, router, at }) => {
      const [idle, user] = [client(), client()];
      const watching = user.session$.subscribe();
      heard(user.topic('com.a'));
      heard(user.register('com.p', () => NEVER));
      heard(user.call('com.p'));

      at(1, () => {
        const found = leaksOf({ clients: [idle, user], router }).map(({ owner, what, count }) => `${owner}: ${what} ${count}`);
        expect(found).toEqual([
          'client 2: sessions 1', 'client 2: open CALL 1', 'client 2: topic keys 1', 'client 2: topic observers 1', 'client 2: topic ids 1',
          'client 2: registrations 1', 'client 2: running invocations 1', 'client 2: kept registrations 1', 'client 2: session$ watchers 1',
          'client 2: lives 1',
          'router: connections 1', 'router: session ids 1', 'router: sessions 1',
          'router: subscriptions 1', 'router: subscribers 1', 'router: roster entries 2', 'router: index nodes of subscriptions 1',
          'router: registrations 1', 'router: callees 1', 'router: index nodes of registrations 1',
          'router: callers and callees 1', 'router: open calls 1', 'router: open invocations 1', 'router: counted sessions 1',
        ]);
        watching.unsubscribe();
        void user.close();
      });
    });
  });

  it('tells of requests that wait, of topics that linger and of clients that are held', () => {
    tidyMarbles(({ client, at }) => {
      const [waiting, held] = [client(), client()];
      waiting.link.cut();
      heard(waiting.publish('com.a'));
      void held.connect();
      at(1, () => heard(held.topic('com.a', { grace: 50 })).subscription.unsubscribe());

      at(2, () => {
        expect(waiting.census()).toMatchObject({ 'requests waiting for a session': 1, lives: 1 });
        expect(held.census()).toMatchObject({ 'held by connect()': 1, 'lingering topics': 1, 'topic keys': 1, 'topic observers': 0, sessions: 1 });
        void waiting.close();
        void held.close();
      });
    });
  });

  it('tells the timers that are left by the time they are due', () => {
    const scheduler = new VirtualTimeScheduler(undefined, 100);
    timer(50, scheduler).subscribe();
    timer(200, scheduler).subscribe();
    timer(200, scheduler).subscribe();
    interval(30, scheduler).subscribe();
    timer(300, scheduler).subscribe().unsubscribe();

    scheduler.flush();

    expect(leaksOf({ scheduler })).toEqual([{ owner: 'timers', what: 'due at 120', count: 1 }, { owner: 'timers', what: 'due at 200', count: 2 }]);
  });
});

describe('expectNoLeaks', () => {
  it('throws a LeaksError with one line for each of them', () => {
    const scheduler = new VirtualTimeScheduler();
    timer(200, scheduler).subscribe();
    timer(500, scheduler).subscribe();
    const expecting = (): void => expectNoLeaks({ scheduler });

    expect(expecting).toThrow(LeaksError);
    expect(expecting).toThrow('nothing must be left behind, got 2 kinds of leaks\n  timers: due at 200: expected 0, got 1\n  timers: due at 500: expected 0, got 1');
  });

  it('does nothing where there are none', () => {
    expect(() => expectNoLeaks({ clients: [], scheduler: new VirtualTimeScheduler() })).not.toThrow();
  });
});
