import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, type Observable } from 'rxjs';
import { ApplicationError, InvalidUriError, NotJoinedError, SerializationError, TimeoutError, TransportLostError } from '../../lib/errors.ts';
import type { Attributes } from '../../lib/protocol/attributes.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const payloadOf = (log: readonly unknown[]): unknown => log.map((one) => (typeof one === 'object' && one !== null && 'args' in one ? [('progress' in one) && one.progress, one.args] : one));

describe('Session.call', () => {
  it('sends nothing before it is subscribed to, and then one CALL for each subscriber', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const call = session.call('com.math.add', [2, 3]);
    expect(router.take()).toEqual([]);

    call.subscribe();
    call.subscribe();

    expect(router.take()).toEqual([[48, 1, {}, 'com.math.add', [2, 3]], [48, 2, {}, 'com.math.add', [2, 3]]]);
  });

  it('sends attributes beside its options, each time the same', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const call = session.call('com.x', [], { discloseMe: true, attributes: { _traceparent: '00-1-2-01', _absent: undefined } });

    call.subscribe();
    session.call('com.y', [], { attributes: { _depth: 1 } }).subscribe();
    session.call('com.z', [], { attributes: {} }).subscribe();
    call.subscribe();

    expect(router.take().map((list) => list[2])).toEqual([{ disclose_me: true, _traceparent: '00-1-2-01' }, { _depth: 1 }, {}, { disclose_me: true, _traceparent: '00-1-2-01' }]);
  });

  it('sends a key with the run mode that heeds it, and refuses one that is none', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    session.call('com.x', [], { rkey: 'ann' }).subscribe();
    session.call('com.x', [], { rkey: '' }).subscribe();

    expect(router.take().map((list) => list[2])).toEqual([{ runmode: 'partition', rkey: 'ann' }, { runmode: 'partition', rkey: '' }]);
    expect(() => session.call('com.x', [], { rkey: 7 as never })).toThrow(new TypeError('rkey must be a string, got 7'));
  });

  it('refuses attributes that are none', () => {
    const { session } = joined(new ScriptedRouter());

    expect(() => session.call('com.x', [], { attributes: { traceparent: '' } as Attributes })).toThrow(TypeError);
    expect(() => session.publish('com.x', [], { attributes: { _trace: NaN } })).toThrow(TypeError);
    expect(() => session.register('com.x', () => 1, { attributes: [] as unknown as Attributes })).toThrow(TypeError);
  });

  it('emits the result and completes', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.call('com.math.add', { args: [2], kwargs: { to: 3 } }));
    expect(router.take()).toEqual([[48, 1, {}, 'com.math.add', [2], { to: 3 }]]);

    router.send(50, 1, { extra: 1 }, [5], { unit: 'm' });

    expect(log).toEqual([{ progress: false, args: [5], kwargs: { unit: 'm' }, details: { extra: 1 } }, 'complete']);
  });

  it('emits an empty result, so that firstValueFrom works for procedures that return nothing', async () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const result = firstValueFrom(session.call('com.void'));

    router.send(50, 1, {});

    expect(await result).toEqual({ progress: false, args: [], kwargs: {}, details: {} });
  });

  it('emits progressive results where they were asked for, and leaves an empty end out', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.call('com.print', [], { progress: true }));
    expect(router.take()).toEqual([[48, 1, { receive_progress: true }, 'com.print']]);

    router.send(50, 1, { progress: true }, [1]);
    router.send(50, 1, { progress: true }, [2]);
    router.send(50, 1, {});

    expect(payloadOf(log)).toEqual([[true, [1]], [true, [2]], 'complete']);
  });

  it('takes an end with empty parts for an empty one as well', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { log } = heard(session.call('com.print', [], { progress: true }));

    router.send(50, 1, { progress: true }, [1]);
    router.send(50, 1, {}, [], {});

    expect(payloadOf(log)).toEqual([[true, [1]], 'complete']);
  });

  it('does not ask a dealer for progress that does not announce it', () => {
    const router = new ScriptedRouter({ welcome: { roles: { dealer: {} } } });
    const { session } = joined(router);

    session.call('com.print', [], { progress: true }).subscribe();

    expect(router.take()).toEqual([[48, 1, {}, 'com.print']]);
  });

  it('errors with what the callee or the router said, and whether it can have had an effect', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const failed = heard(session.call('com.a'));
    const missing = heard(session.call('com.b'));

    router.send(8, 48, 1, { note: 1 }, 'com.sold_out', ['no more'], { left: 0 });
    router.send(8, 48, 2, {}, 'wamp.error.no_such_procedure');

    const [error] = failed.log as [ApplicationError];
    expect(error).toBeInstanceOf(ApplicationError);
    expect([error.uri, error.args, error.kwargs, error.details, error.effect, error.message]).toEqual(['com.sold_out', ['no more'], { left: 0 }, { note: 1 }, 'unknown', 'com.sold_out: no more']);
    expect(missing.log).toEqual([expect.objectContaining({ uri: 'wamp.error.no_such_procedure', effect: 'none', operation: { verb: 'call', uri: 'com.b', request: 2 } })]);
  });

  it.each([
    'no_such_procedure', 'no_available_callee', 'no_eligible_callee', 'unavailable', 'invalid_argument', 'not_authorized', 'authorization_denied',
    'authorization_failed', 'authorization_required', 'invalid_uri', 'option_disallowed.disclose_me', 'option_not_allowed', 'feature_not_supported',
  ])('takes wamp.error.%s for an answer without effect', (name) => {
    const router = new ScriptedRouter();
    const { log } = heard(joined(router).session.call('com.a'));

    router.send(8, 48, 1, {}, `wamp.error.${name}`);

    expect(log).toEqual([expect.objectContaining({ uri: `wamp.error.${name}`, effect: 'none' })]);
  });

  it.each([
    'wamp.error.canceled', 'wamp.error.runtime_error', 'wamp.error.payload_size_exceeded', 'wamp.error.no_such_session', 'com.sold_out',
  ])('cannot tell the effect of %s', (uri) => {
    const router = new ScriptedRouter();
    const { log } = heard(joined(router).session.call('com.a'));

    router.send(8, 48, 1, {}, uri);

    expect(log).toEqual([expect.objectContaining({ uri, effect: 'unknown' })]);
  });

  it('cannot tell the effect of a procedure that has reported progress, whatever it ends with', () => {
    const router = new ScriptedRouter();
    const { log } = heard(joined(router).session.call('com.a', [], { progress: true }));

    router.send(50, 1, { progress: true }, [1]);
    router.send(8, 48, 1, {}, 'wamp.error.unavailable');

    expect(log).toEqual([expect.anything(), expect.objectContaining({ uri: 'wamp.error.unavailable', effect: 'unknown' })]);
  });

  it.each([['killnowait', undefined], ['kill', 'kill'], ['skip', 'skip']] as const)('sends CANCEL %s when it is unsubscribed from, and eats what comes late', (mode, cancelMode) => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);
    const { log, subscription } = heard(session.call('com.slow', [], { cancelMode }));
    router.take();

    subscription.unsubscribe();
    expect(router.take()).toEqual([[49, 1, { mode }]]);
    router.send(8, 48, 1, {}, 'wamp.error.canceled');
    router.send(50, 1, {}, ['late']);

    expect([log, ends, router.take()]).toEqual([[], [], []]);
  });

  it.each([[{ cancelMode: 'none' as const }, {}], [{}, { roles: { dealer: {} } }]])('sends no CANCEL with %p where WELCOME says %p', (options, welcome) => {
    const router = new ScriptedRouter({ welcome });
    const { session } = joined(router);
    const { subscription } = heard(session.call('com.slow', [], options));
    router.take();

    subscription.unsubscribe();

    expect(router.take()).toEqual([]);
  });

  it('sends nothing when it is unsubscribed from after its end', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const { subscription } = heard(session.call('com.quick'));
    router.take();
    router.send(50, 1, {});

    subscription.unsubscribe();

    expect(router.take()).toEqual([]);
  });

  it('gives up after its timeout, and starts it anew at each progressive result', () => {
    tidyMarbles(({ expectObservable, cold }) => {
      const router = new ScriptedRouter();
      const { session } = joined(router);
      cold('20ms p 29ms p').subscribe(() => router.send(50, 1, { progress: true }, ['p']));

      const call: Observable<unknown> = session.call('com.slow', [], { timeout: 40, progress: true });
      expectObservable(call).toBe('20ms p 29ms p 39ms #', { p: { progress: true, args: ['p'], kwargs: {}, details: { progress: true } } },
        new TimeoutError('no answer from com.slow within 40 ms'));
      cold('91ms a').subscribe(() => expect(router.take()).toEqual([[48, 1, { receive_progress: true }, 'com.slow'], [49, 1, { mode: 'killnowait' }]]));
    });
  });

  it('fails in the order of the calls when the session ends', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const order: unknown[] = [];
    session.call('com.a').subscribe({ error: (error: unknown) => order.push(error) });
    session.call('com.b').subscribe({ error: (error: unknown) => order.push(error) });

    router.cut();

    expect(order).toEqual([
      expect.objectContaining({ code: 'transport-lost', sent: true, effect: 'unknown', operation: { verb: 'call', uri: 'com.a', request: 1 } }),
      expect.objectContaining({ operation: { verb: 'call', uri: 'com.b', request: 2 } }),
    ]);
    expect(order[0]).toBeInstanceOf(TransportLostError);
  });

  it('refuses to start on a session that has ended', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    router.cut();

    expect(heard(session.call('com.a')).log).toEqual([expect.any(NotJoinedError)]);
  });

  it('leaves no hole in the request ids where a payload cannot be written, and the session lives on', () => {
    const router = new ScriptedRouter();
    const { session, ends } = joined(router);

    const { log } = heard(session.call('com.a', [() => 1]));
    session.call('com.b').subscribe();

    expect(log).toEqual([expect.any(SerializationError)]);
    expect(router.take()).toEqual([[48, 1, {}, 'com.b']]);
    expect(ends).toEqual([]);
  });

  it('ignores answers that nobody waits for', () => {
    const router = new ScriptedRouter();
    const { ends } = joined(router);

    router.send(50, 99, {}, [1]);
    router.send(8, 48, 98, {}, 'com.x');

    expect(ends).toEqual([]);
  });

  it.each<[string, () => unknown, new (...args: never) => Error]>([
    ['an invalid URI', () => joined(new ScriptedRouter()).session.call(''), InvalidUriError],
    ['a URI with a space', () => joined(new ScriptedRouter()).session.call('com.a b'), InvalidUriError],
    ['a bare dictionary', () => joined(new ScriptedRouter()).session.call('com.a', { a: 1 } as never), TypeError],
    ['a plain value', () => joined(new ScriptedRouter()).session.call('com.a', 'x' as never), TypeError],
    ['a timeout below 0', () => joined(new ScriptedRouter()).session.call('com.a', [], { timeout: -1 }), RangeError],
    ['an unknown cancel mode', () => joined(new ScriptedRouter()).session.call('com.a', [], { cancelMode: 'stop' as never }), RangeError],
  ])('refuses %s at the call', (_, act, kind) => {
    expect(act).toThrow(kind);
  });
});
