import { describe, expect, it } from '@jest/globals';
import { EMPTY, NEVER, Observable, Subject, firstValueFrom, merge, of, take, throwError, timer } from 'rxjs';
import { ApplicationError, SerializationError } from '../../lib/errors.ts';
import { result, type Invocation } from '../../lib/session/options.ts';
import { serving } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const PROGRESS = { receive_progress: true };
const aMillisecond = () => firstValueFrom(timer(1));
const isRuntimeError = (request: number, ...args: unknown[]) => [8, 68, request, {}, 'wamp.error.runtime_error', args];

describe('an invocation', () => {
  it('shows the procedure what was asked, and by whom', () => {
    const seen: Invocation[] = [];
    const { router } = serving((invocation) => void seen.push(invocation), { match: 'prefix' });

    router.send(68, 1, 80, { procedure: 'com.p.q', caller: 7, receive_progress: true, trustlevel: 2 }, ['a'], { b: 1 });
    router.send(68, 2, 80, {});

    expect(seen).toMatchObject([
      { procedure: 'com.p.q', caller: 7, progress: true, args: ['a'], kwargs: { b: 1 }, details: { trustlevel: 2 }, params: {}, cause: undefined },
      { procedure: 'com.p', caller: undefined, progress: false, args: [], kwargs: {} },
    ]);
    expect(seen[0]?.signal.aborted).toBe(false);
  });

  it('reads the holes of a template, and refuses what does not fit them', () => {
    const { router } = serving(({ params }) => params['id'], {}, 'com.<id:int>.get');

    router.send(68, 1, 80, { procedure: 'com.7.get' });
    router.send(68, 2, 80, { procedure: 'com.x.get' });

    expect(router.take()).toEqual([[70, 1, {}, [7]], [8, 68, 2, {}, 'wamp.error.no_such_procedure', ['the called URI does not fit com.<id:int>.get']]]);
  });

  it.each<[string, () => unknown, unknown[]]>([
    ['a value', () => 7, [[7]]],
    ['null', () => null, [[null]]],
    ['a list, which is one value', () => [1, 2], [[[1, 2]]]],
    ['a string, which is one value', () => 'text', [['text']]],
    ['a dictionary, which is one value', () => ({ args: [1] }), [[{ args: [1] }]]],
    ['nothing', () => undefined, []],
    ['a result of several values', () => result([1, 2]), [[1, 2]]],
    ['a result by name', () => result([], { a: 1 }), [[], { a: 1 }]],
    ['a result of both', () => result([1], { a: 1 }), [[1], { a: 1 }]],
    ['an empty result', () => result([]), []],
    ['an Observable of one value', () => of(7), [[7]]],
    ['an Observable of several', () => of(1, 2, 3), [[3]]],
    ['an Observable of results', () => of(result([1, 2], { a: 1 })), [[1, 2], { a: 1 }]],
    ['an empty Observable', () => EMPTY, []],
  ])('is answered by %s', (_, procedure, payload) => {
    const { router, session, reports } = serving(procedure);

    router.send(68, 1, 80, {});

    expect(router.take()).toEqual([[70, 1, {}, ...payload]]);
    expect([session.idle, reports]).toEqual([false, []]);
  });

  it.each<[string, () => unknown, unknown[]]>([
    ['a promise', () => Promise.resolve(7), [[7]]],
    ['an async function', async () => { await aMillisecond(); return result([1], { a: 1 }); }, [[1], { a: 1 }]],
    ['an async function without a value', async () => { await aMillisecond(); }, []],
    ['an async generator', async function* () { yield 1; await aMillisecond(); yield 2; }, [[2]]],
    ['an async generator that returns', async function* () { yield 1; await aMillisecond(); return 2; }, [[2]]],
    ['an async generator of nothing', async function* () { /* nothing to say */ }, []],
    ['an AsyncIterable', () => ({ [Symbol.asyncIterator]: () => counting(2) }), [[2]]],
  ])('is answered by %s', (_, procedure, payload) => tidyMarbles.async(async ({ flush }) => {
    const { router, reports } = serving(procedure);

    router.send(68, 1, 80, {});
    await flush();

    expect([router.take(), reports]).toEqual([[[70, 1, {}, ...payload]], []]);
  }));

  it.each([['empty', [[{ progress: true }, [1]], [{ progress: true }, [2]], [{}]]], ['last', [[{ progress: true }, [1]], [{}, [2]]]]] as const)(
    'sends each value of an Observable to a caller who wants progress, final: %s', (final, answers) => {
      const { router } = serving(() => of(1, 2), { final });

      router.send(68, 1, 80, PROGRESS);

      expect(router.take()).toEqual(answers.map((answer) => [70, 1, ...answer]));
    });

  it.each(['empty', 'last'] as const)('sends one empty answer for an empty Observable, final: %s', (final) => {
    const { router } = serving(() => EMPTY, { final });

    router.send(68, 1, 80, PROGRESS);

    expect(router.take()).toEqual([[70, 1, {}]]);
  });

  it('sends values when they come, and holds none back', () => {
    const { router } = serving(() => timer(10, 20).pipe(take(2)));
    const sent: unknown[] = [];
    inVirtualTime((at) => {
      router.send(68, 1, 80, PROGRESS);
      for (const ms of [9, 11, 29, 31]) at(ms, () => sent.push(router.take().map((list) => list.slice(2))));
    });
    expect(sent).toEqual([[], [[{ progress: true }, [0]]], [], [[{ progress: true }, [1]], [{}]]]);
  });

  it.each<['empty' | 'last', boolean, unknown[]]>([
    ['empty', false, [[{ progress: true }, [1]], [{ progress: true }, [2]], [{}]]],
    ['empty', true, [[{ progress: true }, [1]], [{ progress: true }, [2]], [{}, ['end']]]],
    ['last', false, [[{ progress: true }, [1]], [{}, [2]]]],
    ['last', true, [[{ progress: true }, [1]], [{ progress: true }, [2]], [{}, ['end']]]],
  ])('sends what an async generator yields as progress, final: %s, returns a value: %p', (final, returns, answers) => tidyMarbles.async(async ({ flush }) => {
    const { router } = serving(async function* () {
      yield 1;
      yield 2;
      if (returns) return 'end';
    }, { final });

    router.send(68, 1, 80, PROGRESS);
    await flush();

    expect(router.take()).toEqual(answers.map((answer) => [70, 1, ...(answer as unknown[])]));
  }));

  it.each<[string, () => unknown]>([
    ['thrown', () => { throw new ApplicationError('com.sold_out', { args: ['no more'], kwargs: { left: 0 } }); }],
    ['emitted', () => throwError(() => new ApplicationError('com.sold_out', { args: ['no more'], kwargs: { left: 0 } }))],
    ['rejected', () => Promise.reject(new ApplicationError('com.sold_out', { args: ['no more'], kwargs: { left: 0 } }))],
  ])('is answered by an ApplicationError as it was %s, which is nothing to report', (_, procedure) => tidyMarbles.async(async ({ flush }) => {
    const { router, reports } = serving(procedure);

    router.send(68, 1, 80, {});
    await flush();

    expect([router.take(), reports]).toEqual([[[8, 68, 1, {}, 'com.sold_out', ['no more'], { left: 0 }]], []]);
  }));

  it.each<[string, () => unknown, unknown]>([
    ['thrown', () => { throw new TypeError('broken'); }, new TypeError('broken')],
    ['emitted', () => throwError(() => new TypeError('broken')), new TypeError('broken')],
    ['rejected', () => Promise.reject(new TypeError('broken')), new TypeError('broken')],
    ['thrown by an async generator', async function* () { yield 1; throw new TypeError('broken'); }, new TypeError('broken')],
  ])('is answered by runtime_error for any other error %s, which is reported', (_, procedure, error) => tidyMarbles.async(async ({ flush }) => {
    const { router, session, subscription, reports } = serving(procedure);

    router.send(68, 1, 80, {});
    await flush();

    expect([router.take(), reports]).toEqual([[isRuntimeError(1, 'broken')], [error]]);
    subscription.unsubscribe();
    router.send(67, 2);
    expect(session.idle).toBe(true);
  }));

  it('is answered also where what was thrown is no error at all', () => {
    const { router, reports } = serving(() => throwError(() => 'text'));

    router.send(68, 1, 80, {});

    expect([router.take(), reports]).toEqual([[isRuntimeError(1, '"text"')], ['text']]);
  });

  it('sends what came before an error', () => {
    const { router } = serving(() => merge(of(1), throwError(() => new ApplicationError('com.no'))));

    router.send(68, 1, 80, PROGRESS);

    expect(router.take()).toEqual([[70, 1, { progress: true }, [1]], [8, 68, 1, {}, 'com.no']]);
  });

  it.each<[string, () => unknown, object]>([
    ['a function', () => () => 1, {}],
    ['a result that holds one', () => result([() => 1]), {}],
    ['a result that is none', () => result('x' as never), {}],
    ['an emitted function', () => of(() => 1), {}],
    ['a progressive function', () => merge(of(() => 1), NEVER), PROGRESS],
    ['a promised function', () => Promise.resolve(() => 1), {}],
    ['a promised result that is none', () => Promise.resolve(result('x' as never)), {}],
    ['a generated function', async function* () { yield () => 1; yield 2; }, PROGRESS],
    ['an error that holds a function', () => { throw new ApplicationError('com.no', { args: [() => 1] }); }, {}],
    ['an error whose args are none', () => { throw new ApplicationError('com.no', { args: 'x' as never }); }, {}],
    ['an error without a right URI', () => { throw new ApplicationError('not a uri'); }, {}],
  ])('is answered by runtime_error where %s cannot be sent, which is reported', (_, procedure, details) => tidyMarbles.async(async ({ flush }) => {
    const { router, session, ends, subscription, reports } = serving(procedure);

    router.send(68, 1, 80, details);
    await flush();

    expect(router.take()).toEqual([isRuntimeError(1, expect.any(String))]);
    expect([reports.length, ends]).toEqual([1, []]);
    subscription.unsubscribe();
    router.send(67, 2);
    expect(session.idle).toBe(true);
  }));

  it('stops an Observable whose value cannot be sent', () => {
    let open = 0;
    const { router, reports } = serving(() => new Observable((subscriber) => {
      open += 1;
      subscriber.next(() => 1);
      return () => { open -= 1; };
    }));

    router.send(68, 1, 80, PROGRESS);

    expect([open, reports]).toEqual([0, [expect.any(SerializationError)]]);
  });

  it('asks an AsyncIterable for no more where its value cannot be sent, and lets it end', () => tidyMarbles.async(async ({ flush }) => {
    const asked: string[] = [];
    const { router } = serving(() => ({
      [Symbol.asyncIterator]: () => ({
        next: () => { asked.push('next'); return Promise.resolve({ done: false, value: () => 1 }); },
        return: () => { asked.push('return'); return Promise.resolve({ done: true, value: undefined }); },
      }),
    }));

    router.send(68, 1, 80, PROGRESS);
    await flush();

    expect(asked).toEqual(['next', 'return']);
  }));

  it.each<[string, () => unknown]>([
    ['asked for its iterator', () => ({ [Symbol.asyncIterator]: () => { throw new Error('broken'); } })],
    ['asked for its next value', () => ({ [Symbol.asyncIterator]: () => ({ next: () => { throw new Error('broken'); } }) })],
    // oxlint-disable-next-line unicorn/no-thenable
    ['asked for its then', () => Object.fromEntries([['then', () => { throw new Error('broken'); }]])],
  ])('is answered where an answer throws when it is %s', (_, procedure) => tidyMarbles.async(async ({ flush }) => {
    const { router, reports } = serving(procedure);

    router.send(68, 1, 80, {});
    await flush();

    expect([router.take(), reports]).toEqual([[isRuntimeError(1, 'broken')], [new Error('broken')]]);
  }));

  it('runs beside others, which answer in any order', () => {
    const answers = [new Subject<string>(), new Subject<string>()];
    const { router } = serving(({ args: [at] }) => answers[at as number]);
    router.send(68, 1, 80, {}, [0]);
    router.send(68, 2, 80, {}, [1]);

    for (const answer of answers.toReversed()) {
      answer.next('done');
      answer.complete();
    }

    expect(router.take()).toEqual([[70, 2, {}, ['done']], [70, 1, {}, ['done']]]);
  });

  it('ends the session where its id is that of one that runs', () => {
    const { router, ends } = serving(() => NEVER);
    router.send(68, 1, 80, {});

    router.send(68, 1, 80, {});

    expect(router.take()).toEqual([[3, { message: 'INVOCATION.Request must be a new id, got 1, which is still running' }, 'wamp.error.protocol_violation']]);
    expect(ends).toEqual([expect.objectContaining({ code: 'protocol' })]);
  });
});

function counting(to: number): AsyncIterator<number> {
  let at = 0;
  return { next: () => Promise.resolve(at++ < to ? { done: false, value: at } : { done: true, value: undefined }) };
}
