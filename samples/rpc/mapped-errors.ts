/**
 * Errors with a class of their own at both ends of a call: a subclass of ApplicationError, and one that knows nothing of WAMP.
 *
 *     npm run sample rpc/mapped-errors
 *
 * Prints:
 *
 *     tea is sold out, 0 left
 *     closed until 9
 *     the second is com.shop.closed, effect unknown
 */
import { ApplicationError, applicationErrorOf, createClient, mapError, type Payload } from 'rxwamp';
import { createRouter } from 'rxwamp/router';
import { catchError, concat, ignoreElements, lastValueFrom, of } from 'rxjs';

class SoldOutError extends ApplicationError<[item: string], { readonly left?: number }> {
  constructor({ args, kwargs }: Payload<[item: string], { readonly left?: number }>) { super('com.shop.sold_out', { args, kwargs }); }
}

class Closed extends Error {
  readonly until: number;

  constructor(until: number) {
    super(`closed until ${until}`);
    this.until = until;
  }
}

// Both ends name the classes; each may have its own.
const errors = {
  'com.shop.sold_out': SoldOutError,
  'com.shop.closed': mapError({ type: Closed, read: ({ args: [until] }) => new Closed(Number(until)), write: ({ until }) => [until] }),
};
const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1', errors });
const client = createClient({ transport: router.link(), realm: 'realm1', errors });

service.register<[item: string]>('com.shop.order', ({ args: [item] }) => {
  throw item === 'tea' ? new SoldOutError({ args: [item], kwargs: { left: 0 } }) : new Closed(9);
}).subscribe();
await service.connect();

const failures: unknown[] = [];
const order = (item: string) => client.call('com.shop.order', [item]).pipe(
  ignoreElements(),
  catchError((error: unknown) => { failures.push(error); return of(error); }),
);
await lastValueFrom(concat(order('tea'), order('milk')));

for (const error of failures) {
  if (error instanceof SoldOutError) console.log(`${error.args[0]} is sold out, ${error.kwargs.left} left`);
  else if (error instanceof Closed) console.log(error.message);
}
// What a class of one's own does not have is behind it.
const behind = applicationErrorOf(failures[1]);
console.log(`the second is ${behind?.uri}, effect ${behind?.effect}`);
await service.close();
