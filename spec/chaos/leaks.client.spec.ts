/** What clients once left behind, and what each way out of one has to leave: nothing. */
import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, concatMap, take, timer } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { RouterOptions } from '../../lib/router/options.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { ScriptedRouter, heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

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
    tidyMarbles(({ client, at, scheduler }) => {
      const user = client({ retry: { initialDelay: 20_000, shouldReconnect: () => 10 } });
      void user.connect();
      const topic = user.topic('com.a').subscribe();
      at(10, () => { mood.failing = true; user.link.cut(); user.link.restore(); });

      at(30, () => {
        expect(user.census()).toMatchObject({ 'refused topics': 1 });
        topic.unsubscribe();
      });

      scheduler.schedule(() => {
        expectNoLeaks({ scheduler });
        void user.close();
      }, STABLE);
    }, { router: mood.options });
  });

  it('keeps a registration whose session is lost while it waits to be tried again, and not the wait', () => {
    tidyMarbles(({ client, at, router, scheduler }) => {
      const user = client({ retry: { initialDelay: 10_000, shouldReconnect: () => 15_000 } });
      const other = client();
      const { log, subscription } = heard(user.register('com.p', () => 1));
      const taken = heard(timer(11).pipe(concatMap(() => other.register('com.p', () => 2))));
      user.link.marbles('10ms (xo) 15006ms (xo)');

      at(29_000, () => expect([log.length, taken.log.length, user.state.kind]).toEqual([1, 1, 'waiting']));
      at(29_001, () => { subscription.unsubscribe(); taken.subscription.unsubscribe(); });

      scheduler.schedule(() => expectNoLeaks({ clients: [user, other], router, scheduler }), 29_002);
    });
  });

  it.each(['tried again', 'joined anew'] as const)('forgets that a topic was refused when it is %s', (how) => {
    const mood = moody();
    tidyMarbles(({ client, at, scheduler }) => {
      const user = client({ retry: { initialDelay: how === 'tried again' ? 100 : 20_000, shouldReconnect: () => 10 } });
      heard(user.topic('com.a'));
      at(10, () => { mood.failing = true; user.link.cut(); user.link.restore(); });
      at(30, () => {
        expect(user.census()).toMatchObject({ 'refused topics': 1, 'topic ids': 0 });
        mood.failing = false;
        if (how === 'joined anew') { user.link.cut(); user.link.restore(); }
      });

      scheduler.schedule(() => {
        expect(user.census()).toMatchObject({ 'refused topics': 0, 'topic ids': 1 });
        expectNoLeaks({ scheduler });
        void user.close();
      }, STABLE);
    }, { router: mood.options });
  });

  it('tries a registration no more that nobody wants any more', () => {
    tidyMarbles(({ client, at, scheduler }) => {
      const user = client({ retry: { initialDelay: 20_000, shouldReconnect: () => 10 } });
      const other = client({ lazy: false });
      void user.connect();
      const { subscription } = heard(user.register('com.p', () => 1));
      at(10, () => { user.link.cut(); user.link.restore(); heard(other.register('com.p', () => 2)); });
      at(30, () => subscription.unsubscribe());

      scheduler.schedule(() => {
        expect(user.census()).toMatchObject({ 'kept registrations': 0, lives: 1 });
        expectNoLeaks({ scheduler });
        void user.close();
        void other.close();
      }, STABLE);
    });
  });

  it('gives up the attempt that it makes when nobody wants it any more, or it is closed', () => {
    tidyMarbles(({ client, at, scheduler }) => {
      let dialling = 0;
      const transport = new Observable<never>(() => {
        dialling += 1;
        return () => { dialling -= 1; };
      });
      const [left, closed] = [client({ transport }), client({ transport, idleClose: 60_000 })];
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
    tidyMarbles(({ client, router, scheduler }) => {
      const user = client({ offline: 'fail' });
      user.link.cut();

      const { log } = heard(user.call('com.p'));

      scheduler.schedule(() => {
        expect([log.length, user.state.kind]).toEqual([1, 'idle']);
        expectNoLeaks({ clients: [user], router, scheduler });
      }, 1);
    });
  });

  it('stops dialling when the session is lost with the last call that was open', () => {
    tidyMarbles(({ client, at, router, scheduler }) => {
      const user = client({ retry: { initialDelay: 100 } });
      const other = client();
      const { subscription } = heard(other.register('com.never', () => NEVER));
      const { log } = heard(user.call('com.never'));
      at(10, () => user.link.cut());
      at(11, () => subscription.unsubscribe());

      scheduler.schedule(() => {
        expect([log.length, user.state.kind, user.link.dials]).toEqual([1, 'idle', 1]);
        expectNoLeaks({ clients: [user, other], router, scheduler });
      }, 500);
    });
  });

  it('hangs up when what is asked of it last is over before it has begun', () => {
    tidyMarbles(({ client, at, router, scheduler }) => {
      const user = client();
      user.link.latency(5);
      const { subscription } = heard(user.topic('com.a', { grace: 10 }));
      const { log } = heard(timer(100).pipe(concatMap(() => {
        subscription.unsubscribe();
        return user.topicStatus('com.a').pipe(take(1));
      })));
      at(99, () => expect(user.state.kind).toBe('joined'));

      scheduler.schedule(() => {
        expect(log).toEqual([{ kind: 'subscribed', session: expect.any(Number), subscription: expect.any(Number) }, 'complete']);
        expectNoLeaks({ clients: [user], router, scheduler });
      }, 200);
    });
  });

  it('hangs up after the router has revoked the last registration of its session', () => {
    tidyMarbles(({ client, at, scheduler }) => {
      const router = new ScriptedRouter();
      const user = client({ transport: router.transport });
      user.state$.subscribe((state) => { if (state.kind === 'joined') heard(state.session.register('com.p', () => 1)); });
      user.session$.pipe(take(1)).subscribe();
      router.send(REGISTERED, 1, 80);

      at(10, () => router.send(UNREGISTERED, 0, { registration: 80 }));

      scheduler.schedule(() => expectNoLeaks({ clients: [user], scheduler }), 20);
    });
  });

  it.each([0, 5])('leaves the session that it hangs up, and joins another, when it is used from within the news of that: latency %i', (latency) => {
    tidyMarbles(({ client, router, scheduler }) => {
      const user = client();
      user.link.latency(latency);
      const publish = () => heard(user.publish('com.a', [], { acknowledge: true })).log;
      const logs = [publish()];
      user.state$.subscribe(({ kind }) => { if (kind === 'idle' && logs.length === 1) logs.push(publish()); });

      scheduler.schedule(() => {
        expect(logs).toEqual([[{ id: expect.any(Number) }, 'complete'], [{ id: expect.any(Number) }, 'complete']]);
        expectNoLeaks({ clients: [user], router, scheduler });
      }, 200);
    });
  });

  it('joins anew for what is asked of it from within its GOODBYE', () => {
    tidyMarbles(({ client, router, scheduler }) => {
      const user = client();
      const logs = [heard(user.publish('com.a')).log];
      user.frames$.subscribe(({ message, direction }) => {
        if (direction === 'out' && message.type === MessageType.GOODBYE && logs.length === 1) logs.push(heard(user.publish('com.b')).log);
      });

      scheduler.schedule(() => {
        expect(logs.map((log) => log.at(-1))).toEqual(['complete', 'complete']);
        expectNoLeaks({ clients: [user], router, scheduler });
      }, 10);
    });
  });

  it('is not held any more by connect() once it is closed', () => {
    tidyMarbles(({ client, at, router, scheduler }) => {
      const user = client();
      void user.connect();
      at(10, () => void user.close());
      at(20, () => { user.connect().catch(() => {}); });

      scheduler.schedule(() => expectNoLeaks({ clients: [user], router, scheduler }), 30);
    });
  });

  it('completes its registrations when it is closed in the moment it joins', () => {
    tidyMarbles(({ client, router, scheduler }) => {
      const user = client();
      user.link.latency(5);
      const { log } = heard(user.register('com.p', () => 1));
      user.state$.subscribe(({ kind }) => { if (kind === 'joined') void user.close(); });

      scheduler.schedule(() => {
        expect(log).toEqual(['complete']);
        expectNoLeaks({ clients: [user], router, scheduler });
      }, 100);
    });
  });

  it.each(['connecting', 'authenticating', 'joined', 'waiting'] as const)('is closed for good when it is closed from within the news that it is %s', (kind) => {
    tidyMarbles(({ client, router, scheduler }) => {
      const user = client();
      const kinds: string[] = [];
      user.state$.subscribe((state) => {
        kinds.push(state.kind);
        if (state.kind === kind) void user.close();
      });
      const topic = heard(user.topic('com.a'));
      user.link.marbles('10ms (xo)');

      scheduler.schedule(() => {
        expect([user.state.kind, kinds.at(-1), topic.log, user.link.dials]).toEqual(['closed', 'closed', ['complete'], kind === 'connecting' ? 0 : 1]);
        expectNoLeaks({ clients: [user], router, scheduler });
      }, 20);
    });
  });

  it.each([0, 5])('registers once what is registered from within the news that it has joined: latency %i', (latency) => {
    tidyMarbles(({ client, router, at, scheduler }) => {
      const user = client();
      user.link.latency(latency);
      const watching = user.session$.subscribe();
      let registration: ReturnType<typeof heard> | undefined;
      user.state$.subscribe(({ kind }) => { if (kind === 'joined') registration = heard(user.register('com.p', () => 1)); });
      at(50, () => {
        expect([registration?.log.length, user.census()['registrations']]).toEqual([1, 1]);
        registration?.subscription.unsubscribe();
        watching.unsubscribe();
      });

      scheduler.schedule(() => expectNoLeaks({ clients: [user], router, scheduler }), 100);
    });
  });

  it.each([0, 5])('asks for nothing in a session that was left in the moment it was joined: latency %i', (latency) => {
    tidyMarbles(({ client, router, scheduler }) => {
      const user = client();
      user.link.latency(latency);
      const topic = heard(user.topic('com.a'));
      user.state$.subscribe((state) => { if (state.kind === 'joined') heard(state.session.leave()); });

      scheduler.schedule(() => {
        expect([user.state.kind, topic.log]).toEqual(['closed', ['complete']]);
        expectNoLeaks({ clients: [user], router, scheduler });
      }, 100);
    });
  });

  it.each([0, 5])('leaves nothing when it is closed with everything open: latency %i', (latency) => {
    tidyMarbles(({ client, at, router, scheduler }) => {
      const user = client();
      user.link.latency(latency);
      heard(user.register('com.never', () => NEVER));
      for (const match of ['exact', 'prefix', 'wildcard'] as const) heard(user.topic('com.a', { match, grace: 9_000 }));
      at(50, () => { heard(user.call('com.never', [], { timeout: 8_000 })); heard(user.topic('com.b')).subscription.unsubscribe(); });
      at(60, () => { heard(user.publish('com.c', [], { acknowledge: true })); void user.close(); });

      scheduler.schedule(() => expectNoLeaks({ clients: [user], router, scheduler }), 100);
    });
  });

  it('keeps no timer of a call that was unsubscribed from, answered or lost', () => {
    tidyMarbles(({ client, at, router, scheduler }) => {
      const user = client({ retry: { shouldReconnect: () => 10 } });
      user.link.latency(5);
      heard(user.register('com.never', () => NEVER));
      heard(user.register('com.now', () => 1));
      const limited = (uri: string) => heard(user.call(uri, [], { timeout: 50_000, cancelMode: 'kill' }));
      at(50, () => { limited('com.now'); const { subscription } = limited('com.never'); at(20, () => subscription.unsubscribe()); });
      at(200, () => { limited('com.never'); at(20, () => { user.link.cut(); user.link.restore(); }); });

      scheduler.schedule(() => {
        expectNoLeaks({ scheduler });
        expect(user.census()).toMatchObject({ lives: 1, 'kept registrations': 2, registrations: 2, 'running invocations': 0 });
        expect(router.census()).toMatchObject({ registrations: 2, 'open calls': 0, 'open invocations': 0 });
        void user.close();
      }, STABLE);
    });
  });
});
