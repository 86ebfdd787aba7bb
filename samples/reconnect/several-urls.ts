/**
 * A client that knows several routers, and goes to the next one when the one it is at goes away.
 *
 *     npm run sample reconnect/several-urls
 *
 * Prints:
 *
 *     dialling the first router
 *     joined
 *     waiting for attempt 1
 *     dialling the second router
 *     joined
 */
import { filter, firstValueFrom, skip } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const [first, second] = [createRouter({ realms: { realm1: {} } }), createRouter({ realms: { realm1: {} } })];
const { url } = await first.listen('ws://127.0.0.1:0/ws');
const { url: other } = await second.listen('ws://127.0.0.1:0/ws');

// A list is gone through attempt by attempt. A function or an Observable is asked for each attempt instead.
const client = createClient({ url: [url, other], realm: 'realm1', retry: { initialDelay: 50, jitter: 'none' } });

client.state$.subscribe((state) => {
  if (state.kind === 'connecting') console.log(`dialling the ${state.url === url ? 'first' : 'second'} router`);
  if (state.kind === 'joined') console.log('joined');
  if (state.kind === 'waiting') console.log(`waiting for attempt ${state.attempt}`);
});

await client.connect();
const joinedAgain = firstValueFrom(client.state$.pipe(skip(1), filter(({ kind }) => kind === 'joined')));
await first.close();
await joinedAgain;
await client.close();
await second.close();
