/**
 * Joining with a password that neither travels nor is known to the router (SCRAM), where the router has to prove that it knows the user.
 *
 *     npm run sample auth/scram
 *
 * Prints:
 *
 *     joined as peter, role frontend
 *     not let in with a wrong password: wamp.error.authentication_denied
 *     a router that lets everybody in is not trusted: authentication
 */
import { AbortError, createClient, WampError } from 'rxwamp';
import { scram, scramUser } from 'rxwamp/auth/scram';
import { createRouter } from 'rxwamp/router';

// Done once, where the password is set; whoever steals what is kept of it has no password.
const peter = scramUser('open sesame', { role: 'frontend' });

const router = createRouter({ realms: { realm1: { auth: { scram: { users: { peter } } } } } });

const client = createClient({ transport: router.link(), realm: 'realm1', auth: scram({ authid: 'peter', password: 'open sesame' }) });
const { authid, authrole } = await client.connect();
console.log(`joined as ${String(authid)}, role ${String(authrole)}`);
await client.close();

const wrong = createClient({ transport: router.link(), realm: 'realm1', auth: scram({ authid: 'peter', password: 'open barley' }), retry: { maxAttempts: 0 } });
await wrong.connect().catch((error: unknown) => {
  console.log(`not let in with a wrong password: ${error instanceof AbortError ? error.reason : String(error)}`);
});

// Somebody else's router, that says yes to whatever it is told.
const careless = createRouter({ realms: { realm1: { auth: [{ method: 'wamp-scram', begin: () => ({ is: 'accept', authid: 'peter', authrole: 'frontend' }) }] } } });
const careful = createClient({ transport: careless.link(), realm: 'realm1', auth: scram({ authid: 'peter', password: 'open sesame' }), retry: { maxAttempts: 0 } });
await careful.connect().catch((error: unknown) => {
  console.log(`a router that lets everybody in is not trusted: ${error instanceof WampError ? error.code : String(error)}`);
});
