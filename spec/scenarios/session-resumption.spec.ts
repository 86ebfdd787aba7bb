import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { concat, firstValueFrom, from, lastValueFrom, map, of, take, tap, timer, toArray } from 'rxjs';
import { createClient } from '../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../lib/router/node.ts';
import { SERIALIZERS } from '../../lib/serializers/all.ts';
import type { Serializer } from '../../lib/serializers/serializer.ts';
import { ws } from '../../lib/transports/ws.ts';
import { CuttingProxy, type Cut } from '../support/cutting-proxy.ts';
import { listening, registered } from '../support/peers.ts';

/** Bytes from one cut to the next. */
const STRIDE = 149;
const VALUES = [1, 2, 3, 4, 5];

describe('a session whose line is cut after any number of bytes', () => {
  let router: ListeningRouter;
  let port: number;
  beforeAll(async () => {
    router = createRouter({ realms: { realm1: { resume: true } } });
    port = Number(new URL((await router.listen('ws://127.0.0.1:0/ws')).url).port);
  });
  afterAll(() => router.close());

  /** Calls, is called, publishes and hears, and gives all that came of it. */
  async function live(serializer: Serializer, cut?: Cut): Promise<{ readonly proxy: CuttingProxy; readonly sessions: number; readonly outcome: object }> {
    const proxy = await CuttingProxy.open(port, cut && [cut]);
    const home = createClient({ transport: router.link(), realm: 'realm1' });
    const away = createClient({
      transport: ws(`ws://127.0.0.1:${proxy.port}/ws`, { subprotocols: [serializer.subprotocol] }),
      realm: 'realm1', serializers: [serializer], resume: true, retry: { initialDelay: 1, maxDelay: 1, jitter: 'none' },
    });
    const sessions = new Set<unknown>();
    away.state$.subscribe((state) => { if (state.kind === 'joined') sessions.add(state.session); });
    const count = () => concat(from(VALUES), timer(1).pipe(map(() => 6)));
    await registered(home, 'com.home', count);
    const heard = await listening(home, 'com.up');
    await away.connect();
    const [hearing] = await Promise.all([listening(away, 'com.down'), registered(away, 'com.away', count)]);

    const [called, served] = await Promise.all([
      firstValueFrom(away.call('com.home', [], { progress: true }).pipe(map(({ args }) => args[0]), toArray())),
      firstValueFrom(home.call('com.away', [], { progress: true }).pipe(map(({ args }) => args[0]), toArray())),
      lastValueFrom(from(VALUES).pipe(tap((value) => away.publish('com.up', [value]).subscribe()))),
      lastValueFrom(from(VALUES).pipe(tap((value) => home.publish('com.down', [value]).subscribe()))),
    ]);
    const up = (await heard.first(VALUES.length)).map(({ args }) => args[0]);
    const down = (await hearing.first(VALUES.length)).map(({ args }) => args[0]);
    // Whatever would come twice has come by then.
    await lastValueFrom(away.call('com.home').pipe(take(1)));
    await Promise.all([away.close(), home.close()]);
    await proxy.close();
    return { proxy, sessions: sessions.size, outcome: { called, served, up, down, heard: heard.events.length, hearing: hearing.events.length } };
  }

  it.each(SERIALIZERS.flatMap((serializer) => (['client to router', 'router to client'] as const).map((stream) => [serializer.subprotocol, stream, serializer] as const)))(
    'goes on as if nothing had happened: %s, %s', async (_, stream, serializer) => {
      const whole = await live(serializer);
      const length = whole.proxy.passed[stream];

      expect(whole).toMatchObject({
        sessions: 1,
        outcome: { called: [...VALUES, 6], served: [...VALUES, 6], up: VALUES, down: VALUES, heard: VALUES.length, hearing: VALUES.length },
      });
      for (let after = 0; after < length; after += STRIDE) {
        const { outcome, sessions } = await live(serializer, { stream, after });
        expect({ after, sessions, outcome }).toEqual({ after, sessions: 1, outcome: whole.outcome });
      }
    }, 60_000,
  );

  it('leaves nothing behind', async () => {
    await router.close();

    expect(router.stats()).toMatchObject({ sessions: 0, connections: 0, subscriptions: 0, registrations: 0, pendingCalls: 0 });
    expect(await lastValueFrom(of(router.census()))).toEqual(expect.not.objectContaining({ sessions: 1 }));
  });
});
