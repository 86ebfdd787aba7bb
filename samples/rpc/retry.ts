/**
 * Calls that are made again: always where the procedure was never run, else only where running it twice does no harm, and progressive
 * results from where they broke off.
 *
 *     npm run sample rpc/retry
 *
 * Prints:
 *
 *     wamp.error.no_such_procedure had effect none, so it is called again
 *     ordered tea
 *     com.shop.declined had effect unknown, so it is not
 *     read from 0: w a
 *     read from 2: m p
 *     read from 4: end
 */
import { EMPTY, catchError, concat, filter, from, ignoreElements, lastValueFrom, map, tap, throwError, type Observable } from 'rxjs';
import { ApplicationError, createClient, retryCall } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

interface Letter { readonly at: number; readonly letter: string }

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });
const backoff = { initialDelay: 20, jitter: 'none' } as const;
const explain = (error: unknown, then: string): string => (error instanceof ApplicationError ? `${error.uri} had effect ${error.effect}, so it is ${then}` : 'something else');

// Nobody offers it yet; somebody does before the second call.
const order$ = client.call<string>('com.shop.order', ['tea']).pipe(
  tap({
    error: (error) => {
      console.log(explain(error, 'called again'));
      service.register('com.shop.order', ({ args: [what] }) => `ordered ${String(what)}`).subscribe();
    },
  }),
  retryCall({ backoff }),
  tap(({ args: [answer] }) => console.log(answer)),
);

// It was run, and nobody knows how far it came: whoever pays twice would not be pleased.
const pay$ = client.call('com.shop.pay', [42]).pipe(
  retryCall({ backoff }),
  catchError((error: unknown) => { console.log(explain(error, 'not')); return EMPTY; }),
);

// Reading is idempotent, so it may go on behind the last letter that came.
const readFrom = (at: number): Observable<Letter> => client.call<void, Letter>('com.files.read', [at], { progress: true }).pipe(
  filter((result) => result.progress),
  map(({ args: [letter] }) => letter),
);
const read$ = readFrom(0).pipe(retryCall({ backoff, idempotent: true, resume: ({ at }) => readFrom(at + 1) }));

service.register('com.shop.pay', () => { throw new ApplicationError('com.shop.declined'); }).subscribe();
service.register<[at: number]>('com.files.read', ({ args: [at] }) => {
  const letters = 'wamp'.split('').slice(at, at + 2).map((letter, index) => ({ at: at + index, letter }));
  console.log(`read from ${at}: ${letters.map(({ letter }) => letter).join(' ') || 'end'}`);
  return concat(from(letters), letters.length === 0 ? EMPTY : throwError(() => new ApplicationError('com.files.broken')));
}).subscribe();

await service.connect();
await lastValueFrom(concat(order$, pay$, read$).pipe(ignoreElements()), { defaultValue: undefined });
await Promise.all([client.close(), service.close()]);
