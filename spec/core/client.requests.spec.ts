import { describe, expect, it } from '@jest/globals';
import { NEVER, asyncScheduler, concatMap, defer, from, interval, map, take } from 'rxjs';
import { createClient } from '../../lib/core/index.ts';
import { ApplicationError, ConnectFailedError, NotJoinedError, QueueFullError, SerializationError, TimeoutError, TransportLostError } from '../../lib/errors.ts';
import { ERROR, PUBLISHED, RESULT } from '../../lib/testing/index.ts';
import { joinedTo, KEEP } from '../support/core-stage.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

describe('Client.call', () => {
  it('sends what is there, and completes with the result', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const logs = [
        heard(client.call('com.a')).log, heard(client.call('com.b', [])).log, heard(client.call('com.c', [1, 'x'])).log,
        heard(client.call('com.d', { kwargs: { a: 1 } })).log, heard(client.call('com.e', { args: [1], kwargs: {} }, { discloseMe: true, progress: true })).log,
      ];

      expect(router.take()).toEqual([
        [48, 1, {}, 'com.a'], [48, 2, {}, 'com.b'], [48, 3, {}, 'com.c', [1, 'x']], [48, 4, {}, 'com.d', [], { a: 1 }],
        [48, 5, { disclose_me: true, receive_progress: true }, 'com.e', [1]],
      ]);
      router.sendList(50, 2, { x: 1 }, [7], { k: 8 });
      router.sendList(50, 1, {});
      router.sendList(50, 4, {}, null, { k: 8 });
      expect(logs).toEqual([
        [{ progress: false, args: [], kwargs: {}, details: {} }, 'complete'],
        [{ progress: false, args: [7], kwargs: { k: 8 }, details: { x: 1 } }, 'complete'],
        [], [{ progress: false, args: [], kwargs: { k: 8 }, details: {} }, 'complete'], [],
      ]);
      void client.close();
    });
  });

  it('emits progress where it was asked for, and an empty end only where there was none', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const options = { progress: true } as const;
      const logs = [heard(client.call('com.a', [], options)).log, heard(client.call('com.b', [], options)).log, heard(client.call('com.c', [], options)).log, heard(client.call('com.d')).log];
      for (const request of [1, 2, 4]) router.sendList(50, request, { progress: true }, [request]);
      router.sendList(50, 1, {});
      router.sendList(50, 2, {}, ['end']);
      router.sendList(50, 3, {});
      router.sendList(50, 4, {}, ['end']);

      const short = logs.map((log) => log.map((one) => (typeof one === 'string' ? one : [(one as { progress: boolean }).progress, ...(one as { args: unknown[] }).args])));
      expect(short).toEqual([[[true, 1], 'complete'], [[true, 2], [false, 'end'], 'complete'], [[false], 'complete'], [[false, 'end'], 'complete']]);
      void client.close();
    });
  });

  it('errors so long after the CALL, or after the last progress, and cancels', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router, { timeouts: { call: 40 } });
      const failure = (uri: string, ms: number): TimeoutError => new TimeoutError(`no answer from ${uri} within ${ms} ms`, { operation: { verb: 'call', uri } });
      at(5, () => router.sendList(50, 1, { progress: true }, [1]));
      at(12, () => router.sendList(50, 1, { progress: true }, [2]));

      expectObservable(client.call('com.a', [], { progress: true, timeout: 10 }).pipe(map(({ args: [n] }) => n))).toBe('-----a------b---------#', { a: 1, b: 2 }, failure('com.a', 10));
      expectObservable(client.call('com.b')).toBe('40ms #', {}, failure('com.b', 40));
      expectObservable(client.call('com.c', [], { timeout: 0 }), '^ 99ms !').toBe('');
      at(50, () => expect(router.take().slice(3)).toEqual([[49, 1, { mode: 'killnowait' }], [49, 2, { mode: 'killnowait' }]]));
      at(101, () => { void client.close(); });
    });
  });

  it.each([[undefined, [[49, 1, { mode: 'killnowait' }]]], ['kill', [[49, 1, { mode: 'kill' }]]], ['skip', [[49, 1, { mode: 'skip' }]]], ['none', []]] as const)('cancels with the mode %s', (cancelMode, sent) => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log, subscription } = heard(client.call('com.a', [], { cancelMode }));
      router.take();
      subscription.unsubscribe();
      subscription.unsubscribe();

      expect(router.take()).toEqual(sent);
      // Late
      router.sendList(50, 1, {}, [1]);
      router.sendList(8, 48, 1, {}, 'wamp.error.canceled');
      expect([log, client.state.kind]).toEqual([[], 'joined']);
      void client.close();
    });
  });

  it('sends no CANCEL and asks for no progress where the router has announced neither', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter({ ...KEEP, welcome: { roles: { broker: {}, dealer: {} } } });
      const client = joinedTo(router);
      client.call('com.a', [], { progress: true }).subscribe().unsubscribe();

      expect(router.take()).toEqual([[48, 1, {}, 'com.a']]);
      void client.close();
    });
  });

  it('sends no CANCEL for what has been answered', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { subscription } = heard(client.call('com.a'));
      router.sendList(50, 1, {});
      subscription.unsubscribe();

      expect(router.take()).toEqual([[48, 1, {}, 'com.a']]);
      void client.close();
    });
  });

  it('errors with what the router or the callee says, and with whether it was run', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const logs = ['com.a', 'com.b', 'com.c'].map((uri) => heard(client.call(uri, [], { progress: true })).log);
      router.sendList(8, 48, 1, { x: 1 }, 'com.shop.sold_out', ['tea'], { left: 0 });
      router.sendList(8, 48, 2, {}, 'wamp.error.no_such_procedure');
      router.sendList(50, 3, { progress: true });
      router.sendList(8, 48, 3, {}, 'wamp.error.invalid_argument');

      const operation = (uri: string): unknown => ({ verb: 'call', uri });
      expect(logs.map((log) => log.at(-1))).toEqual([
        expect.objectContaining({ uri: 'com.shop.sold_out', args: ['tea'], kwargs: { left: 0 }, details: { x: 1 }, effect: 'unknown', operation: operation('com.a') }),
        expect.objectContaining({ uri: 'wamp.error.no_such_procedure', args: [], kwargs: {}, effect: 'none', operation: operation('com.b') }),
        expect.objectContaining({ uri: 'wamp.error.invalid_argument', effect: 'unknown', operation: operation('com.c') }),
      ]);
      expect(logs.every((log) => log.at(-1) instanceof ApplicationError)).toBe(true);
      void client.close();
    });
  });

  it('fails with the session, once the loss is known', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const log: unknown[] = [];
      client.state$.subscribe(({ kind }) => log.push(kind));
      client.call('com.a').subscribe({ error: (error: unknown) => log.push(error) });
      client.publish('com.b', [], { acknowledge: true }).subscribe({ error: (error: unknown) => log.push(error) });
      router.cut();

      const lost = (verb: string, uri: string): unknown => expect.objectContaining({ code: 'transport-lost', sent: true, effect: 'unknown', operation: { verb, uri }, cause: expect.any(TransportLostError) });
      expect(log).toEqual(['joined', 'waiting', lost('call', 'com.a'), lost('publish', 'com.b')]);
      at(1, () => { void client.close(); });
    });
  });

  it('ignores answers that nobody waits for, and those to another kind of request', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log } = heard(client.call('com.a'));
      router.sendList(50, 9, {});
      router.sendList(17, 1, 5);
      router.sendList(33, 1, 5);
      router.sendList(8, 32, 1, {}, 'com.x');
      router.sendList(36, 9, 1, {});
      router.sendList(69, 9, {});
      router.sendList(35, 0, { subscription: 9 });
      router.sendList(67, 0, { registration: 9 });
      router.sendList(67, 0);

      expect([log, client.state.kind]).toEqual([[], 'joined']);
      void client.close();
    });
  });

  it('sends nothing of what cannot be written, and uses its id for the next', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log } = heard(client.call('com.a', [() => 1]));
      const published = heard(client.publish('com.b', [1n]));
      heard(client.call('com.c'));

      expect([log, published.log]).toEqual([[expect.any(SerializationError)], [expect.any(SerializationError)]]);
      expect(router.take()).toEqual([[48, 1, {}, 'com.c']]);
      void client.close();
    });
  });

  it('calls once for each subscriber', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const call$ = client.call('com.a');
      expect(router.take()).toEqual([]);
      heard(call$);
      heard(call$);

      expect(router.take().map(([, request]) => request)).toEqual([1, 2]);
      void client.close();
    });
  });
});

