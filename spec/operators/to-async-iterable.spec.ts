import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NEVER, Observable, Subject, map, of, pipe, range, throwError } from 'rxjs';
import { OverflowError } from '../../lib/errors.ts';
import type { Dropped, Overflow } from '../../lib/operators/buffer-overflow.ts';
import { toAsyncIterable } from '../../lib/operators/to-async-iterable.ts';

const iteratorOf = <T>(source: Observable<T>, options: Parameters<typeof toAsyncIterable>[0] = {}): AsyncIterator<T> => toAsyncIterable(options)(source)[Symbol.asyncIterator]();

/** What a promise came to, or that it has come to nothing. */
const settled = async (promise: Promise<unknown>): Promise<unknown> =>
  await Promise.race([promise.catch((error: unknown) => ({ error })), Promise.resolve().then(() => Promise.resolve()).then(() => 'pending')]);

const END = { value: undefined, done: true };

describe('toAsyncIterable', () => {
  it('is read with for await', async () => {
    const seen: number[] = [];

    for await (const value of toAsyncIterable()(range(1, 3))) seen.push(value);

    expect(seen).toEqual([1, 2, 3]);
  });

  it('ends a pipe', async () => {
    const seen: string[] = [];

    for await (const value of pipe(map((value: number) => `${value}`), toAsyncIterable())(of(1, 2))) seen.push(value);

    expect(seen).toEqual(['1', '2']);
  });

  it('subscribes at the first next(), once for each iteration', async () => {
    let subscriptions = 0;
    const values = toAsyncIterable()(new Observable<number>((subscriber) => {
      subscriptions += 1;
      subscriber.next(subscriptions);
    }));

    const [first, second] = [values[Symbol.asyncIterator](), values[Symbol.asyncIterator]()];
    expect(subscriptions).toBe(0);

    expect([await first.next(), await second.next()]).toEqual([{ value: 1, done: false }, { value: 2, done: false }]);
    expect(subscriptions).toBe(2);
  });

  it('keeps what comes between two next()', async () => {
    const source = new Subject<string>();
    const values = iteratorOf(source);
    const first = values.next();

    for (const value of 'abc') source.next(value);
    source.complete();

    expect([await first, await values.next(), await values.next(), await values.next(), await values.next()])
      .toEqual(['a', 'b', 'c'].map((value): unknown => ({ value, done: false })).concat(END, END));
  });

  it('answers several next() in order', async () => {
    const source = new Subject<string>();
    const values = iteratorOf(source);
    const asked = [values.next(), values.next(), values.next(), values.next()];

    source.next('a');
    source.next('b');
    source.complete();

    expect(await Promise.all(asked)).toEqual([{ value: 'a', done: false }, { value: 'b', done: false }, END, END]);
  });

  it('waits for a value', async () => {
    const source = new Subject<string>();
    const values = iteratorOf(source);

    const asked = values.next();
    expect(await settled(asked)).toBe('pending');

    source.next('a');
    expect(await settled(asked)).toEqual({ value: 'a', done: false });
  });

  it('throws an error behind what waits, once', async () => {
    const source = new Subject<string>();
    const values = iteratorOf(source);
    const first = values.next();

    for (const value of 'ab') source.next(value);
    source.error(new Error('lost'));

    expect([await first, await values.next()]).toEqual([{ value: 'a', done: false }, { value: 'b', done: false }]);
    await expect(values.next()).rejects.toThrow('lost');
    expect(await values.next()).toEqual(END);
  });

  it('throws an error to the first who waits', async () => {
    const source = new Subject<string>();
    const values = iteratorOf(source);
    const [first, second] = [values.next(), values.next()];

    source.error(undefined); // an error all the same

    expect(await settled(first)).toEqual({ error: undefined });
    expect(await second).toEqual(END);
  });

  it('throws the error of a source that fails while it is subscribed to', async () => {
    const values = iteratorOf(throwError(() => new Error('refused')));

    await expect(values.next()).rejects.toThrow('refused');
    expect(await values.next()).toEqual(END);
  });

  it('unsubscribes at break, and drops what waits without a report', async () => {
    const source = new Subject<number>();
    const reports: unknown[] = [];
    let afterwards: boolean | undefined;

    const reading = (async () => {
      for await (const value of toAsyncIterable({ report: (report) => reports.push(report) })(source)) {
        if (value === 2) break;
      }
      afterwards = source.observed;
    })();
    for (const value of [1, 2, 3]) source.next(value);
    await reading;

    expect({ afterwards, reports }).toEqual({ afterwards: false, reports: [] });
  });

  it('unsubscribes where the body of the loop throws', async () => {
    const source = new Subject<number>();

    const reading = (async () => {
      for await (const _ of toAsyncIterable()(source)) throw new Error('no disk');
    })();
    source.next(1);

    await expect(reading).rejects.toThrow('no disk');
    expect(source.observed).toBe(false);
  });

  it('ends every next() that waits at return()', async () => {
    const source = new Subject<number>();
    const values = iteratorOf(source);
    const asked = [values.next(), values.next()];

    expect(await values.return?.()).toEqual(END);

    expect(await Promise.all(asked)).toEqual([END, END]);
    expect(source.observed).toBe(false);
    expect(await values.next()).toEqual(END);
  });

  it('never subscribes where return() comes first', async () => {
    let subscribed = false;
    const values = iteratorOf(new Observable(() => { subscribed = true; }));

    await values.return?.();

    expect(await values.next()).toEqual(END);
    expect(subscribed).toBe(false);
  });

  it('forgets an error that nobody has seen at return()', async () => {
    const source = new Subject<number>();
    const values = iteratorOf(source);
    const first = values.next();
    source.next(1);
    source.error(new Error('lost'));

    expect([await first, await values.return?.(), await values.next()]).toEqual([{ value: 1, done: false }, END, END]);
  });

  it('unsubscribes at throw(), and throws it back', async () => {
    const source = new Subject<number>();
    const values = iteratorOf(source);
    const asked = values.next();

    await expect(values.throw?.(new Error('enough'))).rejects.toThrow('enough');

    expect(await asked).toEqual(END);
    expect(source.observed).toBe(false);
  });

  it.each<[Overflow, string, string]>([
    ['dropOldest', 'ade', 'bc'],
    ['dropNewest', 'abc', 'de'],
    ['latest', 'ade', 'bc'],
  ])('with %s drops what has no room, and reports it', async (overflow, expected, dropped) => {
    const source = new Subject<string>();
    const reports: Dropped<unknown>[] = [];
    const values = iteratorOf(source, { limit: 2, overflow, report: (report) => reports.push(report) });
    const first = values.next();

    for (const value of 'abcde') source.next(value);

    const taken = [await first, await values.next(), await values.next()];
    expect(taken.map(({ value }) => value as string).join('')).toBe(expected);
    expect(reports).toEqual(Array.from(dropped).map((value, at) => ({ value, reason: overflow, count: at + 1 })));
  });

  it('unsubscribes at the one too many with error, and throws behind what waits', async () => {
    const source = new Subject<string>();
    const values = iteratorOf(source, { limit: 2 });
    const first = values.next();

    for (const value of 'abcde') source.next(value);

    expect(source.observed).toBe(false);
    expect([await first, await values.next(), await values.next()].map(({ value }) => value as string)).toEqual(['a', 'b', 'c']);
    await expect(values.next()).rejects.toThrow(new OverflowError('no more than 2 values may wait'));
    expect(await values.next()).toEqual(END);
  });

  it('takes nothing but what is asked for with a limit of 0', async () => {
    const source = new Subject<string>();
    const values = iteratorOf(source, { limit: 0, overflow: 'dropNewest' });

    const first = values.next();
    source.next('a');
    source.next('b');
    const second = values.next();
    source.next('c');

    expect([await first, await second].map(({ value }) => value as string)).toEqual(['a', 'c']);
  });

  it('stops a source that emits without end while it is subscribed to', async () => {
    let made = 0;
    const values = iteratorOf(new Observable<number>((subscriber) => {
      while (!subscriber.closed && made < 1000) subscriber.next(made++);
    }), { limit: 3 });

    expect(await values.next()).toEqual({ value: 0, done: false });
    expect(made).toBe(5);
  });

  it('throws what report throws behind what waits', async () => {
    const source = new Subject<string>();
    const values = iteratorOf(source, { limit: 1, overflow: 'dropNewest', report: () => { throw new Error('no disk'); } });
    const first = values.next();

    for (const value of 'abc') source.next(value);

    expect(source.observed).toBe(false);
    expect([await first, await values.next()].map(({ value }) => value as string)).toEqual(['a', 'b']);
    await expect(values.next()).rejects.toThrow('no disk');
  });

  it('hands a promise on as the value it is', async () => {
    const promise = Promise.resolve(1);

    const { value } = await iteratorOf(of(promise)).next() as IteratorYieldResult<Promise<number>>;

    expect(value).toBe(promise);
  });

  it('is an iterable iterator', () => {
    const values = iteratorOf(NEVER) as AsyncIterableIterator<never>;

    expect(values[Symbol.asyncIterator]()).toBe(values);
  });

  it('answers each next() with the next value, whatever comes first, and reports the others', async () => {
    const step = fc.constantFrom('value', 'value', 'next');
    const rules = fc.constantFrom<Overflow>('error', 'dropOldest', 'dropNewest', 'latest');
    const ends = fc.constantFrom('complete', 'error', 'return');
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.nat(5), rules, ends, async (steps, limit, overflow, end) => {
      const source = new Subject<number>();
      const dropped: unknown[] = [];
      const values = iteratorOf(source, { limit, overflow, report: ({ value }) => dropped.push(value) });
      const asked: Promise<IteratorResult<number, unknown>>[] = [values.next()];
      let made = 0;

      for (const todo of steps) {
        if (todo === 'next') asked.push(values.next());
        else if (source.observed) source.next(made++);
        expect(made - dropped.length - asked.length).toBeLessThanOrEqual(limit);
      }
      const overflowed = !source.observed;
      if (end === 'complete') source.complete();
      if (end === 'error') source.error('lost');
      if (end === 'return') asked.push(values.return!());
      for (let more = 0; more < limit + 2; more++) asked.push(values.next());

      const answers = await Promise.allSettled(asked);
      const seen = answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value.done !== true ? [answer.value.value] : []));
      const thrown = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason instanceof OverflowError ? 'overflow' : answer.reason as string] : []));
      const all = [...seen, ...dropped as number[]].sort((a, b) => a - b);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(new Set(all).size).toBe(all.length);
      // Leaving drops what waits, without a word.
      if (end !== 'return') expect(all).toEqual(Array.from({ length: made }, (_, value) => value));
      if (end === 'return') expect(thrown.length).toBeLessThanOrEqual(overflowed ? 1 : 0);
      else expect(thrown).toEqual(overflowed ? ['overflow'] : end === 'error' ? ['lost'] : []);
    }));
  });

  it('refuses options that make no sense', () => {
    expect(() => toAsyncIterable({ limit: -1 })).toThrow(new RangeError('toAsyncIterable: limit must be an integer of at least 0, got -1'));
  });
});
