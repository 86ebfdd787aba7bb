/**
 * A reconnect of your own, from the parts a client is made of: one life of a session, and a retry that waits longer each time.
 *
 *     npm run sample reconnect/own-policy
 *
 * Prints:
 *
 *     attempt 1 failed: wait 20 ms
 *     attempt 2 failed: wait 40 ms
 *     joined realm1
 *     2 + 3 = 5
 */
import { defer, map, switchMap, take, throwError } from 'rxjs';
import { ConnectFailedError, join, retryBackoff } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service$ = join(router.link(), { realm: 'realm1' });
const serving = service$.pipe(
  switchMap((session) => session.register<[a: number, b: number]>('com.math.add', ({ args: [a, b] }) => a + b)),
).subscribe();

// The first two times nobody answers.
let dials = 0;
const transport = defer(() => (++dials > 2 ? router.link() : throwError(() => new ConnectFailedError('nobody answers'))));

// join() is cold: each retry dials, says HELLO, and emits the session. Unsubscribing leaves.
join(transport, { realm: 'realm1' }).pipe(
  retryBackoff({ initialDelay: 20, jitter: 'none', maxAttempts: 5, onWait: ({ attempt, delay }) => console.log(`attempt ${attempt} failed: wait ${delay} ms`) }),
  switchMap((session) => {
    console.log(`joined ${session.details.realm}`);
    return session.call<number>('com.math.add', [2, 3]);
  }),
  map(({ args: [sum] }) => sum),
  take(1),
).subscribe((sum) => {
  console.log(`2 + 3 = ${sum}`);
  serving.unsubscribe();
  void router.close();
});
