import { beforeEach, describe, expect, it } from '@jest/globals';
import { MessageType } from '../../../../lib/protocol/messages.ts';
import { Broker } from '../../../../lib/router/core/broker.ts';
import { subscriptionProcedures } from '../../../../lib/router/core/meta/subscription-meta.ts';
import type { Member } from '../../../../lib/router/core/outbound.ts';
import { Refusal, type ProcedureResult } from '../../../../lib/router/core/procedure.ts';
import type { Dict, List } from '../../../../lib/types.ts';
import { member } from '../../../support/members.ts';

describe('subscriptionProcedures', () => {
  const ann = member(1);
  const bob = member(2, { features: ['subscriber.subscription_revocation'] });
  let broker: Broker<Member>;
  let call: (name: string, args?: List, kwargs?: Dict) => ProcedureResult<Member>;

  const subscribe = (who: Member, topic: string, options: Dict = {}): void =>
    void broker.subscribe(who, { type: MessageType.SUBSCRIBE, request: 1, options, topic });

  beforeEach(() => {
    let id = 100;
    broker = new Broker({ nextId: () => id++, publicationId: () => 1, now: () => 1_700_000_000 });
    const procedures = new Map(subscriptionProcedures(broker, new Map([ann, bob].map((one) => [one.id, one]))));
    call = (name, args = [], kwargs = {}) => {
      const procedure = `wamp.subscription.${name}`;
      return procedures.get(procedure)!({ caller: ann, procedure, args, kwargs });
    };
    for (const who of [ann, bob]) subscribe(who, 'com.shop.price');
    subscribe(ann, 'com.shop', { match: 'prefix' });
    subscribe(bob, 'com..price', { match: 'wildcard' });
  });

  it('lists what there is by policy', () => {
    expect(call('list')).toEqual({ args: [{ exact: [100], prefix: [101], wildcard: [102] }] });
  });

  it('looks up what manages a topic, or a pattern', () => {
    const found = [['com.shop.price'], ['com.shop', { match: 'prefix' }], ['com..price', { match: 'wildcard' }], ['com.shop']].map((args) => call('lookup', args).args);

    expect(found).toEqual([[100], [101], [102], [null]]);
  });

  it('says what an event goes to', () => {
    expect(['com.shop.price', 'com.shopping', 'com.house'].map((topic) => call('match', [topic]).args)).toEqual([[[100, 101, 102]], [[101]], [null]]);
  });

  it('describes one, its subscribers and how many they are', () => {
    expect(call('get', [101])).toEqual({ args: [{ id: 101, created: '2023-11-14T22:13:20Z', uri: 'com.shop', match: 'prefix' }] });
    expect(call('list_subscribers', [100])).toEqual({ args: [[1, 2]] });
    expect(call('count_subscribers', [100])).toEqual({ args: [2] });
    expect(() => call('get', [99])).toThrow(new Refusal('wamp.error.no_such_subscription'));
  });

  it('takes a subscription from a subscriber, and tells who announces that', () => {
    const silent = call('remove_subscriber', [100, 1], { reason: 'muted' });
    const told = call('remove_subscriber', [100, 2]);

    expect(silent).toEqual({ follows: [] });
    expect(told).toEqual({ follows: [{ to: bob, message: { type: MessageType.UNSUBSCRIBED, request: 0, details: { subscription: 100 } } }] });
    expect(() => call('remove_subscriber', [101, 2])).toThrow(new Refusal('wamp.error.no_such_subscription'));
    expect(broker.sizes).toEqual({ subscriptions: 2, subscribers: 2 });
  });
});
