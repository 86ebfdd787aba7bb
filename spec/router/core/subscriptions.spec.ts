import { describe, expect, it } from '@jest/globals';
import { Subscriptions } from '../../../lib/router/core/subscriptions.ts';

function subscriptions(): Subscriptions<string> {
  let id = 100;
  return new Subscriptions(() => id++, () => 0);
}

describe('Subscriptions', () => {
  it('ends a subscription with its last subscriber, and gives the next one another id', () => {
    const all = subscriptions();
    const first = all.add('ann', 'com.a', 'exact');
    expect(all.add('bob', 'com.a', 'exact')).toBe(first);

    expect([all.remove('ann', first), all.remove('ann', first), all.remove('bob', first)]).toEqual([true, false, true]);

    expect(all.get(first.id)).toBeUndefined();
    expect(all.add('ann', 'com.a', 'exact').id).toBe(101);
  });

  it('lets one that is to stay be there from the start and without subscribers, and counts it only while somebody has it', () => {
    const all = subscriptions();
    const lasting = all.makeLasting('com.', 'prefix');
    const none = { subscriptions: 0, subscribers: 0, 'roster entries': 0, 'index nodes of subscriptions': 0 };
    expect([all.size, all.census()]).toEqual([0, none]);

    expect(all.add('ann', 'com.', 'prefix')).toBe(lasting);
    expect(all.size).toBe(1);
    all.remove('ann', lasting);

    expect(all.matching('com.a')).toEqual([lasting]);
    expect(all.get(lasting.id)).toBe(lasting);
    expect([all.size, all.census()]).toEqual([0, none]);
  });

  it('takes a member out of all that it is in', () => {
    const all = subscriptions();
    const own = ['a', 'b'].map((topic) => all.add('ann', topic, 'exact'));
    all.add('bob', 'b', 'exact');

    expect([...all.leave('ann')]).toEqual(own);

    expect([all.size, all.subscribers, all.countOf('ann'), all.countOf('bob')]).toEqual([1, 1, 0, 1]);
    expect([...all.leave('ann')]).toEqual([]);
  });
});
