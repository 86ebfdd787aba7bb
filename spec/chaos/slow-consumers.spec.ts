import { afterEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import type { SendQueueOptions } from '../../lib/router/options.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { ws } from '../../lib/transports/ws.ts';
import { listening, registered, valueOf } from '../support/peers.ts';
import { RawSocket } from '../support/raw-socket.ts';

const EVENT_SIZE = 64 * 1024;
/** The system takes some megabytes for a socket that is not read, before any wait in the router. */
const MAX_EVENTS = 2000;

describe('a subscriber that does not read', () => {
  let router: ListeningRouter;
  let clients: Client[] = [];
  let url: string;

  async function start(sendQueue: SendQueueOptions): Promise<void> {
    router = createRouter({ realms: { realm1: {} }, limits: { sendQueue } });
    ({ url } = await router.listen('ws://127.0.0.1:0/ws'));
  }

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await router.close();
    expectNoLeaks({ clients, router });
    clients = [];
  });

  function client(): Client {
    const one = createClient({ transport: ws(url), realm: 'realm1' });
    clients.push(one);
    return one;
  }

  /** One that has subscribed and reads no more. */
  async function sleeper(): Promise<RawSocket> {
    const raw = await RawSocket.join(url);
    raw.send([32, 1, {}, 'com.flood']);
    await raw.next(33);
    raw.socket.pause();
    return raw;
  }

  /** Publishes until it is seen to have an effect; tells how much that took. */
  async function flood(publisher: Client, bystander: Client, until: () => boolean): Promise<number> {
    const event = 'x'.repeat(EVENT_SIZE);
    for (let sent = 1; sent <= MAX_EVENTS; sent++) {
      await firstValueFrom(publisher.publish('com.flood', [sent, event], { acknowledge: true }));
      if (sent % 10 === 0) expect(await valueOf(bystander.call('com.echo', [sent]))).toBe(sent);
      if (until()) return sent;
    }
    throw new Error('nothing came of it');
  }

  it('loses its connection, and nobody else notices', async () => {
    await start({ bytes: 4 * EVENT_SIZE, overflow: 'close' });
    const [publisher, bystander] = [client(), client()];
    await registered(bystander, 'com.echo', ({ args: [value] }) => value);
    const listener = await listening(bystander, 'com.flood');
    const slow = await sleeper();

    const sent = await flood(publisher, bystander, () => router.stats().slowSessions > 0);

    expect(await listener.first(sent)).toHaveLength(sent);
    expect(router.stats()).toMatchObject({ sessions: 2, slowSessions: 1, droppedEvents: 0 });
    slow.socket.resume();
    expect(await slow.closed()).toBe(1006);
    expect(slow.received.filter(([type]) => type === 36).length).toBeLessThan(sent);
  });

  it('gets no events until it reads again, where that is the rule', async () => {
    await start({ bytes: 4 * EVENT_SIZE, overflow: 'dropEvents' });
    const [publisher, bystander] = [client(), client()];
    await registered(bystander, 'com.echo', ({ args: [value] }) => value);
    const listener = await listening(bystander, 'com.flood');
    const slow = await sleeper();

    const sent = await flood(publisher, bystander, () => router.stats().droppedEvents >= 20);
    expect(await listener.first(sent)).toHaveLength(sent);
    expect(router.stats()).toMatchObject({ sessions: 3, slowSessions: 0 });
    const { droppedEvents } = router.stats();

    // It hears what had been sent, in order and without holes, and its session is as good as before.
    slow.socket.resume();
    slow.send([48, 2, {}, 'com.echo', ['awake']]);
    expect(await slow.next(50)).toEqual([50, 2, {}, ['awake']]);
    const heard = slow.received.filter(([type]) => type === 36).map((event) => (event[4] as number[])[0]);
    expect(heard).toEqual(Array.from({ length: sent - droppedEvents }, (_, n) => n + 1));
    await firstValueFrom(publisher.publish('com.flood', ['again'], { acknowledge: true }));
    slow.send([48, 3, {}, 'com.echo', []]);
    await slow.next(50);
    slow.socket.terminate();
  });

  it('loses its connection after all where answers alone are twice too many', async () => {
    await start({ bytes: 4 * EVENT_SIZE, overflow: 'dropEvents' });
    const [bystander] = [client()];
    await registered(bystander, 'com.echo', ({ args: [value] }) => value);
    const slow = await RawSocket.join(url);
    slow.socket.pause();
    const text = 'x'.repeat(EVENT_SIZE);

    for (let request = 1; router.stats().slowSessions === 0 && request <= MAX_EVENTS; request++) {
      slow.send([48, request, {}, 'com.echo', [text]]);
      if (request % 10 === 0) expect(await valueOf(bystander.call('com.echo', [request]))).toBe(request);
    }

    slow.socket.resume();
    expect(await slow.closed()).toBe(1006);
    expect(router.stats()).toMatchObject({ sessions: 1, slowSessions: 1, pendingCalls: 0 });
  });
});
