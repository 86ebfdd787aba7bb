import { beforeEach, describe, expect, it } from '@jest/globals';
import { MessageType } from '../../../lib/protocol/messages.ts';
import { Broker } from '../../../lib/router/core/broker.ts';
import { memoryStore } from '../../../lib/router/core/events/memory-store.ts';
import type { Member, Outbound } from '../../../lib/router/core/outbound.ts';
import type { Dict } from '../../../lib/types.ts';
import { member } from '../../support/members.ts';

const { EVENT, PUBLISH, SUBSCRIBE, SUBSCRIBED } = MessageType;
const PRICE = 'com.shop.price';
const ann = member(1, { authid: 'ann', authrole: 'staff' });
const bob = member(2, { authid: 'bob' });
const cat = member(3, { authid: 'cat' });
const ASKING = { get_retained: true };

describe('Broker that keeps events', () => {
  let broker: Broker<Member>;
  beforeEach(() => {
    let id = 100;
    let publication = 5000;
    let now = 0;
    broker = new Broker({
      nextId: () => id++, publicationId: () => publication++,
      keeping: {
        store: memoryStore().open('realm1', { later: () => {}, log: undefined }), retained: { limit: 10, bytes: 10_000 },
        history: [{ uri: PRICE, match: 'exact', limit: 3, bytes: 10_000 }, { uri: 'com.', match: 'prefix', limit: 100, bytes: 10_000 }],
        now: () => ++now,
      },
    });
  });

  const publish = (options: Dict = {}, args: readonly unknown[] = [42], topic = PRICE, publisher = cat): readonly Outbound<Member>[] =>
    broker.publish(publisher, { type: PUBLISH, request: 9, options, topic, args, kwargs: undefined });
  const subscribe = (who: Member, options: Dict = {}, topic = PRICE): readonly Outbound<Member>[] =>
    broker.subscribe(who, { type: SUBSCRIBE, request: 7, options, topic });
  const history = (id: number): unknown[] =>
    [...broker.historyOf(id)?.history?.scan(undefined, false) ?? []].map(({ topic, args, time }) => [topic, args?.[0], time]);

  it('sends the retained event right behind SUBSCRIBED, as it was published', () => {
    publish({ retain: true, disclose_me: true, _key: 1 });

    expect(subscribe(ann, ASKING)).toEqual([
      { to: ann, message: { type: SUBSCRIBED, request: 7, subscription: 100 } },
      {
        to: ann,
        message: {
          type: EVENT, subscription: 100, publication: 5000, args: [42],
          details: { retained: true, publisher: 3, publisher_authid: 'cat', publisher_authrole: 'user', _key: 1 },
        },
      },
    ]);
  });

  it('sends it again to one that is subscribed already, and to nobody who does not ask', () => {
    publish({ retain: true });

    expect([subscribe(ann), subscribe(ann, ASKING), subscribe(bob, { get_retained: false })].map(({ length }) => length)).toEqual([1, 2, 1]);
  });

  it('retains only what is to be retained, also where nobody listens and nobody is answered', () => {
    expect(publish({ retain: true }, ['retained'])).toEqual([]);
    publish({}, ['not retained']);

    expect(subscribe(ann, ASKING)[1]?.message).toMatchObject({ args: ['retained'] });
  });

  it('tells the topic to a pattern', () => {
    publish({ retain: true });

    expect(subscribe(ann, { match: 'wildcard', ...ASKING }, '.shop.')[1]?.message).toMatchObject({ details: { retained: true, topic: PRICE } });
  });

  it('retains nothing that is for sessions by their id, and gives nobody his own event who did not want it', () => {
    publish({ retain: true }, ['old']);
    publish({ retain: true, exclude: [99] }, ['by id']);
    expect(subscribe(ann, ASKING)[1]?.message).toMatchObject({ args: ['old'] });

    expect(subscribe(cat, ASKING)).toHaveLength(1);
    publish({ retain: true, exclude_me: false }, ['also for me']);
    expect(subscribe(cat, ASKING)[1]?.message).toMatchObject({ args: ['also for me'] });
  });

  it('gives a retained event with a resource key to its shard', () => {
    subscribe(ann, { nkey: 'node1' });
    subscribe(bob, { nkey: 'node2' });
    publish({ retain: true, rkey: 'sn1' });

    const counts = [subscribe(ann, { nkey: 'node1', ...ASKING }), subscribe(bob, { nkey: 'node2', ...ASKING }), subscribe(cat, ASKING)].map(({ length }) => length);

    expect(new Set(counts.slice(0, 2))).toEqual(new Set([1, 2]));
  });

  it('retains no publication that is refused', () => {
    publish({ retain: true }, [1], 'wamp.topic');
    publish({ retain: true }, [1], 'com..price');

    expect(broker.kept).toEqual({ retained: 0, forgotten: 0 });
  });

  it('keeps the events of each subscription with a history, oldest first, whoever is subscribed', () => {
    for (const n of [1, 2, 3, 4]) publish({}, [n]);
    publish({}, [5], 'com.other');
    publish({}, [6], 'net.other');

    expect(history(100)).toEqual([[PRICE, 2, 2], [PRICE, 3, 3], [PRICE, 4, 4]]);
    expect(history(101).map((event) => (event as unknown[])[1])).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps nothing in a history that is for sessions by their id', () => {
    publish({ eligible: [1] });
    publish({ exclude: [] });

    expect(history(100)).toEqual([]);
  });

  it('has no history of other subscriptions', () => {
    subscribe(ann, {}, 'com.a');

    expect(broker.historyOf(102)).toEqual({ topic: 'com.a', match: 'exact', history: undefined });
    expect(broker.historyOf(103)).toBeUndefined();
  });

  it('gives the subscription with a history to who subscribes, and keeps it when he leaves', () => {
    subscribe(ann);
    expect(broker.sizes).toEqual({ subscriptions: 1, subscribers: 1 });
    publish({}, [1]);

    broker.leave(ann);

    expect(broker.sizes).toEqual({ subscriptions: 0, subscribers: 0 });
    expect(history(100)).toEqual([[PRICE, 1, 1]]);
    expect(Object.values(broker.census()).every((count) => count === 0)).toBe(true);
  });
});
