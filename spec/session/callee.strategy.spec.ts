import { describe, expect, it } from '@jest/globals';
import { NEVER, Observable, Subject, concat, finalize, ignoreElements, map, of, take, tap, timer } from 'rxjs';
import type { Invocation, RegisterOptions } from '../../lib/session/options.ts';
import { serving, type ScriptedRouter, type Serving } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const CANCELED = 'wamp.error.canceled';
const PROGRESS = { receive_progress: true };
const interrupted = (request: number): unknown[] => [8, 68, request, {}, CANCELED];
const busy = (request: number): unknown[] => [8, 68, request, {}, 'wamp.error.unavailable', ['com.p is busy']];
const answered = (request: number, value: unknown = request): unknown[] => [70, request, {}, [value]];
const byFirst = ({ args: [first] }: Invocation): unknown => first;

/** A registration whose invocations take 10 ms, each named by its second argument. */
function slow(options: RegisterOptions): Serving & { readonly log: unknown[]; invoke(request: number, key: string): void } {
  const log: string[] = [];
  const stage = serving(({ args: [key, name] }) => {
    log.push(`+${String(key)}${String(name)}`);
    return timer(10).pipe(map(() => name), finalize(() => log.push(`-${String(key)}${String(name)}`)));
  }, { key: options.strategy === undefined ? undefined : byFirst, ...options });
  return { ...stage, log, invoke: (request, key) => stage.router.send(68, request, 80, {}, [key, request]) };
}

/** What is sent, and when: one line for each ms at which something is. */
function timed(router: ScriptedRouter, plan: (at: (ms: number, act: () => void) => void) => void): Record<number, unknown> {
  const sent: Record<number, unknown> = {};
  inVirtualTime((at) => {
    plan(at);
    // Between the frames, so that it does not matter what comes first within one.
    for (let ms = 0; ms < 60; ms++) {
      at(ms + 0.5, () => {
        const taken = router.take();
        if (taken.length > 0) sent[ms] = taken;
      });
    }
  });
  return sent;
}

