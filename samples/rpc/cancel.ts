/**
 * Unsubscribing from a call cancels it: the procedure is interrupted, whatever it is made of.
 *
 *     npm run sample rpc/cancel
 *
 * Prints:
 *
 *     tick 1
 *     tick 2
 *     the observable was unsubscribed from
 *     step 1
 *     the generator was told: killnowait
 */
import { finalize, interval, lastValueFrom, map, take, tap } from 'rxjs';
import { createClient, type Invocation } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });

service.register('com.example.ticks', () => interval(20).pipe(
  map((tick) => tick + 1),
  finalize(() => console.log('the observable was unsubscribed from')),
)).subscribe();

// The signal goes to whatever can be aborted: fetch, a timer of node:timers/promises, a child process.
service.register('com.example.steps', async function* ({ signal }: Invocation) {
  signal.addEventListener('abort', () => console.log(`the generator was told: ${String(signal.reason)}`));
  for (let step = 1; !signal.aborted; step++) {
    yield step;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}).subscribe();
await service.connect();

// take() unsubscribes when it has enough; so do takeUntil, switchMap, timeout, and unsubscribe() itself.
await lastValueFrom(client.call<unknown, number>('com.example.ticks', [], { progress: true }).pipe(
  take(2), tap(({ args: [tick] }) => console.log(`tick ${String(tick)}`)),
));
await lastValueFrom(client.call<unknown, number>('com.example.steps', [], { progress: true }).pipe(
  take(1), tap(({ args: [step] }) => console.log(`step ${String(step)}`)),
));
await service.close();
