import { describe, expect, it } from '@jest/globals';
import { defer, throwError } from 'rxjs';
import { createClient, ticket, type ClientState } from '../../lib/core/index.ts';
import { AbortError, AuthenticationError, ConnectFailedError, GoodbyeError, TimeoutError, TransportLostError } from '../../lib/errors.ts';
import { ABORT, GOODBYE } from '../../lib/testing/index.ts';
import type { ScriptedRouter } from '../../lib/testing/scripted-router.ts';
import { clientOf, KEEP, kinds, NOBODY, RETRY, settled, SILENT } from '../support/core-stage.ts';
import { heard } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const LEGEND = { i: 'idle', c: 'connecting', a: 'authenticating', j: 'joined', w: 'waiting', d: 'draining', x: 'closed' };

describe('Client.state$', () => {
  it('tells every state in order, with its numbers, and completes when it is closed', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(KEEP);
      const client = clientOf(router);
      const states: ClientState[] = [];
      client.state$.subscribe((state) => states.push(state));
      at(1, () => client.topic('com.x').subscribe());
      at(10, () => router.cut());
      at(200, () => { void client.close(); });

      expectObservable(kinds(client)).toBe('i(caj)----w 99ms (caj) 85ms (dx|)', LEGEND);
      at(201, () => {
        expect(states.slice(0, 6)).toEqual([
          { kind: 'idle' }, { kind: 'connecting', url: undefined, attempt: 0 }, { kind: 'authenticating', method: undefined, attempt: 0 },
          { kind: 'joined', details: expect.objectContaining({ realm: 'realm1', subprotocol: 'wamp.2.json' }), since: 1 },
          { kind: 'waiting', attempt: 1, delay: 100, retryAt: 110, cause: expect.any(TransportLostError) }, { kind: 'connecting', url: undefined, attempt: 1 },
        ]);
        expect(client.state).toEqual({ kind: 'closed', cause: undefined });
      });
    });
  });

  it('dials for nobody who only watches', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(KEEP);
      const client = clientOf(router);

      expectObservable(kinds(client), '^ 50ms !').toBe('i', LEGEND);
      at(20, () => expect(router.received).toEqual([]));
    });
  });

  it('dials at once where it is not lazy, and stays', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const client = clientOf(scriptedRouter(KEEP), { lazy: false });
      expect(client.state.kind).toBe('joined');
      at(10, () => client.topic('com.x').subscribe().unsubscribe());

      expectObservable(kinds(client), '^ 50ms !').toBe('j', LEGEND);
      at(60, () => { void client.close(); });
    });
  });

  it('leaves so long after the last use, with GOODBYE, and dials at the next', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(KEEP);
      const client = clientOf(router, { idleClose: 20 });

      expectObservable(kinds(client), '^ 99ms !').toBe('(icaj) 29ms i 24ms (caj) 20ms i', LEGEND);
      expectObservable(client.topic('com.x'), '     ^----!').toBe('');
      expectObservable(client.topic('com.y'), '     --- 7ms ^----!').toBe('');
      expectObservable(client.topic('com.z'), '     --- 57ms ^----!').toBe('');
      at(50, () => expect(router.received.map(([type]) => type).filter((type) => type === 1 || type === 6)).toEqual([1, 6]));
    });
  });

  it('leaves at the end of the macrotask unless it is told otherwise', () => {
    tidyMarbles(({ scriptedRouter, expectObservable }) => {
      const client = clientOf(scriptedRouter(KEEP));
      expectObservable(client.topic('com.x'), '-^--!').toBe('');
      // At the same time as the first one leaves.
      expectObservable(client.topic('com.x'), '----^---!').toBe('');

      expectObservable(kinds(client), '^ 20ms !').toBe('i(caj)--i', LEGEND);
    });
  });
});

/** A way on which nobody answers. */

