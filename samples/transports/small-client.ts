/**
 * The client of 12 kB: what a page needs that calls and listens. Here it is in one process with a router; in a page it has a `url` in the place of
 * the transport.
 *
 *     npm run sample transports/small-client
 *
 * Prints:
 *
 *     joined as visitor
 *     2 of 3
 *     1 of 3
 *     none left
 *     closed
 */
import { concat, map, of } from 'rxjs';
import { createClient, ticket } from 'rxwamp/core';
import { createRouter } from 'rxwamp/router';

const users = { visitor: { ticket: 'one way', role: 'guest' } };
const router = createRouter({ realms: { shop: { auth: { ticket: { users } } } } });
const client = createClient({ transport: router.link(), realm: 'shop', auth: ticket({ authid: 'visitor', ticket: 'one way' }) });

const { authid } = await client.connect();
console.log(`joined as ${String(authid)}`);

client.register('shop.left', () => concat(of('2 of 3', '1 of 3'), of('none left'))).subscribe();
client.call<string, string>('shop.left', [], { progress: true }).pipe(map(({ args: [text] }) => text)).subscribe({
  next: (text) => console.log(text),
  complete: () => {
    client.close().then(() => console.log('closed'), console.error);
  },
});
