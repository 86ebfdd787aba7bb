/**
 * Joining with a ticket: a password or token that the router checks. A wrong one is tried once more, and then the client gives up.
 *
 *     npm run sample auth/ticket
 *
 * Prints:
 *
 *     joined as peter, role frontend
 *     ticket number 1 was asked for
 *     ticket number 2 was asked for
 *     not let in: wamp.error.authentication_denied
 */
import { createClient, AbortError, ticket } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({
  realms: { realm1: { auth: { ticket: { users: { peter: { ticket: 'open sesame', role: 'frontend' } } } } } },
});

const peter = createClient({ transport: router.link(), realm: 'realm1', auth: ticket({ authid: 'peter', ticket: 'open sesame' }) });
const { authid, authrole } = await peter.connect();
console.log(`joined as ${String(authid)}, role ${String(authrole)}`);
await peter.close();

// A function is asked for each attempt, so that a token can be fetched anew when the last one has run out.
let attempts = 0;
const nextTicket = (): string => {
  attempts += 1;
  console.log(`ticket number ${attempts} was asked for`);
  return 'open barley';
};
const cassim = createClient({
  transport: router.link(), realm: 'realm1', auth: ticket({ authid: 'peter', ticket: nextTicket }), retry: { initialDelay: 20 },
});
await cassim.connect().catch((error: unknown) => {
  console.log(`not let in: ${error instanceof AbortError ? error.reason : String(error)}`);
});
