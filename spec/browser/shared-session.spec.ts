import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Page } from 'playwright-core';
import { NEVER, filter, finalize, firstValueFrom, interval, lastValueFrom, startWith, timeout } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { PATIENCE_MS, describeInChromium, expectText, type Stage } from './support/chromium.ts';

let router: ListeningRouter;
let backend: Client;
let url: string;
let cancelled: number;
const sockets = new Set<Socket>();

beforeEach(async () => {
  cancelled = 0;
  router = createRouter({ realms: { realm1: {} } });
  const server = createServer().on('connection', (socket) => sockets.add(socket));
  ({ url } = await router.listen('ws://127.0.0.1:0/ws', { server }));
  backend = createClient({ transport: router.link(), realm: 'realm1' });
  backend.register('com.shop.wait', () => NEVER.pipe(finalize(() => { cancelled++; }))).subscribe();
});

afterEach(async () => {
  await backend.close();
  await router.close();
  sockets.clear();
});

async function until(condition: () => boolean): Promise<void> {
  await firstValueFrom(interval(20).pipe(startWith(0), filter(condition), timeout({ first: PATIENCE_MS })));
}

const show = (page: Page, heard: readonly unknown[], leads = false): Promise<void> => expectText(page, JSON.stringify({ state: 'joined', leads, heard }));
const publish = (price: unknown): void => { backend.publish('com.shop.price', [price]).subscribe(); };
const work = async (): Promise<unknown> => (await lastValueFrom(backend.call<string>('com.shop.work'))).args[0];
const registered = (tabs: number): Promise<void> => until(() => router.stats().registrations === 1 + tabs);
const run = (page: Page, name: 'publish' | 'share' | 'wait', value?: unknown): Promise<void> =>
  page.evaluate(([what, given]) => (globalThis as unknown as Record<string, (value: unknown) => void>)[what as string]?.(given), [name, value]);

function openTab(stage: Stage, name: string, how: 'worker' | 'worker anew' | 'leader'): Promise<Page> {
  const params = { url, name, ...(how !== 'leader' && { worker: stage.urlOf('sharing-worker') }), ...(how === 'worker anew' && { anew: '' }) };
  return stage.open('sharing-tab', { params, tolerates: /WebSocket connection/ });
}

/** Ends the process that draws a page, without a word from it. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash');
  const devtools = await page.context().newCDPSession(page);
  devtools.send('Page.crash').catch(() => {});
  await crashed;
}

/** Ends the SharedWorker of a page. */
async function endWorker(page: Page): Promise<void> {
  const devtools = await page.context().browser()!.newBrowserCDPSession();
  const { targetInfos } = await devtools.send('Target.getTargets');
  const workers = targetInfos.filter(({ type }) => type === 'shared_worker');
  expect(workers).toHaveLength(1);
  await devtools.send('Target.closeTarget', { targetId: workers[0]!.targetId });
}

