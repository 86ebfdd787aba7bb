import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { ticket } from '../../lib/auth/ticket.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { rawSocket } from '../../lib/transports/rawsocket.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import { ws } from '../../lib/transports/ws.ts';
import { CuttingProxy, type Cut } from '../support/cutting-proxy.ts';
import { listening, registered, valueOf } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { EMPTY, emptied } from '../support/worlds.ts';

/** Bytes from one cut to the next, so that every part of every message is hit in one serializer or another. At each byte: cut-everywhere.spec.ts. */
const STRIDE = 17;

/** How a session comes to the router, through a port of this machine. */
interface Way {
  readonly name: string;
  readonly at: string;
  readonly dial: (port: number, subprotocols: readonly string[]) => Transport;
}

const WAYS: readonly Way[] = [
  { name: 'ws', at: 'ws://127.0.0.1:0/ws', dial: (port, subprotocols) => ws(`ws://127.0.0.1:${port}/ws`, { subprotocols }) },
  { name: 'rawSocket', at: 'rs://127.0.0.1:0', dial: (port, subprotocols) => rawSocket(`rs://127.0.0.1:${port}`, { subprotocols }) },
];

describe.each(WAYS)('a connection that is cut after any number of bytes: $name', ({ at: address, dial }) => {
  let router: ListeningRouter;
  let port: number;
  beforeAll(async () => {
    router = createRouter({ realms: { realm1: { auth: { ticket: { users: { [PETER.authid]: { ticket: PETER.ticket, role: 'user' } } } } } } });
    port = Number(new URL((await router.listen(address)).url).port);
  });
  afterAll(async () => {
    await router.close();
    expectNoLeaks({ router });
  });

  /** All of a session, from HELLO to GOODBYE, whatever happens to it on the way. */
  async function live(serializer: Serializer, cut?: Cut): Promise<CuttingProxy> {
    const proxy = await CuttingProxy.open(port, cut && [cut]);
    const client = createClient({
      transport: dial(proxy.port, [serializer.subprotocol]),
      realm: 'realm1', auth: ticket(PETER), serializers: [serializer], retry: { initialDelay: 1, maxDelay: 1, jitter: 'none' },
    });
    void client.connect().catch(() => {});
    const [topic] = await Promise.all([listening(client, 'com.topic'), registered(client, 'com.echo', ({ args: [value] }) => value)]);
    const outcomes = await Promise.allSettled([
      valueOf(client.call('com.echo', ['echo'])),
      firstValueFrom(client.publish('com.topic', ['event'], { acknowledge: true })),
    ]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'transport-lost', sent: true, effect: 'unknown' });
    }
    topic.subscription.unsubscribe();
    await client.close();
    expectNoLeaks({ clients: [client] });
    await emptied(router);
    expect(router.stats()).toMatchObject({ sessions: 0, subscriptions: 0, registrations: 0, pendingCalls: 0 });
    await proxy.close();
    return proxy;
  }

  it.each(SERIALIZERS.flatMap((serializer) => (['client to router', 'router to client'] as const).map((stream) => [serializer.subprotocol, stream, serializer] as const)))(
    'is made up for by the next, or told as an error, and leaves nothing behind: %s, %s', async (_, stream, serializer) => {
      const whole = await live(serializer);
      expect(whole.connections).toBe(1);

      const cuts = Array.from({ length: Math.floor(whole.passed[stream] / STRIDE) }, (_, n) => n * STRIDE);
      for (let at = 0; at < cuts.length; at++) {
        const proxy = await live(serializer, { stream, after: cuts[at] ?? 0 });
        expect(proxy.connections).toBeGreaterThanOrEqual(1);
      }

      expect(cuts.length).toBeGreaterThan(20);
      expect(router.stats()).toMatchObject({ ...EMPTY, connections: expect.any(Number) });
    }, 60_000);
});
