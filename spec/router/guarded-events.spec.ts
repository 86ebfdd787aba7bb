import { describe, expect, it } from '@jest/globals';
import type { EventStore } from '../../lib/router/core/events/event-store.ts';
import { createRouter } from '../../lib/router/index.ts';
import { join } from '../support/raw-peer.ts';

const failing = (): never => { throw new Error('disk is full'); };
const STORE: EventStore = { open: () => ({ append: failing, retain: failing, close: failing, scan: failing, retained: () => [] }) };

describe('guardedEvents', () => {
  it('lets a publisher hear nothing of a store that fails, and says so in the log', async () => {
    const warnings: unknown[] = [];
    const log = { debug: () => {}, warn: (...what: readonly unknown[]) => { warnings.push(what[0]); } };
    const router = createRouter({ log, realms: { realm1: { store: STORE, history: [{ uri: 'com.a' }] } } });
    const peer = join(router.link());

    peer.send([16, 1, { retain: true, acknowledge: true }, 'com.a'], [48, 2, {}, 'wamp.subscription.get_events', [1]]);
    await router.close({ drain: 0 });

    expect(peer.received.map((list) => list.slice(0, 2)).slice(1, 3)).toEqual([[17, 1], [8, 48]]);
    expect(warnings).toEqual(['the store of events failed', 'the store of events failed', 'procedure of the router failed', 'the store of events failed']);
  });
});
