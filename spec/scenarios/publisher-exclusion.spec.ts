import { describe, expect, it } from '@jest/globals';
import { listening } from '../support/peers.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

describe.each(WITH_CORE)('publisher exclusion over $name', (world) => {
  const stage = scene(world);

  it('spares publishers their own events unless they want them', async () => {
    const client = stage.client();
    const listener = await listening(client, 'com.echo');

    client.publish('com.echo', ['not for me']).subscribe();
    client.publish('com.echo', ['nor this'], { excludeMe: true }).subscribe();
    client.publish('com.echo', ['for me'], { excludeMe: false }).subscribe();

    expect(await listener.until('for me')).toEqual(['for me']);
  });

  it('spares nobody else', async () => {
    const [client, other] = [stage.client(), stage.client()];
    const listener = await listening(other, 'com.echo');

    client.publish('com.echo', [1]).subscribe();
    client.publish('com.echo', [2], { excludeMe: false }).subscribe();

    expect(await listener.until(2)).toEqual([1, 2]);
  });
});
