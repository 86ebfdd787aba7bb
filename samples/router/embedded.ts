/**
 * A router inside your program: clients of the same process come over a link, others over WebSockets, and all meet in one realm.
 *
 *     npm run sample router/embedded
 *
 * Prints:
 *
 *     0 sessions
 *     1 sessions: memory
 *     2 sessions: memory, websocket
 *     called over the network: hello network
 *     1 registrations, 0 pending calls
 *     1 sessions: memory
 *     0 sessions
 */
import { lastValueFrom, map } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const { url } = await router.listen('ws://127.0.0.1:0/ws');

router.sessions$.pipe(map((sessions) => sessions.map(({ transport }) => String(transport['type'])))).subscribe((types) => {
  console.log(`${types.length} sessions${types.length === 0 ? '' : `: ${types.join(', ')}`}`);
});

const inside = createClient({ transport: router.link(), realm: 'realm1' });
inside.register<[name: string]>('com.example.hello', ({ args: [name] }) => `hello ${name}`).subscribe();
await inside.connect();

const outside = createClient({ url, realm: 'realm1' });
await outside.connect();
const { args: [greeting] } = await lastValueFrom(outside.call<string>('com.example.hello', ['network']));
console.log(`called over the network: ${greeting}`);

const { registrations, pendingCalls } = router.stats();
console.log(`${registrations} registrations, ${pendingCalls} pending calls`);

await outside.close();
await inside.close();
// Says GOODBYE to whoever is left, then stops listening.
await router.close();
