import { describe, expect, it } from '@jest/globals';
import { routerUnderTraffic } from '../bench/processes/fixtures.ts';
import { FLOOR, RXWAMP } from '../bench/subjects/subject.ts';

const SESSIONS = 1000;

/** Bytes of the heap that a router in a process of its own keeps for each session that does nothing. */
async function heapPerSession(subject: string): Promise<number> {
  const { router, traffic, url, close } = await routerUnderTraffic(subject);
  try {
    await traffic.ask('joinIdle', url, SESSIONS / 2);
    const before = await router.ask('usage', true);
    await traffic.ask('joinIdle', url, SESSIONS);
    const after = await router.ask('usage', true);
    return (after.heap - before.heap) / SESSIONS;
  } finally {
    close();
  }
}

describe('a session that does nothing', () => {
  it('takes up less than twice what its socket does', async () => {
    const socket = await heapPerSession(FLOOR);
    const session = await heapPerSession(RXWAMP);

    expect(session / socket).toBeLessThan(2);
  }, 60_000);
});
