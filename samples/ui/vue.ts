/**
 * Vue: a `ref` that is fed while its component is mounted.
 *
 * `onMounted` is not called where a server renders, so the seed is rendered there and nothing is subscribed to. The components are written with
 * `h`; in a single-file component `useCurrent` is the same.
 */
import { createApp, defineComponent, h, onMounted, onUnmounted, ref, shallowRef, type PropType, type ShallowRef } from 'vue';
import { Subscription } from 'rxjs';
import type { StateObservable } from 'rxwamp';
import type { Shop } from './shop.ts';

/** The current state as a ref. */
export function useCurrent<S>(state: StateObservable<S>): Readonly<ShallowRef<S>> {
  const current = shallowRef(state.value) as ShallowRef<S>;
  const subscription = new Subscription();
  onMounted(() => subscription.add(state.subscribe((value) => { current.value = value; })));
  onUnmounted(() => subscription.unsubscribe());
  return current;
}

const props = { shop: { type: Object as PropType<Shop>, required: true } } as const;

const Report = defineComponent({
  props,
  setup({ shop }) {
    const report = useCurrent(shop.report());
    return () => h('output', report.value);
  },
});

export const ShopPanel = defineComponent({
  props,
  setup({ shop }) {
    const prices = useCurrent(shop.prices);
    const connection = useCurrent(shop.connection);
    const asked = ref(false);
    return () => h('section', [
      h('h1', connection.value),
      h('ul', Object.entries(prices.value).map(([product, price]) => h('li', { key: product }, `${product} ${price}`))),
      h('button', { onClick: () => { asked.value = !asked.value; } }, asked.value ? 'stop' : 'report'),
      asked.value ? h(Report, { shop }) : undefined,
    ]);
  },
});

export function mount(element: Element, shop: Shop): () => void {
  const app = createApp(ShopPanel, { shop });
  app.mount(element);
  return () => app.unmount();
}
