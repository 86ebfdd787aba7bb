import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, Observable, concat, interval, map, of, take, throwError } from 'rxjs';
import { createClient, result, type Client, type ClientOptions, type Invocation } from '../../lib/core/index.ts';
import { ApplicationError } from '../../lib/errors.ts';
import type { ScriptedRouter } from '../../lib/testing/scripted-router.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles, type At } from '../support/tidy-marbles.ts';

interface Stage {
  readonly router: ScriptedRouter;
  readonly client: Client;
  readonly at: At;
  /** What nobody was subscribed to. */
  readonly reports: unknown[];
  readonly subscription: { unsubscribe(): void };
  /** Sends an INVOCATION of the procedure, and tells what was answered at once. */
  invoke(request: number, details?: object, ...payload: readonly unknown[]): readonly unknown[];
}

/** Plays with a client that has `com.p` registered as 20, and closes it after a second. */
function serving(procedure: (invocation: Invocation) => unknown, play: (stage: Stage) => void, { uri = 'com.p', ...options }: Partial<ClientOptions> & { uri?: string } = {}): Promise<void> {
  return tidyMarbles.async(({ scriptedRouter, at }) => {
    const router = scriptedRouter({ unexpected: 'keep' });
    const client = createClient({ transport: router.transport, realm: 'realm1', ...options });
    const reports = heard(client.errors$).log;
    void client.connect();
    const { subscription } = heard(client.register<unknown[]>(uri, procedure as never));
    router.sendList(65, 1, 20);
    router.take();
    play({
      router, client, at, reports, subscription,
      invoke: (request, details = {}, ...payload) => {
        router.sendList(68, request, 20, details, ...payload);
        return router.take();
      },
    });
    at(1000, () => { void client.close(); });
  });
}

const NEVER_ANSWERS = (): Observable<never> => new Observable();

