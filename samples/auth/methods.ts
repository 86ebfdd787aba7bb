/**
 * One realm, several ways to log in: the router goes by the first of its own that a client offers.
 *
 *     npm run sample auth/methods
 *
 * Prints:
 *
 *     joined as device7, role sensor, by cryptosign
 *     joined as anna, role staff, by wamp-scram
 *     joined as anna, role staff, by wamp-scram
 */
import { createClient } from 'rxwamp';
import { anonymous } from 'rxwamp/auth/anonymous';
import { cryptosign } from 'rxwamp/auth/cryptosign';
import { scram, scramUser } from 'rxwamp/auth/scram';
import { generateSeed, signingKey } from 'rxwamp/keys/ed25519';
import { createRouter } from 'rxwamp/router';

const key = signingKey(generateSeed());
const devices = { device7: { keys: [Buffer.from(key.publicKey).toString('hex')], role: 'sensor' } };
const staff = { anna: scramUser('open sesame', { role: 'staff' }) };
const auth = { cryptosign: { users: devices }, scram: { users: staff }, anonymous: { role: 'guest' } };
const router = createRouter({ realms: { shop: { auth } } });

const device = createClient({ transport: router.link(), realm: 'shop', auth: cryptosign({ key }) });
const anna = createClient({ transport: router.link(), realm: 'shop', auth: scram({ authid: 'anna', password: 'open sesame' }) });
for (const client of [device, anna]) {
  const { authid, authrole, authmethod } = await client.connect();
  console.log(`joined as ${String(authid)}, role ${String(authrole)}, by ${String(authmethod)}`);
}
await device.close();
await anna.close();

// Its own order says nothing.
const either = createClient({ transport: router.link(), realm: 'shop', auth: [anonymous(), scram({ authid: 'anna', password: 'open sesame' })] });
const { authid, authrole, authmethod } = await either.connect();
console.log(`joined as ${String(authid)}, role ${String(authrole)}, by ${String(authmethod)}`);
await either.close();
