/** The client of 12 kB: shows what it hears of a topic, what a call answers with, and what it was called for. */
import { createClient } from '../../../lib/core/index.ts';

const url = new URLSearchParams(location.search).get('url') ?? '';
const client = createClient({ url, realm: 'realm1', retry: { initialDelay: 20, maxDelay: 20, jitter: 'none' } });
const shown = { joined: 0, heard: [] as unknown[], answers: [] as unknown[], asked: [] as unknown[] };
const show = (): void => {
  document.body.textContent = JSON.stringify(shown);
};

client.topic('com.shop.price').subscribe(({ args }) => {
  shown.heard.push(...args);
  show();
});
// Emits when the router has it, and behind that the topic: it is asked for in the same burst.
client.register('com.page.ask', async function* answer({ args: [name] }: { readonly args: readonly unknown[] }) {
  shown.asked.push(name);
  show();
  yield new Uint8Array([1, 2, 255]);
  return name;
}).subscribe(() => {
  shown.joined++;
  show();
});
client.call<string, number>('com.shop.count', [2], { progress: true }).subscribe(({ args, progress }) => {
  shown.answers.push([progress, ...args]);
  show();
});
