import { describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom, map, toArray } from 'rxjs';
import { z } from 'zod';
import { defineApi } from '../../lib/contract/define-api.ts';
import { ApplicationError, TypeCheckError, isApplicationError } from '../../lib/errors.ts';
import { Registry, procedure, subscriber, wampError } from '../../lib/registry/index.ts';
import type { Payload } from '../../lib/types.ts';
import { Listening, failureOf, valueOf } from '../support/peers.ts';
import { WORLDS, scene } from '../support/worlds.ts';

const shopApi = defineApi({
  topics: { 'com.shop.product.<product:int>.price': { args: z.tuple([z.number()]), kwargs: z.object({ unit: z.string().default('EUR') }) } },
  procedures: {
    'com.shop.order': { args: z.tuple([z.object({ item: z.string(), count: z.number().positive() })]), result: z.string(), progress: z.number() },
  },
});

class SoldOutError extends ApplicationError<[item: string]> {
  constructor({ args }: Payload<[item: string]>) { super('com.shop.sold_out', { args }); }
}

class Shop {
  @wampError('com.shop.sold_out') static readonly SoldOut: typeof SoldOutError = SoldOutError;
  left = 1;

  @procedure('order', { progress: true }) * order({ item, count }: { item: string; count: number }): Generator<number, string> {
    for (let at = 0; at < count; at += 1) {
      if (this.left === 0) throw new Shop.SoldOut({ args: [item], kwargs: {} });
      this.left -= 1;
      yield at;
    }
    return `${count} x ${item}`;
  }

  @subscriber('delivery') deliver(count: number): void { this.left += count; }
}

describe.each(WORLDS)('an API over $name', (world) => {
  const stage = scene(world);

  it('is held to at both ends, whatever its payloads are written in', async () => {
    const [service, user, stranger] = [stage.client({ api: shopApi }), stage.client({ api: shopApi }), stage.client()];
    const serving = service.serve(new Registry({ prefix: 'com.shop' }).includeObject(new Shop()));
    await new Promise((resolve) => { serving.subscribe({ next: resolve, error: () => {} }); });
    const prices = new Listening(user.topic('com.shop.product.<product:int>.price'));
    await firstValueFrom(user.publish('com.other', [], { acknowledge: true }));

    service.publish('com.shop.product.7.price', [5]).subscribe();
    const [price] = await prices.first(1);
    const values = await lastValueFrom(user.call('com.shop.order', [{ item: 'tea', count: 1 }], { progress: true }).pipe(map(({ args: [value] }) => value), toArray()));

    expect(price).toMatchObject({ params: { product: 7 }, args: [5], kwargs: { unit: 'EUR' } });
    expect(values).toEqual([0, '1 x tea']);
    expect(() => user.call('com.shop.order', [{ item: 'tea', count: 0 }])).toThrow(TypeCheckError);
    expect(await failureOf(valueOf(stranger.call('com.shop.order', [{ item: 'tea', count: 0 }])))).toMatchObject({
      uri: 'wamp.error.invalid_argument', effect: 'none', kwargs: { issues: [{ path: ['args', 0, 'count'] }] },
    });
  });

  it('has its errors mapped for who serves it, and hears of events', async () => {
    const [service, user] = [stage.client(), stage.client({ errors: { 'com.shop.sold_out': SoldOutError } })];
    const shop = new Shop();
    shop.left = 0;
    await new Promise((resolve) => { service.serve(new Registry({ prefix: 'com.shop' }).includeObject(shop)).subscribe({ next: resolve, error: () => {} }); });
    const order = () => user.call('com.shop.order', [{ item: 'tea', count: 1 }]);

    const failure = await failureOf(valueOf(order()));
    await firstValueFrom(user.publish('com.shop.delivery', [1], { acknowledge: true }));
    await firstValueFrom(service.publish('com.other', [], { acknowledge: true }));

    expect(failure).toBeInstanceOf(SoldOutError);
    expect(isApplicationError(failure, 'com.shop.sold_out') && failure.args).toEqual(['tea']);
    expect(await valueOf(order())).toBe('1 x tea');
  });
});