describe('Client.publish', () => {
  it('emits once it is written, or once the broker has taken it', () => {
    tidyMarbles(({ scriptedRouter, expectObservable }) => {
      const router = scriptedRouter();
      const client = joinedTo(router);
      router.expect({ type: 16, topic: 'com.a', args: [1] });
      router.expect({ type: 16, topic: 'com.b', options: { acknowledge: true, exclude_me: false, eligible_authrole: ['user'] } }).after(5).reply(PUBLISHED(77));
      router.expect({ type: 16, topic: 'com.c' }).after(3).reply(ERROR('wamp.error.not_authorized'));

      expectObservable(client.publish('com.a', [1])).toBe('(p|)', { p: { id: undefined } });
      expectObservable(client.publish('com.b', [], { acknowledge: true, excludeMe: false, eligibleAuthrole: ['user'] })).toBe('-----(p|)', { p: { id: 77 } });
      expectObservable(client.publish('com.c', [], { acknowledge: true })).toBe('---#', {}, new ApplicationError('wamp.error.not_authorized', {}, { effect: 'none', operation: { verb: 'publish', uri: 'com.c' } }));
      asyncScheduler.schedule(() => { void client.close(); }, 20);
    });
  });

  it('forgets an acknowledgement that nobody waits for any more', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log, subscription } = heard(client.publish('com.a', [], { acknowledge: true }));
      subscription.unsubscribe();
      router.sendList(17, 1, 5);

      expect([log, client.state.kind]).toEqual([[], 'joined']);
      void client.close();
    });
  });
});

