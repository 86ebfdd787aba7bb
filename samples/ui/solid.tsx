/** @jsxImportSource solid-js */
/**
 * Solid: a signal that is fed from the mount of its component until its clean-up.
 *
 * `from(state)` of solid-js does the same with one word, and subscribes on a server too. `onMount` is not called there, so the seed is rendered
 * and nothing is subscribed to.
 */
import { For, Show, createSignal, onCleanup, onMount, type Accessor, type JSX } from 'solid-js';
import { render } from 'solid-js/web';
import type { StateObservable } from 'rxwamp';
import type { Shop } from './shop.ts';

/** The current state as a signal. */
export function createCurrent<S>(state: StateObservable<S>): Accessor<S> {
  const [current, setCurrent] = createSignal(state.value);
  onMount(() => {
    const subscription = state.subscribe((value) => setCurrent(() => value));
    onCleanup(() => subscription.unsubscribe());
  });
  return current;
}

function Report(props: { readonly shop: Shop }): JSX.Element {
  const report = createCurrent(props.shop.report());
  return <output>{report()}</output>;
}

export function ShopPanel(props: { readonly shop: Shop }): JSX.Element {
  const prices = createCurrent(props.shop.prices);
  const connection = createCurrent(props.shop.connection);
  const [asked, setAsked] = createSignal(false);
  return (
    <section>
      <h1>{connection()}</h1>
      <ul><For each={Object.entries(prices())}>{([product, price]) => <li>{`${product} ${price}`}</li>}</For></ul>
      <button onClick={() => setAsked(!asked())}>{asked() ? 'stop' : 'report'}</button>
      <Show when={asked()}><Report shop={props.shop} /></Show>
    </section>
  );
}

export function mount(element: Element, shop: Shop): () => void {
  return render(() => <ShopPanel shop={shop} />, element);
}
