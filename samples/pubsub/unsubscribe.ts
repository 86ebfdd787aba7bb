/**
 * Subscribing, leaving, and coming back: what the router has at each moment.
 *
 *     npm run sample pubsub/unsubscribe
 *
 * Prints:
 *
 *     two observers, 1 subscription at the router
 *     one left, 1 subscription
 *     both left, 0 subscriptions
 *     back again, 1 subscription
 */
import { filter, firstValueFrom, timer, type Subscription } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const TOPIC = 'com.example.topic';
const router = createRouter({ realms: { realm1: {} } });
const client = createClient({ transport: router.link(), realm: 'realm1' });
await client.connect();

// With `grace` the router would keep it for a while, for an observer that comes back soon.
const observe = (): Subscription => client.topic(TOPIC).subscribe();
const subscribed = (): Promise<unknown> => firstValueFrom(client.topicStatus(TOPIC).pipe(filter(({ kind }) => kind === 'subscribed')));
const count = (): string => {
  const { subscriptions } = router.stats();
  return `${subscriptions} subscription${subscriptions === 1 ? '' : 's'}`;
};

const [first, second] = [observe(), observe()];
await subscribed();
console.log(`two observers, ${count()} at the router`);

first.unsubscribe();
await firstValueFrom(timer(20));
console.log(`one left, ${count()}`);

second.unsubscribe();
await firstValueFrom(timer(20));
console.log(`both left, ${count()}`);

const third = observe();
await subscribed();
console.log(`back again, ${count()}`);

third.unsubscribe();
await client.close();