// a and b are asked for with the key x, c with y; each takes 10 ms.
//
// merge     a  -----------r
//           b    -----------r
//           c      -----------r
// merge, concurrency 1, queue 1
//           a  -----------r
//           b    wwwwwwwwww---------r
//           c      unavailable
describe('a registration with a strategy', () => {
  it.each<[string, RegisterOptions, Record<number, unknown>]>([
    ['merge: runs all', {}, { 10: [answered(1)], 12: [answered(2)], 14: [answered(3)] }],
    ['merge, concurrency: refuses what is too much', { concurrency: 2 }, { 4: [busy(3)], 10: [answered(1)], 12: [answered(2)] }],
    ['merge, concurrency, queue: lets so many wait', { concurrency: 1, queue: 1 }, { 4: [busy(3)], 10: [answered(1)], 20: [answered(2)] }],
    ['concat: runs one of a key after the other', { strategy: 'concat' }, { 10: [answered(1)], 14: [answered(3)], 20: [answered(2)] }],
    ['concat, without a key: runs one after the other', { strategy: 'concat', key: undefined }, { 10: [answered(1)], 20: [answered(2)], 30: [answered(3)] }],
    ['concat, queue: lets so many wait', { strategy: 'concat', key: undefined, queue: 1 }, { 4: [busy(3)], 10: [answered(1)], 20: [answered(2)] }],
    ['switch: runs the newest of a key', { strategy: 'switch' }, { 2: [interrupted(1)], 12: [answered(2)], 14: [answered(3)] }],
    ['exhaust: runs the oldest of a key', { strategy: 'exhaust' }, { 2: [busy(2)], 10: [answered(1)], 14: [answered(3)] }],
  ])('%s', (_, options, expected) => {
    const { router, session, subscription, invoke } = slow(options);

    const sent = timed(router, (at) => {
      at(0, () => invoke(1, 'x'));
      at(2, () => invoke(2, 'x'));
      at(4, () => invoke(3, 'y'));
    });

    expect(sent).toEqual(expected);
    subscription.unsubscribe();
    router.send(67, 2);
    expect(session.idle).toBe(true);
  });

  it('lets no more than 1000 wait where it says nothing about them', () => {
    const { router } = serving(() => NEVER, { strategy: 'concat' });

    for (let request = 1; request <= 1002; request++) router.send(68, request, 80, {});

    expect(router.take()).toEqual([busy(1002)]);
  });

  it('interrupts one that waits, which then never starts', () => {
    const { router, log, invoke } = slow({ strategy: 'concat' });

    const sent = timed(router, (at) => {
      at(0, () => { for (const request of [1, 2, 3]) invoke(request, 'x'); });
      at(5, () => router.send(69, 2, { mode: 'killnowait' }));
    });

    expect(sent).toEqual({ 5: [interrupted(2)], 10: [answered(1)], 20: [answered(3)] });
    expect(log).toEqual(['+x1', '-x1', '+x3', '-x3']);
  });

  it('starts the next one where one is interrupted', () => {
    const { router, log, invoke } = slow({ strategy: 'concat' });

    const sent = timed(router, (at) => {
      at(0, () => { for (const request of [1, 2]) invoke(request, 'x'); });
      at(5, () => router.send(69, 1, { mode: 'kill' }));
    });

    expect(sent).toEqual({ 5: [interrupted(1)], 15: [answered(2)] });
    expect(log).toEqual(['+x1', '-x1', '+x2', '-x2']);
  });

  it('tells the superseded why, and stops it before the newer one starts', () => {
    const log: string[] = [];
    const { router } = serving((invocation) => new Observable(() => {
      log.push(`${String(invocation.args[0])} starts`);
      return () => log.push(`${String(invocation.args[0])} stops: ${String(invocation.cause)}`);
    }), { strategy: 'switch' });

    router.send(68, 1, 80, {}, ['older']);
    router.send(68, 2, 80, {}, ['newer']);

    expect(log).toEqual(['older starts', 'older stops: superseded', 'newer starts']);
  });

  it('sends the progress of each in the order it comes, and of all side by side', () => {
    const sources = [new Subject<string>(), new Subject<string>()] as const;
    const { router } = serving(({ args: [which] }) => sources[which as 0 | 1], { concurrency: 2 });
    for (const [request, which] of [[1, 0], [2, 1]]) router.send(68, request, 80, PROGRESS, [which]);

    sources[1].next('b1');
    sources[0].next('a1');
    sources[0].next('a2');
    sources[1].next('b2');

    expect(router.take().map(([, request, , args]) => [request, args])).toEqual([[2, ['b1']], [1, ['a1']], [1, ['a2']], [2, ['b2']]]);
  });

  it.each<[string, () => unknown]>([
    ['a value', () => 1], ['an Observable', () => of(1)], ['what is thrown', () => { throw new Error('broken'); }],
    ['a result that cannot be written', () => 1n],
  ])('gives the place of one that ends with %s to the next', (_, procedure) => {
    const release = new Subject<void>();
    let runs = 0;
    const { router } = serving(() => (++runs === 1 ? concat(release.pipe(take(1), ignoreElements()), of(0)) : procedure()), { strategy: 'concat' });
    for (const request of [1, 2, 3]) router.send(68, request, 80, {});

    release.next();

    expect([runs, router.take().map(([type, second, third]) => (type === 8 ? third : second))]).toEqual([3, [1, 2, 3]]);
  });

  it('has a place for the call that an answer brings along', () => {
    const { router } = serving(({ args: [value] }) => value, { strategy: 'exhaust' });

    router.send(68, 1, 80, {}, [1]);
    router.send(68, 2, 80, {}, [2]);

    expect(router.take()).toEqual([answered(1), answered(2)]);
  });

  it('waits for a promise, and not for what an interrupted one does', () => tidyMarbles.async(async ({ flush, wait }) => {
    let runs = 0;
    const { router } = serving(async () => { runs += 1; await wait(1); return runs; }, { strategy: 'concat' });
    for (const request of [1, 2]) router.send(68, request, 80, {});
    expect(runs).toBe(1);

    router.send(69, 1, {});
    expect(runs).toBe(2);
    await flush();

    expect(router.take()).toEqual([interrupted(1), answered(2)]);
  }));

  it('answers where the key cannot be told, and reports it', () => {
    const { router, reports } = serving(() => 1, { strategy: 'concat', key: ({ args: [first] }) => (first as { id: number }).id });

    router.send(68, 1, 80, {}, [null]);
    router.send(68, 2, 80, {}, [{ id: 1 }]);

    expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.runtime_error', [expect.stringContaining('null')]], answered(2, 1)]);
    expect(reports).toEqual([expect.any(TypeError)]);
  });

  it('does not start what its own key has withdrawn', () => {
    let runs = 0;
    const stage = serving(() => ++runs, { strategy: 'switch', onStop: 'interrupt', key: () => stage.subscription.unsubscribe() });

    stage.router.send(68, 1, 80, {});

    expect([stage.router.take(), runs]).toEqual([[interrupted(1), [66, 2, 80]], 0]);
  });

  it('onStop, drain: those that wait have their turn', () => {
    const { router, session, subscription, invoke } = slow({ strategy: 'concat' });

    const sent = timed(router, (at) => {
      at(0, () => { for (const request of [1, 2]) invoke(request, 'x'); });
      at(5, () => subscription.unsubscribe());
      at(6, () => router.send(67, 2));
    });

    expect(sent).toEqual({ 5: [[66, 2, 80]], 10: [answered(1)], 20: [answered(2)] });
    expect(session.idle).toBe(true);
  });

  it('onStop, interrupt: none of those that wait starts', () => {
    const { router, log, subscription, invoke } = slow({ strategy: 'concat', onStop: 'interrupt' });

    const sent = timed(router, (at) => {
      at(0, () => { for (const request of [1, 2, 3]) invoke(request, 'x'); });
      at(5, () => subscription.unsubscribe());
    });

    expect(sent).toEqual({ 5: [interrupted(2), interrupted(3), interrupted(1), [66, 2, 80]] });
    expect(log).toEqual(['+x1', '-x1']);
  });

  it.each(['interrupt', 'finish'] as const)('onLoss, %s: none of those that wait starts', (onLoss) => {
    const { router, log, session, invoke } = slow({ strategy: 'concat', concurrency: 1, onLoss });

    const end = inVirtualTime((at) => {
      at(0, () => { for (const [request, key] of [[1, 'x'], [2, 'x'], [3, 'y']] as const) invoke(request, key); });
      at(5, () => router.cut());
    });

    expect([log, end, session.idle]).toEqual([['+x1', '-x1'], onLoss === 'finish' ? 10 : 5, true]);
  });

  it('costs a registration without one nothing: it is not asked', () => {
    const { router } = serving(({ args: [value] }) => of(value).pipe(tap()), { strategy: 'merge', queue: 3 });

    for (const request of [1, 2]) router.send(68, request, 80, {}, [request]);

    expect(router.take()).toEqual([answered(1), answered(2)]);
  });
});
