import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DecisionCache, type KeptDecision } from '../../lib/router/decision-cache.ts';
import type { DecisionFilter } from '../../lib/router/options.ts';

const who = fc.record({ authid: fc.constantFrom('ann', 'bob', undefined), authrole: fc.constantFrom('user', 'staff'), uri: fc.constantFrom('com.a', 'com.b') });
const filter = fc.record({ authid: fc.constantFrom('ann', 'bob'), authrole: fc.constantFrom('user', 'staff'), uri: fc.constantFrom('com.a', 'com.b') }, { requiredKeys: [] });
const step = fc.oneof(
  fc.record({ what: fc.constant('keep' as const), who, allow: fc.boolean() }),
  fc.record({ what: fc.constant('find' as const), who }),
  fc.record({ what: fc.constant('forget' as const), filter }),
  fc.record({ what: fc.constant('wait' as const), time: fc.constantFrom(1, 5, 10) }),
);

interface Known extends KeptDecision {
  readonly key: string;
  readonly until: number;
}

const keyOf = (value: object): string => JSON.stringify(value);
const fits = (known: Known, { authid, authrole, uri }: DecisionFilter): boolean =>
  (authid === undefined || known.authid === undefined || known.authid === authid) && (authrole ?? known.authrole) === known.authrole && (uri ?? known.uri) === known.uri;

describe('DecisionCache', () => {
  it('keeps what was asked for last, for as long as it is good', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 0, max: 4 }), (steps, size) => {
      let time = 0;
      const cache = new DecisionCache({ ttl: 10, size, now: () => time });
      // The one that was asked for last stands last.
      let model: Known[] = [];
      for (const one of steps) {
        switch (one.what) {
          case 'keep': {
            const key = keyOf(one.who);
            const kept = { ...one.who, decision: { allow: one.allow } };
            cache.keep(key, kept);
            model = [...model.filter((known) => known.key !== key), { ...kept, key, until: time + 10 }].slice(size === 0 ? Infinity : -size);
            break;
          }
          case 'find': {
            const key = keyOf(one.who);
            const known = model.find((candidate) => candidate.key === key);
            const good = known !== undefined && known.until > time ? [known] : [];
            model = [...model.filter((other) => other !== known), ...good];
            expect(cache.find(key)).toEqual(good[0]?.decision);
            break;
          }
          case 'forget': {
            const { length } = model;
            model = model.filter((known) => !fits(known, one.filter));
            expect(cache.forget(one.filter)).toBe(length - model.length);
            break;
          }
          case 'wait':
            time += one.time;
        }
        expect(cache.size).toBe(model.length);
        expect(cache.size).toBeLessThanOrEqual(size);
      }
    }), { numRuns: 1000 });
  });
});
