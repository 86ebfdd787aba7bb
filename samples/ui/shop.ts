/**
 * What every recipe shows: the prices of a shop, how the client stands, and a report that takes its time.
 *
 * It knows no framework, so it can be tested with marbles, and a recipe is no more than the way from a state to a screen. Nothing is sent, and no
 * connection is opened, before somebody subscribes to one of the states.
 */
import { catchError, of } from 'rxjs';
import { progressOf, toState, type Client, type ClientState, type StateObservable, type TopicEvent } from 'rxwamp';

export type Prices = { readonly [product: string]: number };
export type PriceEvent = TopicEvent<[product: string, price: number]>;

export interface Shop {
  /** SUBSCRIBE with the first who watches, UNSUBSCRIBE with the last. */
  readonly prices: StateObservable<Prices>;
  readonly connection: StateObservable<ClientState['kind']>;
  /** One CALL for each state that is made; to stop watching cancels it. */
  report(): StateObservable<string>;
}

export function createShop(client: Client): Shop {
  const withPrice = (prices: Prices, { args: [product, price] }: PriceEvent): Prices => ({ ...prices, [product]: price });
  const report$ = client.call<string, number>('com.shop.report', [], { progress: true }).pipe(
    progressOf({ bar: ({ args: [percent] }) => `${percent} %`, done: ({ args: [file] }) => file }),
    catchError((error: unknown) => of(`failed: ${String(error)}`)),
  );

  return {
    prices: toState(withPrice, {})(client.topic<[product: string, price: number]>('com.shop.price')),
    connection: toState((_before: ClientState['kind'], { kind }: ClientState) => kind, 'idle')(client.state$),
    report: () => toState((_before: string, now: string) => now, 'asked')(report$),
  };
}
