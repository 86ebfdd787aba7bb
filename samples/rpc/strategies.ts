/**
 * Which calls of a procedure run at a time: the operators of RxJS by name, for each key.
 *
 *     npm run sample rpc/strategies
 *
 * Prints:
 *
 *     concat: 1 saved, 2 saved, 3 saved
 *     switch: wamp.error.canceled, wamp.error.canceled, 3 saved
 *     exhaust: 1 saved, wamp.error.no_available_callee, wamp.error.no_available_callee
 *     one key each: 1 saved, 2 saved, 3 saved
 *     two at a time: 1 saved, 2 saved, wamp.error.no_available_callee
 *     through another procedure: 1 saved
 */
import { catchError, firstValueFrom, forkJoin, map, of, timer } from 'rxjs';
import { createClient, type ApplicationError, type Invocation, type RegisterOptions } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });
await Promise.all([service.connect(), client.connect()]);

const save = ({ args: [version] }: Invocation) => timer(20).pipe(map(() => `${String(version)} saved`));

// Three calls at once, and what becomes of each.
async function show(name: string, options: RegisterOptions): Promise<void> {
  const registration = service.register('com.example.save', save, options).subscribe();
  const calls = [1, 2, 3].map((version) => client.call<string>('com.example.save', [version]).pipe(
    map(({ args: [answer] }) => answer),
    catchError(({ uri }: ApplicationError) => of(uri)),
  ));
  console.log(`${name}: ${(await firstValueFrom(forkJoin(calls))).join(', ')}`);
  registration.unsubscribe();
}

await show('concat', { strategy: 'concat' });
await show('switch', { strategy: 'switch' });
await show('exhaust', { strategy: 'exhaust' });
// The key says who has to share: a document, a caller. Those of different keys do not know of each other.
await show('one key each', { strategy: 'exhaust', key: ({ args: [version] }) => version });
await show('two at a time', { concurrency: 2 });

// A call that a procedure makes by its invocation is cancelled with it, and has no more time than its caller.
service.register('com.example.save', save).subscribe();
service.register('com.example.close', ({ call }) => call<string>('com.example.save', [1]).pipe(map(({ args: [answer] }) => answer))).subscribe();
const { args: [saved] } = await firstValueFrom(client.call<string>('com.example.close'));
console.log(`through another procedure: ${saved}`);
await Promise.all([service.close(), client.close()]);
