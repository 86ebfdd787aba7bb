/**
 * What can go wrong with a call, and how each kind is told from the others.
 *
 *     npm run sample rpc/errors
 *
 * Prints:
 *
 *     sold out: 0 left of tea
 *     callee's fault: cups is not defined here
 *     nobody there: wamp.error.no_such_procedure
 *     too late: timeout, effect unknown
 *     the service noticed: cups is not defined here
 */
import { NEVER, catchError, concat, ignoreElements, lastValueFrom, of, tap } from 'rxjs';
import { ApplicationError, TimeoutError, WampUri, createClient, isApplicationError } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });

// An ApplicationError is an answer, with a payload of its own. Any other error is a mistake of the procedure: the caller hears its
// message, and the client that offers the procedure hears of it on errors$.
service.register<[what: string]>('com.shop.order', ({ args: [what] }) => {
  throw new ApplicationError('com.shop.sold_out', { args: [what], kwargs: { left: 0 } });
}).subscribe();
service.register('com.shop.cups', () => { throw new ReferenceError('cups is not defined here'); }).subscribe();
service.register('com.shop.wait', () => NEVER).subscribe();
const noticed: unknown[] = [];
service.errors$.subscribe((error) => noticed.push(error));
await service.connect();

function explain(error: unknown): string {
  if (isApplicationError(error, 'com.shop.sold_out')) return `sold out: ${String(error.kwargs['left'])} left of ${String(error.args[0])}`;
  if (isApplicationError(error, WampUri.runtimeError)) return `callee's fault: ${String(error.args[0])}`;
  if (isApplicationError(error)) return `nobody there: ${error.uri}`;
  return error instanceof TimeoutError ? `too late: ${error.code}, effect ${error.effect}` : 'something else';
}

await lastValueFrom(concat(...[
  client.call('com.shop.order', ['tea']),
  client.call('com.shop.cups'),
  client.call('com.shop.nothing'),
  client.call('com.shop.wait', [], { timeout: 50 }),
].map((call) => call.pipe(ignoreElements(), catchError((error: unknown) => of(explain(error)))))).pipe(tap((line) => console.log(line))));

for (const error of noticed) console.log(`the service noticed: ${(error as Error).message}`);
await service.close();
