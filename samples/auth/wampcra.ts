/**
 * Joining with a secret that never travels (WAMP-CRA). The router keeps a key that was derived from the password, and not the password.
 *
 *     npm run sample auth/wampcra
 *
 * Prints:
 *
 *     joined as peter, role frontend
 *     not let in with a wrong password: wamp.error.authentication_denied
 *     not let in as nobody: wamp.error.authentication_denied
 */
import { createClient, AbortError } from 'rxwamp';
import { deriveKey, wampcra } from 'rxwamp/auth/wampcra';
import { createRouter } from 'rxwamp/router';

// Done once, where the password is set; what is kept of it is this.
const salting = { salt: '8f0b1c6d2e4a', iterations: 10_000, keylen: 32 };
const stored = { secret: deriveKey('open sesame', salting), ...salting, role: 'frontend' };

const router = createRouter({ realms: { realm1: { auth: { wampcra: { users: { peter: stored } } } } } });

const peter = createClient({ transport: router.link(), realm: 'realm1', auth: wampcra({ authid: 'peter', secret: 'open sesame' }) });
const { authid, authrole } = await peter.connect();
console.log(`joined as ${String(authid)}, role ${String(authrole)}`);
await peter.close();

// Whether a name is there cannot be found out: whoever is not gets a challenge too, and the same answer.
await attempt('with a wrong password', { authid: 'peter', secret: 'open barley' });
await attempt('as nobody', { authid: 'cassim', secret: 'open sesame' });

async function attempt(how: string, credentials: { authid: string; secret: string }): Promise<void> {
  const client = createClient({ transport: router.link(), realm: 'realm1', auth: wampcra(credentials), retry: { maxAttempts: 0 } });
  await client.connect().catch((error: unknown) => {
    console.log(`not let in ${how}: ${error instanceof AbortError ? error.reason : String(error)}`);
  });
}
