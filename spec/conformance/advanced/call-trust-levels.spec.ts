import { expect, it } from '@jest/globals';
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

section('Advanced Profile, Call Trust Levels', (bench) => {
  it('are announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ call_trustlevels: true });
  });

  // "A Dealer supporting trust level will provide INVOCATION.Details.trustlevel|integer", "according to the Dealer configuration".
  it.each([['com.trusted', { trustlevel: 2 }], ['com.lowest', { trustlevel: 0 }], ['com.other', {}]])('tell what the configuration says of %s', async (uri, details) => {
    const [callee, caller] = [await bench.join({ callee: ['call_trustlevels'] }), await bench.join()];
    const registration = await callee.register(uri);

    caller.send([48, 1, {}, uri, ['Hello, world!']]);

    expect(await callee.receive()).toEqual([68, 1, registration, details, ['Hello, world!']]);
  });

  it('cannot be claimed by a caller', async () => {
    const [callee, caller] = [await bench.join({ callee: ['call_trustlevels'] }), await bench.join()];
    const registration = await callee.register('com.lowest');

    caller.send([48, 1, { trustlevel: 9 }, 'com.lowest']);

    expect(await callee.receive()).toEqual([68, 1, registration, { trustlevel: 0 }]);
  });
}, { realms: REALMS });
