import { describe, expect, it } from '@jest/globals';
import { Subject, asyncScheduler, defer, retry } from 'rxjs';
import { createClient } from '../../lib/core/index.ts';
import { ApplicationError, RegistrationRevokedError, SubscriptionRevokedError } from '../../lib/errors.ts';
import { joinedTo, KEEP, TAKEN } from '../support/core-stage.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

describe('Client.topic', () => {
  it('shares a subscription among those who observe it, and gives it back behind the last', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const [first, second] = [heard(client.topic('com.x')), heard(client.topic('com.x'))];
      const prefix = heard(client.topic('com.x', { match: 'prefix' }));
      expect(router.take()).toEqual([[32, 1, {}, 'com.x'], [32, 2, { match: 'prefix' }, 'com.x']]);
      router.sendList(33, 1, 10);
      router.sendList(33, 2, 11);
      router.sendList(36, 10, 5, { publisher: 3 }, ['a'], { k: 1 });
      first.subscription.unsubscribe();
      router.sendList(36, 11, 6, { topic: 'com.x.y', retained: true });

      const event = { topic: 'com.x', publication: 5, args: ['a'], kwargs: { k: 1 }, details: { publisher: 3 }, params: {}, retained: false, recovered: false };
      expect([first.log, second.log]).toEqual([[event], [event]]);
      expect(prefix.log).toEqual([expect.objectContaining({ topic: 'com.x.y', args: [], kwargs: {}, retained: true })]);
      at(1, () => { expect(router.take()).toEqual([]); second.subscription.unsubscribe(); });
      at(2, () => {
        expect(router.take()).toEqual([[34, 3, 10]]);
        // It crossed our UNSUBSCRIBE.
        router.sendList(36, 10, 7, {}, ['late']);
        router.sendList(35, 3);
        expect(second.log).toEqual([event]);
        void client.close();
      });
    });
  });

  it('hands an event to those who were there, and nobody can change it for the others', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const late: unknown[] = [];
      const topic = client.topic<unknown[]>('com.x');
      topic.subscribe(({ args }) => { expect(() => args.push('more')).toThrow(TypeError); topic.subscribe((event) => late.push(event)); });
      const second = heard(topic);
      router.sendList(33, 1, 10);
      router.sendList(36, 10, 5, {});

      expect(second.log).toEqual([expect.objectContaining({ publication: 5, args: [], kwargs: {} })]);
      expect(late).toEqual([]);
      void client.close();
    });
  });

  it('keeps it for who comes back in the same macrotask, or within the grace', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      heard(client.topic('com.x')).subscription.unsubscribe();
      const again = heard(client.topic('com.x'));
      router.sendList(33, 1, 10);
      const held = heard(client.topic('com.y', { grace: 20 }));
      router.sendList(33, 2, 11);
      const now = heard(client.topic('com.z', { grace: 0 }));
      router.sendList(33, 3, 12);
      at(1, () => { held.subscription.unsubscribe(); now.subscription.unsubscribe(); expect(router.take().slice(-1)).toEqual([[34, 4, 12]]); });
      at(20, () => expect(router.take()).toEqual([]));
      at(22, () => {
        expect(router.take()).toEqual([[34, 5, 11]]);
        router.sendList(36, 10, 1, {}, ['a']);
        expect(again.log).toEqual([expect.objectContaining({ args: ['a'] })]);
        void client.close();
      });
    });
  });

  it('subscribes anew behind an UNSUBSCRIBE that is under way', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const first = heard(client.topic('com.x', { grace: 0 }));
      router.sendList(33, 1, 10);
      first.subscription.unsubscribe();
      const second = heard(client.topic('com.x', { grace: 0 }));
      expect(router.take()).toEqual([[32, 1, {}, 'com.x'], [34, 2, 10]]);
      // Of the subscription that is being given back.
      router.sendList(36, 10, 1, {});
      router.sendList(35, 2);
      expect(router.take()).toEqual([[32, 3, {}, 'com.x']]);
      router.sendList(33, 3, 11);
      router.sendList(36, 11, 1, {});

      expect([first.log, second.log.length]).toEqual([[], 1]);
      at(1, () => { void client.close(); });
    });
  });

  it('reads the holes of a URI, and leaves out what does not fit', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log } = heard(client.topic('com.shop.<item>.price'));
      expect(router.take()).toEqual([[32, 1, { match: 'wildcard' }, 'com.shop..price']]);
      router.sendList(33, 1, 10);
      router.sendList(36, 10, 1, { topic: 'com.shop.tea.price' }, [3]);
      router.sendList(36, 10, 2, { topic: 'com.shop.tea.stock' }, [3]);
      router.sendList(36, 10, 2, { topic: 7 }, [3]);

      expect(log).toEqual([expect.objectContaining({ topic: 'com.shop.tea.price', params: { item: 'tea' } })]);
      at(1, () => { void client.close(); });
    });
  });

  it('goes on in the next session, once in each', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log } = heard(client.topic('com.x'));
      heard(client.topic('com.gone', { grace: 1000 })).subscription.unsubscribe();
      router.sendList(33, 1, 10);
      router.sendList(33, 2, 11);
      router.cut();
      router.take();
      at(110, () => {
        expect(router.take().slice(1)).toEqual([[32, 1, {}, 'com.x']]);
        router.sendList(36, 10, 1, {}, ['of the session before']);
        router.sendList(33, 1, 20);
        router.sendList(36, 20, 1, {}, ['a']);
        expect(log).toEqual([expect.objectContaining({ args: ['a'] })]);
        void client.close();
      });
    });
  });

  it('errors where it is refused, and where it is taken away; another may ask anew', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const refused = heard(client.topic('com.x'));
      const stubborn = heard(client.topic('com.y').pipe(retry({ count: 1 })));
      router.sendList(8, 32, 1, {}, 'wamp.error.not_authorized', ['no']);
      router.sendList(8, 32, 2, {}, 'wamp.error.not_authorized');
      expect(refused.log).toEqual([expect.objectContaining({ uri: 'wamp.error.not_authorized', args: ['no'], effect: 'none', operation: { verb: 'subscribe', uri: 'com.x' } })]);
      expect(refused.log[0]).toBeInstanceOf(ApplicationError);
      router.sendList(33, 3, 10);
      router.sendList(35, 0, { subscription: 10, reason: 'wamp.close.killed' });

      expect(stubborn.log).toEqual([new SubscriptionRevokedError('com.y', 'wamp.close.killed', { operation: { verb: 'subscribe', uri: 'com.y' } })]);
      expect(router.take().map(([type]) => type)).toEqual([32, 32, 32]);
      const anew = heard(client.topic('com.y'));
      router.sendList(33, 4, 12);
      router.sendList(36, 12, 1, {});
      router.sendList(36, 10, 1, {});
      expect(anew.log).toHaveLength(1);
      at(1, () => { expect(router.take()).toEqual([[32, 4, {}, 'com.y']]); void client.close(); });
    });
  });

  it('errors where its URI cannot be written, and asks for all others', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = createClient({ transport: defer(() => router.transport), realm: 'realm1' });
      const before = heard(client.topic('\0com.x'));
      const logs = [heard(client.topic('\0com.x')).log, heard(client.topic('\0com.x')).log];
      client.topic('com.y').subscribe();
      const failure = expect.objectContaining({ code: 'serialization' });

      expect([before.log, ...logs]).toEqual([[failure], [failure], [failure]]);
      expect(router.take().filter(([type]) => type === 32)).toEqual([[32, 1, {}, 'com.y']]);
      at(1, () => { void client.close(); });
    });
  });
});

