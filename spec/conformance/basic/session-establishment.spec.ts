import { expect, it } from '@jest/globals';
import { announced, roles, section, welcomed } from '../support/section.ts';

section('Basic Profile, Session Establishment', (bench) => {
  // "A Router completes the opening of a WAMP session by sending a WELCOME reply message to the Client", which "MUST be the first
  // message sent by the Router".
  it('answers HELLO with WELCOME and nothing else', async () => {
    const peer = await bench.connect();

    peer.send([1, 'realm1', { roles: roles() }]);

    expect(await peer.receive()).toEqual([2, expect.any(Number), expect.any(Object)]);
    await peer.silence();
  });

  // "The HELLO message MUST be the very first message sent by the Client after the transport has been established."
  it.each<readonly [string, readonly unknown[]]>([
    ['SUBSCRIBE', [32, 1, {}, 'com.topic']],
    ['PUBLISH', [16, 1, {}, 'com.topic']],
    ['CALL', [48, 1, {}, 'com.procedure']],
    ['REGISTER', [64, 1, {}, 'com.procedure']],
    ['AUTHENTICATE', [5, 'signature', {}]],
  ])('aborts who begins with %s', async (_, list) => {
    const peer = await bench.connect();

    peer.send(list);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // "It is a protocol error to receive a second HELLO message during the lifetime of the session and the Peer MUST close the session."
  it('aborts who says HELLO a second time', async () => {
    const peer = await bench.join();

    peer.send([1, 'realm1', { roles: roles() }]);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // "A Client can support any combination of the above roles but must support at least one role."
  it.each(['publisher', 'subscriber', 'caller', 'callee'])('takes a client that is a %s alone', async (role) => {
    const peer = await bench.connect();

    peer.send([1, 'realm1', { roles: { [role]: {} } }]);

    await welcomed(peer);
  });

  it.each<readonly [string, object]>([
    ['no roles', {}],
    ['no role among its roles', { roles: {} }],
    ['roles that are no dictionary', { roles: ['caller'] }],
    ['only roles that are none of a client', { roles: { broker: {}, dealer: {} } }],
  ])('aborts a client that announces %s', async (_, details) => {
    const peer = await bench.connect();

    peer.send([1, 'realm1', details]);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // "A Router MUST announce the roles it supports via Welcome.Details.roles|dict", and MUST "list the specific set of features".
  it('announces both roles of a router, and their features', async () => {
    const peer = await bench.join();

    expect(announced(peer, 'broker')).toMatchObject({ publisher_exclusion: true, pattern_based_subscription: true });
    expect(announced(peer, 'dealer')).toMatchObject({ call_canceling: true, shared_registration: true });
    expect(Object.keys(peer.welcome['roles'] as object).sort()).toEqual(['broker', 'dealer']);
  });

  // "both the HELLO and the WELCOME message MAY disclose the WAMP implementation in use": an agent is taken, and is not asked for.
  it('takes a client that identifies its agent', async () => {
    const peer = await bench.join({}, { details: { agent: 'AutobahnJS-0.9.14' } });

    await peer.silence();
  });

  // "A router may e.g. automatically create the realm, or deny the establishment of the session with a ABORT reply message."
  it('denies a realm that does not exist', async () => {
    const peer = await bench.connect();

    peer.send([1, 'com.nowhere', { roles: roles() }]);

    await peer.aborted('wamp.error.no_such_realm');
  });

  // "Session MUST be a randomly generated ID specific to the WAMP session."
  it('gives each session an id of its own', async () => {
    const [a, b] = [await bench.join(), await bench.join()];

    expect(a.session).not.toBe(b.session);
  });

  it('keeps realms apart', async () => {
    const here = await bench.join();
    const there = await bench.join({}, { realm: 'realm2' });
    await there.subscribe('com.topic');
    await there.register('com.procedure');

    here.send([16, 1, {}, 'com.topic']);
    const answer = await here.call('com.procedure');

    expect(answer).toEqual([8, 48, 2, {}, 'wamp.error.no_such_procedure']);
    await there.silence();
  });
}, { realms: { realm1: {}, realm2: {} } });
