import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { section } from '../support/section.ts';

section('Basic Profile, Publishing and Events', (bench) => {
  // "the Broker will send the event to all current Subscribers of the topic".
  it('sends EVENT to every subscriber, with the payload of PUBLISH', async () => {
    const publisher = await bench.join();
    const subscribers = [await bench.join(), await bench.join(), await bench.join()];
    for (const subscriber of subscribers) await subscriber.subscribe('com.myapp.mytopic1');

    publisher.send([16, 1, {}, 'com.myapp.mytopic1', [], { color: 'orange', sizes: [23, 42, 7] }]);

    for (const subscriber of subscribers) {
      expect(await subscriber.receive()).toEqual([36, ANY_ID, ANY_ID, {}, [], { color: 'orange', sizes: [23, 42, 7] }]);
    }
  });

  // "By default, publications are unacknowledged, and the Broker will not respond, whether the publication was successful indeed or not."
  it('says nothing to a publication that is not acknowledged', async () => {
    const publisher = await bench.join();

    publisher.send([16, 1, {}, 'com.topic'], [16, 2, { acknowledge: false }, 'com.topic'], [16, 3, {}, 'not a uri'], [16, 4, {}, 'wamp.topic']);

    await publisher.silence();
  });

  // [PUBLISHED, PUBLISH.Request|id, Publication|id] where "PUBLISH.Options.acknowledge == true".
  it('acknowledges with the id that the event has', async () => {
    const [publisher, subscriber] = [await bench.join(), await bench.join()];
    const subscription = await subscriber.subscribe('com.topic');

    publisher.send([16, 1, { acknowledge: true }, 'com.topic', ['Hello, world!']]);

    const [type, request, publication] = await publisher.receive();
    expect([type, request]).toEqual([17, 1]);
    expect(await subscriber.receive()).toEqual([36, subscription, publication, {}, ['Hello, world!']]);
  });

  it('acknowledges what nobody has subscribed to', async () => {
    const publisher = await bench.join();

    publisher.send([16, 1, { acknowledge: true }, 'com.topic']);

    expect(await publisher.receive()).toEqual([17, 1, ANY_ID]);
  });

  // "When the request for publication cannot be fulfilled by the Broker, and acknowledge == true, the Broker sends back an ERROR".
  it('answers ERROR where it was to be acknowledged', async () => {
    const publisher = await bench.join();

    publisher.send([16, 1, { acknowledge: true }, 'not a uri']);

    expect(await publisher.receive()).toEqual([8, 16, 1, {}, 'wamp.error.invalid_uri']);
  });

  // "the Publisher of an event will never receive the published event even if the Publisher is also a Subscriber of the topic".
  it('keeps the event from its publisher', async () => {
    const [publisher, other] = [await bench.join(), await bench.join()];
    await publisher.subscribe('com.topic');
    await other.subscribe('com.topic');

    publisher.send([16, 2, {}, 'com.topic']);

    expect(await other.receive()).toEqual([36, ANY_ID, ANY_ID, {}]);
    await publisher.silence();
  });

  // "PUBLISHED.Publication is the ID of the publication of the published event": one for all who get it.
  it('gives a publication one id for all subscribers and subscriptions', async () => {
    const [publisher, a, b] = [await bench.join(), await bench.join(), await bench.join()];
    await a.subscribe('com.topic');
    await a.subscribe('com', { match: 'prefix' });
    await b.subscribe('com.topic');

    publisher.send([16, 1, {}, 'com.topic']);

    const ids = [...await a.receiveMany(2), await b.receive()].map(([, , publication]) => publication);
    expect(new Set(ids).size).toBe(1);
  });
});
