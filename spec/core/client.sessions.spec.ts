import { describe, expect, it } from '@jest/globals';
import { defer } from 'rxjs';
import type { Authenticator } from '../../lib/auth/authenticator.ts';
import { createClient } from '../../lib/core/index.ts';
import type { ScriptedRouter } from '../../lib/testing/scripted-router.ts';
import { joinedTo, KEEP, TAKEN } from '../support/core-stage.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const of = (router: ScriptedRouter, type: number): unknown[] => router.take().filter(([each]) => each === type);

describe('Client, from session to session', () => {
  it('stays joined once it was in time, and completes errors$ when it is closed', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const client = joinedTo(scriptedRouter(KEEP));
      const errors = heard(client.errors$);
      at(30_000, () => {
        expect(client.state).toMatchObject({ kind: 'joined', since: 0 });
        void client.close();
        expect(errors.log).toEqual(['complete']);
      });
    });
  });

  it('asks at once in a new session for what was to be tried again in the one before, and counts afresh', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      heard(client.register('com.p', () => 1));
      router.sendList(65, 1, 20);
      router.cut();
      at(101, () => router.sendList(8, 64, 1, ...TAKEN));
      at(202, () => { router.sendList(8, 64, 2, ...TAKEN); router.take(); });
      at(210, () => { router.cut(); client.reconnectNow(); expect(of(router, 64)).toEqual([[64, 1, {}, 'com.p']]); router.sendList(8, 64, 1, ...TAKEN); });
      at(309, () => expect(of(router, 64)).toEqual([]));
      at(311, () => { expect(of(router, 64)).toEqual([[64, 2, {}, 'com.p']]); void client.close(); });
    });
  });

  it('keeps a topic that was asked for behind a refusal', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = joinedTo(router);
      heard(client.topic('com.x'));
      router.sendList(8, 32, 1, {}, 'wamp.error.not_authorized');
      heard(client.topic('com.x'));
      router.sendList(33, 2, 10);
      at(5, () => { router.take(); router.cut(); });
      at(110, () => { expect(of(router, 32)).toEqual([[32, 1, {}, 'com.x']]); void client.close(); });
    });
  });

  it('is not disturbed in a session by the end of the connection before', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const routers = [scriptedRouter(KEEP), scriptedRouter(KEEP)] as const;
      let next = 0;
      const client = createClient({ transport: defer(() => (next++ === 0 ? routers[0] : routers[1]).transport), realm: 'realm1' });
      heard(client.topic('com.x')).subscription.unsubscribe();
      routers[0].handshake = 'script';
      at(5, () => {
        expect([client.state.kind, routers[0].open]).toEqual(['idle', 1]);
        const { log } = heard(client.topic('com.y'));
        routers[1].sendList(33, 1, 10);
        routers[0].cut();
        routers[1].sendList(36, 10, 1, {}, ['a']);
        expect([client.state.kind, log]).toEqual(['joined', [expect.objectContaining({ args: ['a'] })]]);
        at(1, () => { void client.close(); });
      });
    });
  });

  it('forgives one refusal of its credentials for each session that they were good for', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter({ ...KEEP, handshake: 'script' });
      const client = joinedTo(router);
      router.sendList(3, {}, 'wamp.error.not_authorized');
      at(101, () => {
        router.sendList(2, 1, {});
        router.sendList(6, {}, 'wamp.error.not_authorized');
        expect(client.state).toMatchObject({ kind: 'waiting', attempt: 2 });
        void client.close();
      });
    });
  });

  it('holds WELCOME to the method that was asked for, or else to the one that it names, or to one that asks nothing of it', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const proving: Authenticator = { method: 'a', answer: () => ({ signature: 'x' }), welcome: () => { throw new TypeError('not proved'); } };
      const kindBehind = (challenge: boolean, welcome: object): string => {
        const router = scriptedRouter({ ...KEEP, handshake: 'script' });
        const client = joinedTo(router, { auth: [proving, { method: 'b' }] });
        if (challenge) router.sendList(4, 'a', {});
        router.sendList(2, 1, welcome);
        const { kind } = client.state;
        at(1, () => { void client.close(); router.cut(); });
        return kind;
      };

      expect([kindBehind(true, { authmethod: 'b' }), kindBehind(false, { authmethod: 'a' }), kindBehind(false, {}), kindBehind(false, { authmethod: 'b' })]).toEqual(['waiting', 'waiting', 'joined', 'joined']);
    });
  });
});
