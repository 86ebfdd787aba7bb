import { describe, expect, it } from '@jest/globals';
import { Roster } from '../../../lib/router/core/roster.ts';
import { Shards } from '../../../lib/router/core/shards.ts';
import type { Subscription } from '../../../lib/router/core/subscriptions.ts';

const subscription = (id: number): Subscription<string> => ({ id, topic: 'com.a', match: 'exact', created: 0, subscribers: new Roster() });
const ONE = subscription(1);
const MEMBERS = ['ann', 'bob', 'cat'];
const KEYS = Array.from({ length: 50 }, (_, at) => `sn${at}`);

/** Members with a node each, but for those that name none. */
function sharded(nodes: { readonly [member: string]: string | undefined }): Shards<string> {
  const shards = new Shards<string>();
  for (const [name, nkey] of Object.entries(nodes)) shards.enter(ONE, name, nkey);
  return shards;
}

describe('Shards', () => {
  it('gives each key to one node, and to whoever named none', () => {
    const shards = sharded({ ann: 'node1', bob: 'node2', cat: undefined });

    const shares = KEYS.map((key) => shards.share(ONE, MEMBERS, key).join(' '));

    expect([...new Set(shares)].sort()).toEqual(['ann cat', 'bob cat']);
    expect(shares).toEqual(KEYS.map((key) => shards.share(ONE, MEMBERS, key).join(' ')));
  });

  it('gives a key to all members of its node', () => {
    const shards = sharded({ ann: 'node1', bob: 'node2', cat: 'node1' });

    expect([...new Set(KEYS.map((key) => shards.share(ONE, MEMBERS, key).join(' ')))].sort()).toEqual(['ann cat', 'bob']);
  });

  it('leaves other subscriptions alone', () => {
    const shards = sharded({ ann: 'node1', bob: 'node2' });

    expect(shards.share(subscription(2), MEMBERS, 'sn1')).toBe(MEMBERS);
  });

  it('hands the keys of a node that leaves to the others, and takes the last word of each member', () => {
    const shards = sharded({ ann: 'node1', bob: 'node2', cat: 'node1' });

    shards.leave(ONE, 'bob');
    shards.enter(ONE, 'cat', undefined);
    expect(KEYS.every((key) => shards.share(ONE, MEMBERS, key).join(' ') === 'ann bob cat')).toBe(true);

    shards.enter(ONE, 'ann', 'node3');
    shards.enter(ONE, 'bob', 'node3');
    expect(KEYS.every((key) => shards.share(ONE, MEMBERS, key).join(' ') === 'ann bob cat')).toBe(true);
  });

  it('holds nothing when all have left', () => {
    const shards = sharded({ ann: 'node1', bob: 'node2', cat: 'node1' });
    expect(shards.size).toBe(3);

    for (const name of MEMBERS) shards.leave(ONE, name);

    expect(shards.size).toBe(0);
    expect(shards.share(ONE, MEMBERS, 'sn1')).toBe(MEMBERS);
  });
});
