/**
 * Orders that come all at once, are handed on two at a time, and are read with `for await`.
 *
 *     npm run sample operators/for-await
 *
 * Prints:
 *
 *     packed 1
 *     packed 2
 *     packed 3
 *     packed 4
 *     packed 5
 *     in no less than 0.2 s
 */
import { filter, map, of, switchMap, take } from 'rxjs';
import { createClient, rateLimit, toAsyncIterable } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { shop: {} } });
const till = createClient({ transport: router.link(), realm: 'shop' });
const warehouse = createClient({ transport: router.link(), realm: 'shop' });

const orders = warehouse.topic<[order: number]>('com.shop.order').pipe(
  map(({ args: [order] }) => order),
  rateLimit(2, 100), // no more than two in any tenth of a second; the others wait
);

async function pack(): Promise<void> {
  // What comes while the loop is busy waits, up to the limit. Leaving the loop unsubscribes.
  const start = performance.now();
  for await (const order of toAsyncIterable({ limit: 100 })(orders)) {
    console.log(`packed ${order}`);
    if (order === 5) break;
  }
  console.log(performance.now() - start > 190 ? 'in no less than 0.2 s' : 'in no time');
}

const packing = pack();
const subscribed$ = warehouse.topicStatus('com.shop.order').pipe(filter(({ kind }) => kind === 'subscribed'), take(1));
subscribed$.pipe(switchMap(() => of(1, 2, 3, 4, 5))).subscribe((order) => till.publish('com.shop.order', [order]).subscribe());
await packing;
