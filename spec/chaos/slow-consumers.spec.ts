/**
 * Sockets that are not read, beside sessions that are: what the router keeps for the ones is bounded, and the others notice nothing. Latency is
 * counted and not timed: whoever has had an answer has had every event that was published before it.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import { VirtualTimeScheduler, filter, firstValueFrom } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import type { Listener } from '../../lib/router/listeners/listener.ts';
import { listenWebSocket, type WebSocketListenOptions } from '../../lib/router/listeners/websocket.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import type { SendQueueOptions } from '../../lib/router/options.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import type { Connection } from '../../lib/transports/transport.ts';
import { ws } from '../../lib/transports/ws.ts';
import { listening, registered, valueOf, type Listening } from '../support/peers.ts';
import { RawSocket } from '../support/raw-socket.ts';

const EVENT_SIZE = 64 * 1024;
const QUEUE = 4 * EVENT_SIZE;
/** The system takes some megabytes for a socket that is not read, before any wait in the router. */
const MAX_EVENTS = 2000;
const EVENT = 36;

const TEXT = 'x'.repeat(EVENT_SIZE);

describe('a subscriber that does not read', () => {
  let router: ListeningRouter;
  let listener: Listener;
  let connections: Connection[] = [];
  let clients: Client[] = [];

  /** A router, with a view of the connections that it was given. */
  async function start(sendQueue: SendQueueOptions, goodbye = 200, options: Partial<WebSocketListenOptions> = {}): Promise<void> {
    router = createRouter({ realms: { realm1: {} }, limits: { sendQueue }, timeouts: { goodbye } });
    listener = await listenWebSocket('ws://127.0.0.1:0/ws', {
      ...options,
      subprotocols: router.subprotocols,
      accept: (connection, transport) => {
        connections.push(connection);
        router.attach(connection, transport);
      },
    });
  }

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await router.close();
    await listener.close();
    expectNoLeaks({ clients, router });
    clients = [];
    connections = [];
  });

  function client(transport = ws(listener.url)): Client {
    const one = createClient({ transport, realm: 'realm1', lazy: false });
    clients.push(one);
    return one;
  }

  /** One that has subscribed and reads no more. */
  async function sleeper(): Promise<RawSocket> {
    const raw = await RawSocket.join(listener.url);
    raw.send([32, 1, {}, 'com.flood']);
    await raw.next(33);
    raw.socket.pause();
    return raw;
  }

  /** Somebody over a socket of its own, who hears the same and calls all the time, and somebody in the process of the router, who publishes. */
  async function company(): Promise<{ bystander: Client; heard: Listening; publisher: Client; near: Listening }> {
    const [bystander, publisher] = [client(), client(router.link())];
    await registered(bystander, 'com.echo', ({ args: [value] }) => value);
    return { bystander, publisher, heard: await listening(bystander, 'com.flood'), near: await listening(client(router.link()), 'com.flood') };
  }

  /** Publishes until it is seen to have an effect, and holds everybody else to what they may expect. Tells how much was published. */
  async function flood({ bystander, heard, publisher, near }: Awaited<ReturnType<typeof company>>, until: () => boolean): Promise<number> {
    for (let sent = 1; sent <= MAX_EVENTS; sent++) {
      await firstValueFrom(publisher.publish('com.flood', [sent, TEXT], { acknowledge: true }));
      expect(near.events).toHaveLength(sent);
      for (const { bufferedAmount } of connections) expect(bufferedAmount).toBeLessThan(QUEUE + 2 * EVENT_SIZE);
      if (sent % 10 === 0) {
        expect(await valueOf(bystander.call('com.echo', [sent]))).toBe(sent);
        expect(heard.events).toHaveLength(sent);
      }
      if (until()) return sent;
    }
    throw new Error('nothing came of it');
  }

  const inOrder = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n + 1);

  it('is dismissed, cut off where it does not take that either, and nobody else notices', async () => {
    await start({ bytes: QUEUE });
    const others = await company();
    const slow = await sleeper();

    const sent = await flood(others, () => router.stats().slowSessions > 0);

    expect(await others.heard.until(sent)).toEqual(inOrder(sent));
    expect(router.stats()).toMatchObject({ sessions: 3, slowSessions: 1, droppedEvents: 0, subscriptions: 1 });
    await firstValueFrom(router.stats$.pipe(filter(({ connections: open }) => open === 3)));
    slow.socket.resume();
    expect(await slow.closed()).toBe(1006);
    expect(slow.received.filter(([type]) => type === EVENT).length).toBeLessThan(sent);
  });

  it('is told why, where it reads again in time', async () => {
    await start({ bytes: QUEUE }, 60_000);
    const others = await company();
    const slow = await sleeper();
    const sent = await flood(others, () => router.stats().slowSessions > 0);

    slow.socket.resume();

    expect(await slow.next(6)).toEqual([6, { message: `more than ${QUEUE} bytes wait to be sent` }, 'rxwamp.close.slow_consumer']);
    const heard = slow.received.filter(([type]) => type === EVENT).map((event) => (event[4] as number[])[0]);
    expect(heard).toEqual(inOrder(sent - 1));
    slow.send([6, {}, 'wamp.close.goodbye_and_out']);
    expect(await slow.closed()).toBe(1000);
  });

  it('loses the oldest events that wait, where that is the rule, and is told how many', async () => {
    await start({ bytes: QUEUE, overflow: 'dropOldest' });
    const others = await company();
    const slow = await sleeper();

    const sent = await flood(others, () => {
      expect(router.census()['waiting frames'] ?? 0).toBeLessThanOrEqual(QUEUE / EVENT_SIZE);
      return router.stats().droppedEvents >= 20;
    });
    expect(await others.heard.until(sent)).toEqual(inOrder(sent));
    expect(router.stats()).toMatchObject({ sessions: 4, slowSessions: 0 });
    const { droppedEvents } = router.stats();

    // It hears what had been sent, then how much was dropped, and then the newest; its session is as good as before.
    slow.socket.resume();
    slow.send([48, 2, {}, 'com.echo', ['awake']]);
    expect(await slow.next(50)).toEqual([50, 2, {}, ['awake']]);
    const events = slow.received.filter(([type]) => type === EVENT).map((event) => ({ details: event[3], n: (event[4] as number[])[0]! }));
    const [behindGap] = events.filter(({ details }) => '_dropped' in (details as object));
    expect(behindGap?.details).toEqual({ _dropped: droppedEvents });
    expect(events.map(({ n }) => n)).toEqual(inOrder(sent).filter((n) => n < behindGap!.n - droppedEvents || n >= behindGap!.n));
    slow.socket.terminate();
  });

  it('is dismissed after all where answers alone are too many', async () => {
    await start({ bytes: QUEUE, overflow: 'dropOldest' });
    const bystander = client();
    await registered(bystander, 'com.echo', ({ args: [value] }) => value);
    const slow = await RawSocket.join(listener.url);
    slow.socket.pause();

    for (let request = 1; router.stats().slowSessions === 0 && request <= MAX_EVENTS; request++) {
      slow.send([48, request, {}, 'com.echo', [TEXT]]);
      if (request % 10 === 0) expect(await valueOf(bystander.call('com.echo', [request]))).toBe(request);
    }

    expect(router.stats()).toMatchObject({ sessions: 1, slowSessions: 1, pendingCalls: 0 });
    await firstValueFrom(router.stats$.pipe(filter(({ connections: open }) => open === 1)));
    slow.socket.resume();
    expect(await slow.closed()).toBe(1006);
  });

  it('is given up when it answers no ping, and leaves nothing', async () => {
    const scheduler = new VirtualTimeScheduler(undefined, 60_000);
    await start({ bytes: QUEUE, overflow: 'dropOldest' }, 200, { scheduler });
    const before = router.census();
    const slow = await sleeper();
    expect(router.stats().sessions).toBe(1);

    scheduler.flush();

    expect(router.census()).toEqual(before);
    slow.socket.resume();
    expect(await slow.closed()).toBe(1006);
  });
});
