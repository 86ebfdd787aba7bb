import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { announced, section } from '../support/section.ts';

const FEATURE = { subscriber: ['pattern_based_subscription'] };

section('Advanced Profile, Pattern-based Subscription', (bench) => {
  it('is announced by the broker', async () => {
    expect(announced(await bench.join(), 'broker')).toMatchObject({ pattern_based_subscription: true });
  });

  // "any event with a topic that has SUBSCRIBE.Topic as a prefix will match", and "a Broker MUST supply the original PUBLISH.Topic".
  it.each([
    ['com.myapp.topic.emergency.11', true], ['com.myapp.topic.emergency-low', true], ['com.myapp.topic.emergency.category.severe', true],
    ['com.myapp.topic.emergency', true], ['com.myapp.topic.emerge', false],
  ] as const)('matches the prefix com.myapp.topic.emergency with %s: %p', async (topic, matches) => {
    const [subscriber, publisher] = [await bench.join(FEATURE), await bench.join()];
    const subscription = await subscriber.subscribe('com.myapp.topic.emergency', { match: 'prefix' });

    publisher.send([16, 1, {}, topic, ['Hello, world!']]);

    await publisher.silence();
    if (matches) expect(await subscriber.receive()).toEqual([36, subscription, ANY_ID, { topic }, ['Hello, world!']]);
    await subscriber.silence();
  });

  // "Wildcard-matching allows to provide wildcards for whole URI components", with the examples of the text.
  it.each([
    ['com.myapp.foo.userevent', true], ['com.myapp.bar.userevent', true], ['com.myapp.a12.userevent', true],
    ['com.myapp.foo.userevent.bar', false], ['com.myapp.foo.user', false], ['com.myapp2.foo.userevent', false],
  ] as const)('matches the wildcard com.myapp..userevent with %s: %p', async (topic, matches) => {
    const [subscriber, publisher] = [await bench.join(FEATURE), await bench.join()];
    const subscription = await subscriber.subscribe('com.myapp..userevent', { match: 'wildcard' });

    publisher.send([16, 1, {}, topic, ['Hello, world!']]);

    await publisher.silence();
    if (matches) expect(await subscriber.receive()).toEqual([36, subscription, ANY_ID, { topic }, ['Hello, world!']]);
    await subscriber.silence();
  });

  // "the event will be delivered for each subscription", and the publication "will be identical".
  it('delivers an event for each subscription that matches, with one id', async () => {
    const [subscriber, publisher] = [await bench.join(FEATURE), await bench.join()];
    const topic = 'com.myapp.foo.userevent';
    const subscriptions = [
      await subscriber.subscribe(topic),
      await subscriber.subscribe('com', { match: 'prefix' }),
      await subscriber.subscribe('com.myapp', { match: 'prefix' }),
      await subscriber.subscribe('com.myapp..userevent', { match: 'wildcard' }),
      await subscriber.subscribe('com..foo.', { match: 'wildcard' }),
    ];

    publisher.send([16, 1, {}, topic]);

    const events = await subscriber.receiveMany(5);
    expect(new Set(events.map(([, subscription]) => subscription))).toEqual(new Set(subscriptions));
    expect(new Set(events.map(([, , publication]) => publication)).size).toBe(1);
    for (const [, subscription, , details] of events) expect(details).toEqual(subscription === subscriptions[0] ? {} : { topic });
    await subscriber.silence();
  });

  // "Every subscription instance, based on a topic URI and some options, has a unique ID. All subscribers of the same subscription are given
  // the same subscription ID."
  it('has one id for each pattern and policy', async () => {
    const [a, b] = [await bench.join(FEATURE), await bench.join(FEATURE)];
    const policies = ['exact', 'prefix', 'wildcard'];

    const ids: number[] = [];
    for (const match of policies) ids.push(await a.subscribe('com.app', { match }));

    expect(new Set(ids).size).toBe(3);
    for (const [at, match] of policies.entries()) expect(await b.subscribe('com.app', { match })).toBe(ids[at]);
  });

  // "a Subscriber cannot subscribe to a broad pattern, and then unsubscribe from a subset".
  it('ends each subscription by itself', async () => {
    const [subscriber, publisher] = [await bench.join(FEATURE), await bench.join()];
    const prefix = await subscriber.subscribe('com', { match: 'prefix' });
    const exact = await subscriber.subscribe('com.topic');

    subscriber.send([34, 3, exact]);
    expect(await subscriber.receive()).toEqual([35, 3]);
    publisher.send([16, 1, {}, 'com.topic']);

    expect(await subscriber.receive()).toEqual([36, prefix, ANY_ID, { topic: 'com.topic' }]);
  });

  it('keeps the event from its publisher by every pattern', async () => {
    const peer = await bench.join(FEATURE);
    await peer.subscribe('com', { match: 'prefix' });
    await peer.subscribe('com.', { match: 'wildcard' });

    peer.send([16, 3, {}, 'com.topic']);

    await peer.silence();
  });

  it.each([['com..app', 'exact'], ['com..app', 'prefix'], ['com.#', 'wildcard'], ['com. ', 'prefix']])(
    'answers invalid_uri to %s with %s matching', async (topic, match) => {
      const subscriber = await bench.join(FEATURE);

      subscriber.send([32, 1, { match }, topic]);

      expect(await subscriber.receive()).toEqual([8, 32, 1, {}, 'wamp.error.invalid_uri']);
    },
  );

  it('aborts who asks for a policy that does not exist', async () => {
    const subscriber = await bench.join(FEATURE);

    subscriber.send([32, 1, { match: 'regex' }, 'com.app']);

    await subscriber.aborted('wamp.error.protocol_violation');
  });
});
