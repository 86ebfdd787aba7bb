import { describe, expect, it } from '@jest/globals';
import { Observable, concat, interval, lastValueFrom, map, of, take, throwError, toArray } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import { result } from '../../lib/session/options.ts';
import { registered } from '../support/peers.ts';
import { WITH_CORE, manyOver, scene } from '../support/worlds.ts';

const bytes = new Uint8Array([1, 2, 255]);

describe.each(WITH_CORE)('progressive results over $name', (world) => {
  const stage = scene(world);

  const said = (call: Observable<{ readonly progress: boolean; readonly args: readonly unknown[] }>): Promise<unknown[]> =>
    lastValueFrom(call.pipe(map(({ progress, args }) => [progress ? 'progress' : 'result', ...args]), toArray()));

  it('come as an Observable emits them, and an empty end is only a completion', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.count', () => interval(1).pipe(take(3)));

    expect(await said(caller.call('com.count', [], { progress: true }))).toEqual([['progress', 0], ['progress', 1], ['progress', 2]]);
  });

  if (!world.isCore) it('leave the last value to the result where that is wanted', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.count', () => of('a', 'b', 'c'), { final: 'last' });

    expect(await said(caller.call('com.count', [], { progress: true }))).toEqual([['progress', 'a'], ['progress', 'b'], ['result', 'c']]);
  });

  it('are what a generator yields, and the result is what it returns', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.generate', async function* generate({ args: [count] }) {
      for (let n = 1; n <= Number(count); n++) yield n;
      return 'done';
    });

    expect(await said(caller.call('com.generate', [3], { progress: true }))).toEqual([['progress', 1], ['progress', 2], ['progress', 3], ['result', 'done']]);
  });

  it('are not sent to a caller that did not ask for them', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.count', ({ progress }) => of(progress, 'last'));

    expect(await said(caller.call('com.count'))).toEqual([['result', 'last']]);
  });

  it('end with the error of the procedure', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.break', () => concat(of(1, 2), throwError(() => new ApplicationError('com.broken', { args: ['at 3'] }))));
    const heard: unknown[] = [];

    await new Promise<void>((resolve) => {
      caller.call('com.break', [], { progress: true }).subscribe({
        next: ({ args }) => heard.push(args[0]),
        error: ({ uri, args }: ApplicationError) => { heard.push([uri, args]); resolve(); },
      });
    });

    expect(heard).toEqual([1, 2, ['com.broken', ['at 3']]]);
  });

  it('carry bytes and keyword arguments, in order, thousands of them', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    const count = manyOver(world);
    await registered(callee, 'com.many', () => new Observable((subscriber) => {
      for (let n = 0; n < count; n++) subscriber.next(result([n], { bytes }));
      subscriber.complete();
    }));

    const received = await lastValueFrom(caller.call('com.many', [], { progress: true }).pipe(toArray()));

    expect(received.map(({ args: [n] }) => n)).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(received.at(-1)?.kwargs).toEqual({ bytes });
  });

  it('do not hold other calls up', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.count', ({ args: [from] }) => interval(1).pipe(take(5), map((n) => Number(from) + n)));

    const both = await Promise.all([100, 200].map((from) => said(caller.call('com.count', [from], { progress: true }))));

    expect(both).toEqual([100, 200].map((from) => [0, 1, 2, 3, 4].map((n) => ['progress', from + n])));
  });
});
