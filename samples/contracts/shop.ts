/**
 * One description of an API: the compiler knows its URIs, and what does not fit is refused at both ends. The schemas are zod's; valibot, arktype and
 * others do as well.
 *
 *     npm run sample contracts/shop
 *
 * Prints:
 *
 *     receipt 1: 3 x tea, 12 EUR
 *     product 7 costs 5 EUR
 *     not sent: call of com.shop.order must be as its contract says, got one with args.0.count: Too small: expected number to be >0
 *     answered with wamp.error.invalid_argument, issue at args.0.count
 *     | `com.shop.order` | Orders an item. |
 */
import { firstValueFrom } from 'rxjs';
import { TypeCheckError, createClient, defineApi, isApplicationError } from 'rxwamp';
import { apiCatalogue, catalogueMarkdown } from 'rxwamp/catalogue';
import { createRouter } from 'rxwamp/router';
import { z } from 'zod';

// with a contract the verbs are typed by URI, and payloads are checked at each edge
const shopApi = defineApi({
  topics: {
    'com.shop.product.<product:int>.price': { args: z.tuple([z.number()]), kwargs: z.object({ unit: z.string().default('EUR') }) },
  },
  procedures: {
    'com.shop.order': {
      description: 'Orders an item.',
      args: z.tuple([z.object({ item: z.string(), count: z.number().positive() })]),
      result: z.object({ receipt: z.number(), text: z.string() }),
    },
  },
});

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1', api: shopApi });
const user = createClient({ transport: router.link(), realm: 'realm1', api: shopApi });
const stranger = createClient({ transport: router.link(), realm: 'realm1' });

// `item` and `count` have types, and so has what is returned
service.register('com.shop.order', ({ args: [{ item, count }] }) => ({ receipt: 1, text: `${count} x ${item}, ${count * 4} EUR` })).subscribe();
// `product` is a number, by the template; the unit has its default
const priced = firstValueFrom(user.topic('com.shop.product.<product:int>.price'));
await Promise.all([service.connect(), user.connect()]);

const { args: [{ receipt, text }] } = await firstValueFrom(user.call('com.shop.order', [{ item: 'tea', count: 3 }]));
console.log(`receipt ${receipt}: ${text}`);

service.publish('com.shop.product.7.price', [5]).subscribe();
const { params: { product }, args: [price], kwargs: { unit } } = await priced;
console.log(`product ${product} costs ${price} ${unit}`);

try {
  user.call('com.shop.order', [{ item: 'tea', count: 0 }]);
} catch (error) {
  if (error instanceof TypeCheckError) console.log(`not sent: ${error.message}`);
}
await firstValueFrom(stranger.call('com.shop.order', [{ item: 'tea', count: 0 }])).catch((error: unknown) => {
  if (!isApplicationError(error)) throw error;
  const [issue] = error.kwargs['issues'] as { readonly path: readonly unknown[] }[];
  console.log(`answered with ${error.uri}, issue at ${issue?.path.join('.')}`);
});

const page = catalogueMarkdown(apiCatalogue(shopApi, { title: 'Shop' }));
console.log(page.split('\n').find((line) => line.startsWith('| `com.shop.order`')));
await Promise.all([service, user, stranger].map((client) => client.close()));
await router.close();
