import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { announced, section, type Joining } from '../support/section.ts';

const FEATURE = { publisher: ['publisher_identification'], subscriber: ['publisher_identification'] };
const REALM2: Joining = { realm: 'realm2' };

section('Advanced Profile, Publisher Identification', (bench) => {
  it('is announced by the broker', async () => {
    expect(announced(await bench.join(), 'broker')).toMatchObject({ publisher_identification: true });
  });

  // "the Broker would send an EVENT message to Subscribers with the Publisher's WAMP session ID in EVENT.Details.publisher", and may add
  // publisher_authid and publisher_authrole.
  it.each(['exact', 'prefix', 'wildcard'])('names a publisher that asks for it (%s)', async (match) => {
    const [subscriber, publisher] = [await bench.join(FEATURE), await bench.join(FEATURE)];
    const subscription = await subscriber.subscribe('com.topic', { match });
    const { authid, authrole } = publisher.welcome;

    publisher.send([16, 1, { disclose_me: true }, 'com.topic', ['Hello, world!']]);

    const identity = { publisher: publisher.session, publisher_authid: authid, publisher_authrole: authrole };
    const details = match === 'exact' ? identity : { topic: 'com.topic', ...identity };
    expect(await subscriber.receive()).toEqual([36, subscription, ANY_ID, details, ['Hello, world!']]);
  });

  it.each([{}, { disclose_me: false }])('names nobody who does not ask: %j', async (options) => {
    const [subscriber, publisher] = [await bench.join(FEATURE), await bench.join(FEATURE)];
    const subscription = await subscriber.subscribe('com.topic');

    publisher.send([16, 1, options, 'com.topic']);

    expect(await subscriber.receive()).toEqual([36, subscription, ANY_ID, {}]);
  });

  // "A Broker may also (automatically) disclose the identity of a Publisher even without the Publisher having explicitly requested to do so".
  it('names a publisher where the configuration says so', async () => {
    const [subscriber, publisher] = [await bench.join(FEATURE, REALM2), await bench.join(FEATURE, REALM2)];
    await subscriber.subscribe('com.open');

    publisher.send([16, 1, {}, 'com.open']);

    expect(await subscriber.receive()).toEqual([36, ANY_ID, ANY_ID, expect.objectContaining({ publisher: publisher.session })]);
  });

  // "a Broker may deny a Publisher's request": [8, 16, 239714735, {}, "wamp.error.option_disallowed.disclose_me"]
  it('denies where the configuration says so, and says it where acknowledge is set', async () => {
    const [subscriber, publisher] = [await bench.join(FEATURE, REALM2), await bench.join(FEATURE, REALM2)];
    await subscriber.subscribe('com.closed');

    publisher.send([16, 1, { disclose_me: true, acknowledge: true }, 'com.closed', ['no']], [16, 2, { disclose_me: true }, 'com.closed', ['no']]);
    publisher.send([16, 3, {}, 'com.closed', ['yes']]);

    expect(await publisher.receive()).toEqual([8, 16, 1, {}, 'wamp.error.option_disallowed.disclose_me']);
    expect(await subscriber.receive()).toEqual([36, ANY_ID, ANY_ID, {}, ['yes']]);
    await publisher.silence();
  });
}, {
  realms: {
    realm1: {},
    realm2: {
      roles: {
        anonymous: [
          { uri: 'com.open', allow: ['publish', 'subscribe'], disclose: { publisher: true } },
          { uri: 'com.closed', allow: ['publish', 'subscribe'], disclose: { publisher: false } },
        ],
      },
    },
  },
});
