import { describe, expect, it } from '@jest/globals';
import { catchError, firstValueFrom, map, take } from 'rxjs';
import { ApplicationError, InvalidUriError, NotJoinedError, SubscriptionRevokedError, TransportLostError } from '../../lib/errors.ts';
import type { TopicOptions } from '../../lib/session/options.ts';
import type { Session } from '../../lib/session/session.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const args = ({ args }: { readonly args: unknown }): unknown => args;

describe('Session.topic', () => {
  it('sends nothing before it is subscribed to, and then one SUBSCRIBE for all', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const topic = session.topic('com.x');
    expect(router.take()).toEqual([]);

    const logs = [topic, topic, session.topic('com.x', { match: 'exact' })].map((one) => heard(one).log);
    expect(router.take()).toEqual([[32, 1, { match: 'exact' }, 'com.x']]);
    router.send(33, 1, 70);
    router.send(36, 70, 500, { publisher: 3 }, ['a'], { b: 1 });

    const event = { topic: 'com.x', publication: 500, params: {}, details: { publisher: 3 }, args: ['a'], kwargs: { b: 1 } };
    expect(logs).toEqual([[event], [event], [event]]);
  });

  it.each(['exact', 'prefix', 'wildcard'] as const)('is a topic of its own with match %s', (match) => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    session.topic('com.x', { match: match === 'exact' ? 'prefix' : 'exact' }).subscribe();
    router.take();

    session.topic('com.x', { match }).subscribe();

    expect(router.take()).toEqual([[32, 2, { match }, 'com.x']]);
  });

  it('gives the topic of an event where a pattern was subscribed to', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.topic('com.', { match: 'prefix' }).pipe(map(({ topic }) => topic)));
    router.send(33, 1, 70);

    router.send(36, 70, 1, { topic: 'com.a' });
    router.send(36, 70, 2, { topic: 'com.b' });

    expect(log).toEqual(['com.a', 'com.b']);
  });

  it('reads the holes of a template, and leaves out what does not fit them', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.topic('com.product.<product:int>.price').pipe(map(({ params, topic }) => [params.product, topic])));
    expect(router.take()).toEqual([[32, 1, { match: 'wildcard' }, 'com.product..price']]);
    router.send(33, 1, 70);

    router.send(36, 70, 1, { topic: 'com.product.7.price' });
    router.send(36, 70, 2, { topic: 'com.product.abc.price' });

    expect(log).toEqual([[7, 'com.product.7.price']]);
  });

  it('shares the subscription of a template with other templates of the same shape and with the bare pattern', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const params = (uri: string) => heard(session.topic(uri, { match: 'wildcard' }).pipe(map((event) => event.params))).log;
    const logs = ['com.<a>.x', 'com.<b:int>.x', 'com..x'].map(params);
    router.send(33, 1, 70);
    expect(router.take()).toHaveLength(1);

    router.send(36, 70, 1, { topic: 'com.7.x' });
    router.send(36, 70, 2, { topic: 'com.y.x' });

    expect(logs).toEqual([[{ a: '7' }, { a: 'y' }], [{ b: 7 }], [{}, {}]]);
  });

  it('keeps the subscription to the end of the macrotask for whoever comes back', () => {
    const router = new ScriptedRouter();
    inVirtualTime((at) => {
      const { session } = joined(router);
      const { subscription } = heard(session.topic('com.x'));
      router.send(33, 1, 70);
      at(5, () => {
        subscription.unsubscribe();
        heard(session.topic('com.x')).subscription.unsubscribe();
        expect(router.take()).toEqual([[32, 1, { match: 'exact' }, 'com.x']]);
      });
    });
    expect(router.take()).toEqual([[34, 2, 70]]);
  });

  it('keeps the subscription for the grace that the last one who left asked for', () => {
    const router = new ScriptedRouter();
    const sent: unknown[] = [];
    inVirtualTime((at) => {
      const { session } = joined(router);
      const first = heard(session.topic('com.x', { grace: 10_000 }));
      const last = heard(session.topic('com.x', { grace: 50 }));
      router.send(33, 1, 70);
      router.take();
      at(0, () => first.subscription.unsubscribe());
      at(10, () => last.subscription.unsubscribe());
      at(59, () => sent.push(...router.take()));
      at(61, () => sent.push(...router.take()));
    });
    expect(sent).toEqual([[34, 2, 70]]);
  });

  it('starts the grace when SUBSCRIBED arrives after everybody has left', () => {
    const router = new ScriptedRouter();
    const sent: unknown[] = [];
    inVirtualTime((at) => {
      const { session } = joined(router);
      heard(session.topic('com.x', { grace: 50 })).subscription.unsubscribe();
      router.take();
      at(100, () => router.send(33, 1, 70));
      at(149, () => sent.push(['before', ...router.take()]));
      at(151, () => sent.push(['after', ...router.take()]));
    });
    expect(sent).toEqual([['before'], ['after', [34, 2, 70]]]);
  });

  it('waits for nothing with a grace of 0', () => {
    const router = new ScriptedRouter();
    inVirtualTime(() => {
      const { session } = joined(router);
      const { subscription } = heard(session.topic('com.x', { grace: 0 }));
      router.send(33, 1, 70);
      router.take();

      subscription.unsubscribe();

      expect(router.take()).toEqual([[34, 2, 70]]);
    });
  });

  it('drops what arrives while nobody is there, and goes on when somebody comes back', () => {
    const router = new ScriptedRouter();
    inVirtualTime(() => {
      const { session } = joined(router);
      heard(session.topic('com.x', { grace: 50 })).subscription.unsubscribe();
      router.send(33, 1, 70);
      router.send(36, 70, 1, {}, ['nobody']);
      const { log } = heard(session.topic('com.x').pipe(map(args)));
      router.send(36, 70, 2, {}, ['somebody']);

      expect([log, router.take()]).toEqual([[['somebody']], [[32, 1, { match: 'exact' }, 'com.x']]]);
    });
  });

  it('sends nothing while SUBSCRIBE is in flight, however they come and go', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    for (let i = 0; i < 3; i++) heard(session.topic('com.x')).subscription.unsubscribe();
    const { log } = heard(session.topic('com.x').pipe(map(args)));

    router.send(33, 1, 70);
    router.send(36, 70, 1, {}, [1]);

    expect([log, router.take()]).toEqual([[[1]], [[32, 1, { match: 'exact' }, 'com.x']]]);
  });

  it.each([['UNSUBSCRIBED', [35, 2]], ['the ERROR that says that there was none', [8, 34, 2, {}, 'wamp.error.no_such_subscription']]])(
    'waits for %s before it subscribes anew, and ignores events that are late', (_, answer) => {
      const router = new ScriptedRouter();
      const log: unknown[] = [];
      inVirtualTime((at) => {
        const { session, ends } = joined(router);
        const { subscription } = heard(session.topic('com.x'));
        router.send(33, 1, 70);
        at(1, () => subscription.unsubscribe());
        at(2, () => {
          session.topic('com.x').pipe(map(args)).subscribe((value) => log.push(value));
          expect(router.take()).toEqual([[32, 1, { match: 'exact' }, 'com.x'], [34, 2, 70]]);
          router.send(36, 70, 1, {}, ['late']);
          router.send(...answer);
          expect(router.take()).toEqual([[32, 3, { match: 'exact' }, 'com.x']]);
          router.send(36, 70, 2, {}, ['later']);
          router.send(33, 3, 71);
          router.send(36, 71, 3, {}, ['new']);
          expect(ends).toEqual([]);
        });
      });
      expect(log).toEqual([['new']]);
    });

  it.each([
    [{ recover: 'all' }, "recover must be 'off' or 'history', got \"all\""], [{ recover: null }, "recover must be 'off' or 'history', got null"],
    [{ recover: { limit: 0 } }, 'recover.limit must be a whole number from 1 to 1000000, got 0'], [{ recover: { maxHold: Infinity } }, /^recover.maxHold must be a whole number/],
    [{ recover: { timeout: -1 } }, /^recover.timeout must be a number of milliseconds/], [{ onGap: 'stop' }, "onGap must be 'notify' or 'error', got \"stop\""],
    [{ retainedKey: 'id' }, 'retainedKey must be a function, got "id"'], [{ grace: -1 }, /^grace must be a number of milliseconds/],
  ])('refuses %p', (options, message) => {
    const { session } = joined(new ScriptedRouter());

    expect(() => session.topic('com.x', options as TopicOptions)).toThrow(message);
  });

  it('is idle once UNSUBSCRIBED has arrived, and not before', () => {
    const router = new ScriptedRouter();
    inVirtualTime((at) => {
      const { session } = joined(router);
      const { subscription } = heard(session.topic('com.x'));
      router.send(33, 1, 70);
      subscription.unsubscribe();
      at(1, () => {
        expect(session.idle).toBe(false);
        router.send(35, 2);
        expect(session.idle).toBe(true);
      });
    });
  });

  it('errors all who wait where the router refuses', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    const logs = [heard(session.topic('com.x')).log, heard(session.topic('com.x')).log];

    router.send(8, 32, 1, { a: 1 }, 'wamp.error.not_authorized', ['no']);

    const error = expect.objectContaining({ uri: 'wamp.error.not_authorized', args: ['no'], details: { a: 1 }, operation: { verb: 'subscribe', uri: 'com.x', request: 1 } });
    expect(logs).toEqual([[error], [error]]);
    expect(logs[0]?.[0]).toBeInstanceOf(ApplicationError);
    expect([session.idle, ends]).toEqual([true, []]);
  });

  it('can be tried again from within its error', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const topic = session.topic('com.x');
    const { log } = heard(topic.pipe(catchError(() => topic), map(args)));

    router.send(8, 32, 1, {}, 'wamp.error.authorization_failed');
    router.send(33, 2, 70);
    router.send(36, 70, 1, {}, [1]);

    expect([log, router.take()]).toEqual([[[1]], [[32, 1, { match: 'exact' }, 'com.x'], [32, 2, { match: 'exact' }, 'com.x']]]);
  });

  it.each([[{ subscription: 70, reason: 'com.because' }, 'com.because'], [{ subscription: 70 }, undefined], [{ subscription: 70, reason: 7 }, undefined]])(
    'errors when it is revoked with %p, and is not asked for again', (details, reason) => {
      const router = new ScriptedRouter();
      const { session, ends } = joined(router);
      const logs = [heard(session.topic('com.x')).log, heard(session.topic('com.x')).log];
      router.send(33, 1, 70);
      router.take();

      router.send(35, 0, details);
      router.send(36, 70, 1, {}, ['late']);

      expect(logs).toEqual([[expect.objectContaining({ code: 'subscription-revoked', reason })], [expect.any(SubscriptionRevokedError)]]);
      expect([router.take(), session.idle, ends]).toEqual([[], true, []]);
    });

  it.each([[{}], [{ subscription: 71 }], [{ subscription: 'x' }], [{ subscription: null }]])('ignores the revocation of what it does not have, %p', (details) => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    const { log } = heard(session.topic('com.x'));
    router.send(33, 1, 70);

    router.send(35, 0, details);

    expect([log, ends]).toEqual([[], []]);
  });

  it('ends a revoked subscription quietly while nobody is there', () => {
    const router = new ScriptedRouter();
    inVirtualTime(() => {
      const { session } = joined(router);
      heard(session.topic('com.x', { grace: 100 })).subscription.unsubscribe();
      router.send(33, 1, 70);
      router.send(35, 0, { subscription: 70 });
      expect(session.idle).toBe(true);
    });
    expect(router.take()).toEqual([[32, 1, { match: 'exact' }, 'com.x']]);
  });

  it('delivers to both where the router gave two topics one id, and subscribes the second again when the first has left', () => {
    const router = new ScriptedRouter();
    inVirtualTime((at) => {
      const { session } = joined(router);
      const first = heard(session.topic('com.x').pipe(map(args)));
      const second = heard(session.topic('com.', { match: 'prefix' }).pipe(map(args)));
      router.send(33, 1, 70);
      router.send(33, 2, 70);
      router.send(36, 70, 1, { topic: 'com.x' }, [1]);
      expect([first.log, second.log]).toEqual([[[1]], [[1]]]);
      router.take();

      first.subscription.unsubscribe();
      at(1, () => {
        expect(router.take()).toEqual([[34, 3, 70]]);
        router.send(35, 3);
        expect(router.take()).toEqual([[32, 4, { match: 'prefix' }, 'com.']]);
        router.send(33, 4, 71);
        router.send(36, 71, 2, { topic: 'com.x' }, [2]);
        expect([first.log, second.log]).toEqual([[[1]], [[1], [2]]]);
      });
    });
  });

  it('revokes both topics that share an id', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const logs = [heard(session.topic('com.x')).log, heard(session.topic('com.', { match: 'prefix' })).log];
    router.send(33, 1, 70);
    router.send(33, 2, 70);

    router.send(35, 0, { subscription: 70 });

    expect(logs).toEqual([[expect.any(SubscriptionRevokedError)], [expect.any(SubscriptionRevokedError)]]);
    expect(session.idle).toBe(true);
  });

  it('lets an observer leave, and another come, while an event is delivered', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const late: unknown[] = [];
    const second = { log: [] as unknown[], leave: () => {} };
    session.topic('com.x').pipe(map(args)).subscribe(() => {
      second.leave();
      session.topic('com.x').pipe(map(args), take(1)).subscribe((value) => late.push(value));
    });
    const { log, subscription } = heard(session.topic('com.x').pipe(map(args)));
    second.leave = () => subscription.unsubscribe();
    router.send(33, 1, 70);

    router.send(36, 70, 1, {}, [1]);
    expect([log, late]).toEqual([[], []]);
    router.send(36, 70, 2, {}, [2]);

    expect([log, late]).toEqual([[], [[2]]]);
  });

  it('is left by take, and by whoever asks for one event only', async () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const event = firstValueFrom(session.topic('com.x').pipe(map(args)));
    router.send(33, 1, 70);

    router.send(36, 70, 1, {}, [1]);
    router.send(36, 70, 2, {}, [2]);

    expect(await event).toEqual([1]);
  });

  it('errors when the session ends, and cannot be started then', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const topic = session.topic('com.x');
    const { log } = heard(topic);
    const waiting = heard(session.topic('com.y'));
    router.send(33, 1, 70);

    router.cut();

    expect([...log, ...waiting.log]).toEqual(['com.x', 'com.y'].map((uri) => expect.objectContaining({ code: 'transport-lost', operation: { verb: 'subscribe', uri } })));
    expect(log[0]).toBeInstanceOf(TransportLostError);
    expect(heard(topic).log).toEqual([expect.any(NotJoinedError)]);
    expect(session.idle).toBe(true);
  });

  it('sends no UNSUBSCRIBE when its grace ends after the session', () => {
    const router = new ScriptedRouter();
    inVirtualTime((at) => {
      const { session } = joined(router);
      heard(session.topic('com.x', { grace: 50 })).subscription.unsubscribe();
      router.send(33, 1, 70);
      at(10, () => router.cut());
      at(11, () => expect(session.idle).toBe(true));
    });
    expect(router.take()).toEqual([[32, 1, { match: 'exact' }, 'com.x']]);
  });

  it('ends the session where SUBSCRIBED answers nothing', () => {
    const router = new ScriptedRouter();
    const { ends } = joined(router);

    router.send(33, 9, 70);

    expect(router.take()).toEqual([[3, { message: 'SUBSCRIBED.Request must be that of an open SUBSCRIBE, got 9' }, 'wamp.error.protocol_violation']]);
    expect(ends).toEqual([expect.objectContaining({ code: 'protocol' })]);
  });

  it.each<[string, (session: Session) => unknown, new (...args: never) => Error]>([
    ['an empty URI', (session) => session.topic(''), InvalidUriError],
    ['a pattern that is not said to be one', (session) => session.topic('com..x'), InvalidUriError],
    ['a hole that is not closed', (session) => session.topic('com.<x'), InvalidUriError],
    ['an unknown match', (session) => session.topic('com.x', { match: 'regex' as never }), RangeError],
    ['a grace below 0', (session) => session.topic('com.x', { grace: -1 }), RangeError],
    ['a grace that no timer keeps', (session) => session.topicStatus('com.x', { grace: Infinity }), RangeError],
  ])('refuses %s at the call', (_, act, kind) => {
    expect(() => act(joined(new ScriptedRouter()).session)).toThrow(kind);
  });
});
