import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, interval, map, take, tap } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { DrainingError, NotJoinedError, QueueFullError, TransportLostError } from '../../lib/errors.ts';
import { MessageType, type Message } from '../../lib/protocol/messages.ts';
import type { TopicSignal } from '../../lib/session/options.ts';
import { heard } from '../support/scripted-router.ts';
import { virtually } from '../support/virtual.ts';

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
    virtually(({ link, at, expectObservable }) => {
      const shop = link();
      const { client, line } = link({ latency: 5 });
      shop.client.register('com.print', () => interval(10).pipe(take(3)), { final: 'last' }).subscribe();
      interval(20).pipe(take(14)).subscribe((n) => shop.client.publish('com.ticks', [n]).subscribe());
      at(100, () => line.cut());
      at(150, () => line.mend());
      at(300, () => { void client.close(); void shop.client.close(); });

      // WELCOME after one round trip, the first retry 100 ms after the cut
      const time = '  ^ 298ms !';
      const state = ' (ica) 5ms j 89ms w 99ms (ca) 6ms j';
      const prints = '50ms p 9ms (qr|)';
      const ticks = ' s 19ms u 4ms a 19ms b 19ms c 19ms d 14ms s 119ms (ug) 1ms e 19ms f 19ms h 19ms i';

      expectObservable(client.state$.pipe(map(({ kind }) => kind[0])), time).toBe(state);
      expectObservable(client.call('com.print', [], { progress: true }).pipe(map(({ progress, args: [n] }) => `${progress ? 'progress' : 'result'} ${String(n)}`)), time)
        .toBe(prints, { p: 'progress 0', q: 'progress 1', r: 'result 2' });
      // SUBSCRIBED after the next round trip; what is published while it is away is missed, and told
      expectObservable(client.topicStatus('com.ticks').pipe(map(short)), time)
        .toBe(ticks, { s: 'suspended', u: 'subscribed', g: 'gap', a: 0, b: 1, c: 2, d: 3, e: 10, f: 11, h: 12, i: 13 });
    });
  });

  it('tells of a loss in order: the state, then open requests, then topics, then running procedures', () => {
    virtually(({ router, link, at }) => {
      const { client, line } = link();
      const other = link();
      const log: string[] = [];
      client.state$.subscribe(({ kind }) => log.push(kind));
      other.client.register('com.never', () => NEVER).subscribe();
      client.topicStatus('com.x').subscribe(({ kind }) => log.push(`topic ${kind}`));
      client.register('com.mine', () => NEVER.pipe(tap({ unsubscribe: () => log.push('procedure') }))).subscribe();
      at(1, () => client.call('com.never').subscribe({ error: ({ code, sent, effect }: TransportLostError) => log.push(`call ${code} ${sent} ${effect}`) }));
      at(1, () => other.client.call('com.mine').subscribe({ error: () => {} }));
      at(2, () => { log.length = 0; line.cut(); });
      at(3, () => {
        expect(log).toEqual(['waiting', 'call transport-lost true unknown', 'topic suspended', 'procedure']);
        expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0, pendingCalls: 0 });
        void client.close();
        void other.client.close();
      });
    });
  });

  it('asks for topics and procedures in one burst at a join, and only then for what waited', () => {
    virtually(({ link, at }) => {
      const { client, line } = link({ latency: 5 });
      client.topic('com.a').subscribe();
      client.topic('com.b', { match: 'prefix' }).subscribe();
      client.register('com.p', () => 1).subscribe();
      at(50, () => line.cut());
      at(60, () => {
        line.mend();
        client.publish('com.c').subscribe();
        client.call('com.p').subscribe();
      });
      at(70, () => {
        const sent = wireOf(client);
        at(82, () => expect(sent).toEqual(['HELLO']));
        at(92, () => expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.a', 'SUBSCRIBE com.b', 'REGISTER com.p']));
        at(130, () => {
          expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.a', 'SUBSCRIBE com.b', 'REGISTER com.p', 'PUBLISH com.c', 'CALL com.p', 'YIELD']);
          void client.close();
        });
      });
    });
  });

  it('shares a subscription among its observers, and ends it with the last', () => {
    virtually(({ link, at }) => {
      const { client } = link({ idleClose: 1000 });
      const sent = wireOf(client);
      const first = client.topic('com.x').subscribe();
      const second = client.topic('com.x').subscribe();
      at(1, () => first.unsubscribe());
      at(2, () => expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.x']));
      at(3, () => second.unsubscribe());
      at(4, () => {
        expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.x', 'UNSUBSCRIBE']);
        void client.close();
      });
    });
  });

  it('errors a topic that requires a session where there is none, and does not dial for it', () => {
    virtually(({ link, at }) => {
      const { client, line } = link();
      const topic = client.topic('com.x', { requireJoined: true });
      const early = heard(topic);
      expect([early.log, line.dials]).toEqual([[expect.any(NotJoinedError)], 0]);

      void client.connect();
      const late = heard(topic);
      at(1, () => line.cut());
      at(2, () => {
        expect(late.log).toEqual([]);
        void client.close();
      });
    });
  });

  it('dials at the first use and leaves after the last', () => {
    virtually(({ router, link, at, expectObservable }) => {
      const { client, line } = link({ idleClose: 10 });
      expectObservable(client.state$.pipe(map(({ kind }) => kind[0])), '^ 99ms !').toBe('i 19ms (caj) 15ms i');
      at(10, () => expect(line.dials).toBe(0));
      const topic = client.topic('com.x');
      at(20, () => {
        const observer = topic.subscribe();
        at(10, () => observer.unsubscribe());
      });
      at(60, () => expect(router.stats()).toMatchObject({ sessions: 0, connections: 0, subscriptions: 0 }));
    });
  });

  it('holds the session until UNSUBSCRIBED has come', () => {
    virtually(({ router, link, at }) => {
      const { client } = link({ latency: 5 });
      const sent = wireOf(client);
      const observer = client.topic('com.x').subscribe();
      at(50, () => observer.unsubscribe());
      at(55, () => expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.x', 'UNSUBSCRIBE']));
      at(80, () => {
        expect(sent).toEqual(['HELLO', 'SUBSCRIBE com.x', 'UNSUBSCRIBE', 'GOODBYE']);
        expect(client.state).toEqual({ kind: 'idle' });
        expect(router.stats()).toMatchObject({ sessions: 0, connections: 0 });
      });
    });
  });

  it('stays for a call that was made on its session', () => {
    virtually(({ link, at }) => {
      const server = link();
      const { client } = link({ latency: 5 });
      server.client.register('com.add', () => interval(50).pipe(take(1), map(() => 5))).subscribe();
      const log: unknown[] = [];
      at(10, () => {
        client.session$.pipe(map((session) => session?.call('com.add')), take(2)).subscribe((call) => call?.subscribe(({ args: [sum] }) => log.push(sum)));
      });
      at(200, () => {
        expect(log).toEqual([5]);
        expect(client.state.kind).toBe('idle');
        void server.client.close();
      });
    });
  });

  it('dials at once where it is not lazy, and then stays', () => {
    virtually(({ link, at }) => {
      const { client } = link({ lazy: false });
      expect(client.state.kind).toBe('joined');
      const observer = client.topic('com.x').subscribe();
      at(5, () => observer.unsubscribe());
      at(10, () => {
        expect(client.state.kind).toBe('joined');
        void client.close();
      });
    });
  });

  it('retries with growing waits, each told by state$, until maxAttempts', () => {
    virtually(({ link, expectObservable }) => {
      const { client, line } = link({ retry: { initialDelay: 10, jitter: 'none', maxAttempts: 3 } });
      line.cut();
      expectObservable(client.state$.pipe(map((state) => (state.kind === 'waiting' ? `${state.attempt} in ${state.delay} at ${state.retryAt}` : state.kind))))
        .toBe('w 9ms (cx) 16ms (cy) 36ms (cz|)', { c: 'connecting', w: '1 in 10 at 10', x: '2 in 20 at 30', y: '3 in 40 at 70', z: 'closed' });
      const topic = heard(client.topic('com.x'));
      const call = heard(client.call('com.y'));
      expectObservable(interval(100).pipe(take(1), tap(() => {
        expect(topic.log).toEqual([expect.objectContaining({ code: 'connect-failed' })]);
        expect(call.log).toEqual([expect.any(NotJoinedError)]);
      }), map(() => 'x'))).toBe('100ms (x|)');
    });
  });

  it('starts the count afresh only after a session that has lasted', () => {
    virtually(({ link, at }) => {
      const { client, line } = link({ retry: { initialDelay: 100, jitter: 'none' }, stableAfter: 1000 });
      const waits: number[] = [];
      client.state$.subscribe((state) => { if (state.kind === 'waiting') waits.push(state.delay); });
      client.topic('com.x').subscribe();
      const blink = (): void => { line.cut(); line.mend(); };
      at(10, blink); //   joined again at 110
      at(200, blink); //  it lived for 90: the count goes on, joined at 400
      at(1500, blink); // it lived for 1100: afresh, joined at 1600
      at(1700, () => {
        expect(waits).toEqual([100, 200, 100]);
        void client.close();
      });
    });
  });

  it('tries at once when it is told to', () => {
    virtually(({ link, at, expectObservable }) => {
      const { client, line } = link({ retry: { initialDelay: 1000, jitter: 'none' } });
      line.cut();
      client.topic('com.x').subscribe();
      at(50, () => { line.mend(); client.reconnectNow(); });
      at(60, () => { void client.close(); });
      expectObservable(client.state$.pipe(map(({ kind }) => kind[0]))).toBe('w 49ms (caj) 5ms (dc|)');
    });
  });

  it('fails what was written and lets what was not wait', () => {
    virtually(({ link, at }) => {
      const server = link();
      server.client.register('com.slow', ({ args: [n] }) => interval(30).pipe(take(1), map(() => n))).subscribe();
      const { client, line } = link();
      const written = heard(client.call('com.slow', [1]));
      at(10, () => { line.cut(); line.mend(); });
      at(20, () => {
        const waiting = heard(client.call('com.slow', [2]));
        const abandoned = heard(client.publish('com.x'));
        abandoned.subscription.unsubscribe();
        at(150, () => {
          expect(written.log).toEqual([expect.objectContaining({ code: 'transport-lost', sent: true, effect: 'unknown' })]);
          expect(waiting.log).toEqual([expect.objectContaining({ args: [2] }), 'complete']);
          void client.close();
          void server.client.close();
        });
      });
    });
  });

  it('fails requests while it waits where it is told to, those that wait already too', () => {
    virtually(({ link, at }) => {
      const { client, line } = link({ offline: 'fail', lazy: false });
      line.cut();
      const log = heard(client.call('com.x')).log;
      expect(log).toEqual([expect.any(NotJoinedError)]);
      expect(log).toEqual([expect.objectContaining({ effect: 'none', operation: { verb: 'call', uri: 'com.x' } })]);
      at(1, () => { void client.close(); });
    });
  });

  it('lets no more wait than its queue has room for', () => {
    virtually(({ link, at }) => {
      const { client, line } = link({ queue: { limit: 2 } });
      line.cut();
      const logs = [1, 2, 3].map((n) => heard(client.call('com.x', [n])).log);
      expect(logs).toEqual([[], [], [expect.any(QueueFullError)]]);
      at(1, () => { void client.close(); });
    });
  });

  it('registers anew in each session, and waits for its old session to be missed', () => {
    virtually(({ link, at }) => {
      const { client, line } = link();
      const rival = link();
      const log: unknown[] = [];
      client.register('com.p', () => 1).subscribe({ next: ({ uri }) => log.push(`${at.now()} ${uri}`), error: (error: unknown) => log.push(error) });
      at(10, () => {
        line.cut();
        line.mend();
        // takes the place of the session that a real router would not have missed yet
        const registered = rival.client.register('com.p', () => 2).subscribe();
        at(140, () => registered.unsubscribe());
      });
      at(500, () => {
        expect(log).toEqual(['0 com.p', '210 com.p']);
        void client.close();
        void rival.client.close();
      });
    });
  });

  it('errors a first registration that is refused', () => {
    virtually(({ link, at }) => {
      const first = link({ lazy: false });
      const second = link({ lazy: false });
      first.client.register('com.p', () => 1).subscribe();
      const { log } = heard(second.client.register('com.p', () => 2));
      expect(log).toEqual([expect.objectContaining({ uri: 'wamp.error.procedure_already_exists' })]);
      at(1, () => { void first.client.close(); void second.client.close(); });
    });
  });

  it('closes for good: topics and registrations complete, calls error, nothing is taken any more', () => {
    virtually(({ router, link, at }) => {
      const { client } = link({ latency: 5 });
      const server = link();
      server.client.register('com.never', () => NEVER).subscribe();
      const topic = heard(client.topic('com.x'));
      const registration = heard(client.register('com.y', () => 1).pipe(map(({ uri }) => uri)));
      const call = heard(client.call('com.never'));
      const states = heard(client.state$.pipe(map(({ kind }) => kind)));
      at(50, () => {
        void client.close();
        expect(heard(client.publish('com.z')).log).toEqual([expect.any(DrainingError)]);
      });
      at(70, () => {
        expect(topic.log).toEqual(['complete']);
        expect(registration.log).toEqual(['com.y', 'complete']);
        expect(call.log).toEqual([expect.any(TransportLostError)]);
        expect(states.log).toEqual(['authenticating', 'joined', 'draining', 'closed', 'complete']);
        expect(heard(client.publish('com.z')).log).toEqual([expect.any(NotJoinedError)]);
        expect(router.stats()).toMatchObject({ sessions: 1, subscriptions: 0, registrations: 1, pendingCalls: 0 });
        void server.client.close();
      });
    });
  });

  it('reports what nobody is subscribed to at errors$', () => {
    virtually(({ link, at }) => {
      const { client } = link();
      const errors = heard(client.errors$);
      const failure = new Error('broken');
      client.register('com.p', () => { throw failure; }).subscribe();
      const call = heard(client.call('com.p'));
      client.subject('com.x').next([() => 1]);

      expect(call.log).toEqual([expect.objectContaining({ uri: 'wamp.error.runtime_error', args: ['broken'] })]);
      expect(errors.log).toEqual([failure, expect.objectContaining({ code: 'serialization' })]);
      at(1, () => { void client.close(); });
    });
  });

  it('emits each session, and undefined in between', () => {
    virtually(({ link, at }) => {
      const { client, line } = link({ latency: 5 });
      const { log } = heard(client.session$.pipe(map((session) => typeof session?.id)));
      at(20, () => { line.cut(); line.mend(); });
      at(200, () => { void client.close(); });
      at(220, () => expect(log).toEqual(['undefined', 'number', 'undefined', 'number', 'undefined', 'complete']));
    });
  });

  it('makes a subject of a topic', () => {
    virtually(({ link, at }) => {
      const { client } = link();
      const other = link();
      const chat = client.subject('com.chat', { excludeMe: false });
      const mine = heard(chat.pipe(map(({ args }) => args)));
      const theirs = heard(other.client.topic('com.chat').pipe(map(({ args }) => args)));
      chat.next(['hello']);

      expect([mine.log, theirs.log]).toEqual([[['hello']], [['hello']]]);
      at(1, () => { void client.close(); void other.client.close(); });
    });
  });

  it('hands an event on as it came: what was sent without kwargs arrives without', () => {
    virtually(({ link, at }) => {
      const { client } = link();
      const other = link();
      const forwarded = wireOf(client);
      const relayed = new Subject<Message>();
      client.frames$.subscribe(({ message, direction }) => { if (direction === 'out') relayed.next(message); });
      const kwargs: unknown[] = [];
      relayed.subscribe((message) => { if (message.type === MessageType.PUBLISH) kwargs.push([message.args, message.kwargs]); });
      client.topic('com.in').subscribe((event) => client.publish('com.out', event).subscribe());
      other.client.publish('com.in', [1]).subscribe();
      other.client.publish('com.in', { kwargs: { a: 1 } }).subscribe();
      other.client.publish('com.in').subscribe();

      expect(kwargs).toEqual([[[1], undefined], [undefined, { a: 1 }], [undefined, undefined]]);
      expect(forwarded.filter((name) => name === 'PUBLISH com.out')).toHaveLength(3);
      at(1, () => { void client.close(); void other.client.close(); });
    });
  });
});
