import { beforeEach, describe, expect, it } from '@jest/globals';
import { ProtocolError } from '../../../lib/errors.ts';
import { MessageType, type Publish, type Subscribe, type Unsubscribe } from '../../../lib/protocol/messages.ts';
import { Broker } from '../../../lib/router/core/broker.ts';
import type { Member, Outbound } from '../../../lib/router/core/outbound.ts';
import type { Dict } from '../../../lib/types.ts';
import { member } from '../../support/members.ts';

const PRICE = 'com.shop.price';
const PUBLICATION = 5000;

const ann = member(1, { authid: 'ann', authrole: 'staff' });
const bob = member(2, { authid: 'bob' });
const cat = member(3, { authid: 'cat' });

const subscribe = (topic: string, options: Dict = {}): Subscribe => ({ type: MessageType.SUBSCRIBE, request: 7, options, topic });
const unsubscribe = (subscription: number): Unsubscribe => ({ type: MessageType.UNSUBSCRIBE, request: 8, subscription });
const publish = (options: Dict = {}, topic = PRICE): Publish => ({
  type: MessageType.PUBLISH, request: 9, options, topic, args: [42], kwargs: undefined,
});

const event = (subscription: number, details: Dict = {}): object => ({
  type: MessageType.EVENT, subscription, publication: PUBLICATION, details, args: [42],
});
const error = (requestType: number, request: number, uri: string): object => ({
  type: MessageType.ERROR, requestType, request, details: {}, error: uri,
});
const receivers = (outbound: readonly Outbound[]): readonly Member[] => outbound.flatMap(({ to }) => to);

