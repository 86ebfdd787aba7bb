/**
 * Business logic and its marble tests: an import that shows how far it is, and that can be stopped.
 *
 *     npm run sample testing/import
 *
 * Prints:
 *
 *     ok: draws a bar, and says how many rows there were
 *     ok: stops the import when nobody looks any more
 *     ok: says so where nothing was heard for ten seconds
 */
import { catchError, map, of, type Observable } from 'rxjs';
import { TimeoutError, type Peer } from 'rxwamp';
import { wampMarbles, type MarbleHelpers } from 'rxwamp/testing';

/** The logic. It knows a peer, and nothing of tests. */
function importing(peer: Peer, file: string): Observable<string> {
  return peer.call<number, number>('com.files.import', [file], { progress: true, timeout: 10_000 }).pipe(
    map(({ progress, args: [count] }) => (progress ? '#'.repeat(count / 10).padEnd(10, '.') : `${count} rows`)),
    catchError((error: unknown) => of(error instanceof TimeoutError ? 'stuck' : 'failed')),
  );
}

function test(name: string, scenario: (helpers: MarbleHelpers) => void): void {
  wampMarbles((helpers) => {
    scenario(helpers);
    helpers.expectLeaks().toBeEmpty();
  });
  console.log(`ok: ${name}`);
}

test('draws a bar, and says how many rows there were', ({ client, answers, expectObservable }) => {
  answers('com.files.import', '                    -a-b--(r|)', { a: 30, b: 80, r: 1234 });

  expectObservable(importing(client(), 'tea.csv')).toBe('-a-b--(r|)', { a: '###.......', b: '########..', r: '1234 rows' });
});

test('stops the import when nobody looks any more', ({ client, answers, expectObservable, expectSubscriptions }) => {
  const server = answers('com.files.import', '                      -a-b--(r|)', { a: 30, b: 80, r: 1234 });

  expectObservable(importing(client(), 'tea.csv'), '^-!').toBe('-a', { a: '###.......' });
  expectSubscriptions(server.subscriptions).toBe('           ^-!');
});

test('says so where nothing was heard for ten seconds', ({ client, answers, expectObservable }) => {
  // Each sign of life starts the ten seconds anew.
  answers('com.files.import', '                    8s a 1m (r|)', { a: 30, r: 1234 });

  expectObservable(importing(client(), 'tea.csv')).toBe('8s a 9999ms (s|)', { a: '###.......', s: 'stuck' });
});
