import { expect, it } from '@jest/globals';
import { announced, resultOf, section } from '../support/section.ts';

section('Advanced Profile, Registration Revocation', (bench) => {
  it('is announced by the dealer', async () => {
    expect(announced(await bench.join(), 'dealer')).toMatchObject({ registration_revocation: true });
  });

  // [UNREGISTERED, 0, Details|dict]: "Details.registration MUST be a previously issued registration ID", and a reason MAY be given. What
  // revokes is force_reregister, which other routers have too.
  it('tells the callee whose registration is taken', async () => {
    const [old, taker, caller] = [await bench.join({ callee: ['registration_revocation'] }), await bench.join(), await bench.join()];
    const registration = await old.register('com.procedure');

    const taken = await taker.register('com.procedure', { force_reregister: true });

    expect(await old.receive()).toEqual([67, 0, { registration, reason: expect.any(String) }]);
    caller.send([48, 1, {}, 'com.procedure']);
    expect(await taker.receive()).toEqual([68, 1, taken, {}]);
    await old.silence();
  });

  // "If the Callee does not support registration_revocation [...] the Dealer MUST NOT send an UNREGISTERED message to the Callee."
  it('does not tell a callee that does not announce the feature', async () => {
    const [old, taker] = [await bench.join(), await bench.join()];
    const registration = await old.register('com.procedure');

    await taker.register('com.procedure', { force_reregister: true });

    await old.silence();
    old.send([66, old.next(), registration]);
    expect((await old.receive())[4]).toBe('wamp.error.no_such_registration');
  });

  it('lets what the old callee runs come to its end', async () => {
    const [old, taker, caller] = [await bench.join({ callee: ['registration_revocation'] }), await bench.join(), await bench.join()];
    await old.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await old.receive();

    await taker.register('com.procedure', { force_reregister: true });
    expect((await old.receive())[0]).toBe(67);
    old.send([70, 1, {}, ['done']]);

    expect(await caller.receive()).toEqual([50, 1, {}, ['done']]);
  });

  // "a Dealer [...] actively revoke a previously granted registration", by the procedure that Crossbar.io has for it.
  it('tells the callee that is removed from a registration, and leaves the others in it', async () => {
    const [old, other] = [await bench.join({ callee: ['registration_revocation'] }), await bench.join()];
    const admin = await bench.join();
    const registration = await old.register('com.procedure', { invoke: 'first' });
    await other.register('com.procedure', { invoke: 'first' });
    other.serve('other');

    expect((await admin.call('wamp.registration.remove_callee', [registration, old.session], { reason: 'moving endpoint to other callee' }))[0]).toBe(50);

    expect(await old.receive()).toEqual([67, 0, { registration, reason: 'moving endpoint to other callee' }]);
    expect(resultOf(await admin.call('com.procedure'))).toBe('other');
    await old.silence();
  });

  // "The Callee MAY use the registration meta event wamp.registration.on_unregister to determine whether a session is removed".
  it('is told as on_unregister', async () => {
    const [old, watcher, taker] = [await bench.join(), await bench.join(), await bench.join()];
    const registration = await old.register('com.procedure');
    await watcher.subscribe('wamp.registration.on_unregister');

    await taker.register('com.procedure', { force_reregister: true });

    expect((await watcher.receive())[4]).toEqual([old.session, registration]);
  });
}, {
  realms: {
    realm1: {
      roles: {
        anonymous: [
          { uri: '', match: 'prefix', allow: ['call', 'subscribe', 'publish', 'register'] }, { uri: 'wamp.registration.remove_callee', allow: ['call'] },
        ],
      },
    },
  },
});
