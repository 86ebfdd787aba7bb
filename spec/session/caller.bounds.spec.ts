import { describe, expect, it } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { TimeoutError } from '../../lib/errors.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const KILLNOWAIT = { mode: 'killnowait' };

describe('Session.call with bounds', () => {
  it('ends at its deadline, although progressive results keep coming', () => {
    inVirtualTime((at) => {
      const router = new ScriptedRouter();
      const { log } = heard(joined(router).session.call('com.slow', [], { timeout: 10, deadline: 20, progress: true }));
      for (const ms of [6, 12, 18]) at(ms, () => router.send(50, 1, { progress: true }, [ms]));
      router.take();

      at(19, () => expect(log.length).toBe(3));
      at(21, () => {
        expect(log.slice(3)).toEqual([new TimeoutError('no end from com.slow within 20 ms')]);
        expect(log[3]).toMatchObject({ effect: 'unknown', operation: { verb: 'call', uri: 'com.slow', request: 1 } });
        expect(router.take()).toEqual([[49, 1, KILLNOWAIT]]);
      });
    });
  });

  it('errors with the reason of its signal, and cancels', () => {
    const router = new ScriptedRouter();
    const controller = new AbortController();
    const { log } = heard(joined(router).session.call('com.slow', [], { signal: controller.signal, cancelMode: 'kill' }));
    router.take();

    controller.abort('enough');
    router.send(50, 1, {}, ['late']);

    expect([log, router.take()]).toEqual([['enough'], [[49, 1, { mode: 'kill' }]]]);
  });

  it('sends nothing where its signal is aborted already', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);

    const { log } = heard(session.call('com.slow', [], { signal: AbortSignal.abort('before') }));
    session.call('com.next').subscribe();

    expect([log, router.take()]).toEqual([['before'], [[48, 1, {}, 'com.next']]]);
  });

  it.each<[string, (router: ScriptedRouter, subscription: { unsubscribe(): void }) => void]>([
    ['a result', (router) => router.send(50, 1, {})],
    ['an error', (router) => router.send(8, 48, 1, {}, 'com.x')],
    ['unsubscribing', (_, subscription) => subscription.unsubscribe()],
    ['the loss of the session', (router) => router.cut()],
  ])('forgets its signal and its times after %s', (_, end) => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => { listeners += 1; add(...given); };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => { listeners -= 1; remove(...given); };

    const over = inVirtualTime((at) => {
      const router = new ScriptedRouter();
      const { subscription } = heard(joined(router).session.call('com.slow', [], { signal, timeout: 1000, deadline: 5000 }));
      at(1, () => { expect(listeners).toBe(1); end(router, subscription); });
    });

    expect([over, listeners]).toEqual([1, 0]);
  });

  it.each([
    [{ routerTimeout: 'ms', timeout: 1500 }, { timeout: 1500 }],
    [{ routerTimeout: 's', timeout: 1500 }, { timeout: 2 }],
    [{ routerTimeout: 'ms', timeout: 0.5 }, { timeout: 1 }],
    [{ routerTimeout: 'ms', timeout: 0 }, {}],
    [{ routerTimeout: 'ms' }, {}],
    [{ timeout: 1500 }, {}],
    [{ routerTimeout: 's', timeout: 1000, progress: true, discloseMe: true }, { receive_progress: true, timeout: 1, disclose_me: true }],
    [{ discloseMe: false }, {}],
  ] as const)('with %p sends the options %p', (options, sent) => {
    inVirtualTime(() => {
      const router = new ScriptedRouter();
      const { subscription } = heard(joined(router).session.call('com.a', [], options));

      expect(router.take()).toEqual([[48, 1, sent, 'com.a']]);
      subscription.unsubscribe();
    });
  });

  it('sends the time of the session where the call has none of its own', () => {
    inVirtualTime(() => {
      const router = new ScriptedRouter();
      const { session } = joined(router, { timeouts: { call: 300 }, scheduler: asyncScheduler });
      const { subscription } = heard(session.call('com.a', [], { routerTimeout: 'ms' }));

      expect(router.take()).toEqual([[48, 1, { timeout: 300 }, 'com.a']]);
      subscription.unsubscribe();
    });
  });

  it('takes both spellings of canceled for one', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router);
    const logs = [heard(session.call('com.a')).log, heard(session.call('com.b')).log];

    router.send(8, 48, 1, {}, 'wamp.error.canceled');
    router.send(8, 48, 2, {}, 'wamp.error.cancelled', ['gone']);

    expect(logs).toEqual([
      [expect.objectContaining({ uri: 'wamp.error.canceled', effect: 'unknown' })],
      [expect.objectContaining({ uri: 'wamp.error.canceled', effect: 'unknown', args: ['gone'] })],
    ]);
  });

  it.each<[object, new () => Error]>([
    [{ deadline: -1 }, RangeError], [{ routerTimeout: 'min' }, RangeError], [{ offline: 'never' }, RangeError], [{ signal: {} }, TypeError], [{ signal: 'x' }, TypeError],
  ])('refuses %p at the call', (options, kind) => {
    const { session } = joined(new ScriptedRouter());

    expect(() => session.call('com.a', [], options as never)).toThrow(kind);
  });
});
