/**
 * Readings that are taken while there is no session: the last three are kept until there is one.
 *
 *     npm run sample operators/offline
 *
 * Prints:
 *
 *     reading 1 is too old
 *     reading 2 is too old
 *     published 3
 *     published 4
 *     published 5
 *     joined
 *     published 6
 */
import { Subject, concatMap, distinctUntilChanged, map, take } from 'rxjs';
import { createClient, holdWhile } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { plant: {} } });
const client = createClient({ transport: router.link(), realm: 'plant' });
const readings = new Subject<number>();

// A client keeps what it is given while it is offline, and in order; this decides what is still worth sending.
const offline$ = client.state$.pipe(map(({ kind }) => kind !== 'joined'), distinctUntilChanged());
readings.pipe(
  holdWhile(offline$, { limit: 3, overflow: 'dropOldest', report: ({ value }) => console.log(`reading ${value} is too old`) }),
  concatMap((reading) => client.publish('com.plant.reading', [reading], { acknowledge: true }).pipe(map(() => reading))),
  take(4),
).subscribe({
  next: (reading) => console.log(`published ${reading}`),
  complete: () => void client.close(),
});

for (const reading of [1, 2, 3, 4, 5]) readings.next(reading);
await client.connect();
console.log('joined');
readings.next(6);
