/** Shows how often it has subscribed, what it hears of a topic, and what a call answers with. */
import { createClient } from '../../../lib/index.ts';

const url = new URLSearchParams(location.search).get('url') ?? '';
const client = createClient({ url, realm: 'realm1', retry: { initialDelay: 20, maxDelay: 20, jitter: 'none' } });
const shown = { subscribed: 0, heard: [] as unknown[], answers: [] as unknown[] };
const show = (): void => {
  document.body.textContent = JSON.stringify(shown);
};

client.topicStatus('com.shop.price').subscribe((signal) => {
  if (signal.kind === 'subscribed') shown.subscribed++;
  if (signal.kind === 'event') shown.heard.push(...signal.event.args);
  show();
});
client.call<string, number>('com.shop.count', [2], { progress: true }).subscribe(({ args, progress }) => {
  shown.answers.push([progress, ...args]);
  show();
});
