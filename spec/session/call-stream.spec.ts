import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, concatMap, delay, ignoreElements, map, of, range, tap, throwError, timer, type Observable } from 'rxjs';
import { ApplicationError, OverflowError, TimeoutError } from '../../lib/errors.ts';
import type { CallStreamOptions, StreamedResult } from '../../lib/session/call-stream.ts';
import type { Dict } from '../../lib/types.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';
import { inVirtualTime } from '../support/virtual-time.ts';

const PROGRESS = { progress: true };
const OPEN = { progress: true, receive_progress: true };
const KILLNOWAIT = { mode: 'killnowait' };

/** A session at a router that lets calls go both ways, or at one that does not. */
function stream(options?: CallStreamOptions, features: Dict = { progressive_call_invocations: true }) {
  const router = new ScriptedRouter({ welcome: { roles: { dealer: { features: { progressive_call_results: true, call_canceling: true, ...features } } } } });
  const rows = joined(router).session.callStream('com.rows', ['all'], options);
  return { router, rows };
}

const first = (log: readonly unknown[]): unknown[] => log.map((one) => (typeof one === 'object' && one !== null && 'details' in one && 'progress' in one ? (one as StreamedResult).args[0] : one));
const row = (router: ScriptedRouter, n: unknown, kwargs?: Dict): void => router.send(50, 1, PROGRESS, [n], ...(kwargs === undefined ? [] : [kwargs]));
const value = map(({ args: [n] }: StreamedResult) => n);

