/**
 * One subscription for many topics: by the beginning of the URI, by wildcards, and by a template that reads its holes.
 *
 *     npm run sample pubsub/patterns
 *
 * Prints:
 *
 *     prefix    com.shop.product.7.price  9.5
 *     wildcard  com.shop.product.7.price  9.5
 *     template  product 7 costs 9.5
 *     prefix    com.shop.product.8.stock  12
 */
import { concat, lastValueFrom } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const shop = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });

client.topic<[number]>('com.shop.product.', { match: 'prefix' }).subscribe(({ topic, args: [value] }) => {
  console.log(`prefix    ${topic}  ${value}`);
});
client.topic<[number]>('com.shop.product..price', { match: 'wildcard' }).subscribe(({ topic, args: [value] }) => {
  console.log(`wildcard  ${topic}  ${value}`);
});
// The hole is a number by its type, and events that do not fit are left out: try <product:string>.
client.topic('com.shop.product.<product:int>.price').subscribe(({ params: { product }, args: [value] }) => {
  console.log(`template  product ${product.toFixed()} costs ${String(value)}`);
});

await client.connect();
await lastValueFrom(concat(
  shop.publish('com.shop.product.7.price', [9.5], { acknowledge: true }),
  shop.publish('com.shop.product.8.stock', [12], { acknowledge: true }),
  shop.publish('com.shop.opening', ['nobody hears this'], { acknowledge: true }),
));
await Promise.all([client.close(), shop.close()]);
