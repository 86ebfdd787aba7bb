import { describe, expect, it } from '@jest/globals';
import { NEVER } from 'rxjs';
import type { Client, ClientOptions } from '../../lib/core/index.ts';
import { DrainingError, NotJoinedError, TransportLostError } from '../../lib/errors.ts';
import { ABORT, GOODBYE } from '../../lib/testing/index.ts';
import type { ScriptedRouter, ScriptedRouterOptions } from '../../lib/testing/scripted-router.ts';
import { clientOf, KEEP, kinds, NOBODY, settled, SILENT } from '../support/core-stage.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles, type At } from '../support/tidy-marbles.ts';

describe('Client.close', () => {
  const closing = (about: (stage: { router: ScriptedRouter; client: Client; at: At }) => void, options: Partial<ClientOptions> = {}, script: ScriptedRouterOptions = KEEP): Promise<void> => (
    tidyMarbles.async(({ scriptedRouter, at }) => {
      const router = scriptedRouter(script);
      about({ router, client: clientOf(router, options), at });
    })
  );
  const finished = (client: Client): unknown[] => settled(client.close());

  it('ends one that was never used, and every later use', async () => {
    await closing(({ client, router, at }) => {
      const [first, second] = [finished(client), finished(client)];
      at(1, () => {
        expect([client.state, first, second, finished(client)]).toEqual([{ kind: 'closed', cause: undefined }, [undefined], [undefined], []]);
        expect([client.call('com.x'), client.publish('com.x'), client.topic('com.x'), client.register('com.x', () => 1)].map((use) => heard<unknown>(use).log))
          .toEqual(Array.from({ length: 4 }, () => [expect.any(NotJoinedError)]));
        expect(router.received).toEqual([]);
        const connected = settled(client.connect());
        at(1, () => expect(connected).toEqual([expect.any(NotJoinedError)]));
      });
    });
  });

  it('says GOODBYE, and waits for the answer', async () => {
    await closing(({ client, router, at }) => {
      void client.connect();
      const topic = heard(client.topic('com.x'));
      const procedure = heard(client.register('com.p', () => 1));
      const call = heard(client.call('com.x'));
      const states = heard(kinds(client)).log;
      router.take();
      router.handshake = 'script';
      const closed = finished(client);
      expect(topic.log).toEqual(['complete']);
      expect(procedure.log).toEqual(['complete']);
      expect(call.log).toEqual([expect.objectContaining({ code: 'transport-lost', sent: true, effect: 'unknown' })]);
      expect(router.take().map(([type]) => type).at(-1)).toBe(6);
      expect(heard(client.call('com.y')).log).toEqual([expect.any(DrainingError)]);
      at(100, () => {
        expect([closed, router.open]).toEqual([[], 1]);
        router.send(GOODBYE('wamp.close.goodbye_and_out'));
        expect([states, router.open]).toEqual([['joined', 'draining', 'closed', 'complete'], 0]);
      });
      at(101, () => expect(closed).toEqual([undefined]));
    });
  });

  it('hangs up on a router that does not answer GOODBYE', async () => {
    await closing(({ client, router, at }) => {
      void client.connect();
      router.handshake = 'script';
      const closed = finished(client);
      at(1999, () => expect([closed, router.open]).toEqual([[], 1]));
      at(2001, () => expect([closed, router.open]).toEqual([[undefined], 0]));
    });
  });

  it('is over where the connection is lost, or garbage comes, on the way out', async () => {
    for (const end of [(router: ScriptedRouter) => router.cut(), (router: ScriptedRouter) => router.close(), (router: ScriptedRouter) => router.raw('?'), (router: ScriptedRouter) => router.send(ABORT('com.x'))]) {
      await closing(({ client, router, at }) => {
        void client.connect();
        router.handshake = 'script';
        const closed = finished(client);
        at(5, () => end(router));
        at(10, () => expect([closed, router.open]).toEqual([[undefined], 0]));
      });
    }
  });

  it.each<[string, Partial<ClientOptions>]>([
    ['connecting', { transport: NEVER }],
    ['authenticating', {}],
    ['waiting', { transport: NOBODY }],
    ['asking for credentials', { auth: () => NEVER }],
  ])('ends one that is %s, with no word', async (kind, options) => {
    await closing(({ client, router, at }) => {
      const connected = settled(client.connect());
      const topic = heard(client.topic('com.x'));
      const call = heard(client.call('com.x'));
      router.take();
      at(10, () => {
        expect(client.state.kind).toBe(kind === 'asking for credentials' ? 'idle' : kind);
        const closed = finished(client);
        expect(client.state).toEqual({ kind: 'closed', cause: undefined });
        expect([topic.log, call.log]).toEqual([['complete'], [expect.any(DrainingError)]]);
        at(1, () => expect([closed, connected, router.received, router.open]).toEqual([[undefined], [expect.any(NotJoinedError)], [], 0]));
      });
    }, options, SILENT);
  });

  it('closes for good one that was about to be idle', async () => {
    await closing(({ client, at }) => {
      client.topic('com.x').subscribe().unsubscribe();
      at(10, () => { void client.close(); });
      at(100, () => expect([client.state.kind, heard(client.call('com.x')).log]).toEqual(['closed', [expect.any(NotJoinedError)]]));
    }, { idleClose: 50 });
  });

  it('closes one that is about to be idle and waits for GOODBYE', async () => {
    await closing(({ client, router, at }) => {
      client.topic('com.x').subscribe().unsubscribe();
      router.handshake = 'script';
      const closed: unknown[] = [];
      at(10, () => { void client.close().then(() => closed.push('closed')); });
      at(100, () => expect(client.state.kind).toBe('draining'));
      at(2100, () => expect([client.state.kind, closed]).toEqual(['closed', ['closed']]));
    }, { idleClose: 50 });
  });

  it('stays closed where it gave up while it was about to be idle', async () => {
    await closing(({ client, router, at }) => {
      client.topic('com.x').subscribe().unsubscribe();
      at(10, () => router.cut());
      at(100, () => expect(client.state).toEqual({ kind: 'closed', cause: expect.any(TransportLostError) }));
    }, { idleClose: 50, retry: { maxAttempts: 0 } });
  });

  it('leaves no timer of a topic that is held for a while', async () => {
    await closing(({ client, at }) => {
      void client.connect();
      const held = client.topic('com.x', { grace: 5_000_000 }).subscribe();
      const open = client.topic('com.y', { grace: 5_000_000 });
      open.subscribe();
      at(1, () => held.unsubscribe());
      at(10, () => { void client.close(); });
    });
  });

  it('is what `await using` calls', async () => {
    await closing(({ client, at }) => {
      void client.connect();
      const disposed = settled(client[Symbol.asyncDispose]());
      at(1, () => expect([client.state.kind, disposed]).toEqual(['closed', [undefined]]));
    });
  });
});