describe('Broker', () => {
  let broker: Broker<Member>;
  beforeEach(() => {
    let id = 100;
    let publication = PUBLICATION;
    broker = new Broker({ nextId: () => id++, publicationId: () => publication++ });
  });

  it('gives all subscribers of a topic one id, and the same again to who asks again', () => {
    const subscribed = { type: MessageType.SUBSCRIBED, request: 7, subscription: 100 };

    expect(broker.subscribe(ann, subscribe(PRICE))).toEqual([{ to: ann, message: subscribed }]);
    expect(broker.subscribe(ann, subscribe(PRICE))).toEqual([{ to: ann, message: subscribed }]);
    expect(broker.subscribe(bob, subscribe(PRICE))).toEqual([{ to: bob, message: subscribed }]);
    expect(broker.sizes).toEqual({ subscriptions: 1, subscribers: 2 });
  });

  it('hands one event to all subscribers, with the payload as it is', () => {
    broker.subscribe(ann, subscribe(PRICE));
    broker.subscribe(bob, subscribe(PRICE));
    const source = { subprotocol: 'wamp.2.json', elements: '[42]' };
    const message = { ...publish(), kwargs: { unit: 'EUR' }, payload: new Uint8Array([1]), source };

    const outbound = broker.publish(cat, message);

    expect(outbound).toEqual([{ to: [ann, bob], message: { ...event(100), kwargs: { unit: 'EUR' }, payload: message.payload, source } }]);
    expect(outbound[0]!.message).toHaveProperty('args', message.args);
  });

  it('hands out the same list of receivers until it changes, and never changes one that it handed out', () => {
    broker.subscribe(ann, subscribe(PRICE));
    broker.subscribe(bob, subscribe(PRICE));
    const before = broker.publish(cat, publish())[0]!.to;
    expect(broker.publish(cat, publish())[0]!.to).toBe(before);

    broker.leave(ann);

    expect(before).toEqual([ann, bob]);
    expect(broker.publish(cat, publish())[0]!.to).toEqual([bob]);
  });

  it('spares the publisher its own event unless it asks for it', () => {
    broker.subscribe(ann, subscribe(PRICE));
    expect(broker.publish(ann, publish())).toEqual([]);

    broker.subscribe(bob, subscribe(PRICE));

    expect(receivers(broker.publish(ann, publish()))).toEqual([bob]);
    expect(receivers(broker.publish(ann, publish({ exclude_me: false })))).toEqual([ann, bob]);
  });

  it('says nothing where nobody listens and nobody asked', () => {
    expect(broker.publish(ann, publish())).toEqual([]);
  });

  it('acknowledges first, then hands out events of the same publication', () => {
    broker.subscribe(ann, subscribe(PRICE));

    expect(broker.publish(ann, publish({ acknowledge: true, exclude_me: false }))).toEqual([
      { to: ann, message: { type: MessageType.PUBLISHED, request: 9, publication: PUBLICATION } },
      { to: [ann], message: event(100) },
    ]);
  });

  it('gives an event for each subscription that matches, patterns with the topic', () => {
    broker.subscribe(ann, subscribe('com..price', { match: 'wildcard' }));
    broker.subscribe(ann, subscribe('com.sh', { match: 'prefix' }));
    broker.subscribe(ann, subscribe(PRICE, { match: 'exact' }));
    broker.subscribe(ann, subscribe('com.shop', { match: 'exact' }));

    expect(broker.publish(bob, publish())).toEqual([
      { to: [ann], message: event(102) },
      { to: [ann], message: event(101, { topic: PRICE }) },
      { to: [ann], message: event(100, { topic: PRICE }) },
    ]);
  });

  it.each([
    [{ exclude: [1, 99] }, [bob, cat]],
    [{ exclude_authid: ['bob', 'cat'] }, [ann]],
    [{ exclude_authrole: ['user'] }, [ann]],
    [{ eligible: [1, 3] }, [ann, cat]],
    [{ eligible: [] }, []],
    [{ eligible_authid: ['bob'] }, [bob]],
    [{ eligible_authrole: ['staff', 'boss'] }, [ann]],
    [{ eligible: [1, 2], exclude: [1] }, [bob]],
    [{ eligible: [1, 2], eligible_authrole: ['user'] }, [bob]],
    [{ exclude: [] }, [ann, bob, cat]],
    [{ exclude: [2], exclude_me: true }, [ann, cat]],
  ])('hands an event with %j to the right ones', (options, expected) => {
    for (const subscriber of [ann, bob, cat]) broker.subscribe(subscriber, subscribe(PRICE));

    expect(receivers(broker.publish(member(4), publish(options)))).toEqual(expected);
  });

  it('applies both the lists and the exclusion of the publisher', () => {
    for (const subscriber of [ann, bob, cat]) broker.subscribe(subscriber, subscribe(PRICE));

    expect(receivers(broker.publish(ann, publish({ eligible: [1, 2] })))).toEqual([bob]);
    expect(receivers(broker.publish(ann, publish({ eligible: [1, 2], exclude_me: false })))).toEqual([ann, bob]);
  });

  it('hands attributes on, beside whatever else is told, and nothing that is none', () => {
    broker.subscribe(bob, subscribe(PRICE));
    broker.subscribe(bob, subscribe('', { match: 'prefix' }));
    const attributes = { _traceparent: '00-1-2-01', _sampled: true };

    const details = (options: Dict): unknown[] => broker.publish(ann, publish(options)).map(({ message }) => (message as { readonly details?: Dict }).details);

    expect(details({ ...attributes, _odd: [], trace: 'x', publisher: 9 })).toEqual([attributes, { topic: PRICE, ...attributes }]);
    expect(details({ ...attributes, disclose_me: true })[0]).toEqual({ ...attributes, publisher: 1, publisher_authid: 'ann', publisher_authrole: 'staff' });
  });

  it('tells who published where the publisher asks for it or the grant says so', () => {
    broker.subscribe(bob, subscribe(PRICE));
    broker.subscribe(bob, subscribe('', { match: 'prefix' }));
    const identity = { publisher: 1, publisher_authid: 'ann', publisher_authrole: 'staff' };
    const told = [event(100, identity), event(101, { topic: PRICE, ...identity })];

    const messages = (options: Dict, disclose?: boolean): object[] =>
      broker.publish(ann, publish(options), disclose === undefined ? undefined : { disclose })
        .map(({ message }) => ({ ...message, publication: PUBLICATION }));

    expect(messages({ disclose_me: true })).toEqual(told);
    expect(messages({}, true)).toEqual(told);
    expect(messages({ disclose_me: true }, false)).toEqual([event(100), event(101, { topic: PRICE })]);
    expect(messages({})).toEqual([event(100), event(101, { topic: PRICE })]);
  });

  it('hands on what says how to read a payload that is no business of the router\'s', () => {
    const mallory = member(4, { features: ['publisher.payload_passthru_mode'] });
    const ppt = { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: 'aes256gcm', ppt_keyid: 'k' };
    const enc = { enc_algo: 'cryptobox', enc_key: 'k', enc_serializer: 'json' };
    broker.subscribe(bob, subscribe(PRICE));

    const details = (from: Member, options: Dict): unknown => (broker.publish(from, publish(options))[0]!.message as { readonly details?: Dict }).details;

    expect(details(mallory, { ...ppt, ppt_odd: 1, _key: 1 })).toEqual({ ...ppt, _key: 1 });
    expect(details(ann, enc)).toEqual(enc);
  });

  it('throws ProtocolError where a publisher uses payload passthru mode and has not announced it', () => {
    broker.subscribe(bob, subscribe(PRICE));

    expect(() => broker.publish(ann, publish({ ppt_scheme: 'wamp' }))).toThrow(new ProtocolError(
      'PUBLISH.Options.ppt_scheme must be absent where the publisher has not announced payload_passthru_mode',
    ));
  });

  it('hands events with a resource key to one node, and those without to all', () => {
    broker.subscribe(ann, subscribe(PRICE, { nkey: 'node1' }));
    broker.subscribe(bob, subscribe(PRICE, { nkey: 'node2' }));
    const dan = member(4);
    broker.subscribe(dan, subscribe(PRICE));
    const share = (rkey: string): readonly Member[] => receivers(broker.publish(cat, publish({ rkey })));
    const keys = Array.from({ length: 20 }, (_, at) => `sn${at}`);

    expect(new Set(keys.map((rkey) => share(rkey).map(({ id }) => id).join()))).toEqual(new Set(['1,4', '2,4']));
    expect(receivers(broker.publish(cat, publish()))).toEqual([ann, bob, dan]);

    broker.unsubscribe(ann, unsubscribe(100));
    for (const rkey of keys) expect(share(rkey)).toEqual([bob, dan]);
    broker.leave(bob);
    expect(broker.census()).toMatchObject({ 'members with a node key': 0 });
  });

  it('takes a member out of a subscription, and tells it where it announces that it wants to know', () => {
    const knowing = member(4, { features: ['subscriber.subscription_revocation'] });
    for (const who of [ann, knowing]) broker.subscribe(who, subscribe(PRICE));

    expect(broker.revoke(ann, 100, 'no longer authorized')).toEqual([]);
    expect(broker.revoke(knowing, 100, 'no longer authorized')).toEqual([{
      to: knowing, message: { type: MessageType.UNSUBSCRIBED, request: 0, details: { subscription: 100, reason: 'no longer authorized' } },
    }]);

    expect(broker.sizes).toEqual({ subscriptions: 0, subscribers: 0 });
    expect([broker.revoke(ann, 100, undefined), broker.revoke(ann, 999, undefined)]).toEqual([undefined, undefined]);
  });

  it('tells how far the publisher is trusted where the grant says so', () => {
    broker.subscribe(bob, subscribe(PRICE));

    expect(broker.publish(ann, publish(), { trustlevel: 0 })).toEqual([{ to: [bob], message: event(100, { trustlevel: 0 }) }]);
  });

  it('ends a subscription with its last subscriber', () => {
    broker.subscribe(ann, subscribe(PRICE));
    broker.subscribe(bob, subscribe(PRICE));

    expect(broker.unsubscribe(ann, unsubscribe(100))).toEqual([{ to: ann, message: { type: MessageType.UNSUBSCRIBED, request: 8 } }]);
    expect(receivers(broker.publish(cat, publish()))).toEqual([bob]);

    broker.unsubscribe(bob, unsubscribe(100));
    expect(broker.publish(cat, publish())).toEqual([]);
    expect(broker.sizes).toEqual({ subscriptions: 0, subscribers: 0 });
  });

  it('answers no_such_subscription for one that is not the member\'s', () => {
    const unknown = error(MessageType.UNSUBSCRIBE, 8, 'wamp.error.no_such_subscription');
    broker.subscribe(ann, subscribe(PRICE));

    expect(broker.unsubscribe(bob, unsubscribe(100))).toEqual([{ to: bob, message: unknown }]);
    expect(broker.unsubscribe(ann, unsubscribe(999))).toEqual([{ to: ann, message: unknown }]);
    expect(broker.sizes).toEqual({ subscriptions: 1, subscribers: 1 });
  });

  it('answers invalid_uri where a topic is no URI under its match policy', () => {
    const invalid = error(MessageType.SUBSCRIBE, 7, 'wamp.error.invalid_uri');

    expect(broker.subscribe(ann, subscribe('com..price'))).toEqual([{ to: ann, message: invalid }]);
    expect(broker.subscribe(ann, subscribe('com..price', { match: 'prefix' }))).toEqual([{ to: ann, message: invalid }]);
    expect(broker.sizes).toEqual({ subscriptions: 0, subscribers: 0 });
  });

  it.each(['wamp.session.on_join', 'wamp', 'com..price', 'a b', ''])('refuses to publish to %j, and says so only if asked', (topic) => {
    broker.subscribe(bob, subscribe('', { match: 'prefix' }));
    broker.subscribe(bob, subscribe('wamp.session.on_join'));

    expect(broker.publish(ann, publish({}, topic))).toEqual([]);
    expect(broker.publish(ann, publish({ acknowledge: true }, topic))).toEqual([
      { to: ann, message: error(MessageType.PUBLISH, 9, 'wamp.error.invalid_uri') },
    ]);
  });

  it('takes topics that only begin like reserved ones', () => {
    broker.subscribe(bob, subscribe('wampum.price'));
    expect(receivers(broker.publish(ann, publish({}, 'wampum.price')))).toEqual([bob]);
  });

  it('throws ProtocolError on options of a wrong type and changes nothing', () => {
    expect(() => broker.subscribe(ann, subscribe(PRICE, { match: 'regex' }))).toThrow(ProtocolError);
    expect(() => broker.publish(ann, publish({ eligible: 'everybody' }))).toThrow(ProtocolError);
    expect(broker.sizes).toEqual({ subscriptions: 0, subscribers: 0 });
  });

  it('forgets a member that leaves', () => {
    for (const topic of ['a', 'b', 'c']) broker.subscribe(ann, subscribe(topic));
    broker.subscribe(bob, subscribe('b'));

    expect(broker.leave(ann)).toEqual([]);
    expect(broker.leave(ann)).toEqual([]);

    expect(broker.sizes).toEqual({ subscriptions: 1, subscribers: 1 });
  });

  it('hands what the router says to those who name reserved topics, and to no broad pattern', () => {
    const topic = 'wamp.session.on_join';
    broker.subscribe(ann, subscribe(topic));
    for (const [pattern, match] of [['', 'prefix'], ['wam', 'prefix'], ['wamp.session.', 'prefix'], ['..on_join', 'wildcard'], ['wamp..on_join', 'wildcard']]) {
      broker.subscribe(bob, subscribe(pattern!, { match }));
    }

    const outbound = broker.announce(topic, [{ session: 3 }]);

    const announced = { ...event(100), args: [{ session: 3 }] };
    expect(outbound.map(({ to, message }) => [to, message])).toEqual([
      [[ann], announced], [[bob], { ...announced, subscription: 103, details: { topic } }], [[bob], { ...announced, subscription: 105, details: { topic } }],
    ]);
    expect([broker.hears(topic), broker.hears('wamp.session.on_leave'), broker.hears('wamp.registration.on_create')]).toEqual([true, true, false]);
  });
});
