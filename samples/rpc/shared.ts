/**
 * One procedure, several callees: the router spreads the calls, and goes on when one of them leaves.
 *
 *     npm run sample rpc/shared
 *
 * Prints:
 *
 *     red green blue red green blue
 *     green is leaving
 *     red blue red blue
 */
import { concatMap, lastValueFrom, map, range, toArray, type Observable } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const caller = createClient({ transport: router.link(), realm: 'realm1' });

const workers = ['red', 'green', 'blue'].map((name) => {
  const client = createClient({ transport: router.link(), realm: 'realm1' });
  // All of them have to ask for the same policy: single, first, last, roundrobin or random.
  const working = client.register('com.example.work', () => name, { invoke: 'roundrobin' }).subscribe();
  return { name, client, working };
});
await Promise.all(workers.map(({ client }) => client.connect()));

console.log(await lastValueFrom(calls(6)));

console.log('green is leaving');
workers[1]?.working.unsubscribe();
console.log(await lastValueFrom(calls(4)));

await Promise.all(workers.map(({ client }) => client.close()));

function calls(count: number): Observable<string> {
  return range(0, count).pipe(
    concatMap(() => caller.call<string>('com.example.work')),
    map(({ args: [name] }) => name),
    toArray(),
    map((names) => names.join(' ')),
  );
}
