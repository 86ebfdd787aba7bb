import { expect, it } from '@jest/globals';
import { ANY_ID } from '../support/peer.ts';
import { Bench, roles, section } from '../support/section.ts';

section('Basic Profile, Session Closing', (bench) => {
  // "a GOODBYE sent by one Peer and a GOODBYE message sent from the other Peer in response", which "must be replied to by the receiving Peer".
  it('answers GOODBYE with goodbye_and_out', async () => {
    const peer = await bench.join();

    peer.send([6, { message: 'The host is shutting down now.' }, 'wamp.close.system_shutdown']);

    expect(await peer.receive()).toEqual([6, {}, 'wamp.close.goodbye_and_out']);
    await peer.closed();
  });

  // "A subscription lasts for the duration of a session."
  it('lets nothing of the session outlive GOODBYE', async () => {
    const [leaving, staying] = [await bench.join(), await bench.join()];
    await leaving.subscribe('com.topic');
    await leaving.register('com.procedure');

    await leaving.leave();

    expect(await staying.call('com.procedure')).toEqual([8, 48, 1, {}, 'wamp.error.no_such_procedure']);
    await staying.register('com.procedure');
  });

  // "A WAMP session [...] ends when the underlying transport disappears".
  it('lets nothing of the session outlive its connection', async () => {
    const [lost, staying] = [await bench.join({ callee: ['call_canceling'] }), await bench.join()];
    await lost.register('com.procedure');
    staying.send([48, 1, {}, 'com.procedure']);
    expect(await lost.receive()).toEqual([68, 1, ANY_ID, {}]);

    lost.cut();

    expect(await staying.receive()).toEqual([8, 48, 1, {}, 'wamp.error.canceled', [expect.any(String)]]);
    expect(await staying.call('com.procedure')).toEqual([8, 48, 2, {}, 'wamp.error.no_such_procedure']);
  });

  // "No response to an ABORT message is expected", and "ABORT is never replied to by a Peer".
  it('does not answer ABORT', async () => {
    const peer = await bench.join();

    peer.send([3, {}, 'wamp.error.protocol_violation']);

    await peer.closed();
    await expect(peer.receive()).rejects.toThrow('got close');
  });

  // [ABORT, Details|dict, Reason|uri, Arguments|list, ArgumentsKw|dict]
  it('takes an ABORT that says more', async () => {
    const [peer, other] = [await bench.join(), await bench.join()];

    peer.send([3, {}, 'wamp.error.protocol_violation', ['why'], { code: 7 }]);

    await peer.closed();
    await other.silence();
  });

  // "Both the Router and the Client may abort a WAMP session", also "during session opening".
  it('takes an ABORT before there is a session', async () => {
    const peer = await bench.connect();

    peer.send([3, {}, 'wamp.close.close_realm']);

    await peer.closed();
  });

  // "Reason MUST be a URI. Details MUST be a dictionary".
  it.each<readonly [string, readonly unknown[]]>([
    ['a reason that is no URI', [6, {}, 'not a uri']],
    ['no reason', [6, {}]],
    ['details that are no dictionary', [6, [], 'wamp.close.close_realm']],
  ])('aborts who says GOODBYE with %s', async (_, list) => {
    const peer = await bench.join();

    peer.send(list);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // "WAMP implementations MAY choose to tie the lifetime of the underlying transport connection [...] to that of a WAMP session".
  it('closes the connection with the session', async () => {
    const peer = await bench.join();

    peer.send([6, {}, 'wamp.close.close_realm'], [1, 'realm1', { roles: roles() }]);

    expect(await peer.receive()).toEqual([6, {}, 'wamp.close.goodbye_and_out']);
    await peer.closed();
    await expect(peer.receive()).rejects.toThrow('got close');
  });

  // [6, {"message": ...}, "wamp.close.system_shutdown"] from one peer, and "the other peer replies" goodbye_and_out.
  it('is begun by the router where it shuts down, and ends with the answer of the client', async () => {
    const closing = new Bench(bench.format, { realms: { realm1: {} } });
    await closing.open();
    const peer = await closing.join();

    const closed = closing.close();

    expect(await peer.receive()).toEqual([6, {}, 'wamp.close.system_shutdown']);
    peer.send([6, {}, 'wamp.close.goodbye_and_out']);
    await Promise.all([peer.closed(), closed]);
    await expect(peer.receive()).rejects.toThrow('got close');
  });

  // The state chart of "Sessions": SHUTTING DOWN, "(14) Received other / ignore".
  it('ignores what a client says before it answers', async () => {
    const closing = new Bench(bench.format, { realms: { realm1: {} } });
    await closing.open();
    const peer = await closing.join();
    const closed = closing.close();
    expect((await peer.receive())[0]).toBe(6);

    peer.send([32, 1, {}, 'com.topic'], [48, 2, {}, 'com.nothing'], [6, {}, 'wamp.close.goodbye_and_out']);

    await Promise.all([peer.closed(), closed]);
    await expect(peer.receive()).rejects.toThrow('got close');
  });
});
