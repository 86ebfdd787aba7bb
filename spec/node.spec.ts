import { afterEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { createClient, rawSocket, ws, type Client, type ClientOptions } from '../lib/node.ts';
import { createRouter, type ListeningRouter } from '../lib/router/node.ts';
import { SERIALIZERS } from '../lib/serializers/all.ts';
import type { Serializer } from '../lib/serializers/serializer.ts';

let router: ListeningRouter;
let client: Client;

/** A router that speaks one format, and its URL. */
async function routerIn(serializer: Serializer, url: string): Promise<string> {
  router = createRouter({ realms: { realm1: {} }, serializers: [serializer] });
  return (await router.listen(url)).url;
}

/** What comes back of a value that goes through the router. */
async function echoed(options: ClientOptions, value: unknown): Promise<unknown> {
  client = createClient(options);
  client.register('com.echo', ({ args }) => args[0]).subscribe();
  return (await firstValueFrom(client.call('com.echo', [value]))).args[0];
}

afterEach(async () => {
  await client.close();
  await router.close();
});

describe('createClient of Node', () => {
  describe.each(SERIALIZERS.map((serializer) => [serializer.subprotocol, serializer] as const))('at a router that speaks %s alone', (subprotocol, serializer) => {
    it.each(['ws://127.0.0.1:0/ws', 'http://127.0.0.1:0/wamp'])('joins at %s, offering all that it has', async (address) => {
      const url = await routerIn(serializer, address);

      expect(await echoed({ url, realm: 'realm1' }, 'été')).toBe('été');
    });

    it('joins over a RawSocket, which takes the one that it is told', async () => {
      const url = await routerIn(serializer, 'rs://127.0.0.1:0');

      expect(await echoed({ url, realm: 'realm1', serializers: [serializer] }, 'été')).toBe('été');
    });

    it('joins over a transport that was given to it', async () => {
      const transport = ws(await routerIn(serializer, 'ws://127.0.0.1:0/ws'), { subprotocols: [subprotocol] });

      expect(await echoed({ transport, realm: 'realm1' }, 'été')).toBe('été');
    });

    it('joins over a RawSocket that was given to it', async () => {
      const transport = rawSocket(await routerIn(serializer, 'rs://127.0.0.1:0'), { subprotocols: [subprotocol] });

      expect(await echoed({ transport, realm: 'realm1' }, 'été')).toBe('été');
    });
  });
});
