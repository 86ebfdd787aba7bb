import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Page } from 'playwright-core';
import { NEVER, filter, finalize, firstValueFrom, interval, startWith, timeout } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { describeInChromium, expectText, type Stage } from './support/chromium.ts';

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
  await firstValueFrom(interval(20).pipe(startWith(0), filter(condition), timeout({ first: 8000 })));
}

const show = (page: Page, heard: readonly unknown[], leads = false): Promise<void> => expectText(page, JSON.stringify({ state: 'joined', leads, heard }));
const publish = (price: unknown): void => { backend.publish('com.shop.price', [price]).subscribe(); };
const registered = (tabs: number): Promise<void> => until(() => router.stats().registrations === 1 + tabs);
const run = (page: Page, name: 'publish' | 'wait', value?: unknown): Promise<void> =>
  page.evaluate(([what, given]) => { (globalThis as unknown as Record<string, (value: unknown) => void>)[what as string]?.(given); }, [name, value]);

function openTab(stage: Stage, name: string, how: 'worker' | 'leader'): Promise<Page> {
  const params = { url, name, ...(how === 'worker' && { worker: stage.urlOf('sharing-worker') }) };
  return stage.open('sharing-tab', { params, tolerates: /WebSocket connection/ });
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
