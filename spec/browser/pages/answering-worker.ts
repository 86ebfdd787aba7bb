/** A worker whose procedure the router of the page offers. */
import { createClient } from '../../../lib/index.ts';
import { messagePort, type PortLike } from '../../../lib/transports/message-port.ts';

const client = createClient({ transport: messagePort(globalThis as unknown as PortLike), realm: 'realm1' });
client.register<[number]>('com.shop.double', ({ args: [value] }) => value * 2).subscribe();
client.topic('com.shop.end').subscribe(() => close());