describe('Session.callStream', () => {
  it('gives credit, hands on what comes, and grants as much again when half of it has been taken', () => {
    const { router, rows } = stream({ credit: 4, discloseMe: true });
    const { log } = heard(rows);
    expect(router.take()).toEqual([[48, 1, { ...OPEN, disclose_me: true }, 'com.rows', ['all'], { _credit: 4 }]]);

    row(router, 1, { _credit: 4, by: 'name' });
    expect(router.take()).toEqual([]);
    row(router, 2);
    expect(router.take()).toEqual([[48, 1, PROGRESS, 'com.rows', [], { _more: 2 }]]);
    row(router, 3);
    router.send(50, 1, {});

    expect(log).toEqual([
      { progress: true, args: [1], kwargs: { by: 'name' }, details: { progress: true, flow: 'credit' } },
      { progress: true, args: [2], kwargs: {}, details: { progress: true, flow: 'credit' } },
      { progress: true, args: [3], kwargs: {}, details: { progress: true, flow: 'credit' } },
      'complete',
    ]);
    expect(router.take()).toEqual([]);
  });

  it('grants one by one where there is credit for one', () => {
    const { router, rows } = stream({ credit: 1 });
    rows.subscribe();
    router.take();

    row(router, 1, { _credit: 1 });
    row(router, 2);

    expect(router.take()).toEqual([[48, 1, PROGRESS, 'com.rows', [], { _more: 1 }], [48, 1, PROGRESS, 'com.rows', [], { _more: 1 }]]);
  });

  it('takes for granted nothing that has not been processed, one at a time and in order', () => {
    const work = new Map<unknown, Subject<void>>();
    const { router, rows } = stream({ credit: 2, process: ({ args: [n] }) => { const done = new Subject<void>(); work.set(n, done); return done; } });
    const { log } = heard(rows);
    router.take();

    row(router, 1, { _credit: 2 });
    row(router, 2);
    expect([first(log), [...work.keys()], router.take()]).toEqual([[], [1], []]);
    work.get(1)?.complete();
    expect([first(log), [...work.keys()], router.take()]).toEqual([[1], [1, 2], [[48, 1, PROGRESS, 'com.rows', [], { _more: 1 }]]]);
    router.send(50, 1, {}, ['end']);
    work.get(2)?.complete();
    expect(first(log)).toEqual([1, 2]);
    work.get('end')?.complete();

    expect(first(log)).toEqual([1, 2, 'end', 'complete']);
  });

  it('says so where the callee takes no notice, and grants nothing', () => {
    const { router, rows } = stream({ credit: 2 });
    const { log } = heard(rows);
    router.take();

    for (const n of [1, 2, 3]) row(router, n);
    router.send(50, 1, {});

    expect(log.slice(0, 3)).toMatchObject([{ details: { flow: 'none' } }, { details: { flow: 'none' } }, { details: { flow: 'none' } }]);
    expect([first(log), router.take()]).toEqual([[1, 2, 3, 'complete'], []]);
  });

  it.each<[string, Dict, CallStreamOptions | undefined]>([
    ['the router does not announce it', {}, { credit: 4 }], ['no credit is given', { progressive_call_invocations: true }, undefined],
  ])('calls as ever where %s', (_, features, options) => {
    const { router, rows } = stream(options, features);
    const { log } = heard(rows);

    expect(router.take()).toEqual([[48, 1, { receive_progress: true }, 'com.rows', ['all']]]);
    row(router, 1, { _credit: 4 });
    router.send(50, 1, {});

    expect(log).toEqual([{ progress: true, args: [1], kwargs: { _credit: 4 }, details: { progress: true, flow: 'none' } }, 'complete']);
  });

  it('calls once more, as ever, where the callee does not support it', () => {
    const { router, rows } = stream({ credit: 4 });
    const { log, subscription } = heard(rows);
    router.take();

    router.send(8, 48, 1, {}, 'wamp.error.feature_not_supported');
    expect(router.take()).toEqual([[48, 2, { receive_progress: true }, 'com.rows', ['all']]]);
    router.send(50, 2, PROGRESS, [1]);
    expect(log).toMatchObject([{ details: { flow: 'none' } }]);
    subscription.unsubscribe();

    expect(router.take()).toEqual([[49, 2, KILLNOWAIT]]);
  });

  it('does not call a third time, nor once more behind a first value', () => {
    const [again, begun] = [stream({ credit: 4 }), stream({ credit: 4 })];
    const logs = [heard(again.rows).log, heard(begun.rows).log];
    row(begun.router, 1, { _credit: 4 });

    for (const id of [1, 2]) again.router.send(8, 48, id, {}, 'wamp.error.feature_not_supported');
    begun.router.send(8, 48, 1, {}, 'wamp.error.feature_not_supported');

    expect(logs.map((log) => log.at(-1))).toEqual([expect.any(ApplicationError), expect.any(ApplicationError)]);
    expect([again.router.take().length, begun.router.take().length]).toEqual([2, 1]);
  });

  it('lets no more wait than was given credit for, whatever the callee does', () => {
    const { router, rows } = stream({ credit: 2, process: () => NEVER, overflow: 'dropOldest', limit: 100 });
    const { log } = heard(rows);
    router.take();

    row(router, 0, { _credit: 2 });
    row(router, 1);
    expect(log).toEqual([]);
    row(router, 2);

    expect([log, router.take()]).toEqual([[new OverflowError('callee of com.rows must keep to its credit, got a result more')], [[49, 1, KILLNOWAIT]]]);
  });

  it.each<[CallStreamOptions['overflow'], unknown[]]>([
    ['dropOldest', [0, 3, 4]], ['dropNewest', [0, 1, 2]], ['error', [expect.any(OverflowError)]],
  ])('without credit lets as many wait as it is told, and then does what the rule says (%s)', (overflow, expected) => {
    const gate = new Subject<void>();
    const dropped: unknown[] = [];
    const { router, rows } = stream({ limit: 2, overflow, report: ({ value: { args: [n] } }) => dropped.push(n), process: () => (gate.closed ? [] : gate) });
    const { log } = heard(rows);

    for (const n of [0, 1, 2, 3, 4]) row(router, n);
    gate.complete();

    expect(first(log)).toEqual(expected);
    expect(dropped.length).toBe(overflow === 'error' ? 1 : 2);
  });

  it.each<[string, (router: ScriptedRouter) => void, unknown, unknown[]]>([
    ['the callee', (router) => router.send(8, 48, 1, {}, 'com.x'), expect.objectContaining({ uri: 'com.x' }), []],
    ['the session', (router) => router.cut(), expect.objectContaining({ code: 'transport-lost' }), []],
  ])('drops what waits where %s fails, and stops what is being processed', (_, end, error, sent) => {
    const work = new Subject<void>();
    const { router, rows } = stream({ credit: 4, process: () => work });
    const { log } = heard(rows);
    for (const n of [1, 2]) row(router, n, { _credit: 4 });
    router.take();

    end(router);

    expect([log, work.observed, router.take()]).toEqual([[error], false, sent]);
  });

  it.each<[string, () => Observable<never>]>([['errors', () => throwError(() => 'no')], ['throws', () => { throw 'no'; }]])('cancels where `process` %s', (_, process) => { // oxlint-disable-line no-throw-literal
    const { router, rows } = stream({ credit: 4, process });
    const { log } = heard(rows);
    router.take();

    row(router, 1, { _credit: 4 });

    expect([log, router.take()]).toEqual([['no'], [[49, 1, KILLNOWAIT]]]);
  });

  it('has nothing to say of a stream of nothing', () => {
    const { router, rows } = stream({ credit: 4 });
    const { log } = heard(rows);

    router.send(50, 1, {}, [], { _credit: 4 });

    expect(log).toEqual(['complete']);
  });

  it('counts no time while the callee has no credit', () => {
    const log: unknown[] = [];
    const end = inVirtualTime((at) => {
      const { router, rows } = stream({ credit: 2, timeout: 10, process: () => timer(100) });
      rows.pipe(value).subscribe({ next: (n) => log.push(n), error: (error: unknown) => log.push(error) });
      at(5, () => row(router, 1, { _credit: 2 }));
      at(6, () => row(router, 2));
    });

    // The first has been processed at 105, and 10 ms after the grant nothing has come.
    expect([log, end]).toEqual([[1, new TimeoutError('no answer from com.rows within 10 ms')], 115]);
  });

  it('counts time as ever where there is credit left', () => {
    const log: unknown[] = [];
    const end = inVirtualTime((at) => {
      const { router, rows } = stream({ credit: 2, timeout: 10 });
      rows.subscribe({ error: (error: unknown) => log.push(error) });
      at(5, () => row(router, 1, { _credit: 2 }));
    });

    expect([log, end]).toEqual([[expect.any(TimeoutError)], 15]);
  });

  it('is a stream for each subscriber', () => {
    const { router, rows } = stream({ credit: 2 });

    rows.subscribe();
    rows.subscribe();

    expect(router.take().map(([, id]) => id)).toEqual([1, 2]);
  });

  it.each<[unknown, new () => Error]>([
    [{ credit: 0 }, RangeError], [{ credit: 1.5 }, RangeError], [{ credit: Infinity }, RangeError], [{ process: 1 }, TypeError], [{ overflow: 'drop' }, RangeError],
    [{ limit: -1 }, RangeError], [{ timeout: -1 }, RangeError],
  ])('refuses %p at the call', (options, kind) => {
    expect(() => stream(options as never)).toThrow(kind);
  });
});

