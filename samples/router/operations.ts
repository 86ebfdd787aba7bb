/**
 * What is done to a router in use: its statistics are a topic, its rules change while sessions stay, and it closes behind the last open call.
 *
 *     npm run sample router/operations
 *
 * Prints:
 *
 *     1 session, 2 subscriptions
 *     subscription of com.shop.price was revoked by the router: no longer authorized
 *     publishing is refused: wamp.error.not_authorized
 *     another call is refused: wamp.error.unavailable
 *     the open call is answered: closed at six
 *     the client is to come back within 5 s
 */
import { delay, firstValueFrom, of } from 'rxjs';
import { GoodbyeError, createClient, isApplicationError } from 'rxwamp';
import { STATS_TOPIC, createRouter, type RealmStats } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const client = createClient({ transport: router.link(), realm: 'realm1' });

const price = firstValueFrom(client.topic('com.shop.price'));
const { args: [{ sessions, subscriptions }] } = await firstValueFrom(client.topic<[stats: RealmStats]>(STATS_TOPIC));
console.log(`${sessions} session, ${subscriptions} subscriptions`);

// Subscriptions that are not allowed any more are revoked, and the next request is ruled by the new rules.
router.reload({ realms: { realm1: { roles: { anonymous: [{ uri: 'com.shop.close', allow: ['register', 'call'] }] } } } });
await price.catch((error: Error) => console.log(error.message));
await firstValueFrom(client.publish('com.shop.price', [42], { acknowledge: true })).catch((error: unknown) => {
  if (isApplicationError(error)) console.log(`publishing is refused: ${error.uri}`);
});

await new Promise<void>((resolve) => {
  client.register('com.shop.close', () => of('closed at six').pipe(delay(100))).subscribe({ next: () => resolve(), error: () => {} });
});
const open = firstValueFrom(client.call<string>('com.shop.close'));
client.state$.subscribe((state) => {
  if (state.kind === 'waiting' && state.cause instanceof GoodbyeError) console.log('the client is to come back within 5 s');
});

// In a program of its own: process.once('SIGTERM', ...). The command rxwamp router does all of this.
const closed = router.close({ calls: 10_000, retryAfter: 5 });
await firstValueFrom(client.call('com.shop.close')).catch((error: unknown) => {
  if (isApplicationError(error)) console.log(`another call is refused: ${error.uri}`);
});
const { args: [answer] } = await open;
console.log(`the open call is answered: ${answer}`);
await closed;
await client.close();
