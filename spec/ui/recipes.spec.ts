import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEVER, concat, filter, finalize, firstValueFrom, map, of, timeout } from 'rxjs';
import { createClient, type Client } from 'rxwamp';
import { MessageType } from 'rxwamp/protocol';
import { createRouter, type ListeningRouter } from 'rxwamp/router';
import { openPage, shows, type PageElement } from '../support/page.ts';
import { RECIPES, browserProgram, checkRecipes, copyRecipes, recipePackages, type InBrowser } from '../support/recipes.ts';

/** The compiler and the bundler take their time where the machine is busy. */
const LIMIT = 60_000;

jest.setTimeout(LIMIT);

const modules = await recipePackages();
const describeRecipes = modules === undefined ? describe.skip : describe;
const work = modules === undefined ? '' : copyRecipes(modules, 'client');

describeRecipes('samples/ui (left out where its packages cannot be installed)', () => {
  it('compiles', async () => {
    expect(await checkRecipes(work)).toBe('');
  });

  it.each(Object.values(RECIPES))('is short: $file', ({ file }) => {
    expect(readFileSync(join(work, file), 'utf8').split('\n').length).toBeLessThanOrEqual(60);
  });

  describe.each(Object.keys(RECIPES))('%s', (framework) => {
    let program: InBrowser;
    let router: ListeningRouter;
    let shop: Client;
    let customer: Client;
    let element: PageElement;
    let unmount: (() => void) | undefined;
    let sent: MessageType[];
    let stopped: jest.Mock;
    let complaints: unknown[][];

    const said = (type: MessageType): number => sent.filter((each) => each === type).length;
    const answered = (type: MessageType): Promise<unknown> => firstValueFrom(customer.frames$.pipe(filter(({ message }) => message.type === type), timeout(5000)));

    beforeAll(async () => {
      await openPage(modules!);
      program = await browserProgram(work, framework);
    });

    beforeEach(async () => {
      complaints = [];
      for (const level of ['warn', 'error'] as const) jest.spyOn(console, level).mockImplementation((...words) => { complaints.push(words); });
      jest.spyOn(console, 'log').mockImplementation(() => {}); // Angular says that it is in development mode
      router = createRouter({ realms: { realm1: {} } });
      shop = createClient({ transport: router.link(), realm: 'realm1' });
      customer = createClient({ transport: router.link(), realm: 'realm1' });
      sent = [];
      stopped = jest.fn();
      customer.frames$.pipe(filter(({ direction }) => direction === 'out'), map(({ message }) => message.type)).subscribe((type) => sent.push(type));
      await shop.connect();

      element = document.createElement('div') as unknown as PageElement;
      document.body.append(element as unknown as Node);
    });

    afterEach(async () => {
      unmount?.();
      element.remove();
      await customer.close();
      await shop.close();
      await router.close();
      jest.restoreAllMocks();
    });

    const mounted = async (): Promise<void> => {
      unmount = await program.mount(element, customer);
      await shows(element, 'joined');
    };

    it('shows how the client stands, and what comes', async () => {
      await mounted();

      shop.publish('com.shop.price', ['tea', 3]).subscribe();
      shop.publish('com.shop.price', ['coffee', 4]).subscribe();
      shop.publish('com.shop.price', ['tea', 5]).subscribe();

      await shows(element, /tea 5.*coffee 4|coffee 4.*tea 5/);
      expect(complaints).toEqual([]);
    });

    it('subscribes once, and unsubscribes when it is unmounted', async () => {
      await mounted();
      const subscribed = router.stats().subscriptions;
      const unsubscribed = answered(MessageType.UNSUBSCRIBED);
      const left = answered(MessageType.GOODBYE);
      unmount?.();
      unmount = undefined;
      await unsubscribed;
      await left;

      expect(subscribed).toBe(1);
      expect(said(MessageType.SUBSCRIBE)).toBe(1);
      expect(said(MessageType.UNSUBSCRIBE)).toBe(1);
      expect(router.stats()).toMatchObject({ subscriptions: 0, sessions: 1 });
      expect(complaints).toEqual([]);
    });

    it('subscribes once where the client has joined before', async () => {
      await customer.connect();
      await mounted();
      shop.publish('com.shop.price', ['tea', 3]).subscribe();
      await shows(element, 'tea 3');

      expect(said(MessageType.SUBSCRIBE)).toBe(1);
      expect(said(MessageType.UNSUBSCRIBE)).toBe(0);
    });

    it('shows the progress of a call, and its result', async () => {
      shop.register('com.shop.report', () => of(40, 'a.pdf'), { final: 'last' }).subscribe();
      await mounted();

      element.querySelector('button')!.click();

      await shows(element, 'a.pdf');
      expect(complaints).toEqual([]);
    });

    it('cancels the call when what shows it is unmounted', async () => {
      shop.register('com.shop.report', () => concat(of(40, 80), NEVER).pipe(finalize(stopped)), { final: 'last' }).subscribe();
      await mounted();
      element.querySelector('button')!.click();
      await shows(element, '40 %');

      const before = stopped.mock.calls.length;
      const canceled = answered(MessageType.ERROR);
      element.querySelector('button')!.click();
      await shows(element, /report\s*$/);
      await canceled;

      expect(stopped.mock.calls.length).toBe(before + 1);
      expect(said(MessageType.CALL)).toBe(said(MessageType.CANCEL));
      expect(router.stats().pendingCalls).toBe(0);
      expect(complaints).toEqual([]);
    });

    it('shows why a call has failed', async () => {
      await mounted();

      element.querySelector('button')!.click();

      await shows(element, 'failed: ');
    });
  });
});