describe('Client, when it fails', () => {
  it('waits longer each time, and afresh behind a session of five seconds', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(KEEP);
      let isUp = false;
      const client = clientOf({ transport: defer(() => (isUp ? router.transport : NOBODY)) });
      void client.connect().catch(() => {});
      at(650, () => { isUp = true; });
      at(6000, () => { isUp = false; router.cut(); });
      at(6150, () => { void client.close(); });

      expectObservable(kinds(client)).toBe('w 99ms (cw) 196ms (cw) 396ms (caj) 5295ms w 99ms (cw) 46ms (dx|)', LEGEND);
    });
  });

  it('goes on counting where a session did not last', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(KEEP);
      const client = clientOf(router);
      void client.connect();
      at(10, () => router.cut());
      at(120, () => router.cut());
      at(400, () => { void client.close(); });

      expectObservable(kinds(client)).toBe('j 9ms w 99ms (caj) 5ms w 199ms (caj) 75ms (dx|)', LEGEND);
    });
  });

  it('gives up after so many attempts, with the last failure for everybody', () => {
    tidyMarbles(({ at, expectObservable }) => {
      const client = clientOf({ transport: NOBODY }, { retry: { ...RETRY, maxAttempts: 2 } });
      const connected = settled(client.connect());
      const logs = [client.call('com.x'), client.topic('com.x'), client.register('com.x', () => 1)].map((asked) => heard<unknown>(asked).log);
      logs.push(settled(client.connect()));

      expectObservable(kinds(client)).toBe('w 99ms (cw) 196ms (cx|)', LEGEND);
      at(400, () => {
        const failure = expect.any(ConnectFailedError);
        expect(client.state).toEqual({ kind: 'closed', cause: failure });
        expect(logs.slice(0, 3)).toEqual([[expect.objectContaining({ code: 'not-joined', cause: failure, effect: 'none' })], [failure], [failure]]);
        expect(heard(client.call('com.x')).log).toEqual([expect.objectContaining({ code: 'not-joined', cause: failure })]);
      });
      void connected;
    });
  });

  it('asks shouldReconnect first', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const asked: unknown[] = [];
      const verdicts = [7, true, false];
      const router = scriptedRouter(KEEP);
      const client = clientOf(router, { retry: { ...RETRY, shouldReconnect: (cause, attempt) => { asked.push([(cause as Error).name, attempt]); return verdicts.shift(); } } });
      client.connect().catch(() => {});
      for (const time of [10, 25, 300]) at(time, () => router.cut());

      expectObservable(kinds(client)).toBe('j 9ms w 6ms (caj)---w 199ms (caj) 70ms (x|)', LEGEND);
      at(310, () => expect(asked).toEqual([['TransportLostError', 1], ['TransportLostError', 2], ['TransportLostError', 3]]));
    });
  });

  it('gives up on a mistake of the program', () => {
    tidyMarbles(() => {
      const mistake = new TypeError('a mistake');
      const client = clientOf({ transport: throwError(() => mistake) });
      const { log } = heard(client.call('com.x'));

      expect([client.state, log]).toEqual([{ kind: 'closed', cause: mistake }, [expect.objectContaining({ code: 'not-joined', cause: mistake })]]);
    });
  });

  it('gives up where credentials will not come, and tries again where they may', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const terminal = new AuthenticationError('there are none', { terminal: true });
      const failures = [new TypeError('not yet'), terminal];
      const client = clientOf(router, { auth: () => { throw failures.shift(); } });
      const { log } = heard<unknown>(client.topic('com.x'));
      expect(client.state).toMatchObject({ kind: 'waiting', cause: { name: 'AuthenticationError', message: 'credentials could not be given', cause: { message: 'not yet' } } });
      at(101, () => expect([client.state, log, router.received]).toEqual([{ kind: 'closed', cause: terminal }, [terminal], []]));
    });
  });

  it('asks for credentials anew at each attempt, and says why', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(SILENT);
      const asked: unknown[] = [];
      const client = clientOf(router, { auth: (attempt) => { asked.push(attempt); return ticket({ authid: 'ann', ticket: 'x' }); } });
      void client.connect().catch(() => {});
      router.sendList(3, {}, 'wamp.error.authentication_denied');
      at(200, () => {
        router.sendList(3, {}, 'wamp.error.authentication_denied');
        expect(asked).toEqual([{ attempt: 0, previousError: undefined }, { attempt: 1, previousError: expect.any(AbortError) }]);
        // The second refusal in a row is the end.
        expect(client.state).toMatchObject({ kind: 'closed', cause: { reason: 'wamp.error.authentication_denied' } });
      });
    });
  });

  it('answers a GOODBYE, and comes back', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(KEEP);
      const client = clientOf(router);
      void client.connect();
      const call = heard(client.call('com.x'));
      at(5, () => {
        router.take();
        router.send(GOODBYE('wamp.close.system_shutdown', { details: { retry_after: 1 } }));
        expect(router.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']]);
        expect(router.open).toBe(0);
        expect(call.log).toEqual([expect.objectContaining({ code: 'transport-lost', sent: true, effect: 'unknown', cause: expect.any(GoodbyeError) })]);
      });
      at(1100, () => { void client.close(); });

      expectObservable(kinds(client)).toBe('j----w 999ms (caj) 90ms (dx|)', LEGEND);
    });
  });

  it('ends with an ABORT, and comes back', () => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = clientOf(router);
      void client.connect();
      router.take();
      router.send(ABORT('wamp.error.system_shutdown', { details: { message: 'later' } }));

      expect([router.take(), router.open]).toEqual([[], 0]);
      expect(client.state).toMatchObject({ kind: 'waiting', delay: 100, cause: { code: 'aborted', reason: 'wamp.error.system_shutdown', details: { message: 'later' } } });
      at(1, () => { void client.close(); });
    });
  });

  it.each<[string, (router: ScriptedRouter) => void, string]>([
    ['a message of no type', (router) => router.sendList(99, 1), 'ProtocolError'],
    ['a message that only clients send', (router) => router.sendList(48, 1, {}, 'com.x'), 'ProtocolError'],
    ['a message that is only sent before', (router) => router.sendList(2, 1, {}), 'ProtocolError'],
    ['a message of a wrong shape', (router) => router.sendList(36, 0, 1, {}), 'ProtocolError'],
    ['a type that is no number', (router) => router.raw('[{"toString":1}]'), 'ProtocolError'],
    ['what is no list', (router) => router.raw('{}'), 'SerializationError'],
    ['what is no JSON', (router) => router.raw('[1,'), 'SerializationError'],
    ['bytes', (router) => router.raw(new Uint8Array([91, 93])), 'SerializationError'],
  ])('answers %s with ABORT, and gives up at the third in a row', (_, misbehave, name) => {
    tidyMarbles(({ scriptedRouter, at }) => {
      const router = scriptedRouter(KEEP);
      const client = clientOf(router);
      client.connect().catch(() => {});
      router.take();
      misbehave(router);

      expect(router.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']]);
      expect(router.open).toBe(0);
      expect(client.state).toMatchObject({ kind: 'waiting', delay: 100, cause: { name } });
      at(101, () => misbehave(router));
      at(302, () => {
        misbehave(router);
        expect(client.state).toMatchObject({ kind: 'closed', cause: { name } });
      });
    });
  });

  it('waits so long for WELCOME', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(SILENT);
      const client = clientOf(router, { timeouts: { join: 30 } });
      void client.connect().catch(() => {});
      at(40, () => {
        expect(client.state).toMatchObject({ kind: 'waiting', cause: { message: 'WELCOME must arrive within 30 ms', effect: 'none' } });
        expect(client.state).toMatchObject({ cause: expect.any(TimeoutError) });
        expect(router.open).toBe(0);
        void client.close();
      });

      expectObservable(kinds(client)).toBe('a 29ms w 9ms (dx|)', LEGEND);
    });
  });

  it('tries again at once when it is told to, and only while it waits', () => {
    tidyMarbles(({ scriptedRouter, at, expectObservable }) => {
      const router = scriptedRouter(KEEP);
      const client = clientOf(router);
      client.reconnectNow();
      void client.connect();
      client.reconnectNow();
      at(10, () => router.cut());
      at(15, () => client.reconnectNow());
      at(200, () => { void client.close(); });

      expectObservable(kinds(client)).toBe('j 9ms w----(caj) 180ms (dx|)', LEGEND);
    });
  });

  it('takes each URL in its turn', () => {
    tidyMarbles(({ at }) => {
      const dialled: string[] = [];
      const before = globalThis.WebSocket;
      Object.assign(globalThis, { WebSocket: class { constructor(url: string) { dialled.push(url); throw new ConnectFailedError('nobody is there'); } } });
      const client = createClient({ url: ['ws://127.0.0.1:1/a', 'ws://127.0.0.1:1/b'], realm: 'realm1', retry: RETRY });
      const shown: unknown[] = [];
      client.state$.subscribe((state) => { if (state.kind === 'connecting') shown.push(state.url); });
      client.connect().catch(() => {});
      at(500, () => {
        expect(dialled).toEqual(['ws://127.0.0.1:1/a', 'ws://127.0.0.1:1/b', 'ws://127.0.0.1:1/a']);
        expect(shown).toEqual(dialled);
        Object.assign(globalThis, { WebSocket: before });
        void client.close();
      });
    });
  });
});
