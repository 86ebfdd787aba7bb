import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { listening, registered, valueOf } from '../support/peers.ts';
import { EMBEDDED, WORLDS, embedded, scene } from '../support/worlds.ts';

const attributes = { _traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', _depth: 3, _ratio: -0.5, _sampled: true, _text: 'ä \u2028 "' };

describe.each(EMBEDDED)('attributes over $name', (world) => {
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
