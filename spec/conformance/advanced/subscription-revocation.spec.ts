import { expect, it } from '@jest/globals';
import { section } from '../support/section.ts';

const FEATURE = { subscriber: ['subscription_revocation'] };
const REMOVE = 'wamp.subscription.remove_subscriber';

// What revokes is a procedure of the router that the text has not: it is Crossbar.io's, for whom a permission names it.
section('Advanced Profile, Subscription Revocation', (bench) => {
  // [UNSUBSCRIBED, 0, Details|dict]: "Details.subscription MUST be a previously issued subscription ID", and a reason MAY be given.
  it('tells the subscriber, and sends no event behind', async () => {
    const [subscriber, other, admin] = [await bench.join(FEATURE), await bench.join(FEATURE), await bench.join()];
    const subscription = await subscriber.subscribe('com.topic');
    await other.subscribe('com.topic');

    expect((await admin.call(REMOVE, [subscription, subscriber.session], { reason: 'no longer authorized' }))[0]).toBe(50);

    expect(await subscriber.receive()).toEqual([35, 0, { subscription, reason: 'no longer authorized' }]);
    admin.send([16, admin.next(), {}, 'com.topic']);
    expect((await other.receive())[0]).toBe(36);
    await subscriber.silence();
  });

  // "If the Subscriber does not support subscription_revocation [...] the Broker MUST NOT send an UNSUBSCRIBED message to the Subscriber."
  it('does not tell a subscriber that does not announce the feature', async () => {
    const [subscriber, admin] = [await bench.join(), await bench.join()];
    const subscription = await subscriber.subscribe('com.topic');

    await admin.call(REMOVE, [subscription, subscriber.session]);

    admin.send([16, admin.next(), {}, 'com.topic']);
    await admin.silence();
    await subscriber.silence();
    subscriber.send([34, subscriber.next(), subscription]);
    expect((await subscriber.receive())[4]).toBe('wamp.error.no_such_subscription');
  });

  // "The Subscriber MAY use the subscription meta event wamp.subscription.on_unsubscribe to determine whether a session is removed".
  it('is told as on_unsubscribe', async () => {
    const [subscriber, watcher, admin] = [await bench.join(FEATURE), await bench.join(), await bench.join()];
    const subscription = await subscriber.subscribe('com.topic');
    await watcher.subscribe('wamp.subscription.on_unsubscribe');

    await admin.call(REMOVE, [subscription, subscriber.session]);

    expect((await watcher.receive())[4]).toEqual([subscriber.session, subscription]);
  });

  it('answers for what is not there', async () => {
    const admin = await bench.join();
    const subscription = await admin.subscribe('com.topic');

    expect((await admin.call(REMOVE, [4711, admin.session]))[4]).toBe('wamp.error.no_such_subscription');
    expect((await admin.call(REMOVE, [subscription, 4711]))[4]).toBe('wamp.error.no_such_session');
  });
}, {
  realms: {
    realm1: {
      roles: {
        anonymous: [{ uri: '', match: 'prefix', allow: ['call', 'subscribe', 'publish', 'register'] }, { uri: REMOVE, allow: ['call'] }],
      },
    },
  },
});