describeInChromium('tabs that share a session', (stage) => {
  describe('in a SharedWorker', () => {
    it('are one session and one subscription, and hear each other', async () => {
      const tabs = [await openTab(stage, 'a', 'worker'), await openTab(stage, 'b', 'worker'), await openTab(stage, 'c', 'worker')] as const;
      await registered(3);
      expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 1, registrations: 4 });

      publish(1);
      await Promise.all(tabs.map((tab) => show(tab, [1])));
      await run(tabs[0], 'publish', 2);

      await Promise.all([show(tabs[0], [1]), show(tabs[1], [1, 2]), show(tabs[2], [1, 2])]);
    });

    it('give back what a tab had when it is closed, and all with the last', async () => {
      const tabs = [await openTab(stage, 'a', 'worker'), await openTab(stage, 'b', 'worker')] as const;
      await registered(2);
      await run(tabs[0], 'wait');
      await until(() => router.stats().pendingCalls === 1);

      await tabs[0].close();
      await registered(1);
      expect([cancelled, router.stats().subscriptions]).toEqual([1, 1]);
      publish(1);
      await show(tabs[1], [1]);
      await tabs[1].close();

      await until(() => router.stats().sessions === 1);
      expect(router.stats()).toMatchObject({ subscriptions: 0, registrations: 1 });
    });

    it('share a procedure, and pass over a tab that crashes', async () => {
      const tabs = [await openTab(stage, 'a', 'worker'), await openTab(stage, 'b', 'worker'), await openTab(stage, 'c', 'worker')] as const;
      await registered(3);
      for (const tab of tabs) await run(tab, 'share');
      await run(tabs[1], 'wait');
      await until(() => router.stats().pendingCalls === 1);
      expect(new Set([await work(), await work(), await work()])).toEqual(new Set(['a', 'b', 'c']));

      await crash(tabs[1]);
      await registered(3);

      expect([cancelled, router.stats().subscriptions]).toEqual([1, 1]);
      expect(new Set([await work(), await work(), await work(), await work()])).toEqual(new Set(['a', 'c']));
      publish(1);
      await Promise.all([show(tabs[0], [1]), show(tabs[2], [1])]);
    });

    it('come back to another worker when theirs is ended', async () => {
      const tabs = [await openTab(stage, 'a', 'worker anew'), await openTab(stage, 'b', 'worker anew')] as const;
      await registered(2);
      let joined = 0;
      backend.topic('wamp.session.on_join').subscribe(() => { joined++; });

      await endWorker(tabs[0]);
      await until(() => joined > 0);
      await registered(2);
      publish(1);

      await Promise.all(tabs.map((tab) => show(tab, [1])));
      expect(router.stats().sessions).toBe(2);
    });

    it('are joined again when the worker has its session again', async () => {
      const tabs = [await openTab(stage, 'a', 'worker'), await openTab(stage, 'b', 'worker')] as const;
      await registered(2);

      for (const socket of sockets) socket.destroy();
      await registered(0);
      await registered(2);
      publish(1);

      await Promise.all(tabs.map((tab) => show(tab, [1])));
    });
  });

  describe('by a leader', () => {
    it('are one session, and go on with another leader when it is closed', async () => {
      const tabs = [await openTab(stage, 'a', 'leader'), await openTab(stage, 'b', 'leader'), await openTab(stage, 'c', 'leader')] as const;
      await registered(3);
      expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 1 });
      publish(1);
      await Promise.all([show(tabs[0], [1], true), show(tabs[1], [1]), show(tabs[2], [1])]);
      await run(tabs[1], 'publish', 2);
      await Promise.all([show(tabs[0], [1, 2], true), show(tabs[1], [1]), show(tabs[2], [1, 2])]);

      await tabs[0].close();
      await registered(2);
      publish(3);

      await Promise.all([show(tabs[1], [1, 3], true), show(tabs[2], [1, 2, 3])]);
      expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 1 });
    });

    it('go on with another leader when it crashes, and without a tab that does', async () => {
      const tabs = [await openTab(stage, 'a', 'leader'), await openTab(stage, 'b', 'leader'), await openTab(stage, 'c', 'leader')] as const;
      await registered(3);

      await crash(tabs[0]);
      await registered(2);
      publish(1);
      await Promise.all([show(tabs[1], [1], true), show(tabs[2], [1])]);
      await crash(tabs[2]);
      await registered(1);
      publish(2);

      await show(tabs[1], [1, 2], true);
      expect(router.stats()).toMatchObject({ sessions: 2, subscriptions: 1 });
    });

    it('lose what a tab had that does not lead', async () => {
      const tabs = [await openTab(stage, 'a', 'leader'), await openTab(stage, 'b', 'leader')] as const;
      await registered(2);
      await run(tabs[1], 'wait');
      await until(() => router.stats().pendingCalls === 1);

      await tabs[1].close();
      await registered(1);

      expect(cancelled).toBe(1);
      publish(1);
      await show(tabs[0], [1], true);
    });
  });
});
