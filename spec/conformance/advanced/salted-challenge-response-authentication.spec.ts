import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { scramVerifier } from '../../../lib/auth/scram.ts';
import type { Peer } from '../support/peer.ts';
import { roles, section, welcomed, type Bench } from '../support/section.ts';

interface Challenge {
  readonly nonce: string;
  readonly salt: string;
  readonly kdf: string;
  readonly iterations: number;
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((octet, at) => octet ^ b[at]!));

/** The test vector of RFC 7677: user, pencil, and the salt that stands there. */
const SALT = 'W22ZaJ0SNY7soEsUEjb6gQ==';
const SALTED = pbkdf2Sync('pencil', Buffer.from(SALT, 'base64'), 4096, 32, 'sha256');
const USER = {
  kdf: 'pbkdf2', salt: SALT, iterations: 4096, role: 'frontend',
  storedKey: sha256(hmac(SALTED, 'Client Key')).toString('base64'), serverKey: hmac(SALTED, 'Server Key').toString('base64'),
} as const;

const CLIENT_NONCE = 'egVDf3DMJh0=';

/** "Initial Client Authentication Message", and CHALLENGE.Extra. */
async function challenged(bench: Bench, authid = 'user'): Promise<readonly [Peer, Challenge]> {
  const peer = await bench.connect();
  peer.send([1, 'realm1', { roles: roles(), authmethods: ['wamp-scram'], authid, authextra: { nonce: CLIENT_NONCE, channel_binding: null } }]);
  const [type, method, extra] = await peer.receive();
  expect([type, method]).toEqual([4, 'wamp-scram']);
  return [peer, extra as Challenge];
}

/** "AuthMessage". */
function authMessage({ nonce, salt, iterations }: Challenge): string {
  return `n=user,r=${CLIENT_NONCE},r=${nonce},s=${salt},i=${iterations},c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
}

/** "ClientProof". */
function proof(salted: Buffer, message: string): string {
  const clientKey = hmac(salted, 'Client Key');
  return xor(clientKey, hmac(sha256(clientKey), message)).toString('base64');
}

section('Advanced Profile, Salted Challenge Response Authentication', (bench) => {
  // "A server-generated nonce that is appended to the client-generated nonce", with salt, kdf and costs of the user.
  it('sends a challenge with what is kept of the user', async () => {
    const [, challenge] = await challenged(bench);

    expect(challenge).toMatchObject({ salt: SALT, kdf: 'pbkdf2', iterations: 4096 });
    expect(challenge.nonce.startsWith(CLIENT_NONCE)).toBe(true);
    expect(Buffer.from(challenge.nonce.slice(CLIENT_NONCE.length), 'base64').length).toBeGreaterThanOrEqual(16);
  });

  // "If the authentication succeeds, the server SHALL finally respond with a WELCOME message", with "The base64-encoded ServerSignature".
  it('lets those in who prove that they have the password, and proves that it knows them', async () => {
    const [peer, challenge] = await challenged(bench);
    const message = authMessage(challenge);

    peer.send([5, proof(SALTED, message), { nonce: challenge.nonce, channel_binding: null, cbind_data: null }]);

    const { welcome } = await welcomed(peer);
    expect(welcome).toMatchObject({ authid: 'user', authrole: 'frontend', authmethod: 'wamp-scram', authprovider: expect.any(String) });
    const { verifier } = welcome['authextra'] as { readonly verifier: string };
    // The example of the text writes v= before it, which its own words do not have.
    expect(verifier.replace(/^v=/u, '')).toBe(hmac(hmac(SALTED, 'Server Key'), message).toString('base64'));
  });

  it.each<readonly [string, (challenge: Challenge) => readonly [string, object]]>([
    ['the proof of another password', (challenge) => [proof(hmac(SALTED, 'other'), authMessage(challenge)), { nonce: challenge.nonce }]],
    ['another nonce', (challenge) => [proof(SALTED, authMessage(challenge)), { nonce: `${challenge.nonce}AAAA` }]],
    ['no nonce', (challenge) => [proof(SALTED, authMessage(challenge)), {}]],
    ['a channel binding that HELLO did not have', (challenge) => [proof(SALTED, authMessage(challenge)), { nonce: challenge.nonce, channel_binding: 'tls-unique', cbind_data: 'AAAA' }]],
    ['nothing', () => ['', {}]],
  ])('aborts who answers with %s', async (_, answer) => {
    const [peer, challenge] = await challenged(bench);
    const [signature, extra] = answer(challenge);

    peer.send([5, signature, extra]);

    await peer.aborted('wamp.error.authentication_denied');
  });

  // "The the server does not support the requested channel_binding type": it MUST abort.
  it('aborts who asks for a channel binding', async () => {
    const peer = await bench.connect();

    peer.send([1, 'realm1', { roles: roles(), authmethods: ['wamp-scram'], authid: 'user', authextra: { nonce: CLIENT_NONCE, channel_binding: 'tls-unique' } }]);

    expect((await peer.receive())[0]).toBe(3);
    await peer.closed();
  });

  // "This mock CHALLENGE SHOULD contain a generated salt value that is always the same for a given authid".
  it('does not tell whether a name is known', async () => {
    const [first, challenge] = await challenged(bench, 'nobody');
    const [second, again] = await challenged(bench, 'nobody');

    expect(again.salt).toBe(challenge.salt);
    expect(Object.keys(challenge).sort()).toEqual(Object.keys((await challenged(bench))[1]).sort());
    for (const peer of [first, second]) {
      peer.send([5, proof(SALTED, authMessage(challenge)), { nonce: challenge.nonce }]);
      await peer.aborted('wamp.error.authentication_denied');
    }
  });
}, { realms: { realm1: { auth: [scramVerifier({ users: { user: USER } })] } } });
