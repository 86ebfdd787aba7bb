/**
 * Business logic and its marble tests: an order book, from a snapshot and what changes it, which starts anew after each gap.
 *
 *     npm run sample testing/order-book
 *
 * Prints:
 *
 *     ok: shows the snapshot, and then each change
 *     ok: leaves out what the snapshot knew already
 *     ok: asks anew when the line was cut
 */
import { map, type Observable } from 'rxjs';
import { liveQuery, type Peer, type TopicEvent } from 'rxwamp';
import { wampMarbles, type MarbleHelpers } from 'rxwamp/testing';

type Book = { readonly version: number; readonly offers: { readonly [price: string]: number } };
type Change = TopicEvent<[version: number, price: string, count: number]>;

/** The logic. It knows a peer, and nothing of tests. */
function orderBook(peer: Peer): Observable<Book> {
  return liveQuery<Book, Change>({
    snapshot: () => peer.call<Book>('com.market.book').pipe(map(({ args: [book] }) => book)),
    topic: peer.topicStatus<Change['args']>('com.market.changes'),
    reduce: ({ offers }, { args: [version, price, count] }) => ({ version, offers: { ...offers, [price]: count } }),
    versionOf: { state: ({ version }) => version, event: ({ args: [version] }) => version },
  });
}

function test(name: string, scenario: (helpers: MarbleHelpers) => void): void {
  wampMarbles((helpers) => {
    scenario(helpers);
    helpers.expectLeaks().toBeEmpty();
  });
  console.log(`ok: ${name}`);
}

const asked = { version: 3, offers: { '9.90': 5 } };

test('shows the snapshot, and then each change', ({ client, answers, publishes, expectObservable }) => {
  answers('com.market.book', '   --(r|)', { r: asked });
  publishes('com.market.changes', '-----x', { x: [4, '9.80', 1] });

  expectObservable(orderBook(client()), '^------!').toBe('--a--b', { a: asked, b: { version: 4, offers: { '9.90': 5, '9.80': 1 } } });
});

test('leaves out what the snapshot knew already', ({ client, answers, publishes, expectObservable }) => {
  answers('com.market.book', '   ----(r|)', { r: asked });
  publishes('com.market.changes', '-xy', { x: [3, '9.90', 5], y: [4, '9.90', 4] });

  expectObservable(orderBook(client()), '^------!').toBe('----b', { b: { version: 4, offers: { '9.90': 4 } } });
});

test('asks anew when the line was cut', ({ client, answers, publishes, expectObservable }) => {
  const trader = client({ retry: { initialDelay: 10 } });
  answers('com.market.book', ['(r|)', '(s|)'], { r: asked, s: { version: 9, offers: {} } });
  publishes('com.market.changes', '---x', { x: [4, '9.90', 4] });
  trader.link.marbles('            --x-o');

  // What was published at 3 ms is not in the stream; the second snapshot, 10 ms after the cut, has it in it.
  expectObservable(orderBook(trader), '^ 20ms !').toBe('a 11ms b', { a: asked, b: { version: 9, offers: {} } });
});
