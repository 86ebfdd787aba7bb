/**
 * A way for networks that let no WebSocket through: plain HTTP requests (long-poll), second in a list of URLs, or behind the WebSocket in one attempt.
 *
 *     npm run sample transports/fallback
 *
 * Prints:
 *
 *     a list: connecting by ws, waiting, connecting by http, joined
 *     one attempt: connecting, joined
 *     heard hello
 */
import { catchError, filter, firstValueFrom, map, takeWhile, toArray } from 'rxjs';
import { createClient, ws, type Client } from 'rxwamp';
import { createRouter } from 'rxwamp/router';
import { longPoll } from 'rxwamp/transports/long-poll';

const router = createRouter({ realms: { realm1: {} } });
// As behind a proxy that knows nothing of WebSockets: this port answers requests alone. For both: listen('ws://127.0.0.1:0/ws', { longPoll: '/lp' }).
const { url: http } = await router.listen('http://127.0.0.1:0/lp');
const blocked = http.replace('http:', 'ws:');

const listed = createClient({ url: [blocked, http], realm: 'realm1', retry: { initialDelay: 20, jitter: 'none' } });
console.log(`a list: ${await wayOf(listed)}`);

// In a page, where URLs of http would be code that few need: webSocket(url).pipe(catchError(() => longPoll(fallback))).
const together = createClient({ transport: ws(blocked).pipe(catchError(() => longPoll(http))), realm: 'realm1' });
console.log(`one attempt: ${await wayOf(together)}`);

// Whichever way they came, they meet in the realm. An acknowledgement comes behind what the router had to say before it.
together.topic<[word: string]>('com.example.news').subscribe(({ args: [word] }) => console.log(`heard ${word}`));
await firstValueFrom(together.publish('com.example.turn', [], { acknowledge: true }));
await firstValueFrom(listed.publish('com.example.news', ['hello'], { acknowledge: true }));
await firstValueFrom(together.publish('com.example.turn', [], { acknowledge: true }));

await Promise.all([listed.close(), together.close()]);
await router.close();

/** The states of a client until it has joined. */
async function wayOf(client: Client): Promise<string> {
  const way = client.state$.pipe(
    filter(({ kind }) => kind === 'connecting' || kind === 'waiting' || kind === 'joined'),
    takeWhile(({ kind }) => kind !== 'joined', true),
    map((state) => (state.kind === 'connecting' && state.url !== undefined ? `connecting by ${state.url.split(':', 1)[0]}` : state.kind)),
    toArray(),
  );
  const [states] = await Promise.all([firstValueFrom(way), client.connect()]);
  return states.join(', ');
}
