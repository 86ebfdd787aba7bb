/**
 * One client publishes a counter, another one subscribes to it, and leaves after three events.
 *
 *     npm run sample pubsub/basic
 *
 * Prints:
 *
 *     count 1
 *     count 2
 *     count 3
 */
import { filter, interval, map, mergeMap, switchMap, take, takeUntil } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const counter = createClient({ transport: router.link(), realm: 'realm1' });
const reader = createClient({ transport: router.link(), realm: 'realm1' });

const count$ = reader.topic<[count: number]>('com.example.count').pipe(map(({ args: [count] }) => count), take(3));

// topicStatus tells when the router has the subscription, so that nobody misses the first event.
const subscribed$ = reader.topicStatus('com.example.count').pipe(filter(({ kind }) => kind === 'subscribed'), take(1));
subscribed$.pipe(
  switchMap(() => interval(20)),
  mergeMap((tick) => counter.publish('com.example.count', [tick + 1])),
  takeUntil(count$.pipe(filter((count) => count === 3))),
).subscribe();

// Both clients are lazy: with nothing left to do they leave, and the program ends.
count$.subscribe((count) => console.log(`count ${count}`));
