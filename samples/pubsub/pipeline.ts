/**
 * A stream of values into a topic, as fast as the broker acknowledges: two on their way, three that may wait, and the oldest of those goes
 * where more come.
 *
 *     npm run sample pubsub/pipeline
 *
 * Prints:
 *
 *     dropped 3
 *     dropped 4
 *     dropped 5
 *     heard 1
 *     heard 2
 *     heard 6
 *     heard 7
 *     heard 8
 *     5 of 8 published, in this order
 *     value 0 could not be published to com.bank.rate: wamp.error.not_authorized
 */
import { catchError, count, filter, firstValueFrom, lastValueFrom, map, of, range } from 'rxjs';
import { PublicationError, createClient, isApplicationError, publishTo } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({
  realms: { realm1: { roles: { anonymous: [{ uri: 'com.plant.', match: 'prefix', allow: ['publish', 'subscribe'] }] } } },
});
const listener = await router.listen('ws://127.0.0.1:0/ws');
const sensor = createClient({ url: listener.url, realm: 'realm1' });
const reader = createClient({ transport: router.link(), realm: 'realm1' });

reader.topic<[reading: number]>('com.plant.reading').subscribe(({ args: [reading] }) => console.log(`heard ${reading}`));
await firstValueFrom(reader.topicStatus('com.plant.reading').pipe(filter(({ kind }) => kind === 'subscribed')));

// All eight come at once, when the sensor has not even joined.
const published = await lastValueFrom(range(1, 8).pipe(
  map((reading): [number] => [reading]),
  publishTo(sensor, 'com.plant.reading', {
    acknowledge: true, window: 2, limit: 3, overflow: 'dropOldest', report: ({ value: [reading] }) => console.log(`dropped ${reading}`),
  }),
  count(),
));
console.log(`${published} of 8 published, in this order`);

// The error tells which value it was, whether it was sent, and why.
await lastValueFrom(of([1.5]).pipe(
  publishTo(sensor, 'com.bank.rate', { acknowledge: true }),
  catchError((error: unknown) => {
    if (error instanceof PublicationError && isApplicationError(error.cause)) console.log(`${error.message}: ${error.cause.uri}`);
    return of(undefined);
  }),
));
await Promise.all([sensor.close(), reader.close()]);
await router.close();
