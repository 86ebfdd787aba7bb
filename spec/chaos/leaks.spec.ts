/** What sessions, routers, links and timers once left behind, and what each way out has to leave: nothing. */
import { describe, expect, it } from '@jest/globals';
import { NEVER, VirtualTimeScheduler, concat, of, throwError, type Observable, type Subscription } from 'rxjs';
import { retryBackoff } from '../../lib/operators/retry-backoff.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { createRouter } from '../../lib/router/node.ts';
import { expectNoLeaks, leaksOf } from '../../lib/testing/leaks.ts';
import { Keepalive } from '../../lib/transports/keepalive.ts';
import { Rounds } from '../../lib/transports/rounds.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const { ERROR, PUBLISHED, REGISTER, REGISTERED, RESULT, SUBSCRIBED, UNREGISTERED, UNSUBSCRIBED } = MessageType;

describe('a router', () => {
  it.each([0, 5])('leaves nothing when it is closed with everything open: latency %i', (latency) => {
    tidyMarbles(({ client, at, scheduler }) => {
      const router = createRouter({ realms: { realm1: {} } });
      const user = client({ transport: router.link({ latency }), retry: { shouldReconnect: () => false } });
      heard(user.register('com.never', () => NEVER));
      for (const match of ['exact', 'prefix', 'wildcard'] as const) heard(user.topic('com.a', { match }));
      at(50, () => { heard(user.call('com.never')); void router.link({ latency }).subscribe((connection) => connection.subscribe()); });
      at(100, () => { void router.close(); });

      scheduler.schedule(() => expectNoLeaks({ clients: [user], router, scheduler }), 200);
    });
  });

  it('has no more of a client that uses nothing any more than that it is there, and has called', () => {
    tidyMarbles(({ client, at, router }) => {
      const user = client();
      void user.connect();
      const opened = [
        ...(['exact', 'prefix', 'wildcard'] as const).flatMap((match) => [user.topic('com.a', { match }), user.register('com.p', () => 1, { match })]),
        user.register('com.never', () => NEVER), user.call('com.p'), user.call('com.never'), user.publish('com.a', [], { acknowledge: true }),
      ].map((source: Observable<unknown>) => heard(source).subscription);
      at(1, () => {
        expect(router.census()).toMatchObject({
          subscriptions: 3, 'index nodes of subscriptions': 6, registrations: 4, 'index nodes of registrations': 7, 'open calls': 1, 'open invocations': 1,
        });
        for (const subscription of opened) subscription.unsubscribe();
      });

      at(10, () => {
        const left = leaksOf({ clients: [user], router }).map(({ owner, what, count }) => `${owner}: ${what} ${count}`);
        expect(left).toEqual([
          'client 1: sessions 1', 'client 1: held by connect() 1', 'client 1: lives 1',
          'router: connections 1', 'router: session ids 1', 'router: sessions 1', 'router: callers and callees 1', 'router: counted sessions 1',
        ]);
        void user.close();
      });
    });
  });

  it('forgets a client that goes away while its admission or its request is being decided', () => {
    const verifier = { method: 'ticket', begin: () => NEVER };
    tidyMarbles(({ client, at, router, scheduler }) => {
      const [slow, applicant] = [client({ realm: 'slow' }), client({ realm: 'closed', auth: { method: 'ticket' } })];
      heard(slow.topic('com.a'));
      heard(slow.topic('com.b'));
      void applicant.connect().catch(() => {});
      at(10, () => {
        expect(router.census()).toMatchObject({ handshakes: 1, 'pending decisions': 2, 'held messages': 1, 'session ids': 2, sessions: 1 });
        void slow.close();
        void applicant.close();
      });

      scheduler.schedule(() => expectNoLeaks({ clients: [slow, applicant], router, scheduler }), 3_000);
    }, { router: { realms: { slow: { authorize: () => NEVER }, closed: { auth: [verifier] } } } });
  });
});

