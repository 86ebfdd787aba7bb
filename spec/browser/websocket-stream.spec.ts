import { afterEach, expect, it } from '@jest/globals';
import { firstValueFrom, filter, timer } from 'rxjs';
import { createClient } from '../../lib/index.ts';
import { listenWebSocket } from '../../lib/router/listeners/websocket.ts';
import { createRouter } from '../../lib/router/node.ts';
import type { Connection } from '../../lib/transports/transport.ts';
import { closeSockets, onClose } from '../support/sockets.ts';
import { describeInChromium, expectText } from './support/chromium.ts';

afterEach(closeSockets);

/** More than the buffers between the two take. */
const [FRAMES, LENGTH] = [600, 100_000];

/** A listener, and the connection that a page opens. */
async function flooding(): Promise<{ url: string; opened: Promise<Connection> }> {
  let open: (connection: Connection) => void;
  const opened = new Promise<Connection>((resolve) => { open = resolve; });
  const listener = await listenWebSocket('ws://127.0.0.1:0/ws', { subprotocols: ['wamp.2.json'], accept: (connection) => open(connection) });
  onClose(async () => {
    (await opened).error('over');
    await listener.close();
  });
  return { url: listener.url, opened };
}

function flood(connection: Connection): void {
  connection.subscribe({ error: () => {} });
  for (let n = 0; n < FRAMES; n++) connection.next(`${n} ${'x'.repeat(LENGTH)}`);
}

describeInChromium('webSocketStream in a page', (stage) => {
  it('holds up the router while the page has more than enough to do, and loses nothing', async () => {
    const { url, opened } = await flooding();
    const page = await stage.open('back-pressure', { params: { url, with: 'WebSocketStream' } });
    const connection = await opened;
    flood(connection);
    await expectText(page, '11 arrived, 0 handled');
    // Nothing happens any more: what the buffers take they have taken.
    await firstValueFrom(timer(500));
    expect(await firstValueFrom(connection.writable$)).toBe(false);
    await expectText(page, '11 arrived, 0 handled');

    await page.evaluate('go()');

    await expectText(page, `${FRAMES} arrived, ${FRAMES} handled`);
    expect(await firstValueFrom(connection.writable$.pipe(filter(Boolean)))).toBe(true);
  });

  it('is not what a plain WebSocket does, which takes all there is into the memory of the page', async () => {
    const { url, opened } = await flooding();
    const page = await stage.open('back-pressure', { params: { url, with: 'WebSocket' } });
    const connection = await opened;
    flood(connection);

    await expectText(page, `${FRAMES} arrived, 0 handled`);
    expect(await firstValueFrom(connection.writable$)).toBe(true);
  });

  it.each(['WebSocketStream', 'WebSocket'])('says and hears the same as a plain one (%s)', async (kind) => {
    const router = createRouter({ realms: { realm1: {} } });
    const { url } = await router.listen('ws://127.0.0.1:0/ws');
    const backend = createClient({ transport: router.link(), realm: 'realm1' });
    onClose(async () => {
      await backend.close();
      await router.close();
    });
    backend.register('com.shop.echo', ({ args }) => args[0]).subscribe();
    await backend.connect();
    const page = await stage.open('conversation', { params: { url, with: kind } });

    await expectText(page, 'subscribed; answer: [1,"ü",null]');
    await firstValueFrom(backend.publish('com.shop.price', [41], { acknowledge: true }));
    await expectText(page, 'subscribed; answer: [1,"ü",null]; event: 41; closed');
    await firstValueFrom(router.sessions$.pipe(filter((sessions) => sessions.length === 1)));
  });
});
