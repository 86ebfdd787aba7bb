import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, concat, of, range, throwError } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import { result, type Invocation, type RegisterOptions } from '../../lib/session/options.ts';
import type { Dict } from '../../lib/types.ts';
import { ScriptedRouter, serving, type Serving } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const MORE = { progress: true };
const OPEN = { progress: true, receive_progress: true };

function served(procedure: (invocation: Invocation) => unknown, options?: RegisterOptions, features: Dict = { progressive_call_invocations: true }): Serving {
  const dealer = { features: { progressive_call_results: true, call_canceling: true, ...features } };
  return serving(procedure, options, 'com.p', new ScriptedRouter({ welcome: { roles: { dealer } } }));
}

const open = (router: ScriptedRouter, credit: unknown, kwargs: Dict = {}): void => router.send(68, 1, 80, OPEN, ['a'], { ...kwargs, _credit: credit });
const grant = (router: ScriptedRouter, more: unknown): void => router.send(68, 1, 80, MORE, [], { _more: more });
/** The first arguments of the answers; the last one of a stream has none. */
const sent = (router: ScriptedRouter): unknown[] => router.take().map(([type, , , payload, error]) => (type === 8 ? error : (payload as readonly unknown[] | undefined)?.[0] ?? 'end'));

describe('an invocation whose caller gives credit', () => {
  it('sends no more than that, and says with the first that it keeps to it', () => {
    const { router } = served(() => range(1, 6));

    open(router, 2);
    expect(router.take()).toEqual([[70, 1, MORE, [1], { _credit: 2 }], [70, 1, MORE, [2]]]);
    grant(router, 1);
    expect(router.take()).toEqual([[70, 1, MORE, [3]]]);
    grant(router, 5);

    expect(router.take()).toEqual([[70, 1, MORE, [4]], [70, 1, MORE, [5]], [70, 1, MORE, [6]], [70, 1, {}]]);
  });

  it('shows the procedure neither the credit nor what is granted', () => {
    const seen: unknown[] = [];
    const { router } = served((invocation) => {
      seen.push(invocation.kwargs);
      invocation.input$.subscribe((payload) => seen.push(payload));
      return NEVER;
    });

    open(router, 2, { by: 'name' });
    grant(router, 1);
    router.send(68, 1, 80, MORE, ['more']);

    expect(seen).toEqual([{ by: 'name' }, { args: ['more'], kwargs: {} }]);
  });

  it('asks an AsyncIterable for nothing that there is no credit for', () => tidyMarbles.async(async ({ flush }) => {
    let asked = 0;
    const { router } = served(async function* () {
      for (; asked < 5;) yield ++asked;
      return 'done';
    });

    open(router, 2);
    await flush();
    expect([sent(router), asked]).toEqual([[1, 2], 2]);
    grant(router, 2);
    await flush();
    expect([sent(router), asked]).toEqual([[3, 4], 4]);
    grant(router, 10);
    await flush();

    expect(sent(router)).toEqual([5, 'done']);
  }));

  it('ends without credit: with a result behind what waits, with an error at once', () => {
    const finished = served(() => range(1, 2));
    const failed = served(() => concat(of(1, 2), throwError(() => new ApplicationError('com.broken'))));
    const counted = served(() => of(result([1], { by: 'name' })), { final: 'last' });

    for (const { router } of [finished, failed, counted]) open(router, 1);

    expect([sent(finished.router), sent(failed.router)]).toEqual([[1], [1, 'com.broken']]);
    expect(counted.router.take()).toEqual([[70, 1, {}, [1], { by: 'name', _credit: 1 }]]);
    grant(finished.router, 1);
    expect(sent(finished.router)).toEqual([2, 'end']);
  });

  it('answers a stream of nothing with an end that accepts the credit', () => {
    const { router } = served(() => of());

    open(router, 4);

    expect(router.take()).toEqual([[70, 1, {}, [], { _credit: 4 }]]);
  });

  it.each<[RegisterOptions['output'], unknown[]]>([
    [undefined, [1, ...Array.from({ length: 64 }, (_, n) => n + 2), 'end']],
    [{ limit: 2, overflow: 'dropOldest' }, [1, 64, 65, 'end']],
    [{ limit: 2, overflow: 'dropNewest' }, [1, 2, 3, 'end']],
    [{ limit: 1, overflow: 'latest' }, [1, 65, 'end']],
  ])('lets an Observable, which cannot be paused, wait within %p', (output, answers) => {
    const { router, reports } = served(() => range(1, 65), { output });

    open(router, 1);
    grant(router, 100);

    expect([sent(router), reports]).toEqual([answers, []]);
  });

  it('interrupts an Observable that is too fast, also one that would never end', () => {
    const dropped: unknown[] = [];
    const { router, reports } = served(() => range(1, 1e9), { output: { limit: 3, report: ({ value }) => dropped.push(value) } });

    open(router, 2);

    expect(router.take().at(-1)).toEqual([8, 68, 1, {}, 'rxwamp.error.overflow', ['no more than 3 values may wait']]);
    expect([dropped, reports]).toEqual([[6], []]);
  });

  it('sends nothing more once it is interrupted', () => {
    const source = new Subject<number>();
    const { router } = served(() => source);
    open(router, 1);
    for (const n of [1, 2, 3]) source.next(n);

    router.send(69, 1, { mode: 'kill' });
    grant(router, 5);

    expect([sent(router), source.observed]).toEqual([[1, 'wamp.error.canceled'], false]);
  });

  it('sends nothing more behind a value that waited and cannot be written', () => {
    const { router, reports } = served(() => of(1, () => 2, 3));
    open(router, 1);
    router.take();

    grant(router, 5);

    expect([sent(router), reports.length]).toEqual([['wamp.error.runtime_error'], 1]);
  });

  it('gives its place to the next only when all has been sent', () => {
    const { router } = served(({ args: [n] }) => of(n, n), { strategy: 'concat' });

    open(router, 1);
    router.send(68, 2, 80, OPEN, ['b']);
    expect(sent(router)).toEqual(['a']);
    grant(router, 1);

    expect(sent(router)).toEqual(['a', 'end', 'b', 'b', 'end']);
  });

  it('lets what finishes without its caller go on without credit', () => tidyMarbles.async(async ({ flush }) => {
    let asked = 0;
    const { router } = served(async function* () { while (asked < 5) yield ++asked; }, { onLoss: 'finish' });
    open(router, 2);
    await flush();

    router.cut();
    await flush();

    expect(asked).toBe(5);
  }));

  it.each([[0], [-1], [1.5], ['2'], [null], [2 ** 60]])('takes %p for no credit', (credit) => {
    const { router } = served(({ kwargs }) => of(kwargs['_credit'], 2));

    open(router, credit);

    expect(router.take()).toEqual([[70, 1, MORE, [credit]], [70, 1, MORE, [2]], [70, 1, {}]]);
  });

  it.each([[0], [-1], ['2'], [0.5]])('takes a grant of %p for a value of its input', (more) => {
    const inputs: unknown[] = [];
    const { router } = served(({ input$ }) => { input$.subscribe(({ kwargs }) => inputs.push(kwargs)); return range(1, 9); });
    open(router, 1);
    router.take();

    grant(router, more);

    expect([router.take(), inputs]).toEqual([[], [{ _more: more }]]);
  });

  it('is not counted where the caller wants no progress', () => {
    const { router } = served(({ kwargs }) => of(kwargs, 'last'));

    router.send(68, 1, 80, MORE, [], { _credit: 1 });

    expect(router.take()).toEqual([[70, 1, {}, ['last']]]);
  });

  it('is not begun by a grant that some routers take for a call', () => {
    let runs = 0;
    const { router } = served(() => { runs += 1; }, {}, {});

    router.send(68, 1, 80, MORE, [], { _more: 4 });

    expect([router.take(), runs]).toEqual([[[8, 68, 1, {}, 'wamp.error.canceled']], 0]);
  });

  it('leaves the keys alone in a call that goes one way', () => {
    const { router } = served(({ kwargs }) => kwargs);

    router.send(68, 1, 80, { receive_progress: true }, [], { _credit: 1, _more: 2 });

    expect(router.take()).toEqual([[70, 1, {}, [{ _credit: 1, _more: 2 }]]]);
  });
});
