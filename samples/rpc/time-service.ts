/**
 * A procedure that tells the time, and a caller that compares clocks.
 *
 *     npm run sample rpc/time-service
 *
 * Prints:
 *
 *     the clocks are less than a second apart
 */
import { firstValueFrom, switchMap } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const clock = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });

// Registered for as long as it is subscribed to: with the first answer firstValueFrom unsubscribes, which unregisters.
const { args: [now] } = await firstValueFrom(
  clock.register('com.example.now', () => new Date().toISOString()).pipe(
    switchMap(() => client.call<string>('com.example.now')),
  ),
);
const apart = Math.abs(Date.now() - Date.parse(now));
console.log(`the clocks are ${apart < 1000 ? 'less' : 'more'} than a second apart`);