describe('a stream that is read in a loop', () => {
  it('takes a value for processed when the next one is asked for', async () => {
    const { router, rows } = stream({ credit: 1 });
    const iterator = rows[Symbol.asyncIterator]();
    expect(router.take()).toEqual([]);

    const asked = iterator.next();
    row(router, 1, { _credit: 1 });
    expect(await asked).toMatchObject({ done: false, value: { args: [1] } });
    expect(router.take().length).toBe(1);
    const next = iterator.next();
    expect(router.take()).toEqual([[48, 1, PROGRESS, 'com.rows', [], { _more: 1 }]]);
    row(router, 2);

    expect(await next).toMatchObject({ value: { args: [2] } });
  });

  it('answers those who ask at a time in order, and the end to all that are left', async () => {
    const { router, rows } = stream({ credit: 4 });
    const iterator = rows[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next(), iterator.next()];

    row(router, 1, { _credit: 4 });
    row(router, 2);
    router.send(50, 1, {});

    expect(await Promise.all(asked)).toMatchObject([{ value: { args: [1] } }, { value: { args: [2] } }, { done: true }, { done: true }]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('throws the error to the first who asks, and is over', async () => {
    const { router, rows } = stream({ credit: 4 });
    const iterator = rows[Symbol.asyncIterator]();
    const asked = iterator.next();
    row(router, 1, { _credit: 4 });
    await asked;

    router.send(8, 48, 1, {}, 'com.x');

    await expect(iterator.next()).rejects.toMatchObject({ uri: 'com.x' });
    expect(await iterator.next()).toMatchObject({ done: true });
  });

  it.each<[string, (iterator: AsyncIterator<unknown, undefined>) => Promise<unknown> | undefined]>([
    ['left', (iterator) => iterator.return?.()], ['thrown out of', (iterator) => iterator.throw?.('x').catch((error: unknown) => error)],
  ])('cancels when it is %s', async (_, leave) => {
    const { router, rows } = stream({ credit: 4 });
    const iterator = rows[Symbol.asyncIterator]();
    const asked = iterator.next();
    router.take();

    await leave(iterator);

    expect([await asked, router.take()]).toEqual([{ done: true, value: undefined }, [[49, 1, KILLNOWAIT]]]);
  });

  it('cancels when the loop breaks, and processes each value before it is handed out', () => tidyMarbles.async(async ({ flush }) => {
    const processed: unknown[] = [];
    const { router, rows } = stream({ credit: 4, process: ({ args: [n] }) => of(n).pipe(tap((one) => processed.push(one))) });
    const loop = (async () => {
      for await (const { args: [n] } of rows) if (n === 2) return n;
      return undefined;
    })();

    for (const n of [1, 2, 3]) {
      row(router, n, { _credit: 4 });
      await flush();
    }

    expect([await loop, processed]).toEqual([2, [1, 2]]);
    expect(router.take().at(-1)).toEqual([49, 1, KILLNOWAIT]);
  }));
});

describe('a stream through the router', () => {
  it('is no faster than its consumer, and ends with it', () => {
    tidyMarbles(({ client, expectObservable }) => {
      const [db, user] = [client(), client()];
      expectObservable(db.register('com.rows', () => range(0, 6)).pipe(ignoreElements()), '^ 40ms !').toBe('');

      const rows$ = user.callStream<number>('com.rows', [], { credit: 2, process: () => timer(3) }).pipe(value);

      expectObservable(rows$, '^ 30ms !').toBe('---a--b--c--d--e--(f|)', { a: 0, b: 1, c: 2, d: 3, e: 4, f: 5 });
    });
  });

  it('holds no more than its credit, with a consumer a thousand times slower than the producer', async () => {
    const CREDIT = 8;
    let [made, taken, most, ended] = [0, 0, 0, 0];

    await tidyMarbles.async(({ client, expectObservable }) => {
      const [db, user] = [client(), client()];
      const rows = async function* (): AsyncGenerator<number> {
        try {
          for (;;) {
            made += 1;
            most = Math.max(most, made - taken);
            yield made;
          }
        } finally {
          ended += 1;
        }
      };
      expectObservable(db.register('com.rows', rows).pipe(ignoreElements()), '^ 101s !').toBe('');
      const rows$ = user.callStream<number>('com.rows', [], { credit: CREDIT, process: () => timer(1000) }).pipe(tap(() => { taken += 1; }), ignoreElements());

      expectObservable(rows$, '1ms ^ 100s !').toBe('');
    });

    // Not one is made that there is no credit for; the one that is being processed is among them.
    expect([taken, most, ended]).toEqual([100, CREDIT, 1]);
  });

  it('does not wait in the queue of the client with its grants, and waits with the call', () => {
    tidyMarbles(({ client, expectObservable }) => {
      const [db, user] = [client(), client({ retry: { initialDelay: 10, jitter: 'none' } })];
      expectObservable(db.register('com.rows', () => range(0, 4).pipe(concatMap((n) => of(n).pipe(delay(1))))).pipe(ignoreElements()), '^ 70ms !').toBe('');
      user.link.marbles('(xr) 5ms o');

      expectObservable(user.callStream<number>('com.rows', [], { credit: 2 }).pipe(value), '^ 60ms !').toBe('- 10ms abc(d|)', { a: 0, b: 1, c: 2, d: 3 });
    });
  });
});
