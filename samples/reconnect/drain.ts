/**
 * A service that is told to stop: it takes no new calls, brings those that run to their end, and then leaves.
 *
 *     npm run sample reconnect/drain
 *
 * Prints:
 *
 *     asked for 2 reports
 *     draining
 *     a third is refused: wamp.error.no_such_procedure
 *     report 1
 *     report 2
 *     closed
 */
import { delay, firstValueFrom, lastValueFrom, of } from 'rxjs';
import { createClient, isApplicationError } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const user = createClient({ transport: router.link(), realm: 'realm1' });

await new Promise<void>((resolve) => {
  service.register('com.example.report', ({ args: [number] }) => of(`report ${String(number)}`).pipe(delay(50))).subscribe(() => resolve());
});
const reports = [1, 2].map((number) => firstValueFrom(user.call<string>('com.example.report', [number])));
await user.connect();
console.log('asked for 2 reports');

// In a program of its own: process.once('SIGTERM', () => service.drain({ timeout: 10_000 }).subscribe());
const drained = lastValueFrom(service.drain({ timeout: 10_000 }));
console.log(service.state.kind);

await firstValueFrom(user.call('com.example.report', [3])).catch((error: unknown) => {
  if (isApplicationError(error)) console.log(`a third is refused: ${error.uri}`);
});
for (const { args: [report] } of await Promise.all(reports)) console.log(report);
await drained;
console.log(service.state.kind);
await user.close();
await router.close();
