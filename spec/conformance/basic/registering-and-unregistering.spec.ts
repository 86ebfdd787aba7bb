import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { section } from '../support/section.ts';

section('Basic Profile, Registering and Unregistering', (bench) => {
  // [REGISTERED, REGISTER.Request|id, Registration|id]
  it('answers REGISTER with REGISTERED', async () => {
    const callee = await bench.join();

    callee.send([64, 1, {}, 'com.myapp.myprocedure1']);

    expect(await callee.receive()).toEqual([65, 1, ANY_ID]);
    await callee.silence();
  });

  // "A procedure could not be registered, since a procedure with the given URI is already registered."
  it('answers procedure_already_exists where it is taken, also by the callee itself', async () => {
    const [callee, other] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');

    callee.send([64, 2, {}, 'com.procedure']);
    other.send([64, 1, {}, 'com.procedure']);

    expect(await callee.receive()).toEqual([8, 64, 2, {}, 'wamp.error.procedure_already_exists']);
    expect(await other.receive()).toEqual([8, 64, 1, {}, 'wamp.error.procedure_already_exists']);
  });

  // "When a Callee is no longer willing to provide an implementation": [UNREGISTERED, UNREGISTER.Request|id].
  it('sends no invocation behind UNREGISTERED, and lets others register', async () => {
    const [callee, other] = [await bench.join(), await bench.join()];
    const registration = await callee.register('com.procedure');

    callee.send([66, 2, registration]);

    expect(await callee.receive()).toEqual([67, 2]);
    expect(await other.call('com.procedure')).toEqual([8, 48, 1, {}, 'wamp.error.no_such_procedure']);
    await other.register('com.procedure');
    await callee.silence();
  });

  it('lets a call that runs when its procedure is unregistered come to its end', async () => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    const registration = await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    callee.send([66, 2, registration], [70, 1, {}, ['done']]);

    expect(await callee.receive()).toEqual([67, 2]);
    expect(await caller.receive()).toEqual([50, 1, {}, ['done']]);
  });

  // [ERROR, UNREGISTER, UNREGISTER.Request|id, Details|dict, Error|uri]: "the given registration is not active".
  it('answers no_such_registration to whom a registration does not belong', async () => {
    const [a, b] = [await bench.join(), await bench.join()];
    const registration = await a.register('com.procedure');

    b.send([66, 1, registration], [66, 2, 4711]);
    a.send([66, 2, registration], [66, 3, registration]);

    expect(await b.receiveMany(2)).toEqual([[8, 66, 1, {}, 'wamp.error.no_such_registration'], [8, 66, 2, {}, 'wamp.error.no_such_registration']]);
    expect(await a.receiveMany(2)).toEqual([[67, 2], [8, 66, 3, {}, 'wamp.error.no_such_registration']]);
  });
});
