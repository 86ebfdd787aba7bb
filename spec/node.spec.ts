import { afterEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { createClient, ws, type Client, type ClientOptions } from '../lib/node.ts';
import { createRouter, type ListeningRouter } from '../lib/router/node.ts';
import { cbor } from '../lib/serializers/cbor.ts';
import { json } from '../lib/serializers/json.ts';
import { msgpack } from '../lib/serializers/msgpack.ts';
import type { Serializer } from '../lib/serializers/serializer.ts';
import { ubjson } from '../lib/serializers/ubjson.ts';

let router: ListeningRouter;
let client: Client;

/** The URL of a router that speaks one format. */
async function routerIn(serializer: Serializer, address: string): Promise<string> {
  router = createRouter({ realms: { realm1: {} }, serializers: [serializer] });
  return (await router.listen(address)).url;
}

afterEach(async () => {
  await client.close();
  await router.close();
});

describe('createClient of Node', () => {
  // Each format once, since what was loaded stays.
  it.each<[string, Serializer, string, (url: string) => Pick<ClientOptions, 'url' | 'transport' | 'serializers'>]>([
    ['JSON at a URL', json(), 'ws://127.0.0.1:0/ws', (url) => ({ url })],
    ['MessagePack at a URL', msgpack(), 'ws://127.0.0.1:0/ws', (url) => ({ url })],
    ['CBOR over a transport that was given', cbor(), 'ws://127.0.0.1:0/ws', (url) => ({ transport: ws(url, { subprotocols: ['wamp.2.cbor'] }) })],
    ['UBJSON over long-poll', ubjson(), 'http://127.0.0.1:0/wamp', (url) => ({ url })],
    ['a serializer that was given', msgpack(), 'rs://127.0.0.1:0', (url) => ({ url, serializers: [msgpack()] })],
  ])('speaks %s, where the router has nothing else', async (_, serializer, address, way) => {
    client = createClient({ ...way(await routerIn(serializer, address)), realm: 'realm1' });
    client.register('com.echo', ({ args }) => args[0]).subscribe();

    const { args } = await firstValueFrom(client.call('com.echo', ['été']));

    expect(args).toEqual(['été']);
  });
});
