import { expect, it } from '@jest/globals';
import { section } from '../support/section.ts';

section('Basic Profile, Calling and Invocations', (bench) => {
  // CALL, INVOCATION, YIELD and RESULT, with the payloads of the examples.
  it.each<readonly [string, readonly unknown[], readonly unknown[]]>([
    ['com.myapp.ping', [], []],
    ['com.myapp.echo', [['Hello, world!']], [['Hello, world!']]],
    ['com.myapp.add2', [[23, 7]], [[30]]],
    ['com.myapp.user.new', [['johnny'], { firstname: 'John', surname: 'Doe' }], [[], { userid: 123, karma: 10 }]],
  ])('takes a call of %s there and back', async (procedure, given, returned) => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    const registration = await callee.register(procedure);

    caller.send([48, 1, {}, procedure, ...given]);

    expect(await callee.receive()).toEqual([68, 1, registration, {}, ...given]);
    callee.send([70, 1, {}, ...returned]);
    expect(await caller.receive()).toEqual([50, 1, {}, ...returned]);
    await caller.silence();
  });

  // "there may be more than one call outstanding", and "no guarantees on the order of call results".
  it('holds any number of calls open, and takes their answers in any order', async () => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    const calls = Array.from({ length: 50 }, (_, at) => at + 1);

    for (const id of calls) caller.send([48, id, {}, 'com.procedure', [id]]);
    const invocations = await callee.receiveMany(calls.length);
    for (const [, request, , , args] of [...invocations].reverse()) callee.send([70, request, {}, args]);

    expect(await caller.receiveMany(calls.length)).toEqual([...calls].reverse().map((id) => [50, id, {}, [id]]));
  });

  it('lets a session call what it has registered itself', async () => {
    const peer = await bench.join();
    const registration = await peer.register('com.procedure');

    peer.send([48, 2, {}, 'com.procedure', [1]]);

    expect(await peer.receive()).toEqual([68, 1, registration, {}, [1]]);
    peer.send([70, 1, {}, [2]]);
    expect(await peer.receive()).toEqual([50, 2, {}, [2]]);
  });

  // "Error|uri: a URI that identifies the error [...] as returned by the Callee", with the "original error payload".
  it.each<readonly [string, readonly unknown[]]>([
    ['no payload', []], ['a list', [['Object is write protected.']]], ['both', [['Object is write protected.'], { severity: 3 }]],
  ])('hands on an ERROR of the callee with %s', async (_, payload) => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    callee.send([8, 68, 1, {}, 'com.myapp.error.object_write_protected', ...payload]);

    expect(await caller.receive()).toEqual([8, 48, 1, {}, 'com.myapp.error.object_write_protected', ...payload]);
  });

  // "If the original call already failed at the Dealer before the call would have been forwarded".
  it('answers no_such_procedure where nobody has registered it', async () => {
    const caller = await bench.join();

    expect(await caller.call('com.nothing')).toEqual([8, 48, 1, {}, 'wamp.error.no_such_procedure']);
  });

  it('gives each call to the callee that has registered its procedure, and its answer to its caller alone', async () => {
    const [first, second, caller, bystander] = [await bench.join(), await bench.join(), await bench.join(), await bench.join()];
    const registrations = [await first.register('com.first'), await second.register('com.second')];

    caller.send([48, 1, {}, 'com.second', ['b']], [48, 2, {}, 'com.first', ['a']]);

    expect(await first.receive()).toEqual([68, 1, registrations[0], {}, ['a']]);
    expect(await second.receive()).toEqual([68, 1, registrations[1], {}, ['b']]);
    first.send([70, 1, {}, ['A']]);
    expect(await caller.receive()).toEqual([50, 2, {}, ['A']]);
    await bystander.silence();
  });

  // An answer is that of the one who was asked: a session cannot answer for another.
  it('takes an answer from nobody but the callee', async () => {
    const [callee, stranger, caller] = [await bench.join(), await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    await stranger.register('com.other');
    caller.send([48, 1, {}, 'com.other']);
    await stranger.receive();
    stranger.send([70, 1, {}]);
    await caller.receive();
    caller.send([48, 2, {}, 'com.procedure']);
    await callee.receive();

    stranger.send([70, 1, {}, ['forged']]);
    await stranger.silence();
    callee.send([70, 1, {}, ['true']]);

    expect(await caller.receive()).toEqual([50, 2, {}, ['true']]);
  });

  it('drops an answer that comes a second time', async () => {
    const [callee, caller] = [await bench.join(), await bench.join()];
    await callee.register('com.procedure');
    caller.send([48, 1, {}, 'com.procedure']);
    await callee.receive();

    callee.send([70, 1, {}, ['first']], [70, 1, {}, ['second']], [8, 68, 1, {}, 'com.error']);
    await callee.silence();

    expect(await caller.receive()).toEqual([50, 1, {}, ['first']]);
    await caller.silence();
  });
});
