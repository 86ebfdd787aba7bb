/**
 * A procedure that keeps a processor busy, in a thread of its own. The router is in the main thread, which goes on meanwhile.
 *
 *     npm run sample transports/threads
 *
 * Prints:
 *
 *     the thread counts, and this one goes on
 *     there are 78498 primes up to 1000000
 *     the thread has ended, and its procedure with it
 */
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { filter, first, switchMap } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';
import { acceptPort, messagePort } from 'rxwamp/transports/message-port';

if (isMainThread) lead();
else work();

function lead(): void {
  const router = createRouter({ realms: { office: {} } });
  const client = createClient({ transport: router.link(), realm: 'office' });

  client.topic('office.ready').pipe(
    first(),
    switchMap(() => {
      const counting = client.call<number>('office.primes', [1_000_000]);
      console.log('the thread counts, and this one goes on');
      return counting;
    }),
  ).subscribe(({ args: [count] }) => {
    console.log(`there are ${count} primes up to 1000000`);
    void thread.terminate();
    router.sessions$.pipe(filter((sessions) => sessions.length === 0), first()).subscribe(() => {
      console.log('the thread has ended, and its procedure with it');
      void client.close().then(() => router.close());
    });
  });

  const thread = new Worker(new URL(import.meta.url)); // this very file
  acceptPort(thread, { subprotocols: router.subprotocols }).subscribe((connection) => router.attach(connection, { type: 'port' }));
}

function work(): void {
  if (parentPort === null) return;
  const client = createClient({ transport: messagePort(parentPort), realm: 'office' });
  client.register<[limit: number]>('office.primes', ({ args: [limit] }) => countPrimes(limit)).pipe(
    switchMap(() => client.publish('office.ready')),
  ).subscribe();
}

function countPrimes(limit: number): number {
  const isComposite = new Uint8Array(limit + 1);
  let count = 0;
  for (let candidate = 2; candidate <= limit; candidate++) {
    if (isComposite[candidate] === 1) continue;
    count++;
    for (let multiple = candidate * candidate; multiple <= limit; multiple += candidate) isComposite[multiple] = 1;
  }
  return count;
}
