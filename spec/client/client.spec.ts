import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, interval, map, take, tap } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { DrainingError, NotJoinedError, QueueFullError, TransportLostError } from '../../lib/errors.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import type { TopicSignal } from '../../lib/session/options.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const RETRY = { initialDelay: 100 } as const;
const NAMES = new Map<number, string>(Object.entries(MessageType).map(([name, code]) => [code, name]));

/** A signal as its kind, an event as what it carries. */
const short = (signal: TopicSignal): unknown => (signal.kind === 'event' ? signal.event.args[0] : signal.kind);

/** What goes over the wire of a client, by name. */
function wireOf(client: Client): string[] {
  const names: string[] = [];
  const uriOf = (message: Message): string => ('topic' in message ? ` ${message.topic}` : 'procedure' in message ? ` ${message.procedure}` : '');
  client.frames$.subscribe(({ direction, message }) => {
    if (direction === 'out') names.push(`${NAMES.get(message.type)}${uriOf(message)}`);
  });
  return names;
}

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
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: RETRY });
      user.link.latency(5);
      user.topic('com.a').subscribe();
      user.topic('com.b', { match: 'prefix' }).subscribe();
      user.register('com.p', () => 1).subscribe();
      at(50, () => user.link.cut());
      at(60, () => {
        user.link.restore();
        user.publish('com.c').subscribe();
        user.call('com.p').subscribe();
      });
      at(70, () => {
        const sent = wireOf(user);
        at(82, () => expect(sent).toEqual(['HELLO']));
        at(92, () => expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.a', 'SUBSCRIBE com.b', 'REGISTER com.p']));
        at(130, () => {
          expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.a', 'SUBSCRIBE com.b', 'REGISTER com.p', 'PUBLISH com.c', 'CALL com.p', 'YIELD']);
          void user.close();
        });
      });
    });
  });

  it('shares a subscription among its observers, and ends it with the last', () => {
    tidyMarbles(({ client, at }) => {
      const user = client({ idleClose: 1000 });
      const sent = wireOf(user);
      const first = user.topic('com.x').subscribe();
      const second = user.topic('com.x').subscribe();
      at(1, () => first.unsubscribe());
      at(2, () => expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.x']));
      at(3, () => second.unsubscribe());
      at(4, () => {
        expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.x', 'UNSUBSCRIBE']);
        void user.close();
      });
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
    tidyMarbles(({ router, client, at }) => {
      const user = client();
      user.link.latency(5);
      const sent = wireOf(user);
      const observer = user.topic('com.x').subscribe();
      at(50, () => observer.unsubscribe());
      at(55, () => expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.x', 'UNSUBSCRIBE']));
      at(80, () => {
        expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.x', 'UNSUBSCRIBE', 'GOODBYE']);
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
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: { initialDelay: 100 }, stableAfter: 1000 });
      const waits: number[] = [];
      user.state$.subscribe((state) => { if (state.kind === 'waiting') waits.push(state.delay); });
      user.topic('com.x').subscribe();
      const blink = (): void => { user.link.cut(); user.link.restore(); };
      at(10, blink); //   joined again at 110
      at(200, blink); //  it lived for 90: the count goes on, joined at 400
      at(1500, blink); // it lived for 1100: afresh, joined at 1600
      at(1700, () => {
        expect(waits).toEqual([100, 200, 100]);
        void user.close();
      });
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
      at(10, () => { user.link.cut(); user.link.restore(); });
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
    tidyMarbles(({ client, at }) => {
      const user = client({ retry: RETRY });
      user.link.latency(5);
      const { log } = heard(user.session$.pipe(map((session) => typeof session?.id)));
      at(20, () => { user.link.cut(); user.link.restore(); });
      at(200, () => { void user.close(); });
      at(220, () => expect(log).toEqual(['undefined', 'number', 'undefined', 'number', 'undefined', 'complete']));
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
      const user = client();
      const other = client();
      const forwarded = wireOf(user);
      const relayed = new Subject<Message>();
      user.frames$.subscribe(({ message, direction }) => { if (direction === 'out') relayed.next(message); });
      const kwargs: unknown[] = [];
      relayed.subscribe((message) => { if (message.type === MessageType.PUBLISH) kwargs.push([message.args, message.kwargs]); });
      user.topic('com.in').subscribe((event) => user.publish('com.out', event).subscribe());
      other.publish('com.in', [1]).subscribe();
      other.publish('com.in', { kwargs: { a: 1 } }).subscribe();
      other.publish('com.in').subscribe();

      expect(kwargs).toEqual([[[1], undefined], [undefined, { a: 1 }], [undefined, undefined]]);
      expect(forwarded.filter((name) => name === 'PUBLISH com.out')).toHaveLength(3);
      at(1, () => { void user.close(); void other.close(); });
    });
  });
});
