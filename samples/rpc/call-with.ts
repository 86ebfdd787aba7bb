/**
 * A stream of values, each the payload of a call: no more than two calls at a time, and a bound on what waits.
 *
 *     npm run sample rpc/call-with
 *
 * Prints:
 *
 *     1 squared is 1
 *     2 squared is 4
 *     3 squared is 9
 *     at most 2 calls at a time
 */
import { defer, delay, from, lastValueFrom, map, of, tap } from 'rxjs';
import { callWith, createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });

let running = 0;
let most = 0;
service.register<[x: number]>('com.math.square', ({ args: [x] }) => defer(() => {
  most = Math.max(most, ++running);
  return of(`${x} squared is ${x * x}`).pipe(delay(20 * x), tap(() => running--));
})).subscribe();
await service.connect();

await lastValueFrom(from([1, 2, 3]).pipe(
  map((x) => [x]),
  callWith(client, 'com.math.square', { concurrency: 2, limit: 10 }),
  tap(({ args: [line] }) => console.log(line)),
));
console.log(`at most ${most} calls at a time`);
await service.close();
