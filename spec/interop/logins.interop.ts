/** A client of ours logs in at Crossbar.io, which WAMP_INTEROP names, by every method that it has. WAMP_INTEROP_KEY is its public key. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Authenticator } from '../../lib/auth/authenticator.ts';
import { cryptosign } from '../../lib/auth/cryptosign.ts';
import { scram } from '../../lib/auth/scram.ts';
import { ticket } from '../../lib/auth/ticket.ts';
import { wampcra } from '../../lib/auth/wampcra.ts';
import type { Client } from '../../lib/client/client.ts';
import { toHex } from '../../lib/crypto/bytes.ts';
import { signingKey } from '../../lib/crypto/ed25519.ts';
import type { Signer } from '../../lib/crypto/signer.ts';
import { createClient } from '../../lib/node.ts';
import { SERIALIZERS as OURS } from '../../lib/serializers/all.ts';
import { failureOf, registered, valueOf } from '../support/peers.ts';
import { USERS, guess } from './matrix/scenario.ts';
import { SERIALIZERS, type Login } from './peer.ts';

const { WAMP_INTEROP: url = '', WAMP_INTEROP_KEY: router = '' } = process.env;
/** What the first client that joins may take: it waits for the router's worker. */
const START_MS = 60_000;

/** The router did not let us in. */
const REFUSED = { code: 'aborted', reason: expect.stringMatching(/^wamp\.error\.(authentication_denied|authentication_failed|not_authorized)$/) };

/** How somebody logs in, with the secret that is given. */
interface Method {
  readonly name: string;
  readonly user: Login;
  auth(authid: string, secret: string): Authenticator;
}

const METHODS: readonly Method[] = [
  { name: 'ticket', user: USERS.ticket, auth: (authid, secret) => ticket({ authid, ticket: secret }) },
  { name: 'WAMP-CRA', user: USERS.wampcra, auth: (authid, secret) => wampcra({ authid, secret }) },
  { name: 'salted WAMP-CRA', user: USERS.salted, auth: (authid, secret) => wampcra({ authid, secret }) },
  { name: 'SCRAM', user: USERS.scram, auth: (authid, password) => scram({ authid, password, method: 'scram' }) },
  { name: 'Cryptosign', user: USERS.cryptosign, auth: (authid, key) => cryptosign({ authid, key }) },
  { name: 'Cryptosign at a router that has to prove itself', user: USERS.cryptosign, auth: (authid, key) => cryptosign({ authid, key, router }) },
];

describe.each(SERIALIZERS)('logging in at Crossbar.io, %s', (serializer) => {
  const clients: Client[] = [];

  function client(auth: Authenticator): Client {
    const serializers = OURS.filter(({ subprotocol }) => subprotocol === `wamp.2.${serializer}`);
    const made = createClient({ url, realm: 'realm1', serializers, auth, retry: { maxAttempts: 0 } });
    clients.push(made);
    return made;
  }

  afterEach(() => Promise.all(clients.splice(0).map((one) => one.close())));

  it.each(METHODS)('lets us in and call by $name', async ({ user: { authid, method, secret }, auth }) => {
    const user = client(auth(authid, secret));

    const details = await user.connect();
    await registered(user, `interop.logins.${serializer}`, ({ args: [value] }) => value);

    expect(details).toMatchObject({ authid, authmethod: method, authrole: 'user' });
    expect(await valueOf(user.call(`interop.logins.${serializer}`, ['there and back']))).toBe('there and back');
  }, START_MS);

  it.each(METHODS)('keeps us out with a wrong secret by $name', async ({ user, auth }) => {
    const failure = await failureOf(client(auth(user.authid, guess(user))).connect());

    expect(failure).toMatchObject(REFUSED);
  });

  it('keeps us out with the right key and the signature of another', async () => {
    const { authid, secret } = USERS.cryptosign;
    const { publicKey } = signingKey(secret);
    const other = signingKey(guess(USERS.cryptosign));
    const forger: Signer = { publicKey, sign: (message) => other.sign(message) };

    const failure = await failureOf(client(cryptosign({ authid, key: forger })).connect());

    expect(failure).toMatchObject(REFUSED);
  });

  it('finds us by the key where we have no name', async () => {
    const details = await client(cryptosign({ key: USERS.cryptosign.secret })).connect();

    expect(details.authid).toBe(USERS.cryptosign.authid);
  });

  it('is left where its key is not the one that we know', async () => {
    const stranger = toHex(signingKey(guess(USERS.cryptosign)).publicKey);

    const failure = await failureOf(client(cryptosign({ key: USERS.cryptosign.secret, router: stranger })).connect());

    expect(failure).toMatchObject({ code: 'authentication', message: expect.stringContaining('router must prove') });
  });
});