describe('Client.register', () => {
  it('stays until what runs has been answered, though nobody is registered any more', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = createClient({ transport: router.transport, realm: 'realm1' });
      const answer$ = new Subject<string>();
      const { subscription } = heard(client.register('com.long', () => answer$));
      router.sendList(65, 1, 20);
      router.sendList(68, 1, 20, {});
      subscription.unsubscribe();
      router.sendList(67, 2);
      router.take();

      at(50, () => {
        expect([client.state.kind, router.take()]).toEqual(['joined', []]);
        answer$.next('at last');
        answer$.complete();
        expect(router.take()).toEqual([[70, 1, {}, ['at last']]]);
      });
      at(60, () => expect([client.state.kind, router.take().map(([type]) => type)]).toEqual(['idle', [6]]));
    });
  });

  it('takes again what is being given back, with the holes and the function of who comes', () => {
    tidyMarbles(({ scriptedRouter }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const seen: unknown[] = [];
      heard(client.register('com.<first>.x', () => 'old')).subscription.unsubscribe();
      const again = heard(client.register('com.<second>.x', ({ params }) => { seen.push(params); }));
      const twice = heard(client.register('com.<second>.x', () => 'twice'));
      expect(router.take()).toEqual([[64, 1, { match: 'wildcard' }, 'com..x'], [64, 2, { match: 'wildcard' }, 'com..x']]);
      router.sendList(65, 1, 20);
      router.sendList(8, 64, 2, ...TAKEN);
      router.sendList(68, 1, 20, { procedure: 'com.tea.x' });

      expect(again.log).toEqual([{ id: 20, uri: 'com.<second>.x' }]);
      expect(twice.log).toEqual([expect.objectContaining({ uri: 'wamp.error.procedure_already_exists' })]);
      expect(seen).toEqual([{ second: 'tea' }]);
      expect(router.take()).toEqual([[70, 1, {}]]);
      again.subscription.unsubscribe();
      expect(router.take()).toEqual([[66, 3, 20]]);
      const third = heard(client.register('com.<third>.x', () => 3));
      expect(router.take()).toEqual([]);
      router.sendList(67, 3);
      expect(router.take()).toEqual([[64, 4, { match: 'wildcard' }, 'com..x']]);
      third.subscription.unsubscribe();
      void client.close();
    });
  });

  it('emits in each session, and unregisters when it is left', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log, subscription } = heard(client.register('com.p', () => 1, { invoke: 'roundrobin', match: 'prefix' }));
      expect(router.take()).toEqual([[64, 1, { match: 'prefix', invoke: 'roundrobin' }, 'com.p']]);
      router.sendList(65, 1, 20);
      router.cut();
      at(110, () => {
        router.take();
        router.sendList(65, 1, 30);
        expect(log).toEqual([{ id: 20, uri: 'com.p' }, { id: 30, uri: 'com.p' }]);
        subscription.unsubscribe();
        expect(router.take()).toEqual([[66, 2, 30]]);
        router.sendList(67, 2);
        void client.close();
      });
    });
  });

  it('errors in the first session where the procedure is taken', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      for (const early of [true, false]) {
        const router = scriptedRouter({ ...KEEP, handshake: 'script' });
        const client = createClient({ transport: router.transport, realm: 'realm1' });
        client.connect().catch(() => {});
        const before = early ? heard(client.register('com.p', () => 1)).log : undefined;
        router.sendList(2, 7, { roles: {} });
        const log = before ?? heard(client.register('com.p', () => 1)).log;
        router.sendList(8, 64, 1, ...TAKEN);

        expect(log).toEqual([expect.objectContaining({ uri: 'wamp.error.procedure_already_exists', effect: 'none' })]);
        at(1, () => { void client.close(); router.cut(); });
      }
    });
  });

  it('tries again behind a reconnect until the router has missed the session before', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log } = heard(client.register('com.p', () => 1));
      router.sendList(65, 1, 20);
      router.cut();
      router.take();
      const registers = (): unknown[] => router.take().filter(([type]) => type === 64).map(([, request]) => [asyncScheduler.now(), request]);
      const log64: unknown[] = [];
      at(101, () => { log64.push(...registers()); router.sendList(8, 64, 1, ...TAKEN); });
      at(202, () => { log64.push(...registers()); router.sendList(8, 64, 2, ...TAKEN); });
      at(403, () => { log64.push(...registers()); router.sendList(65, 3, 21); });
      at(410, () => {
        expect(log64).toEqual([[101, 1], [202, 2], [403, 3]]);
        expect(log).toEqual([{ id: 20, uri: 'com.p' }, { id: 21, uri: 'com.p' }]);
        void client.close();
      });
    });
  });

  it('tries again for a procedure of a session that was lost before it had answered', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log } = heard(client.register('com.p', () => 1));
      router.cut();
      router.take();
      at(101, () => router.sendList(8, 64, 1, ...TAKEN));
      at(210, () => {
        expect(router.take().filter(([type]) => type === 64)).toHaveLength(2);
        expect(log).toEqual([]);
        void client.close();
      });
    });
  });

  it('gives up at the end of staleSessionTimeout, and at any other refusal', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log } = heard(client.register('com.p', () => 1, { staleSessionTimeout: 250 }));
      const other = heard(client.register('com.q', () => 1));
      router.sendList(65, 1, 20);
      router.sendList(65, 2, 21);
      router.cut();
      router.take();
      at(101, () => { router.sendList(8, 64, 1, ...TAKEN); router.sendList(8, 64, 2, {}, 'wamp.error.not_authorized'); });
      at(202, () => { expect(other.log).toHaveLength(2); router.sendList(8, 64, 3, ...TAKEN); });
      at(203, () => {
        expect(log).toEqual([{ id: 20, uri: 'com.p' }, expect.objectContaining({ uri: 'wamp.error.procedure_already_exists' })]);
        void client.close();
      });
    });
  });

  it('sends nothing more once it is left while it waits to try again', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { subscription } = heard(client.register('com.p', () => 1));
      router.sendList(65, 1, 20);
      router.cut();
      at(101, () => { router.sendList(8, 64, 1, ...TAKEN); router.take(); });
      at(110, () => subscription.unsubscribe());
      at(300, () => { expect(router.take()).toEqual([]); void client.close(); });
    });
  });

  it('errors where it is taken away', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      const { log } = heard(client.register('com.p', () => 1));
      router.sendList(65, 1, 20);
      router.take();
      router.sendList(67, 0, { registration: 20, reason: 7 });

      expect(log).toEqual([{ id: 20, uri: 'com.p' }, new RegistrationRevokedError('com.p', undefined, { operation: { verb: 'register', uri: 'com.p' } })]);
      at(1, () => { expect(router.take()).toEqual([]); void client.close(); });
    });
  });
});
