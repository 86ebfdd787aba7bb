import { describe, expect, it } from '@jest/globals';
import { asyncScheduler } from 'rxjs';
import { createRouter, STATS_TOPIC } from '../../lib/router/index.ts';
import { expectNoLeaks } from '../../lib/testing/leaks.ts';
import { join, type RawPeer } from '../support/raw-peer.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

const [SUBSCRIBE, UNSUBSCRIBE, PUBLISH, ERROR, EVENT] = [32, 34, 16, 8, 36] as const;

/** Notes when events come, and what the first argument of each is. */
function events(peer: RawPeer): unknown[] {
  const seen: unknown[] = [];
  peer.onList = ([type, , , , args]) => {
    if (type === EVENT) seen.push([asyncScheduler.now(), (args as readonly unknown[])[0]]);
  };
  return seen;
}

describe('STATS_TOPIC', () => {
  it('is published once a second, from a subscription to the end of the last one', () => {
    tidyMarbles(({ at, flush }) => {
      const router = createRouter({ realms: { realm1: {} } });
      const peer = join(router.link());
      const seen = events(peer);

      at(300, () => peer.send([SUBSCRIBE, 1, {}, STATS_TOPIC]));
      at(2_500, () => peer.send([UNSUBSCRIBE, 2, peer.of(33)[0]![2]]));
      flush();

      expect(seen).toEqual([
        [1_300, router.stats().realms['realm1'] && { ...router.stats().realms['realm1'], subscriptions: 1, messagesIn: 1, messagesOut: 2 }],
        [2_300, expect.objectContaining({ sessions: 1, subscriptions: 1, messagesIn: 1, messagesOut: 3 })],
      ]);
      expect(asyncScheduler.now()).toBe(2_500);
      peer.cut();
      expectNoLeaks({ router });
    });
  });

  it('is published to whoever has it, once for all, and stops when they are gone', () => {
    tidyMarbles(({ at, flush }) => {
      const router = createRouter({ realms: { realm1: {} } });
      const peers = [join(router.link()), join(router.link())];
      const seen = peers.map(events);

      at(0, () => peers[0]!.send([SUBSCRIBE, 1, {}, STATS_TOPIC]));
      at(500, () => peers[1]!.send([SUBSCRIBE, 1, { match: 'prefix' }, 'wamp.router']));
      at(1_500, () => peers[0]!.cut());
      at(2_500, () => peers[1]!.cut());
      flush();

      expect(seen.map((each) => each.map((event) => (event as readonly unknown[])[0]))).toEqual([[1_000], [1_000, 2_000]]);
      expect(asyncScheduler.now()).toBe(2_500);
      expectNoLeaks({ router });
    });
  });

  it('tells each realm of itself', () => {
    tidyMarbles(({ at, flush }) => {
      const router = createRouter({ realms: { one: {}, two: {} } });
      const peer = join(router.link(), 'one');
      const others = [join(router.link(), 'two'), join(router.link(), 'two')];
      const seen = events(peer);

      peer.send([SUBSCRIBE, 1, {}, STATS_TOPIC]);
      at(1_500, () => { for (const each of [peer, ...others]) each.cut(); });
      flush();

      expect(seen).toEqual([[1_000, expect.objectContaining({ sessions: 1 })]]);
    });
  });

  it('needs permission like any other topic, and nobody else can publish to it', () => {
    tidyMarbles(({ flush }) => {
      const router = createRouter({ realms: { realm1: { roles: { anonymous: [{ uri: 'com.', match: 'prefix', allow: ['subscribe'] }] } }, realm2: {} } });

      const denied = join(router.link(), 'realm1').send([SUBSCRIBE, 1, {}, STATS_TOPIC]);
      const liar = join(router.link(), 'realm2').send([PUBLISH, 1, { acknowledge: true }, STATS_TOPIC, [{ sessions: 7 }]]);
      flush();

      expect(denied.last).toEqual([ERROR, SUBSCRIBE, 1, {}, 'wamp.error.not_authorized']);
      expect(liar.last).toEqual([ERROR, PUBLISH, 1, {}, 'wamp.error.invalid_uri']);
    });
  });
});
