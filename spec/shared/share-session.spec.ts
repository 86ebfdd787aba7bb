import { describe, expect, it } from '@jest/globals';
import { createClient } from '../../lib/index.ts';
import { createRouter } from '../../lib/router/index.ts';
import { shareSession } from '../../lib/shared/share-session.ts';
import { sharedTabs } from '../../lib/shared/shared-tabs.ts';
import { acceptPort, messagePort } from '../../lib/transports/message-port.ts';
import { fakePorts } from '../support/port-pairs.ts';

describe('shareSession', () => {
  it('shares a session with whoever comes over connections of another kind', async () => {
    const router = createRouter({ realms: { realm1: {} } });
    const client = createClient({ transport: router.link(), realm: 'realm1' });
    const [near, far] = fakePorts();
    const shared = shareSession(client, acceptPort(far));
    const tabs = [0, 1].map(() => createClient({ transport: messagePort(near), realm: 'realm1', retry: { shouldReconnect: () => false } }));
    await Promise.all(tabs.map((tab) => tab.connect()));
    expect([router.stats().sessions, shared.tabs]).toEqual([1, 2]);

    shared.close();

    expect(tabs.map(({ state }) => state)).toEqual(tabs.map(() => ({ kind: 'closed', cause: expect.objectContaining({ code: 'goodbye', reason: 'wamp.close.system_shutdown' }) })));
    expect([shared.tabs, far.listening, near.listening]).toEqual([0, 0, 0]);
    await client.close();
    await router.close();
  });

  it('must be told of connections outside of a SharedWorker', async () => {
    const client = createClient({ url: 'ws://127.0.0.1:1', realm: 'realm1' });
    expect(() => shareSession(client)).toThrow(new TypeError('connections$ must be given outside of a SharedWorker, got nothing'));
    await client.close();
  });
});

describe('sharedTabs', () => {
  it('must have Web Locks', () => {
    const { navigator } = globalThis;
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true, writable: true });
    try {
      expect(() => sharedTabs('shop', () => createClient({ url: 'ws://127.0.0.1:1', realm: 'realm1' }))).toThrow(new TypeError('the runtime must have Web Locks and BroadcastChannel to share a session between tabs'));
    } finally {
      Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
    }
  });
});
