/**
 * A state that stays current: a snapshot, the changes since, and a fresh snapshot when changes may have been missed.
 *
 *     npm run sample pubsub/live-query
 *
 * Prints:
 *
 *     version 1: 10 tea
 *     version 2: 10 tea, 5 coffee
 *     offline, version 2 stands
 *     version 4: 7 tea, 5 coffee
 *     version 5: 7 tea, 6 coffee
 */
import { filter, firstValueFrom, map, of } from 'rxjs';
import { createClient, liveQuery } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

interface Stock { readonly version: number; readonly left: { readonly [item: string]: number } }
type Change = readonly [version: number, item: string, left: number];

const router = createRouter({ realms: { realm1: {} } });
let listener = await router.listen('ws://127.0.0.1:0/ws');

// The shop: it changes first and publishes then, so that whoever asks behind a change is answered with it.
const shop = createClient({ transport: router.link(), realm: 'realm1' });
let stock: Stock = { version: 1, left: { tea: 10 } };
const withChange = ({ left: before }: Stock, [version, item, left]: Change): Stock => ({ version, left: { ...before, [item]: left } });
shop.register('com.shop.stock', () => stock).subscribe();
await shop.connect();
function change(item: string, left: number): void {
  const next: Change = [stock.version + 1, item, left];
  stock = withChange(stock, next);
  shop.publish('com.shop.changed', [...next]).subscribe();
}

// The customer: one Observable, whatever happens to the connection.
const customer = createClient({ url: () => of(listener.url), realm: 'realm1', retry: { initialDelay: 10_000 } });
const stock$ = liveQuery({
  snapshot: () => customer.call<Stock>('com.shop.stock').pipe(map(({ args: [snapshot] }) => snapshot)),
  topic: customer.topicStatus<Change>('com.shop.changed'),
  reduce: (state, { args }) => withChange(state, args),
  versionOf: { state: ({ version }) => version, event: ({ args: [version] }) => version },
  backoff: {},
});
stock$.subscribe(({ version, left }) => console.log(`version ${version}: ${Object.entries(left).map(([item, count]) => `${count} ${item}`).join(', ')}`));

const reached = (version: number) => firstValueFrom(stock$.pipe(filter((state) => state.version === version)));

await reached(1);
change('coffee', 5);
await reached(2);

await listener.close();
await firstValueFrom(customer.state$.pipe(filter(({ kind }) => kind === 'waiting')));
console.log('offline, version 2 stands');
change('tea', 8);
change('tea', 7);

listener = await router.listen('ws://127.0.0.1:0/ws');
customer.reconnectNow();
await reached(4);
change('coffee', 6);
await reached(5);

await Promise.all([customer.close(), shop.close()]);
await router.close();
