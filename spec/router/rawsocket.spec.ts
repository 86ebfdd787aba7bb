/** Clients that take only short messages, at a router that is reached over RawSocket. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { createClient } from '../../lib/node.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { BareRaw } from '../support/bare-raw.ts';
import { ROLES } from '../support/raw-peer.ts';
import { closeSockets, onClose } from '../support/sockets.ts';

afterEach(closeSockets);

const LONG = 'x'.repeat(600);
const EXCEEDED = 'wamp.error.payload_size_exceeded';

describe('a router that is reached over RawSocket', () => {
  /** One that takes 4096 bytes. */
  async function start(): Promise<{ router: ListeningRouter; url: string }> {
    const router = createRouter({ realms: { realm1: {} }, limits: { messageSize: 4000 } });
    onClose(() => router.close({ drain: 0 }));
    return { router, url: (await router.listen('rs://127.0.0.1:0')).url };
  }

  it('ends the connection of a client that cannot be welcomed in so few bytes', async () => {
    const { router, url } = await start();
    const short = await BareRaw.open(url, 0x01);

    short.send([1, 'realm1', { roles: ROLES }]);
    await short.closed();

    expect(short.frames).toEqual([]);
    expect(router.stats()).toMatchObject({ sessions: 0, connections: 0 });
  });

  it('is sent nothing that is longer than it takes: the request fails, and the session goes on', async () => {
    const { url } = await start();
    const client = createClient({ url, realm: 'realm1' });
    onClose(() => client.close());

    await expect(firstValueFrom(client.call('com.x', [LONG.repeat(8)]))).rejects.toMatchObject({
      code: 'serialization', effect: 'none', message: 'message must not be longer than 4096 bytes for this router',
    });
    await expect(firstValueFrom(client.call('com.x', ['short']))).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' });
  });
});

describe('a client that takes 2048 bytes', () => {
  /** A peer that has joined, and one that sends it more. */
  async function meet(): Promise<{ router: ListeningRouter; short: BareRaw; other: BareRaw; lists: (peer: BareRaw) => readonly (readonly unknown[])[]; heard: (peer: BareRaw, type: number) => Promise<readonly unknown[]> }> {
    const router = createRouter({ realms: { realm1: {} } });
    onClose(() => router.close({ drain: 0 }));
    const { url } = await router.listen('rs://127.0.0.1:0');
    const lists = (peer: BareRaw): readonly (readonly unknown[])[] => peer.texts.map((text) => JSON.parse(text) as readonly unknown[]);
    const heard = async (peer: BareRaw, type: number): Promise<readonly unknown[]> => {
      const find = (): readonly unknown[] | undefined => lists(peer).find(([each]) => each === type);
      await peer.until(() => find() !== undefined);
      return find() ?? [];
    };
    const [short, other] = [await BareRaw.open(url, 0x21), await BareRaw.open(url)];
    for (const peer of [short, other]) {
      peer.send([1, 'realm1', { roles: ROLES }]);
      await heard(peer, 2);
    }
    return { router, short, other, lists, heard };
  }
  const long = LONG.repeat(8);

  it('misses an event that is longer, which is counted, and hears the next', async () => {
    const { router, short, other, heard } = await meet();
    short.send([32, 1, {}, 'com.a']);
    await heard(short, 33);

    other.send([16, 1, {}, 'com.a', [long]], [16, 2, {}, 'com.a', ['short']]);

    expect((await heard(short, 36))[4]).toEqual(['short']);
    expect(router.stats()).toMatchObject({ sessions: 2, droppedEvents: 1 });
  });

  it('is not called with more, and the caller is told', async () => {
    const { short, other, heard, lists } = await meet();
    short.send([64, 1, {}, 'com.p']);
    await heard(short, 65);

    other.send([48, 1, {}, 'com.p', [long]]);

    expect((await heard(other, 8)).slice(0, 5)).toEqual([8, 48, 1, {}, EXCEEDED]);
    expect(lists(short).map(([type]) => type)).toEqual([2, 65]);
  });

  it('is told where its result is longer', async () => {
    const { short, other, heard } = await meet();
    other.send([64, 1, {}, 'com.p']);
    await heard(other, 65);
    short.send([48, 1, {}, 'com.p']);
    const [, request] = await heard(other, 68);

    other.send([70, request, {}, [long]]);

    expect((await heard(short, 8)).slice(0, 5)).toEqual([8, 48, 1, {}, EXCEEDED]);
  });
});
