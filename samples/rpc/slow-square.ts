/**
 * Calls run side by side: a procedure that takes its time keeps nobody waiting, and the quick answers come first.
 *
 *     npm run sample rpc/slow-square
 *
 * Prints:
 *
 *     1 squared is 1
 *     2 squared is 4
 *     3 squared is 9
 *     one after the other: 9 4 1
 */
import { concatMap, delay, from, lastValueFrom, map, mergeMap, of, tap, toArray } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });

// The answer is an Observable here; a promise would do as well.
service.register<[x: number]>('com.math.slow_square', ({ args: [x] }) => of(x * x).pipe(delay(100 * x))).subscribe();
await service.connect();

const square = (x: number) => client.call<number>('com.math.slow_square', [x]).pipe(map(({ args: [result] }) => result));

await lastValueFrom(from([3, 2, 1]).pipe(
  mergeMap((x) => square(x).pipe(tap((result) => console.log(`${x} squared is ${result}`)))),
));

// How many run at a time is said by the operator.
const squares = await lastValueFrom(from([3, 2, 1]).pipe(concatMap(square), toArray()));
console.log(`one after the other: ${squares.join(' ')}`);
await service.close();
