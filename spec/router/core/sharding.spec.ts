import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Endpoint } from '../../../lib/router/core/invocation-policy.ts';
import type { Member } from '../../../lib/router/core/outbound.ts';
import { runmodeFault, shardOf } from '../../../lib/router/core/sharding.ts';
import { member } from '../../support/members.ts';

const KEYS = Array.from({ length: 2_000 }, (_, n) => `customer-${n}`);

const endpoint = (id: number): Endpoint<Member> => ({ member: member(id), terms: { concurrency: Infinity, forwardTimeout: false, discloseCaller: false }, running: 0 });
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 53 }), { minLength: 1, maxLength: 8 });
const key = fc.string();
const holder = (all: readonly number[], of: string): number => shardOf(all.map(endpoint), of)!.member.id;

describe('shardOf', () => {
  it('leaves a key with its callee while others come and go, in whatever order they registered', () => {
    fc.assert(fc.property(ids, key, fc.nat(), (all, of, n) => {
      const held = holder(all, of);
      const gone = all[n % all.length]!;
      const others = all.filter((id) => id !== gone);

      expect(holder(all.toReversed(), of)).toBe(held);
      if (gone !== held) expect(holder(others, of)).toBe(held);
    }));
  });

  it('shares the keys out evenly, also among ids that are close together or differ in their high bits alone', () => {
    for (const all of [[1, 2, 3, 4], [5, 5 + 2 ** 32, 5 + 2 ** 33, 5 + 3 * 2 ** 32], [2 ** 53, 2 ** 53 - 1, 2 ** 52, 7]]) {
      const shares = all.map((id) => KEYS.filter((of) => holder(all, of) === id).length / KEYS.length);
      for (const share of shares) expect(Math.abs(share - 0.25)).toBeLessThan(0.04);
    }
  });

  it('has nobody where nobody is', () => {
    expect(shardOf([], 'a')).toBeUndefined();
  });
});

describe('runmodeFault', () => {
  it('says what is wrong, and nothing where nothing is', () => {
    expect(runmodeFault({})).toBeUndefined();
    expect(runmodeFault({ rkey: 'a' })).toBeUndefined();
    expect(runmodeFault({ runmode: 'partition', rkey: '' })).toBeUndefined();
    expect(runmodeFault({ runmode: 'partition' })).toEqual(['CALL.Options.rkey must be given with the run mode "partition"']);
    expect(runmodeFault({ runmode: 'all', rkey: 'a' })).toEqual(['CALL.Options.runmode must be "partition", got "all"']);
  });
});
