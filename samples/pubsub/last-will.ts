/**
 * A last will: what the router publishes for a session that is lost, and that a session which leaves in good order takes back.
 *
 *     npm run sample pubsub/last-will
 *
 * Prints:
 *
 *     anna is here
 *     anna is lost
 *     bert is here
 *     bert has left
 */
import { Subject, concat, filter, firstValueFrom, lastValueFrom, tap } from 'rxjs';
import { createClient, type Client } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const CHAT = 'com.example.chat';
const router = createRouter({ realms: { realm1: {} } });
const listener = await router.listen('ws://127.0.0.1:0/ws');

const lines$ = new Subject<string>();
const board = createClient({ transport: router.link(), realm: 'realm1' });
board.topic<[text: string]>(CHAT).pipe(tap(({ args: [text] }) => console.log(text))).subscribe(({ args: [text] }) => lines$.next(text));
await board.connect();

const anna = createClient({ url: listener.url, realm: 'realm1', retry: { shouldReconnect: () => false } });
await enter(anna, 'anna');
const lost = firstValueFrom(lines$.pipe(filter((line) => line === 'anna is lost')));
// Drops the connections that came this way: anna cannot say anything any more.
await listener.close();
await lost;

const bert = createClient({ transport: router.link(), realm: 'realm1' });
await enter(bert, 'bert');
await lastValueFrom(concat(
  bert.call('wamp.session.flush_testaments'),
  bert.publish(CHAT, ['bert has left'], { acknowledge: true }),
));
await bert.close();
await board.close();
await router.close();

async function enter(client: Client, name: string): Promise<void> {
  await client.connect();
  await lastValueFrom(concat(
    // Topic, positional and keyword arguments of what is to be published then.
    client.call('wamp.session.add_testament', [CHAT, [`${name} is lost`], {}]),
    client.publish(CHAT, [`${name} is here`], { acknowledge: true }),
  ));
}
