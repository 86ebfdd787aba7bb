/**
 * Joining with the code of six digits that an app shows, and trying codes out: after so many the router looks at none any more.
 *
 *     npm run sample auth/totp
 *
 * Prints:
 *
 *     joined as peter, role frontend
 *     guess 1: wamp.error.authentication_denied
 *     guess 2: wamp.error.authentication_denied
 *     guess 3: wamp.error.unavailable
 */
import { AbortError, createClient } from 'rxwamp';
import { totp, totpCode, totpSecret } from 'rxwamp/auth/totp';
import { createRouter } from 'rxwamp/router';

// Typed or scanned into the app, once.
const secret = totpSecret();

const router = createRouter({
  realms: { realm1: { auth: { totp: { users: { peter: { secret, role: 'frontend' } } } }, limits: { failedLogins: { perAuthid: 2 } } } },
});
// Failed logins are counted by address: clients in the same process have none.
const { url } = await router.listen('ws://127.0.0.1:0/ws');

// What somebody would type who looks at the app.
const code = (): string => totpCode(secret);
const peter = createClient({ url, realm: 'realm1', auth: totp({ authid: 'peter', code }) });
const { authid, authrole } = await peter.connect();
console.log(`joined as ${String(authid)}, role ${String(authrole)}`);
await peter.close();

for (const guess of [1, 2, 3]) {
  const thief = createClient({ url, realm: 'realm1', auth: totp({ authid: 'peter', code: () => 'guess' }), retry: { maxAttempts: 0 } });
  await thief.connect().catch((error: unknown) => {
    console.log(`guess ${guess}: ${error instanceof AbortError ? error.reason : String(error)}`);
  });
}
await router.close();
