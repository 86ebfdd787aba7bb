import { afterEach, expect, it } from '@jest/globals';
import { filter, firstValueFrom } from 'rxjs';
import { createClient } from '../../lib/index.ts';
import { createRouter } from '../../lib/router/node.ts';
import { closeSockets, onClose } from '../support/sockets.ts';
import { describeInChromium, expectText } from './support/chromium.ts';

afterEach(closeSockets);

describeInChromium('longPoll in a page', (stage) => {
  it('talks to a router of another origin, with headers and cookies, where there is no WebSocket', async () => {
    const router = createRouter({ realms: { realm1: {} } });
    const { url } = await router.listen('http://127.0.0.1:0/lp', { longPoll: { holdTime: 200 } });
    const backend = createClient({ transport: router.link(), realm: 'realm1' });
    onClose(async () => {
      await backend.close();
      await router.close();
    });
    backend.register('com.shop.echo', ({ args }) => args[0]).subscribe();
    await backend.connect();

    const page = await stage.open('conversation', { params: { url, with: 'LongPoll' } });
    await expectText(page, 'subscribed; answer: [1,"ü",null]');
    const { transport } = (await firstValueFrom(router.sessions$)).find((session) => (session.transport as { type?: unknown }).type === 'longpoll') ?? {};
    await firstValueFrom(backend.publish('com.shop.price', [41], { acknowledge: true }));
    await expectText(page, 'subscribed; answer: [1,"ü",null]; event: 41; closed');

    await firstValueFrom(router.sessions$.pipe(filter((sessions) => sessions.length === 1)));
    expect(transport).toMatchObject({ protocol: 'wamp.2.json.batched', headers: { 'x-page': 'yes', origin: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) } });
  });

  it('leaves at once when the page is closed', async () => {
    const router = createRouter({ realms: { realm1: {} } });
    const { url } = await router.listen('http://127.0.0.1:0/lp');
    onClose(() => router.close({ drain: 0 }));
    const page = await stage.open('conversation', { params: { url, with: 'LongPoll' } });
    await firstValueFrom(router.sessions$.pipe(filter((sessions) => sessions.length === 1)));

    await page.close({ runBeforeUnload: true });

    // Sooner than silence would tell: half a minute.
    await firstValueFrom(router.sessions$.pipe(filter((sessions) => sessions.length === 0)));
  });
});
