import { describe, expect, it } from '@jest/globals';
import { NEVER, filter, interval, map, take, tap } from 'rxjs';
import { DrainingError, NotJoinedError, QueueFullError, TransportLostError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { TopicSignal } from '../../lib/session/options.ts';
import {
  CALL, GOODBYE, HELLO, PUBLISH, REGISTER, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBE, UNSUBSCRIBED, WELCOME, YIELD,
} from '../../lib/testing/index.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const RETRY = { initialDelay: 100 } as const;

/** A signal as its kind, an event as what it carries. */
const short = (signal: TopicSignal): unknown => (signal.kind === 'event' ? signal.event.args[0] : signal.kind);

describe('Client', () => {
  it('joins, subscribes, calls with progress, is cut, backs off and recovers', () => {
    tidyMarbles(({ client, at, expectObservable }) => {
      const shop = client();
      const user = client({ retry: RETRY });
      user.link.latency(5);
      shop.register('com.print', () => interval(10).pipe(take(3)), { final: 'last' }).subscribe();
      interval(20).pipe(take(14)).subscribe((n) => shop.publish('com.ticks', [n]).subscribe());
      user.link.marbles('100ms x 49ms o');
      at(300, () => { void user.close(); void shop.close(); });

      // WELCOME after one round trip, the first retry 100 ms after the cut
      const time = '  ^ 298ms !';
      const state = ' (ica) 5ms j 89ms w 99ms (ca) 6ms j';
      const prints = '50ms p 9ms (qr|)';
      const ticks = ' s 19ms u 4ms a 19ms b 19ms c 19ms d 14ms s 119ms (ug) 1ms e 19ms f 19ms h 19ms i';

      expectObservable(user.state$.pipe(map(({ kind }) => kind[0])), time).toBe(state);
      expectObservable(user.call('com.print', [], { progress: true }).pipe(map(({ progress, args: [n] }) => `${progress ? 'progress' : 'result'} ${String(n)}`)), time)
        .toBe(prints, { p: 'progress 0', q: 'progress 1', r: 'result 2' });
      // SUBSCRIBED after the next round trip; what is published while it is away is missed, and told
      expectObservable(user.topicStatus('com.ticks').pipe(map(short)), time)
        .toBe(ticks, { s: 'suspended', u: 'subscribed', g: 'gap', a: 0, b: 1, c: 2, d: 3, e: 10, f: 11, h: 12, i: 13 });
    });
  });

  it('tells of a loss in order: the state, then open requests, then topics, then running procedures', () => {
    tidyMarbles(({ router, client, at }) => {
      const user = client({ retry: RETRY });
      const other = client();
      const log: string[] = [];
      user.state$.subscribe(({ kind }) => log.push(kind));
      other.register('com.never', () => NEVER).subscribe();
      user.topicStatus('com.x').subscribe(({ kind }) => log.push(`topic ${kind}`));
      user.register('com.mine', () => NEVER.pipe(tap({ unsubscribe: () => log.push('procedure') }))).subscribe();
      at(1, () => user.call('com.never').subscribe({ error: ({ code, sent, effect }: TransportLostError) => log.push(`call ${code} ${sent} ${effect}`) }));
      at(1, () => other.call('com.mine').subscribe({ error: () => {} }));
      at(2, () => { log.length = 0; user.link.cut(); });
      at(3, () => {
        expect(log).toEqual(['waiting', 'call transport-lost true unknown', 'topic suspended', 'procedure']);
        expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0, pendingCalls: 0 });
        void user.close();
        void other.close();
      });
    });
  });

  it('asks for topics and procedures in one burst at a join, and only then for what waited', () => {
    tidyMarbles(({ client, at, expectFrames }) => {
      const user = client({ retry: RETRY });
      user.link.latency(5);
      user.link.marbles('50ms x 9ms o');
      user.topic('com.a').subscribe();
      user.topic('com.b', { match: 'prefix' }).subscribe();
      user.register('com.p', () => 1).subscribe();
      at(60, () => {
        user.publish('com.c').subscribe();
        user.call('com.p').subscribe();
      });
      at(200, () => { void user.close(); });

      // Dials 100 ms after the cut; each answer is there 10 ms after its question.
      expectFrames(user.link.sent$, '60ms ^ 130ms !').toBe('150ms h 9ms (abr) 5ms (pc) 6ms y', {
        h: HELLO('realm1'), a: SUBSCRIBE('com.a'), b: SUBSCRIBE('com.b'), r: REGISTER('com.p'), p: PUBLISH('com.c'), c: CALL('com.p'), y: YIELD(),
      });
    });
  });

  it('shares a subscription among its observers, and ends it with the last', () => {
    tidyMarbles(({ client, expectFrames, expectObservable }) => {
      const user = client({ idleClose: 1000 });
      const first = ' ^-!';
      const second = '^----!';
      const sent = '  (hs)-u';

      expectFrames(user.link.sent$, '^-----!').toBe(sent, { h: HELLO('realm1'), s: SUBSCRIBE('com.x'), u: UNSUBSCRIBE() });
      expectObservable(user.topic('com.x'), first).toBe('');
      expectObservable(user.topic('com.x'), second).toBe('');
    });
  });

  it('errors a topic that requires a session where there is none, and does not dial for it', () => {
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: RETRY });
      const topic = user.topic('com.x', { requireJoined: true });
      const early = heard(topic);
      expect([early.log, user.link.dials]).toEqual([[expect.any(NotJoinedError)], 0]);

      void user.connect();
      const late = heard(topic);
      at(1, () => user.link.cut());
      at(2, () => {
        expect(late.log).toEqual([]);
        void user.close();
      });
    });
  });

  it('dials at the first use and leaves after the last', () => {
    tidyMarbles(({ router, client, at, expectObservable }) => {
      const user = client({ idleClose: 10 });
      expectObservable(user.state$.pipe(map(({ kind }) => kind[0])), '^ 99ms !').toBe('i 19ms (caj) 15ms i');
      at(10, () => expect(user.link.dials).toBe(0));
      const topic = user.topic('com.x');
      at(20, () => {
        const observer = topic.subscribe();
        at(10, () => observer.unsubscribe());
      });
      at(60, () => expect(router.stats()).toMatchObject({ sessions: 0, connections: 0, subscriptions: 0 }));
    });
  });

  it('holds the session until UNSUBSCRIBED has come', () => {
    tidyMarbles(({ router, client, at, expectFrames, expectObservable }) => {
      const user = client();
      user.link.latency(5);
      const topic = '   ^ 49ms !';
      const sent = '    h 9ms s 39ms u 9ms g';
      const received = '10ms w 9ms s 39ms u 9ms g';

      expectFrames(user.link.sent$).toBe(sent, { h: HELLO('realm1'), s: SUBSCRIBE('com.x'), u: UNSUBSCRIBE(), g: GOODBYE() });
      expectFrames(user.link.received$).toBe(received, { w: WELCOME(), s: SUBSCRIBED(), u: UNSUBSCRIBED(), g: GOODBYE() });
      expectObservable(user.topic('com.x'), topic).toBe('');
      at(80, () => {
        expect(user.state).toEqual({ kind: 'idle' });
        expect(router.stats()).toMatchObject({ sessions: 0, connections: 0 });
      });
    });
  });

  it('stays for a call that was made on its session', () => {
    tidyMarbles(({ client, at }) => {
      const server = client();
      const user = client();
      user.link.latency(5);
      server.register('com.add', () => interval(50).pipe(take(1), map(() => 5))).subscribe();
      const log: unknown[] = [];
      at(10, () => {
        user.session$.pipe(map((session) => session?.call('com.add')), take(2)).subscribe((call) => call?.subscribe(({ args: [sum] }) => log.push(sum)));
      });
      at(200, () => {
        expect(log).toEqual([5]);
        expect(user.state.kind).toBe('idle');
        void server.close();
      });
    });
  });

  it('dials at once where it is not lazy, and then stays', () => {
    tidyMarbles(({ client, at }) => {
      const user = client({ lazy: false });
      expect(user.state.kind).toBe('joined');
      const observer = user.topic('com.x').subscribe();
      at(5, () => observer.unsubscribe());
      at(10, () => {
        expect(user.state.kind).toBe('joined');
        void user.close();
      });
    });
  });

  it('retries with growing waits, each told by state$, until maxAttempts', () => {
    tidyMarbles(({ client, expectObservable }) => {
      const user = client({ retry: { initialDelay: 10, maxAttempts: 3 } });
      user.link.cut();
      expectObservable(user.state$.pipe(map((state) => (state.kind === 'waiting' ? `${state.attempt} in ${state.delay} at ${state.retryAt}` : state.kind))))
        .toBe('w 9ms (cx) 16ms (cy) 36ms (cz|)', { c: 'connecting', w: '1 in 10 at 10', x: '2 in 20 at 30', y: '3 in 40 at 70', z: 'closed' });
      const topic = heard(user.topic('com.x'));
      const call = heard(user.call('com.y'));
      expectObservable(interval(100).pipe(take(1), tap(() => {
        expect(topic.log).toEqual([expect.objectContaining({ code: 'connect-failed' })]);
        expect(call.log).toEqual([expect.any(NotJoinedError)]);
      }), map(() => 'x'))).toBe('100ms (x|)');
    });
  });

  it('starts the count afresh only after a session that has lasted', () => {
    tidyMarbles(({ client, expectObservable }) => {
      const user = client({ retry: RETRY, stableAfter: 1000 });
      const waits$ = user.state$.pipe(map((state) => (state.kind === 'waiting' ? state.delay : undefined)), filter((delay) => delay !== undefined));
      // Joined again at 110, it lived for 90: the count goes on. Joined at 400, it lived for 1100: afresh.
      const blinks = '10ms (xo) 186ms (xo) 1296ms (xo)';
      const waits = ' 10ms a    189ms b    1299ms a';
      user.link.marbles(blinks);

      expectObservable(waits$, '^ 1700ms !').toBe(waits, { a: 100, b: 200 });
      expectObservable(user.topic('com.x'), '^ 1700ms !').toBe('');
    });
  });

  it('tries at once when it is told to', () => {
    tidyMarbles(({ client, at, expectObservable }) => {
      const user = client({ retry: { initialDelay: 1000 } });
      user.link.cut();
      user.topic('com.x').subscribe();
      at(50, () => { user.link.restore(); user.reconnectNow(); });
      at(60, () => { void user.close(); });
      expectObservable(user.state$.pipe(map(({ kind }) => kind[0]))).toBe('w 49ms (caj) 5ms (dc|)');
    });
  });

  it('fails what was written and lets what was not wait', () => {
    tidyMarbles(({ client, at }) => {
      const server = client();
      server.register('com.slow', ({ args: [n] }) => interval(30).pipe(take(1), map(() => n))).subscribe();
      const user = client({ retry: RETRY });
      const written = heard(user.call('com.slow', [1]));
      user.link.marbles('10ms (xo)');
      at(20, () => {
        const waiting = heard(user.call('com.slow', [2]));
        const abandoned = heard(user.publish('com.x'));
        abandoned.subscription.unsubscribe();
        at(150, () => {
          expect(written.log).toEqual([expect.objectContaining({ code: 'transport-lost', sent: true, effect: 'unknown' })]);
          expect(waiting.log).toEqual([expect.objectContaining({ args: [2] }), 'complete']);
          void user.close();
          void server.close();
        });
      });
    });
  });

  it('fails requests while it waits where it is told to, those that wait already too', () => {
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: RETRY, offline: 'fail', lazy: false });
      user.link.cut();
      const log = heard(user.call('com.x')).log;
      expect(log).toEqual([expect.any(NotJoinedError)]);
      expect(log).toEqual([expect.objectContaining({ effect: 'none', operation: { verb: 'call', uri: 'com.x' } })]);
      at(1, () => { void user.close(); });
    });
  });

  it('lets no more wait than its queue has room for', () => {
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: RETRY, queue: { limit: 2 } });
      user.link.cut();
      const logs = [1, 2, 3].map((n) => heard(user.call('com.x', [n])).log);
      expect(logs).toEqual([[], [], [expect.any(QueueFullError)]]);
      at(1, () => { void user.close(); });
    });
  });

  it('registers anew in each session, and waits for its old session to be missed', () => {
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: RETRY });
      const rival = client();
      const log: unknown[] = [];
      user.register('com.p', () => 1).subscribe({ next: ({ uri }) => log.push(`${at.now()} ${uri}`), error: (error: unknown) => log.push(error) });
      at(10, () => {
        user.link.cut();
        user.link.restore();
        // takes the place of the session that a real router would not have missed yet
        const registered = rival.register('com.p', () => 2).subscribe();
        at(140, () => registered.unsubscribe());
      });
      at(500, () => {
        expect(log).toEqual(['0 com.p', '210 com.p']);
        void user.close();
        void rival.close();
      });
    });
  });

  it('errors a first registration that is refused', () => {
    tidyMarbles(({ client, at }) => {
      const first = client({ lazy: false });
      const second = client({ lazy: false });
      first.register('com.p', () => 1).subscribe();
      const { log } = heard(second.register('com.p', () => 2));
      expect(log).toEqual([expect.objectContaining({ uri: 'wamp.error.procedure_already_exists' })]);
      at(1, () => { void first.close(); void second.close(); });
    });
  });

  it('closes for good: topics and registrations complete, calls error, nothing is taken any more', () => {
    tidyMarbles(({ router, client, at }) => {
      const user = client();
      user.link.latency(5);
      const server = client();
      server.register('com.never', () => NEVER).subscribe();
      const topic = heard(user.topic('com.x'));
      const registration = heard(user.register('com.y', () => 1).pipe(map(({ uri }) => uri)));
      const call = heard(user.call('com.never'));
      const states = heard(user.state$.pipe(map(({ kind }) => kind)));
      at(50, () => {
        void user.close();
        expect(heard(user.publish('com.z')).log).toEqual([expect.any(DrainingError)]);
      });
      at(70, () => {
        expect(topic.log).toEqual(['complete']);
        expect(registration.log).toEqual(['com.y', 'complete']);
        expect(call.log).toEqual([expect.any(TransportLostError)]);
        expect(states.log).toEqual(['authenticating', 'joined', 'draining', 'closed', 'complete']);
        expect(heard(user.publish('com.z')).log).toEqual([expect.any(NotJoinedError)]);
        expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0, registrations: 1, pendingCalls: 0 });
        void server.close();
      });
    });
  });

  it('reports what nobody is subscribed to at errors$', () => {
    tidyMarbles(({ client, at }) => {
      const user = client();
      const errors = heard(user.errors$);
      const failure = new Error('broken');
      user.register('com.p', () => { throw failure; }).subscribe();
      const call = heard(user.call('com.p'));
      user.subject('com.x').next([() => 1]);

      expect(call.log).toEqual([expect.objectContaining({ uri: 'wamp.error.runtime_error', args: ['broken'] })]);
      expect(errors.log).toEqual([failure, expect.objectContaining({ code: 'serialization' })]);
      at(1, () => { void user.close(); });
    });
  });

  it('emits each session, and undefined in between', () => {
    tidyMarbles(({ client, at, expectObservable }) => {
      const user = client({ retry: RETRY });
      user.link.latency(5);
      user.link.marbles('20ms (xo)');
      at(200, () => { void user.close(); });

      expectObservable(user.session$.pipe(map((session) => typeof session?.id))).toBe('u 9ms n 9ms u 109ms n 69ms u 9ms |', { u: 'undefined', n: 'number' });
    });
  });

  it('makes a subject of a topic', () => {
    tidyMarbles(({ client, at }) => {
      const user = client();
      const other = client();
      const chat = user.subject('com.chat', { excludeMe: false });
      const mine = heard(chat.pipe(map(({ args }) => args)));
      const theirs = heard(other.topic('com.chat').pipe(map(({ args }) => args)));
      chat.next(['hello']);

      expect([mine.log, theirs.log]).toEqual([[['hello']], [['hello']]]);
      at(1, () => { void user.close(); void other.close(); });
    });
  });

  it('hands an event on as it came: what was sent without kwargs arrives without', () => {
    tidyMarbles(({ client, at }) => {
      const [user, other] = [client(), client()];
      const forwarded: unknown[] = [];
      user.frames$.subscribe(({ direction, message }) => { if (direction === 'out' && message.type === MessageType.PUBLISH) forwarded.push([message.topic, message.args, message.kwargs]); });
      user.topic('com.in').subscribe((event) => user.publish('com.out', event).subscribe());
      other.publish('com.in', [1]).subscribe();
      other.publish('com.in', { kwargs: { a: 1 } }).subscribe();
      other.publish('com.in').subscribe();

      expect(forwarded).toEqual([['com.out', [1], undefined], ['com.out', undefined, { a: 1 }], ['com.out', undefined, undefined]]);
      at(1, () => { void user.close(); void other.close(); });
    });
  });
});
