import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom } from 'rxjs';
import { WORLDS, scene } from '../support/worlds.ts';
import { listening, registered, valueOf } from '../support/peers.ts';

describe.each(WORLDS)('resumption that is offered to a router that does not resume: $name', (world) => {
  const stage = scene(world);

  it('is ignored, and all is as without', async () => {
    const client = stage.linked({ resume: true });
    const other = stage.client();
    await registered(client, 'com.echo', ({ args: [value] }) => value, { staleSessionTimeout: 10_000 });
    const { events } = await listening(client, 'com.topic');
    const first = client.state.kind === 'joined' ? client.state.session : undefined;

    expect(await valueOf(other.call('com.echo', ['before']))).toBe('before');
    const again = firstValueFrom(client.topicStatus('com.topic').pipe(filter(({ kind }) => kind === 'gap')));
    client.link.cut();
    client.link.restore();
    await again;
    await firstValueFrom(other.publish('com.topic', ['after'], { acknowledge: true }));
    await firstValueFrom(client.publish('com.other', [], { acknowledge: true }));

    const state = await firstValueFrom(client.state$.pipe(filter(({ kind }) => kind === 'joined')));
    expect(state.kind === 'joined' && state.session).not.toBe(first);
    expect(state.kind === 'joined' && state.details.welcome['_resume']).toBeUndefined();
    expect(events.map(({ args }) => args)).toEqual([['after']]);
  });
});
