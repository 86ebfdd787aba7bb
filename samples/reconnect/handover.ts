/**
 * A token that expires: the client joins a second session with the next token, and lets go of the first only then. Whoever observes a topic
 * sees neither a gap nor an event twice.
 *
 *     npm run sample reconnect/handover
 *
 * Prints:
 *
 *     joined with token 1
 *     price 1
 *     price 2
 *     joined with token 2
 *     price 3
 */
import { BehaviorSubject, filter, firstValueFrom, skip } from 'rxjs';
import { createClient, ticket } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({
  realms: {
    realm1: {
      auth: { anonymous: {}, ticket: (_candidate, token) => (token.startsWith('token') ? { is: 'accept', authid: token, authrole: 'user' } : { is: 'deny' }) },
      roles: { user: [{ uri: '', match: 'prefix', allow: ['subscribe'] }], anonymous: [{ uri: '', match: 'prefix', allow: ['publish'] }] },
    },
  },
});
const inside = createClient({ transport: router.link(), realm: 'realm1' });
const credential = (number: number) => ticket({ authid: 'shop', ticket: `token ${number}` });

// Each value is used from then on; a new one hands the session over. A function may give `expiresAt` instead, and is asked again in time.
const credentials$ = new BehaviorSubject(credential(1));
const shop = createClient({ transport: router.link(), realm: 'realm1', auth: credentials$ });

shop.session$.subscribe((session) => {
  if (session !== undefined) console.log(`joined with ${session.details.authid}`);
});
shop.topic<[price: number]>('com.example.price').subscribe(({ args: [price] }) => console.log(`price ${price}`));
const publish = (price: number) => firstValueFrom(inside.publish('com.example.price', [price], { acknowledge: true }));
await firstValueFrom(shop.topicStatus('com.example.price').pipe(filter(({ kind }) => kind === 'subscribed')));

await publish(1);
await publish(2);
const renewed = firstValueFrom(shop.session$.pipe(skip(1)));
credentials$.next(credential(2));
await renewed;
await publish(3);
await Promise.all([shop.close(), inside.close()]);
await router.close();
