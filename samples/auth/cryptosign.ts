/**
 * Joining with an Ed25519 key (cryptosign): the router knows the public half, and proves by a key of its own that it is no other router.
 *
 *     npm run sample auth/cryptosign
 *
 * Prints:
 *
 *     joined as device7, role sensor
 *     not let in with a key that nobody knows: wamp.error.authentication_denied
 *     stays away from a router with another key: router must prove that it has its key, and did not
 */
import { AbortError, createClient } from 'rxwamp';
import { cryptosign, type CryptosignCredentials } from 'rxwamp/auth/cryptosign';
import { generateSeed, signingKey, type SigningKey } from 'rxwamp/keys/ed25519';
import { createRouter, type Router } from 'rxwamp/router';

// Made once, at each end. Only the public halves go anywhere else.
const device = signingKey(generateSeed());
const authority = signingKey(generateSeed());
const publicHalf = ({ publicKey }: SigningKey): string => Buffer.from(publicKey).toString('hex');

const users = { device7: { keys: [publicHalf(device)], role: 'sensor' } };
const router = createRouter({ realms: { realm1: { auth: { cryptosign: { users, key: authority } } } } });

const auth = cryptosign({ key: device, router: publicHalf(authority) });
const client = createClient({ transport: router.link(), realm: 'realm1', auth });
// No name is needed: the router finds it by the key.
const { authid, authrole } = await client.connect();
console.log(`joined as ${String(authid)}, role ${String(authrole)}`);
await client.close();

await attempt('not let in with a key that nobody knows', router, { authid: 'device7', key: signingKey(generateSeed()) });

// A client that knows which router it wants does not answer to another one.
const imposter = createRouter({ realms: { realm1: { auth: { cryptosign: { users, key: signingKey(generateSeed()) } } } } });
await attempt('stays away from a router with another key', imposter, { key: device, router: publicHalf(authority) });

async function attempt(how: string, at: Router, credentials: CryptosignCredentials): Promise<void> {
  const stranger = createClient({ transport: at.link(), realm: 'realm1', auth: cryptosign(credentials), retry: { maxAttempts: 0 } });
  await stranger.connect().catch((error: unknown) => {
    console.log(`${how}: ${error instanceof AbortError ? error.reason : (error as Error).message}`);
  });
}
