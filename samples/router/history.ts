/**
 * A router that remembers: the last event of a topic for who comes later, and all events of another for who was away.
 *
 *     npm run sample router/history
 *
 * Prints:
 *
 *     the price when Anna comes: 10
 *     the news that Carl finds: doors open, doors close
 *
 * With `store: sqliteStore(new DatabaseSync('events.db'))`, of `rxwamp/router/sqlite`, both outlive the router.
 */
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { createClient, type Client } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({
  realms: {
    realm1: {
      retained: { limit: 100 },
      history: [{ uri: 'com.example.news', limit: 1000 }],
    },
  },
});
const client = (): Client => createClient({ transport: router.link(), realm: 'realm1' });
const shop = client();

// The publisher wants it retained, and a subscriber asks for it.
await lastValueFrom(shop.publish('com.example.price', [10], { retain: true, acknowledge: true }));
const { args: [price] } = await firstValueFrom(client().topic<[price: number]>('com.example.price', { retained: true }));
console.log(`the price when Anna comes: ${price}`);

// A history is kept whether somebody is subscribed or not, and can be read by whoever may subscribe. A topic with `recover: 'history'` reads it by itself.
for (const text of ['doors open', 'doors close']) await lastValueFrom(shop.publish('com.example.news', [text], { acknowledge: true }));
const carl = client();
const { args: [subscription] } = await lastValueFrom(carl.call<number>('wamp.subscription.lookup', ['com.example.news']));
const { args: events } = await lastValueFrom(carl.call('wamp.subscription.get_events', { args: [subscription], kwargs: { limit: 10 } }));
console.log(`the news that Carl finds: ${events.map((event) => (event as { readonly args: readonly string[] }).args[0]).join(', ')}`);

await router.close();
