import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { section } from '../support/section.ts';

section('Basic Profile, Messages', (bench) => {
  // "Attributes unknown to an implementation MUST be ignored."
  it('ignores attributes that it does not know', async () => {
    const [peer, other] = [await bench.join({}, { details: { unknown: { deep: [1] } } }), await bench.join()];
    const unknown = { unknown_to_all: { deep: [1, { x: null }] }, another_one: null };

    const subscription = await peer.subscribe('com.topic', unknown);
    const registration = await peer.register('com.procedure', unknown);
    other.send([16, 1, { ...unknown, acknowledge: true }, 'com.topic'], [48, 2, unknown, 'com.procedure']);

    expect(await peer.receiveMany(2)).toEqual([[36, subscription, ANY_ID, {}], [68, 1, registration, {}]]);
    peer.send([70, 1, unknown]);
    expect(await other.receiveMany(2)).toEqual([[17, 1, ANY_ID], [50, 2, {}]]);
  });

  // "Implementations MAY use implementation-specific keys that MUST match the regular expression `_[a-z0-9_]{3,}`."
  it('takes keys of implementations', async () => {
    const peer = await bench.join({}, { details: { _my_own: 1 } });

    peer.send([32, 1, { _my_own: 1 }, 'com.topic']);

    expect(await peer.receive()).toEqual([33, 1, ANY_ID]);
  });

  // "integers MUST NOT be used instead of boolean value", and "the expected types are uniquely defined".
  it.each<readonly [string, readonly unknown[]]>([
    ['PUBLISH.Options.acknowledge that is 1', [16, 1, { acknowledge: 1 }, 'com.topic']],
    ['CALL.Options.disclose_me that is a string', [48, 1, { disclose_me: 'yes' }, 'com.procedure']],
    ['SUBSCRIBE.Options.match that is a number', [32, 1, { match: 1 }, 'com.topic']],
    ['SUBSCRIBE.Options that are a list', [32, 1, [], 'com.topic']],
    ['SUBSCRIBE.Topic that is a number', [32, 1, {}, 5]],
    ['SUBSCRIBE without a topic', [32, 1, {}]],
    ['CALL.Arguments that are a dictionary', [48, 1, {}, 'com.procedure', {}]],
    ['CALL.Arguments that are a string', [48, 1, {}, 'com.procedure', 'argument']],
    ['CALL.ArgumentsKw that are a list', [48, 1, {}, 'com.procedure', [], []]],
    ['CALL without anything', [48]],
    ['UNSUBSCRIBE.Subscription that is a string', [34, 1, '1']],
    ['CANCEL without options', [49, 1]],
  ])('aborts who sends %s', async (_, list) => {
    const peer = await bench.join();

    peer.send(list);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // "Brokers and Dealers have no need to inspect (parse) the application payload": it comes as it was sent, no longer and no shorter.
  it.each<readonly [string, readonly unknown[]]>([
    ['nothing', []], ['a list', [[1, 'two']]], ['an empty list', [[]]], ['keywords', [[], { kw: 1 }]], ['both', [[1], { kw: 2 }]],
  ])('hands on a payload of %s as it is', async (_, payload) => {
    const [peer, other] = [await bench.join(), await bench.join()];
    const subscription = await peer.subscribe('com.topic');
    const registration = await peer.register('com.procedure');

    other.send([16, 1, {}, 'com.topic', ...payload], [48, 2, {}, 'com.procedure', ...payload]);

    expect(await peer.receiveMany(2)).toEqual([[36, subscription, ANY_ID, {}, ...payload], [68, 1, registration, {}, ...payload]]);
    peer.send([70, 1, {}, ...payload]);
    expect(await other.receive()).toEqual([50, 2, {}, ...payload]);
    other.send([48, 3, {}, 'com.procedure']);
    await peer.receive();
    peer.send([8, 68, 2, {}, 'com.error', ...payload]);
    expect(await other.receive()).toEqual([8, 48, 3, {}, 'com.error', ...payload]);
  });

  // "a Subscriber that holds subscriptions with different Subscription|ids that all match a given event will receive the event on each".
  it('dispatches an event once for each subscription', async () => {
    const [peer, other] = [await bench.join(), await bench.join()];
    const ids = [await peer.subscribe('com.topic'), await peer.subscribe('com.', { match: 'prefix' })];
    await peer.subscribe('com.topic');

    other.send([16, 1, {}, 'com.topic']);

    expect((await peer.receiveMany(2)).map(([type, id]) => [type, id])).toEqual(ids.map((id) => [36, id]));
    await other.silence();
    await peer.silence();
  });

  // "Implementations MAY define and use implementation specific messages with message type codes from [...] [256, 1023]": none of these is ours.
  it.each([255, 256, 300, 1023, 1024])('aborts who sends a message of type %d', async (type) => {
    const peer = await bench.join();

    peer.send([type, 1]);

    await peer.aborted('wamp.error.protocol_violation');
  });
});
