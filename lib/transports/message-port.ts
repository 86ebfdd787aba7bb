/** The entry `rxwamp/transports/message-port`: sessions between threads, workers, frames and pages. */
import type { Observable } from 'rxjs';
import { portCarrier, type PortLike } from './port-carrier.ts';
import { acceptPorts, dialPort, type Carrier } from './port-line.ts';
import { readPortDialOptions, readPortOptions, type MessagePortOptions, type PortOptions } from './port-options.ts';
import { offering } from './subprotocols.ts';
import type { Connection, Transport } from './transport.ts';

export type { PortLike } from './port-carrier.ts';
export type { MessagePortOptions, PortOptions } from './port-options.ts';

/**
 * A transport over a port: to another thread of Node, a worker, a frame, a SharedWorker. At its other end is {@link acceptPort}.
 *
 * Each subscription asks for a connection of its own; several can share a port, with each other and with messages of your own. The port stays open,
 * as it is yours; one that a function makes is for one connection, and closed after it. Text is posted as it is. Bytes are copied once, and the
 * copy is transferred: what was sent stays the sender's, who may send it to others.
 *
 * `bufferedAmount` is what the other end has not read, exact to a quarter of its high-water mark: it says what it has, since a port does not tell. So
 * `writable$` turns `false` for a thread that is busy.
 *
 * That the other end is gone without a word is noticed: in Node by the end of the port or thread; in browsers by a Web Lock that each end
 * holds, as soon as the page or worker is closed or has crashed, and by the event `close` of ports where there is one. Frames of another origin see
 * neither everywhere: there the client's `heartbeat` finds out.
 *
 * Errors with ConnectFailedError where the other end does not open in time, speaks none of the subprotocols, or is gone. Throws TypeError
 * or RangeError at once where an option is none.
 *
 * ```ts
 * createClient({ transport: messagePort(new Worker(url, { type: 'module' })), realm: 'realm1' });
 * ```
 */
export function messagePort(port: PortLike | (() => PortLike), options: MessagePortOptions = {}): Transport {
  const settings = readPortDialOptions(options);
  const open = carriersOf(port);
  return offering(options.subprotocols, (subprotocols) => dialPort(open, { ...settings, subprotocols }));
}

function carriersOf(port: PortLike | (() => PortLike)): () => Carrier {
  if (typeof port === 'function') return () => portCarrier(port(), { owned: true });
  const carrier = portCarrier(port);
  return () => carrier;
}

/**
 * The connections that {@link messagePort} asks for at the other end of a port, such as for a router:
 *
 * ```ts
 * acceptPort(parentPort!, { subprotocols: router.subprotocols }).subscribe((connection) => router.attach(connection, { type: 'port' }));
 * ```
 *
 * Cold: a port is listened to while somebody subscribes. Who asked before is heard. The best of `subprotocols` that the other end has is taken.
 * Completes when the port is gone; unsubscribing drops the connections.
 */
export function acceptPort(port: PortLike, options: PortOptions = {}): Observable<Connection> {
  return acceptPorts(portCarrier(port), readPortOptions(options));
}
