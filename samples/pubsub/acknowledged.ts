/**
 * A publication that waits for the broker's word: it emits an id when the broker has taken the event, and errors when it has not.
 *
 *     npm run sample pubsub/acknowledged
 *
 * Prints:
 *
 *     unacknowledged: written, without an id
 *     acknowledged: taken, with an id
 *     refused: wamp.error.not_authorized
 */
import { catchError, concat, lastValueFrom, map, of, tap } from 'rxjs';
import { createClient, isApplicationError } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({
  realms: { realm1: { roles: { anonymous: [{ uri: 'com.shop.', match: 'prefix', allow: ['publish'] }] } } },
});
const client = createClient({ transport: router.link(), realm: 'realm1' });

await lastValueFrom(concat(
  client.publish('com.shop.price', [42]).pipe(
    map(({ id }) => `unacknowledged: written, ${id === undefined ? 'without' : 'with'} an id`),
  ),
  client.publish('com.shop.price', [42], { acknowledge: true }).pipe(
    map(({ id }) => `acknowledged: taken, ${id === undefined ? 'without' : 'with'} an id`),
  ),
  client.publish('com.bank.rate', [3], { acknowledge: true }).pipe(
    map(() => 'taken'),
    catchError((error: unknown) => of(isApplicationError(error) ? `refused: ${error.uri}` : 'failed')),
  ),
).pipe(tap((line) => console.log(line))));
