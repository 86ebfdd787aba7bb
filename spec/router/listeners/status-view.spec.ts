import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { drawStatus, firstView, statusViews } from '../../../lib/router/listeners/status-view.ts';
import { statsOf, type RouterStats } from '../../../lib/router/stats.ts';
import { newTraffic } from '../../../lib/router/traffic.ts';

const statsAt = (uptime: number, messagesIn = 0, messagesOut = 0): RouterStats => ({ ...statsOf(newTraffic()), uptime, messagesIn, messagesOut, connections: 0, realms: {} });

describe('statusViews', () => {
  it('gives messages a second, by the time of the router', async () => {
    const views = await lastValueFrom(statusViews(from([statsAt(5_000, 100, 10), statsAt(6_000, 150, 10), statsAt(8_000, 250, 16)])).pipe(toArray()));

    expect(views.map(({ received, sent }) => [received, sent])).toEqual([[[], []], [[50], [0]], [[50, 50], [0, 3]]]);
  });

  it('remembers a minute', async () => {
    const { received } = await lastValueFrom(statusViews(from(Array.from({ length: 100 }, (_, at) => statsAt(at * 1_000, at * at)))));

    expect(received).toHaveLength(60);
    expect(received.at(-1)).toBe(99 * 99 - 98 * 98);
  });

  it('has no numbers that are none where no time has gone by', async () => {
    const { received } = await lastValueFrom(statusViews(from([statsAt(1_000, 5), statsAt(1_000, 9)])));

    expect(received).toEqual([]);
  });
});

describe('drawStatus', () => {
  it.each([
    [0, '0 s'], [999, '0 s'], [61_000, '1 min 1 s'], [3_600_000, '1 h 0 min'], [90_061_000, '1 d 1 h'], [86_400_000 * 400, '400 d 0 h'],
  ])('shows %i ms as %s', (uptime, text) => {
    expect(drawStatus(firstView(statsAt(uptime)))).toContain(`up ${text}<`);
  });

  it('shows names as text, whatever they are', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('<script>alert(1)</script>', '" onload="x', '&lt;', '\u2028</th>'));
    const tags = (html: string): readonly string[] => html.match(/<[^>]*>/g) ?? [];

    fc.assert(fc.property(name, (realm) => {
      const drawn = (of: string): string => drawStatus(firstView({ ...statsAt(0), realms: Object.fromEntries([[of, statsAt(0)]]) }));

      expect(tags(drawn(realm))).toEqual(tags(drawn('realm1')));
    }));
  });

  it('points at what went wrong', () => {
    expect(drawStatus(firstView({ ...statsAt(0), slowSessions: 1 })).match(/warn"><h2>[\w ]+/g)).toEqual(['warn"><h2>Slow sessions']);
  });
});
