/**
 * Who may do what: users get their role with their ticket, and each role has its permissions.
 *
 *     npm run sample router/roles
 *
 * Prints:
 *
 *     guest calls com.shop.price: 42
 *     guest calls com.shop.order: wamp.error.not_authorized
 *     buyer calls com.shop.price: 42
 *     buyer calls com.shop.order: ordered by anna
 *     buyer calls com.shop.stock.count: wamp.error.not_authorized
 */
import { catchError, concat, lastValueFrom, map, of, tap, type Observable } from 'rxjs';
import { anonymous, createClient, isApplicationError, ticket, type Client, type Invocation } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({
  realms: {
    shop: {
      auth: {
        anonymous: { role: 'guest' },
        ticket: { users: { seller: { ticket: 'sesame', role: 'seller' }, anna: { ticket: 'secret', role: 'buyer' } } },
      },
      roles: {
        seller: [{ uri: 'com.shop.', match: 'prefix', allow: ['register'] }],
        // The permission that fits best decides alone: those who order are disclosed to the seller, and only he sees the stock.
        buyer: [
          { uri: 'com.shop.', match: 'prefix', allow: ['call', 'subscribe'] },
          { uri: 'com.shop.order', allow: ['call'], disclose: { caller: true } },
          { uri: 'com.shop.stock.', match: 'prefix', allow: [] },
        ],
        guest: [{ uri: 'com.shop.price', allow: ['call', 'subscribe'] }],
      },
    },
  },
});

const seller = createClient({ transport: router.link(), realm: 'shop', auth: ticket({ authid: 'seller', ticket: 'sesame' }) });
seller.register('com.shop.price', () => 42).subscribe();
seller.register('com.shop.order', ({ details }: Invocation) => `ordered by ${String(details['caller_authid'])}`).subscribe();
await seller.connect();

const guest = createClient({ transport: router.link(), realm: 'shop', auth: anonymous() });
const buyer = createClient({ transport: router.link(), realm: 'shop', auth: ticket({ authid: 'anna', ticket: 'secret' }) });

await lastValueFrom(concat(
  attempt('guest', guest, 'com.shop.price'),
  attempt('guest', guest, 'com.shop.order'),
  attempt('buyer', buyer, 'com.shop.price'),
  attempt('buyer', buyer, 'com.shop.order'),
  attempt('buyer', buyer, 'com.shop.stock.count'),
).pipe(tap((line) => console.log(line))));
await seller.close();

function attempt(name: string, client: Client, procedure: string): Observable<string> {
  return client.call<string | number>(procedure).pipe(
    map(({ args: [value] }) => String(value)),
    catchError((error: unknown) => of(isApplicationError(error) ? error.uri : 'failed')),
    map((outcome) => `${name} calls ${procedure}: ${outcome}`),
  );
}
