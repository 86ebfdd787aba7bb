import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Latencies } from '../../../lib/cli/latencies.ts';
import { typing } from '../../support/terminal.ts';
import { tidyMarbles } from '../../support/tidy-marbles.ts';

describe('rxwamp bench', () => {
  it('measures calls and events, one at a time and many', () => {
    tidyMarbles((helpers) => {
      const { line, written, codes } = typing(helpers, ['bench', '--time', '200ms', '--many', '4', '--json'], () => {});
      line.latency(5);

      helpers.at(3000, () => {
        const rows = written.stdout.trimEnd().split('\n').map((row) => JSON.parse(row) as { readonly name: string; readonly count: number; readonly perSecond: number; readonly p50: number });
        expect(rows.map(({ name }) => name)).toEqual(['one call at a time', '4 calls at a time', 'one event at a time', '4 events at a time']);
        // A call goes back and forth twice: to the router, to the callee, and back.
        expect(rows.map(({ p50 }) => Math.round(p50))).toEqual([20, 20, 10, 10]);
        expect(rows.map(({ perSecond }) => Math.round(perSecond / 10) * 10)).toEqual([50, 200, 100, 400]);
        expect(codes).toEqual([0]);
      });
    });
  });

  it('prints a table', () => {
    tidyMarbles((helpers) => {
      const { line, written } = typing(helpers, ['bench', '--time', '100ms', '-q'], () => {});
      line.latency(5);

      helpers.at(3000, () => {
        expect(written.stdout.split('\n')[0]).toMatch(/^ +per second +p50 +p90 +p99 +max$/);
        expect(written.stdout.split('\n')[1]).toMatch(/^one call at a time +\d+ +\d+\.\d\d ms( +\d+\.\d\d ms){3}$/);
      });
    });
  });

  it('says where it may not', () => {
    tidyMarbles((helpers) => {
      typing(helpers, ['bench'], ({ written, codes }) => {
        expect(written.stderr).toMatch(/wamp\.error\.not_authorized/);
        expect(codes).toEqual([4]);
      });
    }, { router: { realms: { realm1: { roles: { anonymous: [] } } } } });
  });
});

describe('Latencies', () => {
  it('knows percentiles to 2 %', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 }), (times) => {
      const latencies = new Latencies();
      for (const time of times) latencies.add(time);
      const sorted = [...times].sort((a, b) => a - b);
      const { count, perSecond, p50, p90, p99, max } = latencies.summary(2000);

      expect([count, perSecond, max]).toEqual([times.length, times.length / 2, sorted.at(-1)]);
      for (const [part, value] of [[0.5, p50], [0.9, p90], [0.99, p99]] as const) {
        const exact = sorted[Math.ceil(times.length * part) - 1]!;
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(exact * 0.021);
      }
    }));
  });

  it('is nothing where there was nothing', () => {
    expect(new Latencies().summary(0)).toEqual({ count: 0, perSecond: 0, p50: 0, p90: 0, p99: 0, max: 0 });
  });
});
