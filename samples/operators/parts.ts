/**
 * The part of an event or of a result that is wanted: an argument, a keyword argument, the whole payload; progress, and the result.
 *
 *     npm run sample operators/parts
 *
 * Prints:
 *
 *     price: 42
 *     currency: EUR
 *     branch: 42 EUR
 *     page 1
 *     page 2
 *     printed a.pdf
 *     the file alone: a.pdf
 */
import { concat, concatMap, lastValueFrom, of, take, tap } from 'rxjs';
import { arg, createClient, kwarg, payload, progressOf } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

type Currency = { readonly currency: string };

const router = createRouter({ realms: { shop: {}, branch: {} } });
const shop = createClient({ transport: router.link(), realm: 'shop' });
const branch = createClient({ transport: router.link(), realm: 'branch' });
const toAll = { excludeMe: false }; // here the publisher is its own subscriber
const log = (line: string): void => console.log(line);

const prices = shop.topic<[price: number], Currency>('com.shop.price').pipe(take(1));
prices.pipe(arg(0)).subscribe((price) => log(`price: ${price.toFixed()}`));
prices.pipe(kwarg('currency')).subscribe((currency) => log(`currency: ${currency.toUpperCase()}`));

// A payload is a payload everywhere: what comes in one realm is published in the other.
prices.pipe(payload(), concatMap((price) => branch.publish('com.branch.price', price, toAll))).subscribe();
branch.topic<[price: number], Currency>('com.branch.price').pipe(take(1))
  .subscribe(({ args: [price], kwargs: { currency } }) => log(`branch: ${price} ${currency}`));

shop.register('com.shop.print', () => of(1, 2, 'a.pdf'), { final: 'last' }).subscribe();
const print$ = shop.call<string, number>('com.shop.print', [], { progress: true });
const printing$ = concat(
  print$.pipe(progressOf({ bar: ({ args: [page] }) => `page ${page}`, done: ({ args: [file] }) => `printed ${file}` })),
  print$.pipe(progressOf({ done: ({ args: [file] }) => `the file alone: ${file}` })),
);

await Promise.all([shop.connect(), branch.connect()]);
shop.publish('com.shop.price', { args: [42], kwargs: { currency: 'EUR' } }, toAll).subscribe();
await lastValueFrom(printing$.pipe(tap(log)));
await Promise.all([shop.close(), branch.close()]);
