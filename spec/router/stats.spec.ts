import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asyncScheduler, timer } from 'rxjs';
import { createRouter } from '../../lib/router/index.ts';
import { statsOf, sumOf, type RealmStats } from '../../lib/router/stats.ts';
import { newTraffic } from '../../lib/router/traffic.ts';
import { dial, join } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const NOTHING = statsOf(newTraffic());
const stats: fc.Arbitrary<RealmStats> = fc.record(Object.fromEntries(Object.keys(NOTHING).map((key) => [key, fc.nat()])) as { [K in keyof RealmStats]: fc.Arbitrary<number> });

describe('sumOf', () => {
  it('adds up every number, in any order', () => {
    fc.assert(fc.property(fc.array(stats, { minLength: 1 }), (all) => {
      const sum = sumOf(all as [RealmStats, ...RealmStats[]]);

      expect(sumOf(all.toReversed() as [RealmStats, ...RealmStats[]])).toEqual(sum);
      for (const key of Object.keys(NOTHING) as (keyof RealmStats)[]) {
        expect(sum[key]).toBe(all.reduce((total, each) => total + each[key], 0));
      }
    }));
  });
});

describe('Router.stats', () => {
  it('tells realms apart, and what belongs to none is in the sums alone', () => {
    const router = createRouter({ realms: { one: {}, two: { roles: {} }, ['__proto__']: {} } });

    join(router.link(), 'one').send([32, 1, {}, 'com.a'], [64, 2, {}, 'com.b'], [48, 3, {}, 'com.b']);
    join(router.link(), 'two').send([32, 1, {}, 'com.a']);
    dial(router.link()).hello('three');

    const { realms, ...sums } = router.stats();
    expect(realms['one']).toEqual({ ...NOTHING, sessions: 1, subscriptions: 1, registrations: 1, pendingCalls: 1, messagesIn: 3, messagesOut: 4 });
    expect(realms['two']).toEqual({ ...NOTHING, sessions: 1, messagesIn: 1, messagesOut: 2, deniedActions: 1 });
    expect(Object.keys(realms)).toEqual(['one', 'two', '__proto__']);
    expect(sums).toEqual({
      ...NOTHING, uptime: expect.any(Number), connections: 2, sessions: 2, subscriptions: 1, registrations: 1, pendingCalls: 1,
      messagesIn: 7, messagesOut: 7, deniedActions: 1, aborts: 1,
    });
  });

  it('tells how long the router has been there', () => {
    tidyMarbles(({ flush }) => {
      timer(100).subscribe(() => {
        const router = createRouter({ realms: {} });
        timer(1_500).subscribe(() => {
          expect(asyncScheduler.now()).toBe(1_600);
          expect(router.stats().uptime).toBe(1_500);
        });
      });
      flush();

      expect(asyncScheduler.now()).toBe(1_600);
    });
  });

  it('tells how much is retained, and how often something was forgotten', () => {
    const router = createRouter({ realms: { one: { retained: { limit: 1 } } } });

    join(router.link(), 'one').send([16, 1, { retain: true }, 'com.a'], [16, 2, { retain: true }, 'com.b']);

    expect(router.stats()).toMatchObject({ retainedTopics: 1, forgottenTopics: 1 });
  });
});
