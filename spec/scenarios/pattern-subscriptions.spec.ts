import { describe, expect, it } from '@jest/globals';
import { listening } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('subscriptions with patterns over $name', (world) => {
  const stage = scene(world);

  it('take every topic that begins with a prefix', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const listener = await listening(subscriber, 'com.shop.', { match: 'prefix' });

    for (const topic of ['com.shop.price', 'com.store', 'com.shop.a.b', 'com.shop.end']) publisher.publish(topic, [topic]).subscribe();

    expect(await listener.until('com.shop.end')).toEqual(['com.shop.price', 'com.shop.a.b', 'com.shop.end']);
    expect(listener.events.map(({ topic }) => topic)).toEqual(['com.shop.price', 'com.shop.a.b', 'com.shop.end']);
  });

  it('take any component in place of an empty one', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const listener = await listening(subscriber, 'com..price', { match: 'wildcard' });

    for (const topic of ['com.a.price', 'com.a.b.price', 'com.price', 'com.b.price']) publisher.publish(topic, [topic]).subscribe();

    expect(await listener.until('com.b.price')).toEqual(['com.a.price', 'com.b.price']);
  });

  it('read the holes of a template, and leave out what does not fit them', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const listener = await listening(subscriber, 'com.shop.product.<product:int>.price');

    publisher.publish('com.shop.product.seven.price', [0]).subscribe();
    publisher.publish('com.shop.product.7.price', [1]).subscribe();

    expect(await listener.first(1)).toMatchObject([{ topic: 'com.shop.product.7.price', params: { product: 7 }, args: [1] }]);
  });

  it('bring an event once for each subscription that matches, under one publication', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const listeners = [
      await listening(subscriber, 'com.over.lap'),
      await listening(subscriber, 'com.over', { match: 'prefix' }),
      await listening(subscriber, 'com..lap', { match: 'wildcard' }),
    ];

    publisher.publish('com.over.lap', ['x']).subscribe();

    const events = (await Promise.all(listeners.map((listener) => listener.first(1)))).flat();
    expect(events.map(({ topic }) => topic)).toEqual(['com.over.lap', 'com.over.lap', 'com.over.lap']);
    expect(new Set(events.map(({ publication }) => publication)).size).toBe(1);
  });

  it('take the same URI for another topic where it is meant in another way', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const [exact, prefix] = [await listening(subscriber, 'com.same'), await listening(subscriber, 'com.same', { match: 'prefix' })];

    publisher.publish('com.same.but.longer', [1]).subscribe();
    publisher.publish('com.same', [2]).subscribe();

    expect(await prefix.until(2)).toEqual([1, 2]);
    expect(await exact.until(2)).toEqual([2]);
  });
});
