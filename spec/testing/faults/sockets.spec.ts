import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BehaviorSubject, Subject, filter, firstValueFrom, map } from 'rxjs';
import type { Client } from '../../../lib/client/client.ts';
import { createClient } from '../../../lib/index.ts';
import { createRouter, type ListeningRouter } from '../../../lib/router/node.ts';
import { corruptWhen } from '../../../lib/testing/faults/corrupt-when.ts';
import { cutWhen } from '../../../lib/testing/faults/cut-when.ts';
import { latency } from '../../../lib/testing/faults/latency.ts';
import { stallWhile } from '../../../lib/testing/faults/stall-while.ts';
import type { Transport } from '../../../lib/transports/transport.ts';
import { ws } from '../../../lib/transports/ws.ts';
import { emptied } from '../../support/worlds.ts';

const joined = ({ state$ }: Client) => firstValueFrom(state$.pipe(filter(({ kind }) => kind === 'joined')));
const lost = ({ state$ }: Client) => firstValueFrom(state$.pipe(filter((state) => state.kind === 'waiting'), map(({ cause }) => (cause as Error).name)));

describe('the faults, over sockets', () => {
  let router: ListeningRouter;
  let transport: Transport;
  const clientOf = (through: Transport) =>
    createClient({ transport: through, realm: 'realm1', lazy: false, retry: { initialDelay: 1, maxDelay: 1, jitter: 'none' } });

  beforeAll(async () => {
    router = createRouter({ realms: { realm1: {} } });
    transport = ws((await router.listen('ws://127.0.0.1:0/ws')).url);
  });
  afterAll(() => router.close());

  it('cut what is open: the client joins again, and no session is left over', async () => {
    const cuts = new Subject<void>();
    const client = clientOf(transport.pipe(latency(1, { jitter: 2 }), cutWhen(cuts)));
    await joined(client);

    const loss = lost(client);
    cuts.next();

    expect(await loss).toBe('TransportLostError');
    await joined(client);
    await client.close();
    await emptied(router);
    expect(router.stats().connections).toBe(0);
  });

  it('stall what is open, and let it go on', async () => {
    const stalled = new BehaviorSubject(false);
    const client = clientOf(transport.pipe(stallWhile(stalled)));
    await joined(client);

    stalled.next(true);
    const published = firstValueFrom(client.publish('com.topic', [1], { acknowledge: true }));
    stalled.next(false);

    expect(await published).toBeDefined();
    await client.close();
    await emptied(router);
  });

  it('corrupt a frame: the session ends, and the next one is whole', async () => {
    const now = new Subject<void>();
    const client = clientOf(transport.pipe(corruptWhen(now, { random: () => 0 })));
    await joined(client);

    const loss = lost(client);
    now.next();
    client.publish('com.topic', [1]).subscribe();

    expect(await loss).toBe('AbortError');
    await joined(client);
    await client.close();
    await emptied(router);
  });
});
