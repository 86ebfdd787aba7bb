/**
 * The router goes away and comes back: the topic suspends and goes on, and says that events may have been missed.
 *
 *     npm run sample reconnect/resubscribe
 *
 * Prints:
 *
 *     joined
 *     subscribed
 *     event before
 *     waiting for attempt 1
 *     suspended
 *     joined
 *     subscribed again
 *     there is a gap
 *     event after
 */
import { filter, firstValueFrom, merge, of } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const inside = createClient({ transport: router.link(), realm: 'realm1' });
let listener = await router.listen('ws://127.0.0.1:0/ws');

// The function is asked for each attempt. It would come back by itself after the delay; here it is told when.
const client = createClient({ url: () => of(listener.url), realm: 'realm1', retry: { initialDelay: 10_000, jitter: 'none' } });
const signals$ = client.topicStatus<[text: string]>('com.example.news');

client.state$.subscribe((state) => {
  if (state.kind === 'joined') console.log('joined');
  if (state.kind === 'waiting') console.log(`waiting for attempt ${state.attempt}`);
});
let times = 0;
signals$.subscribe((signal) => {
  if (signal.kind === 'subscribed') console.log(times++ === 0 ? 'subscribed' : 'subscribed again');
  if (signal.kind === 'suspended' && signal.cause !== undefined) console.log('suspended');
  if (signal.kind === 'gap') console.log('there is a gap');
  if (signal.kind === 'event') console.log(`event ${signal.event.args[0]}`);
});

const next = (kind: string) => firstValueFrom(merge(signals$, client.state$).pipe(filter((change) => change.kind === kind)));

await next('subscribed');
inside.publish('com.example.news', ['before']).subscribe();
await next('event');

// Closing the listener drops the connections that came this way.
await listener.close();
await next('waiting');
inside.publish('com.example.news', ['that nobody hears']).subscribe();
listener = await router.listen('ws://127.0.0.1:0/ws');
client.reconnectNow();

await next('subscribed');
inside.publish('com.example.news', ['after']).subscribe();
await next('event');
await Promise.all([client.close(), inside.close()]);
await router.close();
