/**
 * TLS at both ends: a router with a certificate of its own authority, and a client that trusts this one and no other.
 *
 *     npm run sample transports/tls
 *
 * Prints:
 *
 *     trusting it: joined by wss
 *     trusting nobody but the system's authorities: DEPTH_ZERO_SELF_SIGNED_CERT
 *
 * A client certificate goes in `tls: { key, cert }` of the client, with `requestCert: true` and `ca` at the router; the method `tls` joins by it.
 */
import { readFileSync } from 'node:fs';
import { createClient, ws } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const [key = '', cert = ''] = readFileSync('samples/transports/localhost.pem', 'utf8').split(/(?<=KEY-----\n)(?=-----BEGIN CERT)/);

const router = createRouter({ realms: { realm1: {} } });
const { url } = await router.listen('wss://localhost:0/ws', { tls: { key, cert } });

const client = createClient({ transport: ws(url, { tls: { ca: cert } }), realm: 'realm1' });
await client.connect();
console.log(`trusting it: joined by ${new URL(url).protocol.slice(0, -1)}`);
await client.close();

// Nothing is retried here, so that the reason is seen.
const wary = createClient({ transport: ws(url), realm: 'realm1', retry: { maxAttempts: 1 } });
await wary.connect().catch(({ cause }: Error) => console.log(`trusting nobody but the system's authorities: ${(cause as NodeJS.ErrnoException).code}`));
await wary.close();
await router.close();