describe('Client.register', () => {
  it('answers with what the procedure returns', async () => {
    const answers: unknown[] = ['text', 0, null, undefined, [1, 2], { a: 1 }, result([1], { k: 2 }), result([]), of(5), of(), concat(of(1), of(2)), new Uint8Array([1])];
    await serving(({ args: [index] }) => answers[index as number], ({ invoke }) => {
      expect(answers.map((_, index) => invoke(index + 1, {}, [index]))).toEqual([
        [[70, 1, {}, ['text']]], [[70, 2, {}, [0]]], [[70, 3, {}, [null]]], [[70, 4, {}]], [[70, 5, {}, [[1, 2]]]], [[70, 6, {}, [{ a: 1 }]]],
        [[70, 7, {}, [1], { k: 2 }]], [[70, 8, {}]], [[70, 9, {}, [5]]], [[70, 10, {}]], [[70, 11, {}, [2]]], [[70, 12, {}, [new Uint8Array([1])]]],
      ]);
    });
  });

  it('answers a promise when it is settled', async () => {
    await serving(async ({ args: [what] }) => { if (what === 'bad') throw new ApplicationError('com.bad', { args: [1], kwargs: { k: 2 } }); return what; }, ({ invoke, router, at }) => {
      expect([invoke(1, {}, ['good']), invoke(2, {}, ['bad'])]).toEqual([[], []]);
      at(1, () => expect(router.take()).toEqual([[70, 1, {}, ['good']], [8, 68, 2, {}, 'com.bad', [1], { k: 2 }]]));
    });
  });

  it('sends what an Observable emits as progress where the caller wants it', async () => {
    await serving(() => interval(10).pipe(take(2)), ({ invoke, router, at }) => {
      invoke(1, { receive_progress: true });
      at(11, () => expect(router.take()).toEqual([[70, 1, { progress: true }, [0]]]));
      at(30, () => expect(router.take()).toEqual([[70, 1, { progress: true }, [1]], [70, 1, {}]]));
    });
  });

  it('sends what an async generator yields, and what it returns', async () => {
    async function* count(): AsyncGenerator<number, string> { yield 1; yield 2; return 'end'; }
    await serving(count, ({ invoke, router, at }) => {
      invoke(1, { receive_progress: true });
      invoke(2);
      at(1, () => expect(router.take()).toEqual(expect.arrayContaining([[70, 1, { progress: true }, [1]], [70, 1, { progress: true }, [2]], [70, 1, {}, ['end']], [70, 2, {}, ['end']]])));
    });
  });

  it('stops an async generator that is interrupted', async () => {
    const log: unknown[] = [];
    async function* endless({ signal }: Invocation): AsyncGenerator<number> {
      try {
        for (let n = 0; n < 1000; n++) {
          yield n;
          await new Promise((resolve) => { signal.addEventListener('abort', resolve); });
        }
      } finally {
        log.push('stopped');
      }
    }
    await serving(endless, ({ invoke, router, at, reports }) => {
      invoke(1, { receive_progress: true });
      at(1, () => { expect(router.take()).toEqual([[70, 1, { progress: true }, [0]]]); router.sendList(69, 1, {}); });
      at(2, () => expect([router.take(), log, reports]).toEqual([[[8, 68, 1, {}, 'wamp.error.canceled']], ['stopped'], []]));
    });
  });

  it('asks an async generator for no more than can be sent', async () => {
    const asked: number[] = [];
    async function* eager(): AsyncGenerator<number> { for (let n = 0; n < 3; n++) { asked.push(n); yield n; } }
    await tidyMarbles.async(({ scriptedRouter, at }) => {
      const router = scriptedRouter({ unexpected: 'keep' });
      const writable$ = new BehaviorSubject(false);
      const transport = router.transport.pipe(map((connection) => new Proxy(connection, {
        get: (target, name) => {
          const value: unknown = name === 'writable$' ? writable$ : Reflect.get(target, name, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      })));
      const client = createClient({ transport, realm: 'realm1' });
      heard(client.register('com.p', eager));
      router.sendList(65, 1, 20);
      router.sendList(68, 1, 20, { receive_progress: true });
      at(3, () => { expect(asked).toEqual([]); writable$.next(true); });
      at(7, () => { expect(asked).toEqual([0, 1, 2]); void client.close(); });
    });
  });

  it('answers what it throws that is meant for the caller, and reports all else', async () => {
    const failures: unknown[] = [new ApplicationError('com.sold_out', { args: ['tea'] }), new TypeError('oops'), 'text', new ApplicationError('not a uri')];
    await serving(({ args: [index, later] }) => { if (later === true) return throwError(() => failures[index as number]); throw failures[index as number]; }, ({ invoke, reports }) => {
      const answers = (later: boolean): unknown[] => failures.map((_, index) => invoke(index + (later ? 11 : 1), {}, [index, later])).map(([answer]) => (answer as unknown[]).slice(4));
      const expected = [['com.sold_out', ['tea']], ['wamp.error.runtime_error', ['oops']], ['wamp.error.runtime_error', ['text']], ['wamp.error.runtime_error', [expect.stringContaining('must be a URI')]]];

      expect(answers(false)).toEqual(expected);
      expect(answers(true)).toEqual(expected);
      expect(reports).toEqual([failures[1], 'text', expect.objectContaining({ code: 'invalid-uri' }), failures[1], 'text', expect.objectContaining({ code: 'invalid-uri' })]);
    });
  });

  it('answers runtime_error where the answer cannot be written, and stops', async () => {
    let stopped = 0;
    const answers = [
      (): unknown => Symbol('a'),
      (): unknown => concat(of(() => 1), interval(1)).pipe((source) => new Observable((sink) => { sink.add(() => { stopped += 1; }); return source.subscribe(sink); })),
      (): unknown => { throw new ApplicationError('com.bad', { args: [1n] }); },
    ];
    await serving(({ args: [index] }) => answers[index as number]?.(), ({ invoke, reports }) => {
      const sent = answers.map((_, index) => invoke(index + 1, { receive_progress: true }, [index]));

      expect(sent).toEqual(answers.map((_, index) => [[8, 68, index + 1, {}, 'wamp.error.runtime_error', ['payload cannot be written as JSON']]]));
      expect([reports.length, stopped]).toEqual([3, 1]);
    });
  });

  it('interrupts what the caller has cancelled, once, and answers canceled', async () => {
    const log: unknown[] = [];
    await serving((invocation) => { invocation.signal.addEventListener('abort', () => log.push(invocation.cause)); return new Observable(() => () => log.push('unsubscribed')); }, ({ invoke, router }) => {
      invoke(1);
      router.sendList(69, 1, { mode: 'kill', reason: 'com.why' });
      router.sendList(69, 1, { mode: 'kill' });
      invoke(2);
      router.sendList(69, 2, { mode: 'killnowait' });

      expect(log).toEqual(['com.why', 'unsubscribed', 'killnowait', 'unsubscribed']);
      expect(router.take()).toEqual([[8, 68, 2, {}, 'wamp.error.canceled']]);
    });
  });

  it('neither answers nor reports what comes behind an interruption', async () => {
    const settle: (() => void)[] = [];
    await serving(() => new Promise((_, reject) => { settle.push(() => reject(new Error('aborted'))); }), ({ invoke, router, reports, at }) => {
      invoke(1);
      router.sendList(69, 1, {});
      router.take();
      for (const each of settle) each();
      at(1, () => expect([router.take(), reports]).toEqual([[], []]));
    });
  });

  it('interrupts what runs when the session is lost, and answers nothing in the next one', async () => {
    const causes: unknown[] = [];
    const finish: ((value: string) => void)[] = [];
    await serving(({ signal }) => { signal.addEventListener('abort', () => causes.push(signal.reason)); return new Promise((resolve) => { finish.push(resolve); }); }, ({ invoke, router, at, reports }) => {
      invoke(1);
      router.cut();
      at(10, () => finish[0]?.('late'));
      at(900, () => expect([causes, reports, router.take().filter(([type]) => type === 70 || type === 8)]).toEqual([['lost'], [], []]));
    });
  });

  it('lets what runs go on when it is unregistered, and refuses what crosses', async () => {
    const finish: ((value: string) => void)[] = [];
    await serving(() => new Promise((resolve) => { finish.push(resolve); }), ({ invoke, router, subscription, at }) => {
      invoke(1);
      subscription.unsubscribe();
      expect(router.take()).toEqual([[66, 2, 20]]);
      expect(invoke(2)).toEqual([[8, 68, 2, {}, 'wamp.error.unavailable', ['it is being unregistered']]]);
      router.sendList(67, 2);
      expect(invoke(3)).toEqual([[8, 68, 3, {}, 'wamp.error.unavailable', ['it is being unregistered']]]);
      finish[0]?.('done');
      at(1, () => expect(router.take()).toEqual([[70, 1, {}, ['done']]]));
    });
  });

  it('shows a procedure what it is called with', async () => {
    const seen: unknown[] = [];
    await serving(({ args, kwargs, details, params, procedure, caller, progress, cause }) => { seen.push({ args, kwargs, details, params, procedure, caller, progress, cause }); }, ({ invoke, router }) => {
      invoke(1, { procedure: 'com.shop.tea.buy', caller: 7, receive_progress: true }, [1], { k: 2 });
      invoke(2, { procedure: 5, caller: 'x', receive_progress: 1 });
      router.take();

      expect(seen).toEqual([
        { args: [1], kwargs: { k: 2 }, details: { procedure: 'com.shop.tea.buy', caller: 7, receive_progress: true }, params: { item: 'tea' }, procedure: 'com.shop.tea.buy', caller: 7, progress: true, cause: undefined },
      ]);
      // A called URI that does not say what stands in the holes.
      expect(invoke(3, {})).toEqual([[8, 68, 3, {}, 'wamp.error.no_such_procedure', ['URI must fit com.shop.<item>.buy']]]);
    }, { uri: 'com.shop.<item>.buy' });
  });

  it('ends the session where a request is invoked twice', async () => {
    await serving(NEVER_ANSWERS, ({ invoke, router, client }) => {
      invoke(1);
      expect(invoke(1)).toEqual([[3, { message: 'INVOCATION.Request must be a new id, got 1, which is still running' }, 'wamp.error.protocol_violation']]);
      expect([client.state.kind, router.open]).toEqual(['waiting', 0]);
    });
  });

  it('takes the id of a request that was answered again', async () => {
    await serving(() => 1, ({ invoke }) => {
      expect([invoke(1), invoke(1)]).toEqual([[[70, 1, {}, [1]]], [[70, 1, {}, [1]]]]);
    });
  });

  it('reports what a teardown throws, and answers the caller all the same', async () => {
    const mistake = new Error('in the teardown');
    await serving(() => new Observable(() => () => { throw mistake; }), ({ invoke, router, reports }) => {
      invoke(1);
      router.sendList(69, 1, {});

      expect(router.take()).toEqual([[8, 68, 1, {}, 'wamp.error.canceled']]);
      expect(reports).toEqual([expect.objectContaining({ errors: [mistake] })]);
    });
  });
});
