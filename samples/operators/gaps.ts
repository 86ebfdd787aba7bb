/**
 * Numbered events, of which some are lost on the way: what is missing is told in its place, and the state knows that it is stale.
 *
 *     npm run sample operators/gaps
 *
 * Prints:
 *
 *     stock is 100
 *     stock is 99
 *     stock is 97
 *     stock is 97, or less: 2 events are missing
 *     stock is 92, or less: 2 events are missing
 *     in the end it is 92
 */
import { concatMap, filter, from, switchMap, take } from 'rxjs';
import { createClient, detectGaps, toState, type SequenceSignal, type TopicEvent } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

type Sold = TopicEvent<[count: number], { readonly seq: number }>;

interface Stock {
  readonly left: number;
  readonly missed: number;
}

function reduce({ left, missed }: Stock, signal: SequenceSignal<Sold>): Stock {
  if (signal.kind === 'gap') return { left, missed: missed + (signal.missed ?? 0) };
  if (signal.kind === 'late') return { left, missed };
  return { left: left - signal.value.args[0], missed };
}

const router = createRouter({ realms: { shop: {} } });
const till = createClient({ transport: router.link(), realm: 'shop' });
const office = createClient({ transport: router.link(), realm: 'shop' });

const sold$ = office.topic<[count: number], { readonly seq: number }>('com.shop.sold').pipe(
  take(3),
  detectGaps(({ kwargs: { seq } }) => seq),
);

// A state is an Observable with a value: shared by all who watch, and there to be read by whoever does not.
const stock = toState(reduce, { left: 100, missed: 0 })(sold$);
stock.subscribe({
  next: ({ left, missed }) => console.log(`stock is ${left}${missed > 0 ? `, or less: ${missed} events are missing` : ''}`),
  complete: () => console.log(`in the end it is ${stock.value.left}`),
});

// Number 3 and 4 never arrive.
const sales = [{ count: 1, seq: 1 }, { count: 2, seq: 2 }, { count: 5, seq: 5 }];
office.topicStatus('com.shop.sold').pipe(
  filter(({ kind }) => kind === 'subscribed'), take(1),
  switchMap(() => from(sales)),
  concatMap(({ count, seq }) => till.publish('com.shop.sold', { args: [count], kwargs: { seq } })),
).subscribe();