describe('Client, without a session', () => {
  it('lets requests wait for one, and sends them in their order behind what is kept', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      client.topic('com.t').subscribe();
      client.register('com.r', () => 1).subscribe();
      router.cut();
      const left = heard(client.call('com.left'));
      const logs = [heard<unknown>(client.call('com.a')), heard<unknown>(client.publish('com.b')), heard<unknown>(client.call('com.c', [], { timeout: 20 }))].map(({ log }) => log);
      left.subscription.unsubscribe();
      router.take();
      at(110, () => {
        expect(router.take().slice(1)).toEqual([[32, 1, {}, 'com.t'], [64, 2, {}, 'com.r'], [48, 3, {}, 'com.a'], [16, 4, {}, 'com.b'], [48, 5, {}, 'com.c']]);
        router.send(RESULT([1], { request: 3 }));
        expect(logs).toEqual([[expect.objectContaining({ args: [1] }), 'complete'], [{ id: undefined }, 'complete'], []]);
      });
      // The time of a call begins when it is written.
      at(119, () => expect(logs[2]).toEqual([]));
      at(121, () => { expect(logs[2]).toEqual([expect.any(TimeoutError)]); void client.close(); });
    });
  });

  it('fails at once what shall not wait, and what waited when a session was lost', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      let isUp = true;
      const client = joinedTo(router, { offline: 'fail', transport: defer(() => { if (!isUp) throw new ConnectFailedError('nobody is there'); return router.transport; }) });
      isUp = false;
      router.cut();
      const failed = [heard<unknown>(client.call('com.a')), heard<unknown>(client.publish('com.b'))];
      const waits = heard(client.call('com.c', [], { offline: 'wait' }));
      expect(failed.map(({ log }) => log)).toEqual([[expect.any(NotJoinedError)], [expect.any(NotJoinedError)]]);
      expect(failed[0]?.log).toEqual([expect.objectContaining({ effect: 'none', cause: expect.any(TransportLostError), operation: { verb: 'call', uri: 'com.a' } })]);
      at(350, () => { expect(waits.log).toEqual([]); void client.close(); });
    });
  });

  it('lets what shall not wait wait for the first session, until an attempt fails', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter({ ...KEEP, handshake: 'script' });
      const client = joinedTo(router, { offline: 'fail' });
      const { log } = heard(client.call('com.a'));
      expect(log).toEqual([]);
      at(10, () => {
        router.cut();
        expect(log).toEqual([expect.any(NotJoinedError)]);
        void client.close();
      });
    });
  });

  it('lets no more than a thousand wait', () => {
    tidyMarbles(({ at }) => {
      const client = createClient({ transport: NEVER, realm: 'realm1' });
      const logs = Array.from({ length: 1001 }, (_, at_) => heard<unknown>(at_ % 2 === 0 ? client.call('com.a') : client.publish('com.b')).log);

      expect(logs[999]).toEqual([]);
      expect(logs[1000]).toEqual([expect.objectContaining({ name: 'QueueFullError', effect: 'none', operation: { verb: 'call', uri: 'com.a' } })]);
      expect(logs[1000]?.[0]).toBeInstanceOf(QueueFullError);
      at(1, () => { void client.close(); });
    });
  });

  it('goes on with what waits where one of it is refused by the serializer, or closes the client', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = createClient({ transport: defer(() => interval(10).pipe(take(1), concatMap(() => router.transport))), realm: 'realm1' });
      const bad = heard(client.call('com.a', [Symbol('a')]));
      client.publish('com.b').subscribe(() => { void client.close(); });
      const late = heard(client.publish('com.c'));
      at(11, () => {
        expect(bad.log).toEqual([expect.any(SerializationError)]);
        expect(router.take().map(([type, , , uri]) => [type, uri]).slice(1, 2)).toEqual([[16, 'com.b']]);
        expect(late.log).toEqual([expect.objectContaining({ code: 'draining' })]);
      });
    });
  });

  it('passes values from one request to another in the same breath', () => {
    tidyMarbles(({ scriptedRouter, expectObservable }) => {
      const router = scriptedRouter();
      const client = joinedTo(router);
      for (const n of [1, 2, 3]) router.expect({ type: 48, args: [n] }).reply(RESULT([n * 2]));

      expectObservable(from([1, 2, 3]).pipe(concatMap((n) => client.call<number>('com.double', [n])), map(({ args: [n] }) => n))).toBe('(abc|)', { a: 2, b: 4, c: 6 });
      asyncScheduler.schedule(() => { void client.close(); }, 20);
    });
  });
});
