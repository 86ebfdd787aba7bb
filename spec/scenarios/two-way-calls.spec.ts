import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject, concatMap, from, lastValueFrom, map, of, range, reduce, scan, take, throwError, toArray, type Observable } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import { toAsyncIterable } from '../../lib/operators/to-async-iterable.ts';
import type { Invocation } from '../../lib/session/options.ts';
import type { Payload, PayloadInput } from '../../lib/types.ts';
import { failureOf, registered } from '../support/peers.ts';
import { EMBEDDED, embedded, manyOver } from '../support/worlds.ts';

const bytes = new Uint8Array([1, 2, 255]);

describe.each(EMBEDDED.filter(({ carries }) => carries('progress of calls')))('calls that go both ways over $name', (world) => {
  const stage = embedded(world);

  const numbers = (input$: Observable<Payload>): Observable<number> => input$.pipe(map(({ args: [n] }) => Number(n)));
  const payloads = (count: number): Observable<PayloadInput> => range(1, count).pipe(map((n): PayloadInput => [n]));

  it('carry thousands of values to one procedure, in order, whole', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const seen: unknown[] = [];
    await registered(callee, 'com.put', ({ input$ }) => input$.pipe(reduce((count, { args: [n], kwargs }) => { seen.push(n, kwargs); return count + 1; }, 0)));

    const many = manyOver(world);
    const { args: [count] } = await lastValueFrom(caller.call('com.put', range(0, many).pipe(map((n) => ({ args: [n], kwargs: { bytes } })))));

    expect(count).toBe(many);
    expect(seen).toEqual(Array.from({ length: many }, (_, n) => [n, { bytes }]).flat());
  });

  it('are answered while they are asked', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.sums', ({ input$ }) => numbers(input$).pipe(scan((sum, n) => sum + n, 0)));
    const question$ = new Subject<PayloadInput>();
    const heard: unknown[] = [];

    await new Promise<void>((resolve) => {
      caller.call<unknown, number>('com.sums', question$, { progress: true }).subscribe({
        next: ({ args: [sum] }) => { heard.push(sum); if (Number(sum) < 10) question$.next([sum]); else question$.complete(); },
        complete: resolve,
      });
      // The input is asked for once the call has been opened.
      const begin = setInterval(() => { if (question$.observed) { clearInterval(begin); question$.next([1]); } }, 1);
    });

    expect(heard).toEqual([1, 2, 4, 8, 16]);
  });

  it('are read in a loop by an async procedure', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.join', async ({ input$ }: Invocation) => {
      let text = '';
      for await (const { args: [part] } of toAsyncIterable()(input$)) text += String(part);
      return text;
    });

    const { args: [text] } = await lastValueFrom(caller.call('com.join', from(['a', 'b', 'c']).pipe(map((part): PayloadInput => [part]))));

    expect(text).toBe('abc');
  });

  it('go on side by side without mixing', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.sum', ({ input$ }) => numbers(input$).pipe(reduce((sum, n) => sum + n, 0)));

    const sums = await Promise.all([10, 20, 30].map((count) => lastValueFrom(caller.call<number>('com.sum', payloads(count)))));

    expect(sums.map(({ args: [sum] }) => sum)).toEqual([55, 210, 465]);
  });

  it('are over when the procedure has had enough', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.first', ({ input$ }) => numbers(input$).pipe(take(3), toArray()));
    const input$ = new Subject<PayloadInput>();
    const feeding = setInterval(() => input$.next([1]), 1);

    const { args: [first] } = await lastValueFrom(caller.call('com.first', input$));
    clearInterval(feeding);

    expect([first, input$.observed]).toEqual([[1, 1, 1], false]);
  });

  it('interrupt the procedure when their input fails', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const stopped = new Subject<unknown>();
    const heard = lastValueFrom(stopped);
    await registered(callee, 'com.wait', (invocation) => {
      invocation.signal.addEventListener('abort', () => { stopped.next(invocation.cause); stopped.complete(); });
      return NEVER;
    });

    const failure = await failureOf(lastValueFrom(caller.call('com.wait', of([1]).pipe(concatMap(() => throwError(() => 'no more'))))));

    expect([failure, await heard]).toEqual(['no more', 'killnowait']);
  });

  it('end with the error of the procedure', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.refuse', ({ input$ }) => input$.pipe(map(() => { throw new ApplicationError('com.no', { args: ['x'] }); })));

    expect(await failureOf(lastValueFrom(caller.call('com.refuse', payloads(5))))).toMatchObject({ uri: 'com.no', args: ['x'], effect: 'unknown' });
  });
});
