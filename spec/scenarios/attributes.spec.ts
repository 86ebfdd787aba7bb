import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, map, timer } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import { CALL, EVENT, INVOCATION, PUBLISH, REGISTER, REGISTERED, UNREGISTER, UNREGISTERED, YIELD, wampMarbles } from '../../lib/testing/index.ts';
import { listening, registered, valueOf } from '../support/peers.ts';
import { EMBEDDED, WORLDS, embedded, scene } from '../support/worlds.ts';

const attributes = { _traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', _depth: 3, _ratio: -0.5, _sampled: true, _text: 'ä \u2028 "' };

describe.each(EMBEDDED.filter(({ carries }) => carries('attributes')))('attributes over $name', (world) => {
  const stage = embedded(world);

  it('travel with a call', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.details', ({ details }) => details);

    expect(await valueOf(caller.call('com.details', [], { attributes }))).toEqual(attributes);
    expect(await valueOf(caller.call('com.details'))).toEqual({});
  });

  it('travel with an event, to exact subscriptions and patterns', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const exact = await listening(subscriber, 'com.topic');
    const pattern = await listening(subscriber, 'com.', { match: 'prefix' });

    publisher.publish('com.topic', [1], { attributes }).subscribe();
    publisher.publish('com.topic', [2]).subscribe();

    expect((await exact.first(2)).map(({ details }) => details)).toEqual([attributes, {}]);
    expect((await pattern.first(1)).map(({ details }) => details)).toEqual([{ ...attributes, topic: 'com.topic' }]);
  });
});

describe.each(WORLDS)('whatever the router does with attributes, over $name', (world) => {
  const stage = scene(world);

  it('calls, events and registrations go on as ever', async () => {
    const [client, other] = [stage.client(), stage.client()];
    await registered(other, 'com.add', ({ args: [a, b] }) => Number(a) + Number(b), { attributes });
    const listener = await listening(other, 'com.topic');

    await firstValueFrom(client.publish('com.topic', ['x'], { attributes, acknowledge: true }));

    expect(await valueOf(client.call('com.add', [2, 3], { attributes }))).toBe(5);
    expect((await listener.first(1)).map(({ args }) => args)).toEqual([['x']]);
  });
});

const arg = map(({ args: [value] }: { readonly args: readonly unknown[] }) => value);

describe('trace context', () => {
  const traceparent = (span: string): string => `00-0af7651916cd43dd8448eb211c80319c-${span}-01`;

  it('goes on from a call to the calls that are made for it', () => {
    wampMarbles(({ client, expectObservable, expectFrames }) => {
      const [buyer, shop, stock] = [client(), client(), client()];
      shop.register('com.shop.order', (invocation) => invocation.call('com.stock.take', [], { attributes: { _traceparent: `${String(invocation.details['_traceparent'])}, shop` } }).pipe(arg)).subscribe();
      stock.register('com.stock.take', ({ details }) => timer(2).pipe(map(() => details['_traceparent']))).subscribe();

      expectFrames(shop.frames$.pipe(filter(({ message: { type } }) => type === MessageType.INVOCATION || type === MessageType.CALL))).toBe('-(ic)', {
        i: INVOCATION([], { details: { _traceparent: 'buyer' } }), c: CALL('com.stock.take', [], { options: { _traceparent: 'buyer, shop' } }),
      });
      expectObservable(buyer.call('com.shop.order', [], { attributes: { _traceparent: 'buyer' } }).pipe(arg), '-^').toBe('---(t|)', { t: 'buyer, shop' });
    });
  });

  it('goes on from a publication to its events', () => {
    wampMarbles(({ client, expectObservable, expectFrames }) => {
      const [publisher, subscriber] = [client(), client()];
      const attributes = { _traceparent: traceparent('b7ad6b7169203331') };

      expectFrames(publisher.link.sent$.pipe(filter(({ type }) => type === MessageType.PUBLISH))).toBe('-p', { p: PUBLISH('com.x', ['a'], { options: attributes }) });
      expectFrames(subscriber.link.received$.pipe(filter(({ type }) => type === MessageType.EVENT))).toBe('-e', { e: EVENT(['a'], { details: attributes }) });
      expectObservable(subscriber.topic('com.x').pipe(map(({ details }) => details)), '^---!').toBe('-d', { d: attributes });
      expectObservable(publisher.publish('com.x', ['a'], { attributes }), '-^').toBe('-(p|)', { p: { id: undefined } });
    });
  });

  it('is missed, and nothing else, behind a router that drops it', () => {
    wampMarbles(({ client, scriptedRouter, expectObservable }) => {
      const router = scriptedRouter();
      const callee = client({ transport: router.transport });
      router.expect(REGISTER('com.x')).reply(REGISTERED(80)).after(5).reply(INVOCATION([], { registration: 80 }));
      router.expect(YIELD(['no trace'])).silence();
      router.expect(UNREGISTER(80)).reply(UNREGISTERED());

      expectObservable(callee.register('com.x', ({ details }) => (details['_traceparent'] === undefined ? 'no trace' : 'trace')).pipe(map(({ uri }) => uri)), '^---------!').toBe('r', { r: 'com.x' });
    });
  });
});
