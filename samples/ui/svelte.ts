/**
 * Svelte: an Observable is a store already, so `$prices` is the current state; see ShopPanel.svelte.
 *
 * Svelte subscribes to stores on a server too. What is given to it there is the seed, and nothing is subscribed to.
 */
import { BROWSER } from 'esm-env';
import { mount as mountComponent, unmount } from 'svelte';
import { readable, type Readable } from 'svelte/store';
import type { StateObservable } from 'rxwamp';
import type { Shop } from './shop.ts';
import ShopPanel from './ShopPanel.svelte';

/** The state itself in a browser, its seed on a server. */
export function store<S>(state: StateObservable<S>): Readable<S> | StateObservable<S> {
  return BROWSER ? state : readable(state.value);
}

export function mount(element: Element, shop: Shop): () => void {
  const panel = mountComponent(ShopPanel, { target: element, props: { shop } });
  return () => { void unmount(panel); };
}
