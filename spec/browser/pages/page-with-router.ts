/** A page with a router of its own, a worker that answers, and a frame that asks. Tells the answer, and who is there. */
import { createClient } from '../../../lib/index.ts';
import { createRouter } from '../../../lib/router/index.ts';
import { acceptPort, messagePort, type PortLike } from '../../../lib/transports/message-port.ts';

if (window.parent === window) servePage();
else window.addEventListener('message', ({ ports: [port] }) => { if (port !== undefined) ask(port); });

function servePage(): void {
  const router = createRouter({ realms: { realm1: {} } });
  const accept = (port: PortLike): void => {
    acceptPort(port, { subprotocols: router.subprotocols }).subscribe((connection) => router.attach(connection, { type: 'port' }));
  };
  const frame = document.createElement('iframe');
  const channel = new MessageChannel();
  const shown = { sessions: 0, answer: '' };

  accept(new Worker(new URLSearchParams(location.search).get('worker') ?? '', { type: 'module' }));
  accept(channel.port1);
  router.sessions$.subscribe((sessions) => { shown.sessions = sessions.length; });
  const client = createClient({ transport: router.link(), realm: 'realm1' });
  client.topic<[string]>('com.shop.answer').subscribe(({ args: [answer] }) => { shown.answer = answer; });
  Object.assign(globalThis, { end: () => client.publish('com.shop.end').subscribe(), close: () => frame.remove(), shown: () => JSON.stringify(shown) });
  frame.onload = () => frame.contentWindow?.postMessage('port', '*', [channel.port2]);
  frame.src = location.pathname;
  document.body.append(frame);
}

function ask(port: MessagePort): void {
  const client = createClient({ transport: messagePort(port), realm: 'realm1', retry: { initialDelay: 20 } });
  const asking = (): void => {
    client.call<number>('com.shop.double', [21]).subscribe({
      next: ({ args: [answer] }) => client.publish('com.shop.answer', [`twice is ${answer}`]).subscribe(),
      error: () => setTimeout(asking, 20),
    });
  };
  asking();
  client.topic('com.shop.more').subscribe();
}
