/**
 * A certificate in the place of a password: the client shows its own when it connects, and the router knows whose it is.
 *
 *     npm run sample auth/tls
 *
 * Prints:
 *
 *     with its certificate: joined as device7, role sensor, by tls
 *     without one: joined as a guest, by anonymous
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { anonymous, createClient, ws } from 'rxwamp';
import { tls } from 'rxwamp/auth/tls';
import { createRouter } from 'rxwamp/router';

// One certificate serves as everybody's here: the router's, the device's, and the authority that signed both.
const [key = '', cert = ''] = readFileSync('samples/transports/localhost.pem', 'utf8').split(/(?<=KEY-----\n)(?=-----BEGIN CERT)/);
const { fingerprint256 } = new X509Certificate(cert);

const router = createRouter({
  // In this order: who shows no certificate, or one that nobody knows, is left to the next method.
  realms: { realm1: { auth: { tls: { users: { device7: { fingerprints: [fingerprint256], role: 'sensor' } } }, anonymous: { role: 'guest' } } } },
});
// rejectUnauthorized: false lets those connect who have no certificate that is trusted. The method looks at it again.
const { url } = await router.listen('wss://localhost:0/ws', { tls: { key, cert, ca: cert, requestCert: true, rejectUnauthorized: false } });

const device = createClient({ transport: ws(url, { tls: { ca: cert, key, cert } }), realm: 'realm1', auth: [tls(), anonymous()] });
const { authid, authrole, authmethod } = await device.connect();
console.log(`with its certificate: joined as ${String(authid)}, role ${String(authrole)}, by ${String(authmethod)}`);
await device.close();

const other = createClient({ transport: ws(url, { tls: { ca: cert } }), realm: 'realm1', auth: [tls(), anonymous()] });
const { authrole: role, authmethod: method } = await other.connect();
console.log(`without one: joined as a ${String(role)}, by ${String(method)}`);
await other.close();
await router.close();
