/**
 * What a router tells of its realm, and lets be done to it: who is there, what is registered, and the end of a session.
 *
 *     npm run sample router/meta-api
 *
 * Prints:
 *
 *     there: warden
 *     there: warden, worker
 *     registered: com.example.work, exact, single
 *     worker may kill: wamp.error.not_authorized
 *     worker: wamp.close.killed, because it is time
 *     there: warden
 */
import { catchError, filter, firstValueFrom, lastValueFrom, map, of } from 'rxjs';
import { createClient, GoodbyeError, isApplicationError, presence, ticket, type Client } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const users = { warden: { ticket: 'a', role: 'warden' }, worker: { ticket: 'b', role: 'worker' } };
const router = createRouter({
  realms: {
    realm1: {
      auth: { ticket: { users } },
      roles: {
        worker: [{ uri: '', match: 'prefix', allow: ['call', 'register', 'publish', 'subscribe'] }],
        // What intervenes in other sessions is allowed to who is given it by name: "everything" is not enough.
        warden: [{ uri: 'wamp.', match: 'prefix', allow: ['call', 'subscribe'] }],
      },
    },
  },
});
const join = (authid: keyof typeof users): Client => createClient({
  transport: router.link(), realm: 'realm1', auth: ticket({ authid, ticket: users[authid].ticket }), retry: { shouldReconnect: () => false },
});

const [warden, worker] = [join('warden'), join('worker')];
await warden.connect();
const present$ = presence(warden).pipe(map((all) => all.map(({ authid }) => authid).join(', ')));
const watching = present$.subscribe((names) => console.log(`there: ${names}`));
await firstValueFrom(present$);

const created = firstValueFrom(warden.topic('wamp.registration.on_create'));
await firstValueFrom(warden.topicStatus('wamp.registration.on_create').pipe(filter(({ kind }) => kind === 'subscribed')));
worker.register('com.example.work', () => 'done').subscribe({ error: () => {} });
const { id } = await worker.connect();
const { args: [, details] } = await created;
const { uri, match, invoke } = details as { uri: string; match: string; invoke: string };
console.log(`registered: ${uri}, ${match}, ${invoke}`);

await lastValueFrom(worker.call('wamp.session.kill', [id]).pipe(
  map(() => 'yes'),
  catchError((error: unknown) => of(isApplicationError(error) ? error.uri : 'failed')),
  map((outcome) => console.log(`worker may kill: ${outcome}`)),
));

worker.state$.subscribe((state) => {
  if (state.kind === 'closed' && state.cause instanceof GoodbyeError) console.log(`worker: ${state.cause.reason}, ${String(state.cause.details['message'])}`);
});
const alone = firstValueFrom(present$.pipe(filter((names) => names === 'warden')));
await lastValueFrom(warden.call('wamp.session.kill', { args: [id], kwargs: { message: 'because it is time' } }));
await alone;
watching.unsubscribe();
await warden.close();
