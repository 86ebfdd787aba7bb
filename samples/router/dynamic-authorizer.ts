/**
 * A procedure that decides who may do what: the router calls it, and keeps what it says may be kept.
 *
 *     npm run sample router/dynamic-authorizer
 *
 * Prints:
 *
 *     may anna call com.shop.buy?
 *     anna calls com.shop.buy: sold
 *     anna calls com.shop.buy: sold
 *     may otto call com.shop.buy?
 *     otto calls com.shop.buy: wamp.error.not_authorized
 *     may anna call com.shop.buy?
 *     anna calls com.shop.buy: wamp.error.not_authorized
 */
import { catchError, lastValueFrom, map, of } from 'rxjs';
import { createClient, isApplicationError, ticket, type Client, type Invocation } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const users = { office: { ticket: 'o', role: 'office' }, anna: { ticket: 'a', role: 'buyer' }, otto: { ticket: 'b', role: 'buyer' } };
const router = createRouter({
  realms: {
    shop: {
      auth: { ticket: { users } },
      roles: {
        // Who provides the procedure is not asked about: these permissions alone decide.
        office: [{ uri: 'com.shop.authorize', allow: ['register'] }, { uri: 'com.shop.buy', allow: ['register'] }],
        // What these let pass goes to the procedure.
        buyer: [{ uri: 'com.shop.', match: 'prefix', allow: ['call', 'subscribe'] }],
      },
      authorize: { by: 'com.shop.authorize', timeout: 1_000, cache: { ttl: 60_000 } },
    },
  },
});
const join = (authid: keyof typeof users): Client =>
  createClient({ transport: router.link(), realm: 'shop', auth: ticket({ authid, ticket: users[authid].ticket }) });

const solvent = new Set(['anna']);
const office = join('office');
office.register('com.shop.buy', () => 'sold').subscribe();
office.register('com.shop.authorize', ({ args: [session, uri, action] }: Invocation<[{ authid: string }, string, string, object]>) => {
  console.log(`may ${session.authid} ${action} ${uri}?`);
  return { allow: solvent.has(session.authid), cache: true };
}).subscribe();
await office.connect();

const [anna, otto] = [join('anna'), join('otto')];
await Promise.all([anna.connect(), otto.connect()]);
await buy('anna', anna);
await buy('anna', anna);
await buy('otto', otto);

// What is kept has to be forgotten where it is no longer true.
solvent.delete('anna');
router.invalidateDecisions({ authid: 'anna' });
await buy('anna', anna);
await Promise.all([anna.close(), otto.close(), office.close()]);

async function buy(name: string, client: Client): Promise<void> {
  const outcome = await lastValueFrom(client.call<string>('com.shop.buy').pipe(
    map(({ args: [value] }) => String(value)),
    catchError((error: unknown) => of(isApplicationError(error) ? error.uri : 'failed')),
  ));
  console.log(`${name} calls com.shop.buy: ${outcome}`);
}
