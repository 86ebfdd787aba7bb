/**
 * React: `useSyncExternalStore` reads a state, and is all that is needed.
 *
 * StrictMode mounts everything twice. The topic is left and taken again within one turn, which the client does not tell the router about. A
 * server renders the seed and subscribes to nothing.
 */
import { StrictMode, useCallback, useState, useSyncExternalStore, type ReactElement } from 'react';
import { createRoot } from 'react-dom/client';
import type { StateObservable } from 'rxwamp';
import type { Shop } from './shop.ts';

/** The current state, and a render for each other one. */
export function useCurrent<S>(state: StateObservable<S>): S {
  const watch = useCallback((changed: () => void) => {
    const subscription = state.subscribe(changed);
    return () => subscription.unsubscribe();
  }, [state]);
  const read = (): S => state.value;
  return useSyncExternalStore(watch, read, read);
}

function Report({ shop }: { readonly shop: Shop }): ReactElement {
  const [report] = useState(() => shop.report());
  return <output>{useCurrent(report)}</output>;
}

export function ShopPanel({ shop }: { readonly shop: Shop }): ReactElement {
  const prices = useCurrent(shop.prices);
  const connection = useCurrent(shop.connection);
  const [asked, setAsked] = useState(false);
  return (
    <section>
      <h1>{connection}</h1>
      <ul>{Object.entries(prices).map(([product, price]) => <li key={product}>{`${product} ${price}`}</li>)}</ul>
      <button onClick={() => setAsked(!asked)}>{asked ? 'stop' : 'report'}</button>
      {asked && <Report shop={shop} />}
    </section>
  );
}

export function mount(element: Element, shop: Shop): () => void {
  const root = createRoot(element);
  root.render(<StrictMode><ShopPanel shop={shop} /></StrictMode>);
  return () => root.unmount();
}
