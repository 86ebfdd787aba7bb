/**
 * The README's program: a topic and a procedure, over a real WebSocket to the embedded router.
 *
 *     npm run sample quick-start
 *
 * Prints:
 *
 *     price 42
 *     2 + 3 = 5
 */
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const { url } = await router.listen('ws://127.0.0.1:0/ws');
const client = createClient({ url, realm: 'realm1' });

// a topic is an Observable: subscribing subscribes, unsubscribing unsubscribes, a lost connection heals
client.topic<[price: number]>('com.shop.price').subscribe(({ args: [price] }) => console.log(`price ${price}`));

// a procedure answers with a value, a promise, an Observable or an AsyncIterable
client.register<[a: number, b: number]>('com.math.add', ({ args: [a, b] }) => a + b).subscribe();

// nothing is sent before you subscribe, and unsubscribing from a call cancels it
client.publish('com.shop.price', [42], { excludeMe: false }).subscribe();
client.call<number>('com.math.add', [2, 3]).subscribe(({ args: [sum] }) => {
  console.log(`2 + 3 = ${sum}`);
  void client.close().then(() => router.close());
});
