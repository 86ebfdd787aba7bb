import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, map, of, take, toArray } from 'rxjs';
import type { TopicEvent } from '../../lib/session/options.ts';
import { failureOf, listening } from '../support/peers.ts';
import { EMBEDDED, scene } from '../support/worlds.ts';

// The router has no event history: what is missed stays missed, and that is told.
describe.each(EMBEDDED)('missed events over $name', (world) => {
  const stage = scene(world);

  it('are told of where the router has no history, and the topic goes on', async () => {
    const client = stage.linked();
    const other = stage.client();
    const signals = lastValueFrom(client.topicStatus('com.missed', { recover: 'history' }).pipe(
      filter(({ kind }) => kind === 'gap' || kind === 'event'), take(3), map((signal) => (signal.kind === 'event' ? signal.event.args[0] : signal)), toArray(),
    ));
    const listener = await listening(client, 'com.missed');

    other.publish('com.missed', ['before']).subscribe();
    await listener.until('before');
    client.link.cut();
    await firstValueFrom(other.publish('com.missed', ['missed'], { acknowledge: true }));
    const gap = firstValueFrom(client.topicStatus('com.missed', { recover: 'history' }).pipe(filter(({ kind }) => kind === 'subscribed')));
    client.link.restore();
    await gap;
    other.publish('com.missed', ['after']).subscribe();

    expect(await signals).toEqual(['before', expect.objectContaining({ kind: 'gap', reason: 'failed', cause: expect.objectContaining({ uri: 'wamp.error.no_such_procedure' }) }), 'after']);
  });

  it('end a topic that is to have no gaps', async () => {
    const client = stage.linked();
    const failure = failureOf(lastValueFrom(client.topic('com.missed', { onGap: 'error' })));
    await listening(client, 'com.missed');

    client.link.cut();
    client.link.restore();

    expect(await failure).toMatchObject({ code: 'gap', reason: 'off', operation: { uri: 'com.missed' } });
  });

  it('can be had from elsewhere', async () => {
    const client = stage.linked();
    const event: TopicEvent = { topic: 'com.missed', publication: 1, params: {}, details: {}, args: ['snapshot'], kwargs: {}, retained: false, recovered: false };
    const first = firstValueFrom(client.topic('com.missed', { onGap: () => of(event) }).pipe(map(({ args: [text] }) => text)));
    await listening(client, 'com.missed');

    client.link.cut();
    client.link.restore();

    expect(await first).toBe('snapshot');
  });
});
