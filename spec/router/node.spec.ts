import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { join, ROLES } from '../support/raw-peer.ts';

const routers: ListeningRouter[] = [];
function routerOf(): ListeningRouter {
  const router = createRouter({ realms: { realm1: {} } });
  routers.push(router);
  return router;
}
afterEach(async () => {
  await Promise.all(routers.splice(0).map((router) => router.close({ drain: 0 })));
});

/** Joins over a real socket; gives it and what it receives from then on. */
async function joinOver(url: string): Promise<{ socket: WebSocket; next(): Promise<unknown> }> {
  const socket = new WebSocket(url, ['wamp.2.json']);
  const received: unknown[] = [];
  socket.on('message', (data: Buffer) => received.push(JSON.parse(data.toString())));
  await once(socket, 'open');
  const next = async (): Promise<unknown> => {
    while (received.length === 0) await once(socket, 'message');
    return received.shift();
  };
  socket.send(JSON.stringify([1, 'realm1', { roles: ROLES }]));
  expect(await next()).toMatchObject([2, expect.any(Number), { realm: 'realm1' }]);
  return { socket, next };
}

describe('createRouter', () => {
  it('routes between sockets of two listeners and clients in the process', async () => {
    const router = routerOf();
    const [first, second] = [await router.listen('ws://127.0.0.1:0/ws'), await router.listen('ws://127.0.0.1:0/')];
    const subscriber = await joinOver(first.url);
    const caller = await joinOver(second.url);
    const local = join(router.link()).send([64, 1, {}, 'com.echo'], [32, 2, {}, 'com.a']);
    local.onList = ([type, request, , , args]) => {
      if (type === 68) local.send([70, request, {}, args]);
    };

    subscriber.socket.send(JSON.stringify([32, 1, {}, 'com.a']));
    expect(await subscriber.next()).toEqual([33, 1, expect.any(Number)]);
    caller.socket.send(JSON.stringify([16, 1, {}, 'com.a', ['é']]));
    caller.socket.send(JSON.stringify([48, 2, {}, 'com.echo', ['ü']]));

    expect(await subscriber.next()).toEqual([36, expect.any(Number), expect.any(Number), {}, ['é']]);
    expect(await caller.next()).toEqual([50, 2, {}, ['ü']]);
    expect(local.of(36)).toHaveLength(1);
    expect(router.stats()).toMatchObject({ sessions: 3, subscriptions: 1 });
  });

  it('says GOODBYE to sockets and stops listening when it is closed', async () => {
    const router = routerOf();
    const { url } = await router.listen('ws://127.0.0.1:0/ws');
    const { socket, next } = await joinOver(url);
    const closed = once(socket, 'close');
    const goodbye = next().then((message) => {
      socket.send(JSON.stringify([6, {}, 'wamp.close.goodbye_and_out']));
      return message;
    });

    await router.close({ drain: 5_000 });

    expect(await goodbye).toEqual([6, {}, 'wamp.close.system_shutdown']);
    await closed;
    const [error] = await once(new WebSocket(url, ['wamp.2.json']), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('lets nobody in while it waits for open calls', async () => {
    const router = routerOf();
    const { url } = await router.listen('ws://127.0.0.1:0/ws');
    const peer = await joinOver(url);
    peer.socket.send(JSON.stringify([64, 1, {}, 'com.p']));
    await peer.next();
    peer.socket.send(JSON.stringify([48, 2, {}, 'com.p']));
    expect(await peer.next()).toEqual([68, 1, expect.any(Number), {}]);

    const closing = router.close({ calls: 10_000, drain: 1_000 });

    const [error] = await once(new WebSocket(url, ['wamp.2.json']), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    peer.socket.send(JSON.stringify([70, 1, {}, ['done']]));
    expect(await peer.next()).toEqual([50, 2, {}, ['done']]);
    expect(await peer.next()).toEqual([6, {}, 'wamp.close.system_shutdown']);
    peer.socket.send(JSON.stringify([6, {}, 'wamp.close.goodbye_and_out']));
    await closing;
  });

  it('closes one listener and leaves the other', async () => {
    const router = routerOf();
    const [first, second] = [await router.listen('ws://127.0.0.1:0/ws'), await router.listen('ws://127.0.0.1:0/ws')];

    await first.close();

    await once(new WebSocket(first.url, ['wamp.2.json']), 'error');
    await joinOver(second.url);
  });

  it('listens no more where it was closed while it began to', async () => {
    const router = routerOf();
    const listening = router.listen('ws://127.0.0.1:0/ws');
    await router.close();

    const { url } = await listening;

    await once(new WebSocket(url, ['wamp.2.json']), 'error');
  });

  it('rejects an address that is taken', async () => {
    const router = routerOf();
    const { url } = await router.listen('ws://127.0.0.1:0/ws');

    await expect(routerOf().listen(url)).rejects.toThrow('EADDRINUSE');
  });
});
