import { createHmac, pbkdf2Sync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { Peer } from '../support/peer.ts';
import { roles, section, welcomed, type Bench } from '../support/section.ts';

interface Challenge {
  readonly challenge: string;
  readonly salt?: string;
  readonly keylen?: number;
  readonly iterations?: number;
}

const SALTED = pbkdf2Sync('secret2', 'salt123', 1000, 32, 'sha256').toString('base64');

/** Asks to join, and gives CHALLENGE.Extra. */
async function challenged(bench: Bench, authid: string): Promise<readonly [Peer, Challenge]> {
  const peer = await bench.connect();
  peer.send([1, 'realm1', { roles: roles(), authmethods: ['wampcra'], authid }]);
  const [type, method, extra] = await peer.receive();
  expect([type, method]).toEqual([4, 'wampcra']);
  return [peer, extra as Challenge];
}

/** "signature := HMAC[SHA256]_{secret} (challenge)", as base64. */
function sign(secret: string, challenge: string): string {
  return createHmac('sha256', secret).update(challenge).digest('base64');
}

section('Advanced Profile, Challenge Response Authentication', (bench) => {
  // "a JSON serialized object which MUST contain: authid, authrole, authmethod, authprovider, nonce, timestamp, session".
  it('sends a challenge that has all it must have', async () => {
    const [, { challenge, ...extra }] = await challenged(bench, 'peter');

    expect(JSON.parse(challenge)).toEqual({
      authid: 'peter', authrole: 'user', authmethod: 'wampcra', authprovider: expect.any(String), nonce: expect.any(String),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/u), session: expect.any(Number),
    });
    expect(extra).toEqual({});
  });

  // "The WELCOME.Details again contain the actual authentication information active", and session is "the WAMP session ID that will be assigned".
  it('lets those in who sign it, under the session that it names', async () => {
    const [peer, { challenge }] = await challenged(bench, 'peter');

    peer.send([5, sign('secret1', challenge), {}]);

    await welcomed(peer);
    expect(peer.welcome).toMatchObject({ authid: 'peter', authrole: 'user', authmethod: 'wampcra', authprovider: expect.any(String) });
    expect(peer.session).toBe((JSON.parse(challenge) as { readonly session: number }).session);
  });

  // "The CHALLENGE.Details.salt|string is the password salt in use", with keylen and iterations for PBKDF2.
  it('takes a key that was derived from a salted password', async () => {
    const [peer, { challenge, salt, keylen, iterations }] = await challenged(bench, 'paula');

    expect([salt, keylen, iterations]).toEqual(['salt123', 32, 1000]);
    const key = pbkdf2Sync('secret2', salt!, iterations!, keylen!, 'sha256').toString('base64');
    peer.send([5, sign(key, challenge), {}]);

    expect((await welcomed(peer)).welcome).toMatchObject({ authid: 'paula' });
  });

  it.each<readonly [string, (challenge: string) => string]>([
    ['with another secret', (challenge) => sign('secret2', challenge)],
    ['something else', (challenge) => sign('secret1', `${challenge} `)],
    ['and cuts the signature short', (challenge) => sign('secret1', challenge).slice(0, -1)],
    ['nothing', () => ''],
  ])('aborts who signs %s', async (_, answer) => {
    const [peer, { challenge }] = await challenged(bench, 'peter');

    peer.send([5, answer(challenge), {}]);

    await peer.aborted('wamp.error.authentication_denied');
  });

  // "random information (the nonce) to make WAMP-CRA robust against replay attacks".
  it('does not take a signature a second time', async () => {
    const [first, { challenge }] = await challenged(bench, 'peter');
    first.send([5, sign('secret1', challenge), {}]);
    await welcomed(first);
    const [second, { challenge: other }] = await challenged(bench, 'peter');

    second.send([5, sign('secret1', challenge), {}]);

    expect(other).not.toBe(challenge);
    await second.aborted('wamp.error.authentication_denied');
  });

  it('does not tell whether a name is known', async () => {
    const [peer, { challenge }] = await challenged(bench, 'nobody');

    expect(Object.keys(JSON.parse(challenge) as object).sort()).toEqual(['authid', 'authmethod', 'authprovider', 'authrole', 'nonce', 'session', 'timestamp']);
    peer.send([5, sign('', challenge), {}]);
    await peer.aborted('wamp.error.authentication_denied');
  });

  // "the AUTHENTICATE message was sent in due time".
  it('aborts who takes too long', async () => {
    const [peer] = await challenged(bench, 'peter');

    bench.clock.pass(10_000);

    await peer.aborted('wamp.error.authentication_failed');
  });

  // "If the server is unwilling or unable to perform WAMP-CRA authentication, it MAY [...] send an ABORT message."
  it('aborts who does not say who he is', async () => {
    const peer = await bench.connect();

    peer.send([1, 'realm1', { roles: roles(), authmethods: ['wampcra'] }]);

    expect((await peer.receive())[0]).toBe(3);
    await peer.closed();
  });
}, {
  realms: {
    realm1: {
      auth: { wampcra: { users: { peter: { secret: 'secret1', role: 'user' }, paula: { secret: SALTED, salt: 'salt123', iterations: 1000, keylen: 32, role: 'user' } } } },
    },
  },
});
