/** Subscribes, calls, hears one event and leaves, over the transport that it is told, and shows what came of each. */
import { createClient } from '../../../lib/index.ts';
import { longPoll } from '../../../lib/transports/long-poll.ts';
import type { Transport } from '../../../lib/transports/transport.ts';
import { webSocket } from '../../../lib/transports/websocket.ts';
import { webSocketStream } from '../../../lib/transports/websocket-stream.ts';

const params = new URLSearchParams(location.search);
const transports: { readonly [name: string]: (url: string) => Transport } = {
  WebSocket: webSocket,
  WebSocketStream: webSocketStream,
  LongPoll: (url) => longPoll(url, { headers: { 'X-Page': 'yes' }, credentials: 'include' }),
};
const transport = transports[params.get('with') ?? '']?.(params.get('url') ?? '');
if (transport === undefined) throw new TypeError('with must name a transport');
// A network that lets no WebSocket through.
if (params.get('with') === 'LongPoll') Object.assign(globalThis, { WebSocket: undefined, WebSocketStream: undefined });

const client = createClient({ transport, realm: 'realm1', retry: { initialDelay: 20, maxDelay: 20, jitter: 'none' } });
const shown: string[] = [];
const show = (what: string): void => {
  shown.push(what);
  document.body.textContent = shown.join('; ');
};

client.topicStatus('com.shop.price').subscribe((signal) => {
  if (signal.kind === 'subscribed') {
    show('subscribed');
    client.call('com.shop.echo', [[1, 'ü', null]]).subscribe(({ args }) => show(`answer: ${JSON.stringify(args[0])}`));
  }
  if (signal.kind === 'event') {
    show(`event: ${String(signal.event.args[0])}`);
    void client.close().then(() => show('closed'));
  }
});