describe('a session', () => {
  it('forgets a registration that nobody wants while it waits for another one to be undone', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router, { tap: { observed: true, next: (entry) => {
      if (entry.kind === 'frame' && entry.direction === 'out' && entry.message.type === REGISTER && entry.message.request === 2) third.unsubscribe();
    } } });
    session.register('com.p', () => 1).subscribe().unsubscribe();
    const second = session.register('com.p', () => 2).subscribe();
    const third = session.register('com.p', () => 3).subscribe();

    router.send(ERROR, REGISTER, 1, {}, 'com.no');
    router.send(REGISTERED, 2, 81);
    second.unsubscribe();
    router.send(UNREGISTERED, 3);

    expect(session.census()).toMatchObject({ sessions: 1, registrations: 0, 'abandoned registrations': 0 });
  });

  it('asks for nothing any more while it fails what is open', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const registration = session.register('com.p', () => 1).subscribe({ error: () => {} });
    router.send(REGISTERED, 1, 80);
    session.call('com.x').subscribe({ error: () => registration.unsubscribe() });

    router.cut();

    expect(Object.values(session.census()).every((count) => count === 0)).toBe(true);
  });

  it.each([
    // The other one is asked for again.
    ['unsubscribed from', 1, (router: ScriptedRouter, topic: Subscription, clock: VirtualTimeScheduler) => {
      topic.unsubscribe();
      clock.flush();
      router.send(UNSUBSCRIBED, 3);
    }],
    ['revoked', 0, (router: ScriptedRouter) => router.send(UNSUBSCRIBED, 0, { subscription: 70 })],
    ['lost', 0, (router: ScriptedRouter) => router.cut()],
  ] as const)('forgets an id that two topics were given when one of them is %s', (_how, keys, undo) => {
    const [router, scheduler] = [new ScriptedRouter(), new VirtualTimeScheduler()];
    const { session } = joined(router, { scheduler });
    const [topic] = ['com.a', 'com.b'].map((uri) => session.topic(uri).subscribe({ error: () => {} }));
    for (const request of [1, 2]) router.send(SUBSCRIBED, request, 70);
    expect(session.census()).toMatchObject({ 'topic keys': 2, 'topic ids': 1, 'shared topic ids': 1 });

    undo(router, topic!, scheduler);

    expect(session.census()).toMatchObject({ 'topic keys': keys, 'topic ids': 0, 'shared topic ids': 0 });
  });

  it('has no request left whose answer came long after those of the ones behind it', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    session.call('com.slow').subscribe();
    for (let request = 2; request <= 200; request++) {
      session.publish('com.a', [], { acknowledge: true }).subscribe();
      router.send(PUBLISHED, request, 1);
    }
    expect(session.census()).toMatchObject({ 'open CALL': 1 });

    router.send(RESULT, 1, {});

    expect(Object.keys(session.census())).not.toContain('open CALL');
  });

  it('counts what is open by its type', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const call = session.call('com.x').subscribe();
    session.publish('com.a', [], { acknowledge: true }).subscribe();
    session.topic('com.a').subscribe();
    expect(session.census()).toMatchObject({ 'open CALL': 1, 'open PUBLISH': 1, 'open SUBSCRIBE': 1, 'topic keys': 1, 'topic observers': 1 });

    call.unsubscribe();

    expect(Object.keys(session.census())).not.toContain('open CALL');
  });
});

describe('what passes by itself', () => {
  it.each(['complete', 'error'] as const)('a link with latency is over once its %s has arrived', (end) => {
    tidyMarbles(({ scheduler }) => {
      const [near, far] = memoryLink({ latency: 10 });
      near.subscribe({ error: () => {} });
      far.subscribe({ error: () => {} });
      scheduler.schedule(() => { near.next('a'); far.next('b'); near[end](undefined); }, 100);

      scheduler.schedule(() => expectNoLeaks({ scheduler }), 121);
    });
  });

  it('retryBackoff stops waiting, and watching how long it lasts, when it is unsubscribed from', () => {
    tidyMarbles(({ scheduler }) => {
      const waiting = throwError(() => new Error('no')).pipe(retryBackoff({ initialDelay: 9_000, jitter: 'none' })).subscribe();
      const lasting = concat(of(1), NEVER).pipe(retryBackoff({ stableAfter: 9_000 })).subscribe();
      const lived = heard(of(1).pipe(retryBackoff({ stableAfter: 9_000 })));
      scheduler.schedule(() => { waiting.unsubscribe(); lasting.unsubscribe(); }, 10);

      scheduler.schedule(() => {
        expect(lived.log).toEqual([1, 'complete']);
        expectNoLeaks({ scheduler });
      }, 11);
    });
  });

  it('a keepalive looks no more once it is stopped, or has lost its peer', () => {
    tidyMarbles(({ scheduler }) => {
      const keepalive = (pingInterval: number) => new Keepalive('peer', { ping: () => {}, lost: () => {} }, { rounds: new Rounds(pingInterval, scheduler) });
      const stopped = keepalive(1_000);
      keepalive(1);
      scheduler.schedule(() => stopped.stop(), 10);

      scheduler.schedule(() => expectNoLeaks({ scheduler }), 11);
    });
  });
});

describe('a listener', () => {
  it('is forgotten by its router once it is closed, by itself or with it', async () => {
    const router = createRouter({ realms: { realm1: {} } });
    const listener = await router.listen('ws://127.0.0.1:0/ws');
    await router.listen('ws://127.0.0.1:0/ws');
    expect(leaksOf({ router })).toEqual([{ owner: 'router', what: 'listeners', count: 2 }]);

    await listener.close();
    expect(leaksOf({ router })).toEqual([{ owner: 'router', what: 'listeners', count: 1 }]);
    await router.close();

    expect(leaksOf({ router })).toEqual([]);
  });
});
