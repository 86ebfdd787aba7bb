import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NEVER, filter, finalize, firstValueFrom, interval, lastValueFrom, merge, startWith, timeout, type Subscription } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { createRouter, type Router } from '../../lib/router/index.ts';
import { shareSession } from '../../lib/shared/share-session.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { acceptIpc } from '../../lib/transports/ipc.ts';
import { closeSockets, onClose } from '../support/sockets.ts';
import { ROOT } from '../support/sources.ts';

cluster.setupPrimary({ exec: join(ROOT, '.build/spec/transports/programs/cluster-worker.js'), execArgv: [], args: [] });

let router: Router;
let backend: Client;
/** Calls of workers that were given up. */
let cancelled: number;

beforeEach(() => {
  cancelled = 0;
  router = createRouter({ realms: { realm1: {} } });
  backend = createClient({ transport: router.link(), realm: 'realm1' });
  backend.register('com.main.wait', () => NEVER.pipe(finalize(() => { cancelled++; }))).subscribe();
});

afterEach(async () => {
  await closeSockets();
  await backend.close();
  expectNoLeaks({ clients: [backend], router });
  await router.close();
});

function fork(): Worker {
  const worker = cluster.fork();
  onClose(() => {
    worker.process.kill('SIGKILL');
    return until(() => !worker.isConnected());
  });
  return worker;
}

/** The router takes the connections of a worker. */
function attach(worker: Worker): Subscription {
  return acceptIpc(worker, { subprotocols: router.subprotocols }).subscribe((connection) => router.attach(connection, { type: 'ipc' }));
}

async function until(condition: () => boolean): Promise<void> {
  await firstValueFrom(interval(5).pipe(startWith(0), filter(condition), timeout({ first: 8000 })));
}

const seen = (): object => {
  const { sessions, subscriptions, registrations, pendingCalls } = router.stats();
  return { sessions, subscriptions, registrations, pendingCalls };
};
const isBusy = (workers: number, sessions = workers): Promise<void> => until(() => router.stats().pendingCalls === workers && router.stats().sessions === 1 + sessions && router.stats().registrations === 3);

const nameOf = async (): Promise<unknown> => (await lastValueFrom(backend.call<number>('com.worker.name'))).args[0];
const failureOf = (call: Promise<unknown>): Promise<unknown> => call.then(() => 'an answer', (error: Error) => error.message);

describe('ipc, with workers of the cluster', () => {
  it('lets go of a worker that is killed while it calls and is called', async () => {
    const worker = fork();
    const listeners = worker.listenerCount('message');
    attach(worker);
    await isBusy(1);
    const calling = failureOf(lastValueFrom(backend.call('com.worker.wait')));
    await until(() => router.stats().pendingCalls === 2);

    worker.process.kill('SIGKILL');

    expect(await calling).toContain('wamp.error.canceled');
    await until(() => cancelled === 1);
    expect(seen()).toEqual({ sessions: 1, subscriptions: 0, registrations: 1, pendingCalls: 0 });
    expect(worker.listenerCount('message')).toBe(listeners);
  });

  it('tells a worker that its connection is gone, which comes back when it is taken again', async () => {
    const worker = fork();
    const listeners = worker.listenerCount('message');
    const taking = attach(worker);
    await isBusy(1);

    taking.unsubscribe();
    await until(() => cancelled === 1);
    expect([seen(), worker.listenerCount('message')]).toEqual([{ sessions: 1, subscriptions: 0, registrations: 1, pendingCalls: 0 }, listeners]);
    attach(worker);

    await until(() => router.stats().registrations === 3);
    expect([await nameOf(), seen()]).toEqual([worker.process.pid, { sessions: 2, subscriptions: 1, registrations: 3, pendingCalls: 0 }]);
  });

  it('ends at both ends where the channel is closed in the middle of a call', async () => {
    const worker = fork();
    attach(worker);
    await isBusy(1);

    worker.disconnect();

    expect(await once(worker, 'exit')).toEqual([0, null]);
    await until(() => cancelled === 1);
    expect(seen()).toEqual({ sessions: 1, subscriptions: 0, registrations: 1, pendingCalls: 0 });
  });

  it('goes on with the other workers that share a session when one of them is killed', async () => {
    const client = createClient({ transport: router.link(), realm: 'realm1' });
    const workers = [fork(), fork()] as const;
    const shared = shareSession(client, merge(...workers.map((worker) => acceptIpc(worker))));
    await isBusy(2, 1);
    expect(seen()).toEqual({ sessions: 2, subscriptions: 1, registrations: 3, pendingCalls: 2 });
    const calls = workers.map(() => failureOf(lastValueFrom(backend.call('com.worker.wait'))));
    await until(() => shared.census()['invocations of tabs'] === 2);

    workers[0].process.kill('SIGKILL');

    expect(await Promise.race(calls)).toContain('wamp.error.canceled');
    expect([await nameOf(), await nameOf(), shared.tabs]).toEqual([workers[1].process.pid, workers[1].process.pid, 1]);
    workers[1].process.kill('SIGKILL');
    expect(await Promise.all(calls)).toEqual(calls.map(() => expect.stringContaining('wamp.error.canceled')));
    await until(() => cancelled === 2 && shared.tabs === 0);
    expect(Object.values(shared.census()).filter((count) => count !== 0)).toEqual([]);
    await client.close();
    expectNoLeaks({ clients: [client] });
  });
});
