import { map } from 'rxjs';
import { wampMarbles } from 'rxwamp/testing';

function priceIs(second: string): void {
  wampMarbles(({ client, publishes, expectObservable, expectLeaks }) => {
    publishes('com.shop.price', '--a-b', { a: 3, b: 4 });
    expectObservable(client().topic<[price: number]>('com.shop.price').pipe(map(({ args: [price] }) => price)), '^-----!').toBe(`--a-${second}`, { a: 3, b: 4, c: 5 });
    expectLeaks().toBeEmpty();
  });
}

/** A test that passes. */
export const passes = (): void => priceIs('b');

/** The same with another price. */
export const fails = (): void => priceIs('c');
