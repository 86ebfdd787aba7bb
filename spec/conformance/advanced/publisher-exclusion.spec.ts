import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { announced, section } from '../support/section.ts';

const FEATURE = { publisher: ['publisher_exclusion'] };

section('Advanced Profile, Publisher Exclusion', (bench) => {
  it('is announced by the broker', async () => {
    expect(announced(await bench.join(), 'broker')).toMatchObject({ publisher_exclusion: true });
  });

  // "When publishing with PUBLISH.Options.exclude_me := false, the Publisher of the event will receive that event, if it is subscribed".
  it('sends the event to its publisher where exclude_me is false', async () => {
    const [publisher, other] = [await bench.join(FEATURE), await bench.join()];
    const subscription = await publisher.subscribe('com.myapp.mytopic1');
    await other.subscribe('com.myapp.mytopic1');

    publisher.send([16, 2, { exclude_me: false }, 'com.myapp.mytopic1', ['Hello, world!']]);

    for (const peer of [publisher, other]) expect(await peer.receive()).toEqual([36, subscription, ANY_ID, {}, ['Hello, world!']]);
  });

  // "By default, a Publisher of an event will not itself receive an event published".
  it.each([{}, { exclude_me: true }])('does not with %j', async (options) => {
    const [publisher, other] = [await bench.join(FEATURE), await bench.join()];
    await publisher.subscribe('com.topic');
    await other.subscribe('com.topic');

    publisher.send([16, 2, options, 'com.topic']);

    expect(await other.receive()).toEqual([36, ANY_ID, ANY_ID, {}]);
    await publisher.silence();
  });

  it('sends nothing to a publisher that is not subscribed', async () => {
    const publisher = await bench.join(FEATURE);

    publisher.send([16, 1, { exclude_me: false }, 'com.topic']);

    await publisher.silence();
  });

  // PUBLISHED first: a publisher knows the id when the event comes.
  it('acknowledges before it sends the event', async () => {
    const publisher = await bench.join(FEATURE);
    const subscription = await publisher.subscribe('com.topic');

    publisher.send([16, 2, { exclude_me: false, acknowledge: true }, 'com.topic']);

    const [acknowledged, event] = await publisher.receiveMany(2);
    expect(acknowledged).toEqual([17, 2, ANY_ID]);
    expect(event).toEqual([36, subscription, acknowledged?.[2], {}]);
  });
});
