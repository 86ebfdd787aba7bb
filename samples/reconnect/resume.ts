/**
 * The line breaks in the midst of a call and of a topic, and neither notices: the session is resumed.
 *
 *     npm run sample reconnect/resume
 *
 * Prints:
 *
 *     joined
 *     page 1
 *     waiting
 *     joined: the same session
 *     heard: while you were away
 *     page 2
 *     page 3
 */
import { ReplaySubject, filter, firstValueFrom, lastValueFrom, map, of, share, tap } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: { resume: { timeout: 10_000 } } } });
const inside = createClient({ transport: router.link(), realm: 'realm1' });
let listener = await router.listen('ws://127.0.0.1:0/ws');

// It would come back by itself after the delay; here it is told when.
const client = createClient({ url: () => of(listener.url), realm: 'realm1', resume: true, retry: { initialDelay: 10_000, jitter: 'none' } });
const sessions = new Set<unknown>();
client.state$.subscribe((state) => {
  if (state.kind === 'waiting') console.log('waiting');
  if (state.kind !== 'joined') return;
  console.log(sessions.has(state.session) ? 'joined: the same session' : 'joined');
  sessions.add(state.session);
});
await client.connect();

const pages$ = new ReplaySubject<string>();
inside.register('com.example.print', () => pages$).subscribe();
const news$ = client.topicStatus<[text: string]>('com.example.news').pipe(share());
news$.subscribe((signal) => { if (signal.kind === 'event') console.log(`heard: ${signal.event.args[0]}`); });
await firstValueFrom(client.topicStatus('com.example.news').pipe(filter(({ kind }) => kind === 'subscribed')));

pages$.next('page 1');
const printed$ = client.call<string, string>('com.example.print', [], { progress: true }).pipe(map(({ args: [text] }) => text), share());
const printing = lastValueFrom(printed$.pipe(tap((text) => console.log(text))));
await firstValueFrom(printed$);

// Closing the listener drops the connections that came this way.
await listener.close();
await firstValueFrom(client.state$.pipe(filter(({ kind }) => kind === 'waiting')));
await firstValueFrom(inside.publish('com.example.news', ['while you were away'], { acknowledge: true }));
pages$.next('page 2');
listener = await router.listen('ws://127.0.0.1:0/ws');
client.reconnectNow();

await firstValueFrom(printed$);
pages$.next('page 3');
pages$.complete();
await printing;
await Promise.all([client.close(), inside.close()]);
await router.close();
