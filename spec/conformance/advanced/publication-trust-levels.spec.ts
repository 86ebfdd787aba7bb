import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { announced, section } from '../support/section.ts';

const ALL = ['call', 'register', 'publish', 'subscribe'] as const;
const REALMS = {
  realm1: {
    roles: {
      anonymous: [
        { uri: 'com.', match: 'prefix', allow: ALL }, { uri: 'com.trusted', allow: ALL, trustlevel: 2 }, { uri: 'com.lowest', allow: ALL, trustlevel: 0 },
      ],
    },
  },
} as const;

section('Advanced Profile, Publication Trust Levels', (bench) => {
  it('are announced by the broker', async () => {
    expect(announced(await bench.join(), 'broker')).toMatchObject({ publication_trustlevels: true });
  });

  // "A Broker supporting trust level will provide EVENT.Details.trustlevel|integer".
  it.each([['com.trusted', { trustlevel: 2 }], ['com.lowest', { trustlevel: 0 }], ['com.other', {}]])('tell what the configuration says of %s', async (uri, details) => {
    const [subscriber, publisher] = [await bench.join({ subscriber: ['publication_trustlevels'] }), await bench.join()];
    const subscription = await subscriber.subscribe(uri);

    publisher.send([16, 1, {}, uri, ['Hello, world!']]);

    expect(await subscriber.receive()).toEqual([36, subscription, ANY_ID, details, ['Hello, world!']]);
  });

  it('go with the topic to a pattern', async () => {
    const [subscriber, publisher] = [await bench.join({ subscriber: ['publication_trustlevels'] }), await bench.join()];
    const subscription = await subscriber.subscribe('com.', { match: 'prefix' });

    publisher.send([16, 1, {}, 'com.trusted']);

    expect(await subscriber.receive()).toEqual([36, subscription, ANY_ID, { topic: 'com.trusted', trustlevel: 2 }]);
  });
}, { realms: REALMS });
