/** What clients once left behind, and what each way out of one has to leave: nothing. */
import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, concatMap, take, timer } from 'rxjs';
import { createClient } from '../../lib/index.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { RouterOptions } from '../../lib/router/options.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { ScriptedRouter, heard } from '../support/scripted-router.ts';
import { virtually } from '../support/virtual.ts';

const { REGISTERED, UNREGISTERED } = MessageType;

/** Long enough for `stableAfter`, after which a session that lives has no timer. */
const STABLE = 6_000;

/** Authorizes everything, but fails over subscriptions while it is told to. */
function moody(): { failing: boolean; readonly options: RouterOptions } {
  const mood = {
    failing: false,
    options: { realms: { realm1: { authorize: (_session, action) => {
      if (mood.failing && action === 'subscribe') throw new Error('the database is away');
      return true;
    } } } } satisfies RouterOptions,
  };
  return mood;
}

describe('a client', () => {
  it('waits for no retry of a refused topic that nobody wants any more', () => {
    const mood = moody();
    virtually(({ link, at, scheduler }) => {
      const { client, line } = link({ retry: { initialDelay: 20_000, jitter: 'none', shouldReconnect: () => 10 } });
      void client.connect();
      const topic = client.topic('com.a').subscribe();
      at(10, () => { mood.failing = true; line.cut(); line.mend(); });

      at(30, () => {
        expect(client.census()).toMatchObject({ 'refused topics': 1 });
        topic.unsubscribe();
      });

      scheduler.schedule(() => {
        expectNoLeaks({ scheduler });
        void client.close();
      }, STABLE);
    }, mood.options);
  });

  it('keeps a registration whose session is lost while it waits to be tried again, and not the wait', () => {
    virtually(({ link, at, router, scheduler }) => {
      const { client, line } = link({ retry: { initialDelay: 10_000, jitter: 'none', shouldReconnect: () => 15_000 } });
      const other = link();
      const { log, subscription } = heard(client.register('com.p', () => 1));
      const taken = heard(timer(11).pipe(concatMap(() => other.client.register('com.p', () => 2))));
      at(10, () => { line.cut(); line.mend(); });
      at(15_020, () => { line.cut(); line.mend(); });

      at(29_000, () => expect([log.length, taken.log.length, client.state.kind]).toEqual([1, 1, 'waiting']));
      at(29_001, () => { subscription.unsubscribe(); taken.subscription.unsubscribe(); });

      scheduler.schedule(() => expectNoLeaks({ clients: [client, other.client], router, scheduler }), 29_002);
    });
  });

  it.each(['tried again', 'joined anew'] as const)('forgets that a topic was refused when it is %s', (how) => {
    const mood = moody();
    virtually(({ link, at, scheduler }) => {
      const { client, line } = link({ retry: { initialDelay: how === 'tried again' ? 100 : 20_000, jitter: 'none', shouldReconnect: () => 10 } });
      heard(client.topic('com.a'));
      at(10, () => { mood.failing = true; line.cut(); line.mend(); });
      at(30, () => {
        expect(client.census()).toMatchObject({ 'refused topics': 1, 'topic ids': 0 });
        mood.failing = false;
        if (how === 'joined anew') { line.cut(); line.mend(); }
      });

      scheduler.schedule(() => {
        expect(client.census()).toMatchObject({ 'refused topics': 0, 'topic ids': 1 });
        expectNoLeaks({ scheduler });
        void client.close();
      }, STABLE);
    }, mood.options);
  });

  it('tries a registration no more that nobody wants any more', () => {
    virtually(({ link, at, scheduler }) => {
      const { client, line } = link({ retry: { initialDelay: 20_000, jitter: 'none', shouldReconnect: () => 10 } });
      const other = link({ lazy: false });
      void client.connect();
      const { subscription } = heard(client.register('com.p', () => 1));
      at(10, () => { line.cut(); line.mend(); heard(other.client.register('com.p', () => 2)); });
      at(30, () => subscription.unsubscribe());

      scheduler.schedule(() => {
        expect(client.census()).toMatchObject({ 'kept registrations': 0, lives: 1 });
        expectNoLeaks({ scheduler });
        void client.close();
        void other.client.close();
      }, STABLE);
    });
  });

  it('gives up the attempt that it makes when nobody wants it any more, or it is closed', () => {
    virtually(({ at, scheduler }) => {
      let dialling = 0;
      const transport = new Observable<never>(() => {
        dialling += 1;
        return () => { dialling -= 1; };
      });
      const [left, closed] = [createClient({ transport, realm: 'realm1' }), createClient({ transport, realm: 'realm1', idleClose: 60_000 })];
      const { subscription } = heard(left.topic('com.a'));
      heard(closed.topic('com.a')).subscription.unsubscribe();
      at(10, () => {
        expect(dialling).toBe(2);
        subscription.unsubscribe();
        void closed.close();
      });

      scheduler.schedule(() => {
        expect(dialling).toBe(0);
        expectNoLeaks({ clients: [left, closed], scheduler });
      }, 20);
    });
  });

  it('stops dialling when the last request that waited has failed', () => {
    virtually(({ link, router, scheduler }) => {
      const { client, line } = link({ offline: 'fail' });
      line.cut();

      const { log } = heard(client.call('com.p'));

      scheduler.schedule(() => {
        expect([log.length, client.state.kind]).toEqual([1, 'idle']);
        expectNoLeaks({ clients: [client], router, scheduler });
      }, 1);
    });
  });

  it('stops dialling when the session is lost with the last call that was open', () => {
    virtually(({ link, at, router, scheduler }) => {
      const { client, line } = link();
      const other = link();
      const { subscription } = heard(other.client.register('com.never', () => NEVER));
      const { log } = heard(client.call('com.never'));
      at(10, () => line.cut());
      at(11, () => subscription.unsubscribe());

      scheduler.schedule(() => {
        expect([log.length, client.state.kind, line.dials]).toEqual([1, 'idle', 1]);
        expectNoLeaks({ clients: [client, other.client], router, scheduler });
      }, 500);
    });
  });

  it('hangs up when what is asked of it last is over before it has begun', () => {
    virtually(({ link, at, router, scheduler }) => {
      const { client } = link({ latency: 5 });
      const { subscription } = heard(client.topic('com.a', { grace: 10 }));
      const { log } = heard(timer(100).pipe(concatMap(() => {
        subscription.unsubscribe();
        return client.topicStatus('com.a').pipe(take(1));
      })));
      at(99, () => expect(client.state.kind).toBe('joined'));

      scheduler.schedule(() => {
        expect(log).toEqual([{ kind: 'subscribed', session: expect.any(Number), subscription: expect.any(Number) }, 'complete']);
        expectNoLeaks({ clients: [client], router, scheduler });
      }, 200);
    });
  });

  it('hangs up after the router has revoked the last registration of its session', () => {
    virtually(({ at, scheduler }) => {
      const router = new ScriptedRouter();
      const client = createClient({ transport: router.transport, realm: 'realm1' });
      client.state$.subscribe((state) => { if (state.kind === 'joined') heard(state.session.register('com.p', () => 1)); });
      client.session$.pipe(take(1)).subscribe();
      router.send(REGISTERED, 1, 80);

      at(10, () => router.send(UNREGISTERED, 0, { registration: 80 }));

      scheduler.schedule(() => expectNoLeaks({ clients: [client], scheduler }), 20);
    });
  });

  it.each([0, 5])('leaves the session that it hangs up, and joins another, when it is used from within the news of that: latency %i', (latency) => {
    virtually(({ link, router, scheduler }) => {
      const { client } = link({ latency });
      const publish = () => heard(client.publish('com.a', [], { acknowledge: true })).log;
      const logs = [publish()];
      client.state$.subscribe(({ kind }) => { if (kind === 'idle' && logs.length === 1) logs.push(publish()); });

      scheduler.schedule(() => {
        expect(logs).toEqual([[{ id: expect.any(Number) }, 'complete'], [{ id: expect.any(Number) }, 'complete']]);
        expectNoLeaks({ clients: [client], router, scheduler });
      }, 200);
    });
  });

  it('joins anew for what is asked of it from within its GOODBYE', () => {
    virtually(({ link, router, scheduler }) => {
      const { client } = link();
      const logs = [heard(client.publish('com.a')).log];
      client.frames$.subscribe(({ message, direction }) => {
        if (direction === 'out' && message.type === MessageType.GOODBYE && logs.length === 1) logs.push(heard(client.publish('com.b')).log);
      });

      scheduler.schedule(() => {
        expect(logs.map((log) => log.at(-1))).toEqual(['complete', 'complete']);
        expectNoLeaks({ clients: [client], router, scheduler });
      }, 10);
    });
  });

  it('is not held any more by connect() once it is closed', () => {
    virtually(({ link, at, router, scheduler }) => {
      const { client } = link();
      void client.connect();
      at(10, () => void client.close());
      at(20, () => { client.connect().catch(() => {}); });

      scheduler.schedule(() => expectNoLeaks({ clients: [client], router, scheduler }), 30);
    });
  });

  it('completes its registrations when it is closed in the moment it joins', () => {
    virtually(({ link, router, scheduler }) => {
      const { client } = link({ latency: 5 });
      const { log } = heard(client.register('com.p', () => 1));
      client.state$.subscribe(({ kind }) => { if (kind === 'joined') void client.close(); });

      scheduler.schedule(() => {
        expect(log).toEqual(['complete']);
        expectNoLeaks({ clients: [client], router, scheduler });
      }, 100);
    });
  });

  it.each(['connecting', 'authenticating', 'joined', 'waiting'] as const)('is closed for good when it is closed from within the news that it is %s', (kind) => {
    virtually(({ link, router, at, scheduler }) => {
      const { client, line } = link();
      const kinds: string[] = [];
      client.state$.subscribe((state) => {
        kinds.push(state.kind);
        if (state.kind === kind) void client.close();
      });
      const topic = heard(client.topic('com.a'));
      at(10, () => { line.cut(); line.mend(); });

      scheduler.schedule(() => {
        expect([client.state.kind, kinds.at(-1), topic.log, line.dials]).toEqual(['closed', 'closed', ['complete'], kind === 'connecting' ? 0 : 1]);
        expectNoLeaks({ clients: [client], router, scheduler });
      }, 20);
    });
  });

  it.each([0, 5])('registers once what is registered from within the news that it has joined: latency %i', (latency) => {
    virtually(({ link, router, at, scheduler }) => {
      const { client } = link({ latency });
      const watching = client.session$.subscribe();
      let registration: ReturnType<typeof heard> | undefined;
      client.state$.subscribe(({ kind }) => { if (kind === 'joined') registration = heard(client.register('com.p', () => 1)); });
      at(50, () => {
        expect([registration?.log.length, client.census()['registrations']]).toEqual([1, 1]);
        registration?.subscription.unsubscribe();
        watching.unsubscribe();
      });

      scheduler.schedule(() => expectNoLeaks({ clients: [client], router, scheduler }), 100);
    });
  });

  it.each([0, 5])('asks for nothing in a session that was left in the moment it was joined: latency %i', (latency) => {
    virtually(({ link, router, scheduler }) => {
      const { client } = link({ latency });
      const topic = heard(client.topic('com.a'));
      client.state$.subscribe((state) => { if (state.kind === 'joined') heard(state.session.leave()); });

      scheduler.schedule(() => {
        expect([client.state.kind, topic.log]).toEqual(['closed', ['complete']]);
        expectNoLeaks({ clients: [client], router, scheduler });
      }, 100);
    });
  });

  it.each([0, 5])('leaves nothing when it is closed with everything open: latency %i', (latency) => {
    virtually(({ link, at, router, scheduler }) => {
      const { client } = link({ latency });
      heard(client.register('com.never', () => NEVER));
      for (const match of ['exact', 'prefix', 'wildcard'] as const) heard(client.topic('com.a', { match, grace: 9_000 }));
      at(50, () => { heard(client.call('com.never', [], { timeout: 8_000 })); heard(client.topic('com.b')).subscription.unsubscribe(); });
      at(60, () => { heard(client.publish('com.c', [], { acknowledge: true })); void client.close(); });

      scheduler.schedule(() => expectNoLeaks({ clients: [client], router, scheduler }), 100);
    });
  });

  it('keeps no timer of a call that was unsubscribed from, answered or lost', () => {
    virtually(({ link, at, router, scheduler }) => {
      const { client, line } = link({ latency: 5, retry: { shouldReconnect: () => 10 } });
      heard(client.register('com.never', () => NEVER));
      heard(client.register('com.now', () => 1));
      const limited = (uri: string) => heard(client.call(uri, [], { timeout: 50_000, cancelMode: 'kill' }));
      at(50, () => { limited('com.now'); const { subscription } = limited('com.never'); at(20, () => subscription.unsubscribe()); });
      at(200, () => { limited('com.never'); at(20, () => { line.cut(); line.mend(); }); });

      scheduler.schedule(() => {
        expectNoLeaks({ scheduler });
        expect(client.census()).toMatchObject({ lives: 1, 'kept registrations': 2, registrations: 2, 'running invocations': 0 });
        expect(router.census()).toMatchObject({ registrations: 2, 'open calls': 0, 'open invocations': 0 });
        void client.close();
      }, STABLE);
    });
  });
});
