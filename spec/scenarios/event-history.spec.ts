import { describe, expect, it } from '@jest/globals';
import { filter, firstValueFrom, lastValueFrom, map } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { listening, valueOf } from '../support/peers.ts';
import { EMBEDDED, embedded } from '../support/worlds.ts';

const publish = (client: Client, text: unknown): Promise<unknown> => lastValueFrom(client.publish('com.missed.a', [text], { acknowledge: true }));

describe.each(EMBEDDED)('event history over $name', (world) => {
  const stage = embedded(world, { realms: { realm1: { history: [{ uri: 'com.missed.a', limit: 5 }, { uri: 'com.missed.', match: 'prefix' }] } } });

  it.each([['com.missed.a', 'exact'], ['com.missed.', 'prefix']] as const)('brings back what a client of %s missed, in order and once', async (uri, match) => {
    const client = stage.linked();
    const other = stage.client();
    const listener = await listening(client, uri, { match, recover: { limit: 2 } });
    const recovered = firstValueFrom(client.topicStatus(uri, { match, recover: { limit: 2 } }).pipe(filter(({ kind }) => kind === 'recovered' || kind === 'gap')));

    await publish(other, 'before');
    await listener.until('before');
    client.link.cut();
    for (const text of ['one', 'two', new Uint8Array([3])]) await publish(other, text);
    client.link.restore();
    expect(await recovered).toMatchObject({ kind: 'recovered', count: 3 });
    await publish(other, 'after');

    expect(await listener.until('after')).toEqual(['before', 'one', 'two', new Uint8Array([3]), 'after']);
    expect(listener.events.map((event) => event.recovered)).toEqual([false, true, true, true, false]);
  });

  it('tells a gap where more was missed than is kept', async () => {
    const client = stage.linked();
    const other = stage.client();
    const listener = await listening(client, 'com.missed.a', { recover: 'history' });
    const told = firstValueFrom(client.topicStatus('com.missed.a', { recover: 'history' }).pipe(filter(({ kind }) => kind === 'recovered' || kind === 'gap')));

    await publish(other, 'before');
    await listener.until('before');
    client.link.cut();
    for (const n of [1, 2, 3, 4, 5]) await publish(other, n);
    client.link.restore();

    expect(await told).toMatchObject({ kind: 'gap', reason: 'forgotten' });
  });

  it('can be read by any client that may subscribe', async () => {
    const [reader, other] = [stage.client(), stage.client()];
    for (const n of [1, 2, 3]) await publish(other, n);
    const id = await valueOf(reader.call('wamp.subscription.lookup', ['com.missed.a']));

    const newest = await firstValueFrom(reader.call('wamp.subscription.get_events', { args: [id], kwargs: { reverse: true, limit: 2 } }).pipe(
      map(({ args }) => args.map((event) => (event as { readonly args: unknown }).args)),
    ));

    expect(newest).toEqual([[3], [2]]);
  });
});
