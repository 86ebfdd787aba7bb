import { describe, expect, it } from '@jest/globals';
import { NEVER, ReplaySubject, defer, filter, firstValueFrom } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import type { ClientState } from '../../lib/client/state.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import { failureOf, listening, registered } from '../support/peers.ts';
import { EMBEDDED_WITH_CORE, EMPTY } from '../support/worlds.ts';

const options = { realms: { realm1: {} } };

describe.each(EMBEDDED_WITH_CORE)('closing the router over $name', ({ road, serializer, carries }) => {
  let router: ListeningRouter;
  let dialled: Transport;

  async function start(): Promise<void> {
    router = createRouter({ ...options, serializers: [serializer] });
    dialled = await road.open(router, serializer);
  }

  function dialling(retry: object = { initialDelay: 5, maxDelay: 5, jitter: 'none' }): Client {
    return createClient({ transport: defer(() => dialled), realm: 'realm1', serializers: [serializer], retry });
  }

  const waiting = (client: Client): Promise<ClientState> => firstValueFrom(client.state$.pipe(filter(({ kind }) => kind === 'waiting')));

  it('says GOODBYE to everybody, and leaves nothing behind', async () => {
    await start();
    const clients = [dialling(), dialling(), dialling()];
    await Promise.all(clients.map((client) => client.connect()));
    const goodbyes = clients.map(waiting);

    await router.close();

    for (const goodbye of await Promise.all(goodbyes)) expect(goodbye).toMatchObject({ cause: { code: 'goodbye', reason: 'wamp.close.system_shutdown' } });
    expect(router.stats()).toMatchObject(EMPTY);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('fails calls, interrupts procedures, and suspends topics, which are there again with the next router', async () => {
    await start();
    const [caller, callee] = [dialling(), dialling()];
    const [began, ended] = [new ReplaySubject<void>(), new ReplaySubject<void>()];
    const listener = await listening(caller, 'com.topic');
    await registered(callee, 'com.long', ({ signal }) => {
      signal.addEventListener('abort', () => ended.next());
      began.next();
      return NEVER;
    });
    const failure = failureOf(firstValueFrom(caller.call('com.long')));
    await firstValueFrom(began);

    const resubscribed = firstValueFrom(caller.topicStatus('com.topic').pipe(filter((signal) => signal.kind === 'gap')));
    await router.close();
    expect(await failure).toMatchObject({ code: 'transport-lost', effect: 'unknown' });
    await firstValueFrom(ended);
    await start();
    await resubscribed;
    callee.publish('com.topic', ['back']).subscribe();

    expect(await listener.until('back')).toEqual(['back']);
    await Promise.all([caller.close(), callee.close()]);
    await router.close();
  });

  if (carries('retry_after')) it('tells clients when to come back, and they heed it', async () => {
    await start();
    const client = dialling();
    await client.connect();
    const told = waiting(client);

    await router.close({ retryAfter: 1000 });

    const { cause, delay } = (await told) as ClientState & { cause: { details: { retry_after: number } }; delay: number };
    expect(cause.details.retry_after).toBeLessThanOrEqual(1000);
    expect(delay).toBe(cause.details.retry_after * 1000);
    await client.close();
  });

  it('lets nobody in any more', async () => {
    await start();
    await router.close();
    const client = dialling({ maxAttempts: 0 });

    expect(await failureOf(client.connect())).toMatchObject({ code: 'connect-failed' });
  });
});
