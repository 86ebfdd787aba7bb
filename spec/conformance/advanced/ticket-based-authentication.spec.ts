import { expect, it } from '@jest/globals';
import type { Peer } from '../support/peer.ts';
import { roles, section, welcomed, type Bench } from '../support/section.ts';

/** A client that has said who it wants to be. */
async function applied(bench: Bench, details: object): Promise<Peer> {
  const peer = await bench.connect();
  peer.send([1, 'realm1', { roles: roles(), ...details }]);
  return peer;
}

const JOE = { authmethods: ['ticket'], authid: 'joe' };

section('Advanced Profile, Ticket-based Authentication', (bench) => {
  // [4, "ticket", {}], [5, "secret!!!", {}], and WELCOME with "the authentication ID the client was (actually) authenticated as".
  it('lets those in who have the ticket, and tells them who they are', async () => {
    const peer = await applied(bench, JOE);
    expect(await peer.receive()).toEqual([4, 'ticket', {}]);

    peer.send([5, 'secret!!!', {}]);

    expect((await welcomed(peer)).welcome).toMatchObject({ authid: 'joe', authrole: 'user', authmethod: 'ticket', authprovider: expect.any(String) });
    await peer.silence();
  });

  // "If the authentication fails, the server will response with an ABORT message", of which "Advanced Profile URIs" has the reasons.
  it.each(['wrong', '', 'secret!!! '])('aborts who has another ticket: %j', async (ticket) => {
    const peer = await applied(bench, JOE);
    await peer.receive();

    peer.send([5, ticket, {}]);

    await peer.aborted('wamp.error.authentication_denied');
  });

  // "For Ticket-based authentication, this MUST be provided."
  it('aborts who does not say who he is', async () => {
    const peer = await applied(bench, { authmethods: ['ticket'] });

    const [type] = await peer.receive();
    expect(type).toBe(3);
    await peer.closed();
  });

  it('does not tell whether a name is known', async () => {
    const peer = await applied(bench, { authmethods: ['ticket'], authid: 'nobody' });

    expect(await peer.receive()).toEqual([4, 'ticket', {}]);
    peer.send([5, 'secret!!!', {}]);

    await peer.aborted('wamp.error.authentication_denied');
  });

  // "it'll either skip forward trying other authentication methods (if the client announced any) or send an ABORT message".
  it('skips methods that it does not know', async () => {
    const peer = await applied(bench, { authmethods: ['com.unknown', 'cookie', 'ticket'], authid: 'joe' });

    expect(await peer.receive()).toEqual([4, 'ticket', {}]);
  });

  it.each<readonly [string, object]>([
    ['offers only what is not known', { authmethods: ['com.unknown'], authid: 'joe' }], ['offers nothing', {}],
    ['is anonymous, where that is not allowed', { authmethods: ['anonymous'] }],
  ])('aborts who %s', async (_, details) => {
    const peer = await applied(bench, details);

    await peer.aborted('wamp.error.no_matching_auth_method');
  });
}, { realms: { realm1: { auth: { ticket: { users: { joe: { ticket: 'secret!!!', role: 'user' } } } } } } });
