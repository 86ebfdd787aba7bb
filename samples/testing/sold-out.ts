/**
 * Business logic and its marble tests: an order that is tried again where the goods were sold out, and nowhere else.
 *
 *     npm run sample testing/sold-out
 *
 * Prints:
 *
 *     ok: waits a minute and tries again
 *     ok: gives up after the third time
 *     ok: does not try again what may have been done
 */
import { map, retry, throwError, timer, type Observable } from 'rxjs';
import { ApplicationError, isApplicationError, type Peer, type TransportLostError } from 'rxwamp';
import { wampMarbles, type MarbleHelpers } from 'rxwamp/testing';

const SOLD_OUT = 'com.shop.sold_out';

/** The logic. It knows a peer, and nothing of tests. */
function order(peer: Peer, product: string): Observable<string> {
  return peer.call<string>('com.shop.order', [product]).pipe(
    retry({ count: 2, delay: (error) => (isApplicationError(error, SOLD_OUT) ? timer(60_000) : throwError(() => error)) }),
    map(({ args: [receipt] }) => receipt),
  );
}

function test(name: string, scenario: (helpers: MarbleHelpers) => void): void {
  wampMarbles((helpers) => {
    scenario(helpers);
    helpers.expectLeaks().toBeEmpty();
  });
  console.log(`ok: ${name}`);
}

test('waits a minute and tries again', ({ client, answers, expectObservable }) => {
  const shop = answers('com.shop.order', ['-#', '-(r|)'], { r: 'receipt 7' }, new ApplicationError(SOLD_OUT));

  expectObservable(order(client(), 'tea')).toBe('-- 1m (r|)', { r: 'receipt 7' });
  expectObservable(shop.calls$, '^ 2m !').toBe(' a 1m b', { a: { args: ['tea'], kwargs: {} }, b: { args: ['tea'], kwargs: {} } });
});

test('gives up after the third time', ({ client, fails, expectObservable }) => {
  fails('com.shop.order', '#', SOLD_OUT);

  expectObservable(order(client(), 'tea')).toBe('2m #', undefined, new ApplicationError(SOLD_OUT));
});

test('does not try again what may have been done', ({ client, answers, expectObservable }) => {
  const user = client();
  answers('com.shop.order', '1s (r|)', { r: 'receipt 7' });
  user.link.marbles('--x-o');

  const effect$ = order(user, 'tea').pipe(map(() => 'done'), retry({ delay: ({ effect }: TransportLostError) => throwError(() => effect) }));

  expectObservable(effect$).toBe('--#', undefined, 'unknown');
});
