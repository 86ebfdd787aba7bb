/** A tab that shares a session, by a SharedWorker or by the tab that leads. Shows its state, what it hears, and whether it leads. */
import { createClient } from '../../../lib/index.ts';
import { sharedTabs, sharedWorker } from '../../../lib/shared/index.ts';

const params = new URLSearchParams(location.search);
const [url, worker, name] = [params.get('url') ?? '', params.get('worker'), params.get('name') ?? ''];
const retry = { initialDelay: 20, maxDelay: 20, jitter: 'none' } as const;
const shown = { state: '', leads: false, heard: [] as unknown[] };
const show = (): void => {
  document.body.textContent = JSON.stringify(shown);
};

const leading = (): ReturnType<typeof createClient> => {
  shown.leads = true;
  show();
  return createClient({ url, realm: 'realm1', retry });
};
const making = (): SharedWorker => new SharedWorker(`${worker}?${new URLSearchParams({ url })}`, { type: 'module' });
const transport = worker === null ? sharedTabs('spec', leading) : sharedWorker(params.has('anew') ? making : making());
const client = createClient({ transport, realm: 'realm1', retry });

client.state$.subscribe(({ kind }) => {
  shown.state = kind;
  show();
});
client.topic<[unknown]>('com.shop.price').subscribe(({ args: [price] }) => {
  shown.heard.push(price);
  show();
});
client.register(`com.shop.tab.${name}`, () => name).subscribe();
Object.assign(globalThis, {
  publish: (value: unknown) => { client.publish('com.shop.price', [value]).subscribe(); },
  share: () => new Promise<void>((resolve) => { client.register('com.shop.work', () => name, { invoke: 'roundrobin' }).subscribe(() => resolve()); }),
  wait: () => { client.call('com.shop.wait').subscribe({ error: () => {} }); },
});
