import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { section } from '../support/section.ts';

section('Basic Profile, Subscribing and Unsubscribing', (bench) => {
  // "it answers by sending a SUBSCRIBED message to the Subscriber: [SUBSCRIBED, SUBSCRIBE.Request|id, Subscription|id]".
  it('answers SUBSCRIBE with SUBSCRIBED', async () => {
    const peer = await bench.join();

    peer.send([32, 1, {}, 'com.myapp.mytopic1']);

    expect(await peer.receive()).toEqual([33, 1, ANY_ID]);
    await peer.silence();
  });

  // "Upon subscribing [...] a Subscriber will receive any future events published to the respective topic".
  it('brings events from then on', async () => {
    const [subscriber, publisher] = [await bench.join(), await bench.join()];
    publisher.send([16, 1, {}, 'com.topic', ['before']]);
    await publisher.silence();
    const subscription = await subscriber.subscribe('com.topic');

    publisher.send([16, 3, {}, 'com.topic', ['after']], [16, 4, {}, 'com.other', ['elsewhere']]);

    expect(await subscriber.receive()).toEqual([36, subscription, ANY_ID, {}, ['after']]);
    await publisher.silence();
    await subscriber.silence();
  });

  // "from the same Subscriber and to already subscribed topic, Broker should answer with SUBSCRIBED message, containing the existing id".
  it('answers a second SUBSCRIBE to a topic with the same id, and sends its events once', async () => {
    const [subscriber, publisher] = [await bench.join(), await bench.join()];

    const ids = [await subscriber.subscribe('com.topic'), await subscriber.subscribe('com.topic')];
    publisher.send([16, 1, {}, 'com.topic']);

    expect(ids[1]).toBe(ids[0]);
    expect(await subscriber.receive()).toEqual([36, ids[0], ANY_ID, {}]);
    await publisher.silence();
    await subscriber.silence();
  });

  it('ends a subscription with one UNSUBSCRIBE, however often it was subscribed to', async () => {
    const [subscriber, publisher] = [await bench.join(), await bench.join()];
    const subscription = await subscriber.subscribe('com.topic');
    await subscriber.subscribe('com.topic');

    subscriber.send([34, 3, subscription]);
    expect(await subscriber.receive()).toEqual([35, 3]);
    publisher.send([16, 1, {}, 'com.topic']);

    await publisher.silence();
    await subscriber.silence();
  });

  // "This ID may be sent to all Subscribers for the Topic".
  it('gives all subscribers of a topic one id, and different topics different ones', async () => {
    const [a, b] = [await bench.join(), await bench.join()];

    const ids = [await a.subscribe('com.topic'), await b.subscribe('com.topic'), await b.subscribe('com.other')];

    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  // "Upon successful unsubscription, the Broker sends an UNSUBSCRIBED message".
  it('sends no event behind UNSUBSCRIBED, and others still theirs', async () => {
    const [leaving, staying, publisher] = [await bench.join(), await bench.join(), await bench.join()];
    const subscription = await leaving.subscribe('com.topic');
    await staying.subscribe('com.topic');

    leaving.send([34, 2, subscription]);
    expect(await leaving.receive()).toEqual([35, 2]);
    publisher.send([16, 1, {}, 'com.topic']);

    expect(await staying.receive()).toEqual([36, subscription, ANY_ID, {}]);
    await leaving.silence();
  });

  it('lets a topic be subscribed to again', async () => {
    const [subscriber, publisher] = [await bench.join(), await bench.join()];
    subscriber.send([34, 2, await subscriber.subscribe('com.topic')]);
    await subscriber.receive();

    const again = await subscriber.subscribe('com.topic');
    publisher.send([16, 1, {}, 'com.topic']);

    expect(await subscriber.receive()).toEqual([36, again, ANY_ID, {}]);
  });

  // [ERROR, UNSUBSCRIBE, UNSUBSCRIBE.Request|id, Details|dict, Error|uri]: "the given subscription is not active".
  it('answers no_such_subscription to whom a subscription does not belong', async () => {
    const [a, b] = [await bench.join(), await bench.join()];
    const subscription = await a.subscribe('com.topic');

    b.send([34, 1, subscription], [34, 2, 4711]);
    a.send([34, 2, subscription], [34, 3, subscription]);

    expect(await b.receiveMany(2)).toEqual([[8, 34, 1, {}, 'wamp.error.no_such_subscription'], [8, 34, 2, {}, 'wamp.error.no_such_subscription']]);
    expect(await a.receiveMany(2)).toEqual([[35, 2], [8, 34, 3, {}, 'wamp.error.no_such_subscription']]);
  });
});
