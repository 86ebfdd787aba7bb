/**
 * Arguments by position and by name, and what a procedure sees when some are left out.
 *
 *     npm run sample rpc/arguments
 *
 * Prints:
 *
 *     ping
 *     2 + 3 = 5
 *     nobody starred nothing
 *     homer starred nothing
 *     homer starred 5 times
 *     tea, 2 of it, for homer
 */
import { concat, lastValueFrom, tap } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

interface Stars { readonly nick?: string; readonly stars?: number }

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });

service.register('com.args.ping', () => 'ping').subscribe();
service.register<[a: number, b: number]>('com.args.add', ({ args: [a, b] }) => `${a} + ${b} = ${a + b}`).subscribe();
service.register<[], Stars>('com.args.stars', ({ kwargs: { nick = 'nobody', stars } }) =>
  `${nick} starred ${stars === undefined ? 'nothing' : `${stars} times`}`,
).subscribe();
service.register<[what: string, count?: number], Stars>('com.args.order', ({ args: [what, count = 1], kwargs: { nick = 'nobody' } }) =>
  `${what}, ${count} of it, for ${nick}`,
).subscribe();
await service.connect();

// A payload is a list, or positional and named arguments together.
await lastValueFrom(concat(
  client.call<string>('com.args.ping'),
  client.call<string>('com.args.add', [2, 3]),
  client.call<string>('com.args.stars'),
  client.call<string>('com.args.stars', { kwargs: { nick: 'homer' } }),
  client.call<string>('com.args.stars', { kwargs: { nick: 'homer', stars: 5 } }),
  client.call<string>('com.args.order', { args: ['tea', 2], kwargs: { nick: 'homer' } }),
).pipe(tap(({ args: [text] }) => console.log(text))));
await service.close();
