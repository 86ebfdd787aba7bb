/**
 * What a caller may ask for with a call: that the procedure learns who calls, and an end to its patience.
 *
 *     npm run sample rpc/options
 *
 * Prints:
 *
 *     hello, whoever you are
 *     hello, number 2
 *     TimeoutError: no answer from com.example.sleep within 20 ms
 *     the procedure was interrupted
 */
import { NEVER, catchError, finalize, firstValueFrom, lastValueFrom, map, of } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });
const callers = [(await service.connect()).id, (await client.connect()).id];

const interrupted = new Promise<string>((resolve) => {
  service.register('com.example.sleep', () => NEVER.pipe(finalize(() => resolve('the procedure was interrupted')))).subscribe();
});
service.register('com.example.hello', ({ caller }) => `hello, ${caller === undefined ? 'whoever you are' : `number ${callers.indexOf(caller) + 1}`}`).subscribe();

const hello = (discloseMe: boolean): Promise<string> => firstValueFrom(client.call<string>('com.example.hello', [], { discloseMe }).pipe(map(({ args: [text] }) => text)));
console.log(await hello(false));
console.log(await hello(true));

const late = client.call<never>('com.example.sleep', [], { timeout: 20 }).pipe(map(() => ''), catchError((error: Error) => of(`${error.name}: ${error.message}`)));
console.log(await lastValueFrom(late));
console.log(await interrupted);
await Promise.all([service.close(), client.close()]);
