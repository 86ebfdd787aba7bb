import { expect, it } from '@jest/globals';
import { NEVER } from 'rxjs';
import type { Verifier } from '../../../lib/router/index.ts';
import type { Peer } from '../support/peer.ts';
import { roles, section, welcomed, type Bench } from '../support/section.ts';

/** Asks once. */
const ASKING: Verifier = {
  method: 'asking',
  begin: () => ({
    is: 'question', extra: { hint: 'one' },
    check: ({ signature }) => signature === 'one' ? { is: 'accept', authid: 'joe', authrole: 'user' } : { is: 'deny' },
  }),
};

const FAILING: Verifier = { method: 'failing', begin: () => { throw new Error('no database'); } };
const NEVER_READY: Verifier = { method: 'never', begin: () => NEVER };

async function applied(bench: Bench, realm: string, method: string): Promise<Peer> {
  const peer = await bench.connect();
  peer.send([1, realm, { roles: roles(), authmethods: [method] }]);
  return peer;
}

section('Advanced Profile, Authentication Methods', (bench) => {
  // "To request authentication, the Router MUST send a CHALLENGE message", and "If the authentication succeeds, [...] a WELCOME message".
  it('takes a round of CHALLENGE and AUTHENTICATE', async () => {
    const peer = await applied(bench, 'realm1', 'asking');

    expect(await peer.receive()).toEqual([4, 'asking', { hint: 'one' }]);
    peer.send([5, 'one', {}]);

    expect((await welcomed(peer)).welcome).toMatchObject({ authid: 'joe', authrole: 'user', authmethod: 'asking' });
  });

  // "else it MUST send an ABORT message".
  it('aborts whose answer is wrong', async () => {
    const peer = await applied(bench, 'realm1', 'asking');
    await peer.receive();

    peer.send([5, 'two', {}]);

    const [type, , reason] = await peer.receive();
    expect([type, reason]).toEqual([3, expect.stringMatching(/^wamp\.error\.authentication_/u)]);
    await peer.closed();
  });

  // The state chart of "Sessions": what may be received while a session is CHALLENGING is AUTHENTICATE; "(13) Received other" fails it.
  it.each<readonly [string, readonly unknown[]]>([
    ['HELLO', [1, 'realm1', { roles: roles() }]], ['SUBSCRIBE', [32, 1, {}, 'com.topic']], ['GOODBYE', [6, {}, 'wamp.close.close_realm']],
    ['AUTHENTICATE without a signature', [5]], ['AUTHENTICATE with a signature that is a number', [5, 1, {}]],
  ])('aborts who answers a challenge with %s', async (_, list) => {
    const peer = await applied(bench, 'realm1', 'asking');
    await peer.receive();

    peer.send(list);

    await peer.aborted('wamp.error.protocol_violation');
  });

  it('aborts who does not wait for the challenge', async () => {
    const peer = await applied(bench, 'realm1', 'never');

    peer.send([5, 'one', {}]);

    await peer.aborted('wamp.error.protocol_violation');
  });

  // authentication_failed: "rejected due to a technical runtime failure ("fail secure" operation)".
  it('aborts where the router itself fails', async () => {
    const peer = await applied(bench, 'realm1', 'failing');

    await peer.aborted('wamp.error.authentication_failed');
  });

  // "Such requirement MAY be based on the Realm the connection is requested for."
  it('asks by realm', async () => {
    const peer = await applied(bench, 'realm2', 'anonymous');

    expect((await welcomed(peer)).welcome).toMatchObject({ authmethod: 'anonymous', authrole: 'guest' });
  });
}, {
  realms: { realm1: { auth: [ASKING, FAILING, NEVER_READY] }, realm2: { auth: { anonymous: { role: 'guest' } } } },
});
