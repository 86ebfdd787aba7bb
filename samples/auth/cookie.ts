/**
 * Asking for a password once: from then on the cookie of the connection stands for the login, until the client logs out.
 *
 *     npm run sample auth/cookie
 *
 * Prints:
 *
 *     somebody types the password
 *     joined as peter by ticket
 *     joined as peter by cookie
 *     somebody types the password
 *     joined as peter by ticket
 */
import { lastValueFrom, mergeMap } from 'rxjs';
import { createClient, join, ticket, ws } from 'rxwamp';
import { cookie } from 'rxwamp/auth/cookie';
import { createRouter } from 'rxwamp/router';

const router = createRouter({
  // In this order: who has no cookie yet is asked for the ticket.
  realms: { realm1: { auth: { cookie: {}, ticket: { users: { peter: { ticket: 'open sesame', role: 'frontend' } } } } } },
});
const { url } = await router.listen('ws://127.0.0.1:0/ws', { cookie: true });

// In browsers the page has the cookie; here the transport does, for all who use it.
const transport = ws(url);
const auth = [cookie(), ticket({ authid: 'peter', ticket: askForIt })];

for (const visit of [1, 2, 3]) {
  const client = createClient({ transport, realm: 'realm1', auth });
  const { authid, authmethod } = await client.connect();
  console.log(`joined as ${String(authid)} by ${String(authmethod)}`);
  await client.close();
  if (visit === 2) await logOut();
}
await router.close();

async function logOut(): Promise<void> {
  const leaving = join(transport, { realm: 'realm1', auth }).pipe(mergeMap((session) => session.leave('wamp.close.logout')));
  await lastValueFrom(leaving, { defaultValue: undefined });
}

function askForIt(): string {
  console.log('somebody types the password');
  return 'open sesame';
}
