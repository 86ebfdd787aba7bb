import { describe, expect, it } from '@jest/globals';
import { EMPTY, bufferCount, concatMap, delay, expand, filter, firstValueFrom, lastValueFrom, map, mergeMap, of, range, take, tap, toArray } from 'rxjs';
import { EMBEDDED, embedded } from '../support/worlds.ts';

describe.each(EMBEDDED)('handing over, $name', (world) => {
  const scene = embedded(world);

  it('loses no event and brings none twice while sessions replace each other', async () => {
    const [shop, press] = [scene.client(), scene.client()];
    await Promise.all([shop.connect(), press.connect()]);
    const subscribed = firstValueFrom(shop.topicStatus('com.x').pipe(filter(({ kind }) => kind === 'subscribed')));
    const numbers = firstValueFrom(shop.topic<[n: number]>('com.x').pipe(map(({ args: [n] }) => n), bufferCount(300)));
    await subscribed;

    const handing = lastValueFrom(of(0).pipe(expand((n) => (n === 3 ? EMPTY : shop.handover().pipe(take(1), map(() => n + 1))))));
    await lastValueFrom(range(0, 300).pipe(concatMap((n) => press.publish('com.x', [n], { acknowledge: true }))));

    expect(await numbers).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(await handing).toBe(3);
  });

  it('answers every call while the procedure changes its session', async () => {
    const [bank, user] = [scene.client(), scene.client()];
    const registered = new Promise<void>((resolve) => { bank.register<[n: number]>('com.add', ({ args: [n] }) => of(n + 1).pipe(delay(1))).subscribe(() => resolve()); });
    await Promise.all([registered, user.connect()]);

    const handing = lastValueFrom(bank.handover());
    const sums = lastValueFrom(range(0, 200).pipe(mergeMap((n) => user.call<number>('com.add', [n]), 5), map(({ args: [sum] }) => sum), toArray()));

    expect((await sums).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1));
    await handing;
  });

  it('drains: what is open comes to its end, and then nothing is left', async () => {
    const [bank, user] = [scene.client(), scene.client()];
    const running: unknown[] = [];
    await new Promise<void>((resolve) => {
      bank.register('com.slow', () => of('done').pipe(tap(() => running.push('runs')), delay(50))).subscribe(() => resolve());
    });
    const answer = firstValueFrom(user.call<string>('com.slow'));
    await firstValueFrom(of(0).pipe(expand((n) => (running.length > 0 || n > 200 ? EMPTY : of(n + 1).pipe(delay(5)))), filter(() => running.length > 0)));

    const remaining = await lastValueFrom(bank.drain().pipe(toArray()));

    expect((await answer).args).toEqual(['done']);
    expect(remaining.at(-1)).toEqual({ registrations: 0, topics: 0, invocations: 0, requests: 0 });
    expect(bank.state.kind).toBe('closed');
  });
});
