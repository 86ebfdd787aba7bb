import { describe, expect, it } from '@jest/globals';
import { NEVER, firstValueFrom, map, reduce, scan, timer, type Observable } from 'rxjs';
import type { Invocation, RegisterOptions } from '../../lib/session/options.ts';
import type { Payload } from '../../lib/types.ts';
import { ScriptedRouter, heard, serving, type Serving } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const MORE = { progress: true };

/** A procedure whose router lets calls go both ways. */
function served(procedure: (invocation: Invocation) => unknown, options?: RegisterOptions): Serving {
  const dealer = { features: { progressive_call_results: true, progressive_call_invocations: true, call_canceling: true } };
  return serving(procedure, options, 'com.p', new ScriptedRouter({ welcome: { roles: { dealer } } }));
}

const numbers = (input$: Observable<Payload>): Observable<number> => input$.pipe(map(({ args: [value] }) => Number(value)));

describe('the input of an invocation', () => {
  it('is what comes behind the first INVOCATION, to the last', () => {
    const { router, reports, session, subscription } = served(({ args: [start], input$ }) => numbers(input$).pipe(reduce((sum, n) => sum + n, Number(start))));

    router.send(68, 1, 80, MORE, [100]);
    router.send(68, 2, 80, {}, [7]);
    router.send(68, 1, 80, MORE, [1]);
    router.send(68, 1, 80, {}, [2]);

    expect([router.take(), reports]).toEqual([[[70, 2, {}, [7]], [70, 1, {}, [103]]], []]);
    subscription.unsubscribe();
    router.send(67, 2);
    expect(session.idle).toBe(true);
  });

  it('is answered value by value, and has no value of an empty end', () => {
    const { router } = served(({ input$ }) => numbers(input$).pipe(scan((sum, n) => sum + n, 0)));

    router.send(68, 1, 80, { ...MORE, receive_progress: true });
    for (const n of [1, 2]) router.send(68, 1, 80, MORE, [n]);
    router.send(68, 1, 80, {});

    expect(router.take()).toEqual([[70, 1, MORE, [1]], [70, 1, MORE, [3]], [70, 1, {}]]);
  });

  it('is complete from the beginning where the call goes one way', () => {
    const { router } = served(({ input$ }) => input$.pipe(reduce((count) => count + 1, 0)));

    router.send(68, 1, 80, {}, ['x']);

    expect(router.take()).toEqual([[70, 1, {}, [0]]]);
  });

  it('waits for a procedure that asks for it later', () => tidyMarbles.async(async ({ flush }) => {
    const { router } = served(async ({ input$ }) => {
      await firstValueFrom(timer(1));
      return new Promise((resolve) => { numbers(input$).pipe(reduce((sum, n) => sum + n, 0)).subscribe(resolve); });
    });

    router.send(68, 1, 80, MORE);
    for (const n of [1, 2]) router.send(68, 1, 80, MORE, [n]);
    router.send(68, 1, 80, {});
    await flush();

    expect(router.take()).toEqual([[70, 1, {}, [3]]]);
  }));

  it('ends an invocation that lets too much wait, and what comes then is ignored', () => {
    const causes: unknown[] = [];
    const { router, reports, ends } = served((invocation) => NEVER.pipe((source) => {
      invocation.signal.addEventListener('abort', () => causes.push(invocation.cause));
      return source;
    }), { input: { limit: 2 } });

    router.send(68, 1, 80, MORE);
    for (const n of [1, 2, 3, 4]) router.send(68, 1, 80, MORE, [n]);
    router.send(68, 1, 80, {});

    expect(router.take()).toEqual([[8, 68, 1, {}, 'rxwamp.error.overflow', ['no more than 2 values may wait']]]);
    expect([causes, reports, ends]).toEqual([['overflow'], [], []]);
  });

  it.each<[string, (router: ScriptedRouter) => void, object]>([
    ['INTERRUPT', (router) => router.send(69, 1, { mode: 'kill' }), { uri: 'wamp.error.canceled', args: ['the invocation was interrupted: kill'] }],
    ['the loss of the session', (router) => router.cut(), { uri: 'wamp.error.canceled', args: ['the invocation was interrupted: lost'] }],
  ])('errors at %s for who is not stopped by that', (_, end, error) => {
    const logs: (readonly unknown[])[] = [];
    const { router, reports } = served(({ input$ }) => { logs.push(heard(input$).log); return NEVER; });
    router.send(68, 1, 80, MORE);
    router.send(68, 1, 80, MORE, [1]);

    end(router);

    expect([logs, reports]).toEqual([[[{ args: [1], kwargs: {} }, expect.objectContaining(error)]], []]);
  });

  it('errors at the loss of the session also where the procedure comes to its end', () => {
    const logs: (readonly unknown[])[] = [];
    const { router } = served(({ input$ }) => { logs.push(heard(input$).log); return NEVER; }, { onLoss: 'finish' });
    router.send(68, 1, 80, MORE);

    router.cut();

    expect(logs).toEqual([[expect.objectContaining({ args: ['the call was interrupted: lost'] })]]);
  });

  it('has nothing more once the invocation has been answered', () => {
    const logs: (readonly unknown[])[] = [];
    const { router, ends, reports } = served(({ input$ }) => { logs.push(heard(input$).log); return 'enough'; });

    router.send(68, 1, 80, MORE);
    router.send(68, 1, 80, MORE, [1]);
    router.send(68, 1, 80, {}, [2]);

    expect([logs, router.take(), ends, reports]).toEqual([[[]], [[70, 1, {}, ['enough']]], [], []]);
  });

  it('is kept while the invocation waits for its turn', () => {
    const { router } = served(({ input$ }) => numbers(input$).pipe(reduce((sum, n) => sum + n, 0)), { strategy: 'concat' });

    for (const id of [1, 2]) router.send(68, id, 80, MORE);
    for (const id of [2, 1]) for (const n of [1, 2]) router.send(68, id, 80, MORE, [id * n]);
    for (const id of [2, 1]) router.send(68, id, 80, {});

    expect(router.take()).toEqual([[70, 1, {}, [3]], [70, 2, {}, [6]]]);
  });

  it('ends the session where more comes behind the last, or of a call that goes one way', () => {
    for (const details of [MORE, {}]) {
      const { router, ends } = served(() => NEVER);
      router.send(68, 1, 80, details);
      if (details === MORE) router.send(68, 1, 80, {});

      router.send(68, 1, 80, {});

      expect(ends).toEqual([expect.objectContaining({ code: 'protocol', message: 'INVOCATION.Request must be a new id, got 1, which is still running' })]);
    }
  });

  it('starts nothing anew of what comes too late', () => {
    const { router, ends } = served(() => 1);
    router.send(68, 1, 80, MORE);
    router.take();

    router.send(68, 1, 80, MORE, [1]);
    router.send(68, 1, 80, {});

    expect([router.take(), ends]).toEqual([[], []]);
  });

  it('lets routers use ids as they like that do not know of it', () => {
    const { router } = serving(() => 1);

    for (const id of [5, 3, 5]) router.send(68, id, 80, {});

    expect(router.take().map(([, id]) => id)).toEqual([5, 3, 5]);
  });

  it.each([[{ input: { limit: -1 } }], [{ input: { limit: 1.5 } }], [{ output: { limit: -1 } }], [{ output: { overflow: 'drop' } }]])('refuses %p at the registration', (options) => {
    expect(() => served(() => 1, options as never)).toThrow(RangeError);
  });
});
