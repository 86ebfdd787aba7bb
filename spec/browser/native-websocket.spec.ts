import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { concat, lastValueFrom, map, of, toArray } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { describeInChromium, expectText } from './support/chromium.ts';

describeInChromium('createClient in a page', (stage) => {
  const sockets = new Set<Socket>();
  let router: ListeningRouter;
  let backend: Client;
  let url: string;

  beforeEach(async () => {
    router = createRouter({ realms: { realm1: {} } });
    const server = createServer().on('connection', (socket) => sockets.add(socket));
    ({ url } = await router.listen('ws://127.0.0.1:0/ws', { server }));
    backend = createClient({ transport: router.link(), realm: 'realm1' });
    await backend.connect();
  });

  afterEach(async () => {
    await backend.close();
    await router.close();
    sockets.clear();
  });

  it('hears events, calls with progress, and subscribes again when it was cut off', async () => {
    const publish = (price: number): void => { backend.publish('com.shop.price', [price]).subscribe(); };
    backend.register<[number]>('com.shop.count', ({ args: [to] }) => concat(of(to), of(to - 1), of('done')), { final: 'last' }).subscribe();

    const page = await stage.open('native-websocket', { params: { url }, tolerates: /WebSocket connection/ });
    await expectText(page, '{"subscribed":1,"heard":[],"answers":[[true,2],[true,1],[false,"done"]]}');
    publish(40);
    await expectText(page, '{"subscribed":1,"heard":[40],"answers":[[true,2],[true,1],[false,"done"]]}');
    for (const socket of sockets) socket.destroy();
    await expectText(page, '{"subscribed":2,"heard":[40],"answers":[[true,2],[true,1],[false,"done"]]}');
    publish(41);
    await expectText(page, '{"subscribed":2,"heard":[40,41],"answers":[[true,2],[true,1],[false,"done"]]}');

    expect(router.stats().subscriptions).toBe(1);
  });

  it('does as much with the small client', async () => {
    const publish = (price: number): void => { backend.publish('com.shop.price', [price]).subscribe(); };
    backend.register<[number]>('com.shop.count', ({ args: [to] }) => concat(of(to), of(to - 1), of('done')), { final: 'last' }).subscribe();

    const page = await stage.open('small-client', { params: { url }, tolerates: /WebSocket connection/ });
    await expectText(page, '{"joined":1,"heard":[],"answers":[[true,2],[true,1],[false,"done"]],"asked":[]}');
    publish(40);
    await expectText(page, '{"joined":1,"heard":[40],"answers":[[true,2],[true,1],[false,"done"]],"asked":[]}');
    const answers = await lastValueFrom(backend.call('com.page.ask', ['me'], { progress: true }).pipe(map(({ args }) => args[0]), toArray()));
    expect(answers).toEqual([new Uint8Array([1, 2, 255]), 'me']);
    for (const socket of sockets) socket.destroy();
    await expectText(page, '{"joined":2,"heard":[40],"answers":[[true,2],[true,1],[false,"done"]],"asked":["me"]}');
    publish(41);
    await expectText(page, '{"joined":2,"heard":[40,41],"answers":[[true,2],[true,1],[false,"done"]],"asked":["me"]}');
  });
});
