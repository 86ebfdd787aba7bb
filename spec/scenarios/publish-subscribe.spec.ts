import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, map } from 'rxjs';
import { MessageType } from '../../lib/protocol/messages.ts';
import { PAYLOADS, asRead } from '../support/payloads.ts';
import { listening } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('publishing and subscribing over $name', (world) => {
  const stage = scene(world);

  it('carries every kind of payload to the subscriber', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const listener = await listening(subscriber, 'com.payloads');

    for (const [, payload] of PAYLOADS) publisher.publish('com.payloads', payload).subscribe();

    const events = await listener.first(PAYLOADS.length);
    expect(events.map(({ args, kwargs }) => ({ args, kwargs }))).toEqual(PAYLOADS.map(([, payload]) => asRead(payload)));
    expect(events.every(({ topic }) => topic === 'com.payloads')).toBe(true);
  });

  it('leaves absent what was not sent', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const listener = await listening(subscriber, 'com.absent');
    const arrived: unknown[] = [];
    subscriber.frames$.pipe(map(({ message }) => message), filter((message) => message.type === MessageType.EVENT))
      .subscribe(({ args, kwargs }) => arrived.push([args ?? [], kwargs]));

    publisher.publish('com.absent').subscribe();
    publisher.publish('com.absent', [1]).subscribe();
    publisher.publish('com.absent', { kwargs: { a: 1 } }).subscribe();

    await listener.first(3);
    expect(arrived).toEqual([[[], undefined], [[1], undefined], [[], { a: 1 }]]);
  });

  it('keeps the order in which one publisher publishes, over all of its topics', async () => {
    const [publisher, subscriber] = [stage.client(), stage.client()];
    const arrived: unknown[] = [];
    const last = await listening(subscriber, 'com.order.last');
    for (const topic of ['com.order.a', 'com.order.b']) {
      await listening(subscriber, topic);
      subscriber.topic(topic).subscribe(({ args }) => arrived.push(args[0]));
    }

    const sent = Array.from({ length: 200 }, (_, n) => n);
    for (const n of sent) publisher.publish(n % 3 === 0 ? 'com.order.a' : 'com.order.b', [n]).subscribe();
    publisher.publish('com.order.last').subscribe();

    await last.first(1);
    expect(arrived).toEqual(sent);
  });

  it('brings one publication to many subscribers under one id', async () => {
    const publisher = stage.client();
    const listeners = await Promise.all([1, 2, 3].map(() => listening(stage.client(), 'com.many')));

    const { id } = await firstValueFrom(publisher.publish('com.many', ['x'], { acknowledge: true }));

    const events = await Promise.all(listeners.map((listener) => listener.first(1)));
    expect(events.map(([event]) => [event?.publication, event?.args])).toEqual(listeners.map(() => [id, ['x']]));
  });

  it('brings nothing any more to whoever has unsubscribed', async () => {
    const [publisher, leaver, stayer] = [stage.client(), stage.client(), stage.client()];
    const [left, stays] = [await listening(leaver, 'com.leave'), await listening(stayer, 'com.leave')];
    const marker = await listening(leaver, 'com.leave.marker');
    const unsubscribed = firstValueFrom(leaver.frames$.pipe(filter(({ message }) => message.type === MessageType.UNSUBSCRIBED)));

    publisher.publish('com.leave', [1]).subscribe();
    await Promise.all([left.first(1), stays.first(1)]);
    left.subscription.unsubscribe();
    await unsubscribed;
    publisher.publish('com.leave', [2]).subscribe();
    publisher.publish('com.leave.marker').subscribe();

    await Promise.all([stays.first(2), marker.first(1)]);
    expect(left.events.map(({ args }) => args[0])).toEqual([1]);
  });

  if (!world.isCore) it('publishes through a subject', async () => {
    const [one, other] = [stage.client(), stage.client()];
    const listener = await listening(other, 'com.chat');

    one.subject('com.chat').next({ args: ['hello'], kwargs: { from: 'one' } });

    expect(await listener.first(1)).toMatchObject([{ args: ['hello'], kwargs: { from: 'one' } }]);
  });
});
